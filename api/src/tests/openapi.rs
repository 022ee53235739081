//! The OpenAPI document is true: every route that it names is called on a running server.

use super::contract::{DOCUMENT, operation};
use super::harness::{Answer, Running};
use super::operators;
use super::python::python;
use crate::resource::RESOURCES;
use crate::resource::route::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One call: a method, a path below `/v1`, a body.
type Call = (&'static str, String, &'static str);

const NOTHING_ELSE: &str = "";
/// Between two looks whether something has come about.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(20);

/// A call of each route, in an order in which each of them is granted.
fn calls(id: &str, task: &str) -> Vec<Call> {
    let workflow = |rest: &str| format!("/workflows/{id}{rest}");
    let subject = |rest: &str| format!("/subjects/{}{rest}", "5".repeat(32));
    vec![
        ("GET", "/health".into(), NOTHING_ELSE),
        ("GET", "/openapi.json".into(), NOTHING_ELSE),
        ("GET", "/events".into(), NOTHING_ELSE),
        ("GET", "/schemas/workflow.json".into(), NOTHING_ELSE),
        ("GET", "/log/head".into(), NOTHING_ELSE),
        ("GET", "/log/copy".into(), NOTHING_ELSE),
        ("GET", "/settings".into(), NOTHING_ELSE),
        ("POST", "/settings/stall_after".into(), r#"{"value":2000,"reason":"a test"}"#),
        ("POST", "/engine/pause".into(), NOTHING_ELSE),
        ("POST", "/engine/resume".into(), r#"{"reason":"a test"}"#),
        ("POST", "/workflows".into(), r#"{"tasks":[{"type":"NOOP"}]}"#),
        ("GET", "/workflows?limit=1&status=running".into(), NOTHING_ELSE),
        ("GET", workflow("?limit=1&tasks_from=0"), NOTHING_ELSE),
        ("GET", workflow("/graph"), NOTHING_ELSE),
        ("GET", workflow("/timeline?limit=3"), NOTHING_ELSE),
        ("GET", workflow("/receipt"), NOTHING_ELSE),
        ("GET", workflow(&format!("/attempts?task={task}&content=true")), NOTHING_ELSE),
        ("GET", workflow(&format!("/inputs?task={task}&content=true")), NOTHING_ELSE),
        ("GET", workflow(&format!("/output?task={task}&stream=stdout")), NOTHING_ELSE),
        ("POST", workflow("/pause"), NOTHING_ELSE),
        ("POST", workflow("/resume"), NOTHING_ELSE),
        ("POST", workflow("/cancel"), r#"{"reason":"a test"}"#),
        ("GET", workflow("/events"), NOTHING_ELSE),
        ("POST", subject("/holds"), r#"{"name":"first","reason":"a test"}"#),
        ("GET", subject(""), NOTHING_ELSE),
        ("DELETE", subject("/holds/first"), NOTHING_ELSE),
        ("POST", format!("/subjects/{id}/erase"), NOTHING_ELSE),
        ("GET", "/alerts?resolved=true".into(), NOTHING_ELSE),
        ("GET", "/subscriptions".into(), NOTHING_ELSE),
        ("GET", "/messages?given_up=true".into(), NOTHING_ELSE),
        ("GET", "/clock".into(), NOTHING_ELSE),
        ("GET", "/streams".into(), NOTHING_ELSE),
    ]
}

/// Breaks the vault, so that there is something that people must know, and returns the id of the alert.
fn alerted(server: &Running) -> String {
    let blobs = server.path().join("vault/blobs");
    std::fs::remove_dir_all(&blobs).expect("removes");
    std::fs::write(&blobs, "no directory").expect("writes");
    server.submit(r#"{"tasks":[{"type":"PROCESS","command":["seq","100000"]}]}"#);
    let raised = || {
        std::thread::sleep(PAUSE);
        server.get("/v1/alerts").json()["alerts"][0]["alert_id"].as_str().map(str::to_owned)
    };
    std::iter::repeat_with(raised).take(1000).flatten().next().expect("an alert within 20 seconds")
}

/// The name of each operation, with its method and path.
fn described() -> BTreeSet<(String, String, String)> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let operations = |(path, item): (&String, &serde_json::Value)| {
        let item = item.as_object().expect("an item").clone();
        let methods = item.into_iter().filter(|(name, _)| name != "parameters");
        let path = path.clone();
        methods.map(move |(method, operation)| {
            let name = operation["operationId"].as_str().expect("a name").to_owned();
            (method.to_uppercase(), path.clone(), name)
        })
    };
    paths.iter().flat_map(operations).collect()
}

fn call(server: &Running, (method, path, body): &Call) -> Answer {
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    server.call(method, &format!("/v1{path}"), kind, body)
}

/// A call of each route of access, in an order in which each of them is granted.
fn access_calls(server: &Running, take: &mut impl FnMut(Call) -> Answer) {
    let keys = server.path().join("keys.json");
    // The key of RFC 8037, appendix A.2.
    let set = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    std::fs::write(&keys, set).expect("writes");
    let issuer = json!({ "issuer": "https://id.example", "audience": "triad", "algorithms": ["EdDSA"], "keys_at": keys });
    let mut post =
        |path: String, body: Value| take(("POST", path, Box::leak(body.to_string().into_boxed_str())));
    let grants = json!({ "roles": ["submitter"], "tenant": "acme" });
    let issued = post("/access/keys".into(), json!({ "label": "ci", "grants": grants })).json();
    let key = issued["key"]["key_id"].as_str().expect("an id").to_owned();
    post(
        format!("/access/keys/{key}/change"),
        json!({ "grants": { "roles": ["operator"], "tenant": "acme" }, "reason": "a test" }),
    );
    post(format!("/access/keys/{key}/rotate"), json!({ "overlap_hours": 1 }));
    post("/access/issuers".into(), issuer);
    post("/access/issuers/distrust".into(), json!({ "issuer": "https://id.example" }));
    let link = post("/access/links".into(), json!({ "grants": grants, "reason": "a test" })).json();
    post("/access/claim".into(), json!({ "link": link["secret"], "label": "new" }));
    post("/access/policy".into(), json!({ "dry_run": true }));
    post("/access/policy".into(), json!({ "reason": "a test" }));
    for path in ["/me", "/keys", "/policy", "/issuers", "/review", "/who?action=erase_subject"] {
        take(("GET", format!("/access{path}"), NOTHING_ELSE));
    }
    take(("GET", format!("/access/keys/{key}"), NOTHING_ELSE));
    let person = format!("/access/keys/{key}/person");
    take(("POST", person.clone(), r#"{"person":{"name":"Ada Lovelace"},"reason":"a test"}"#));
    take(("GET", person, NOTHING_ELSE));
    take(("GET", format!("/access/explain?key={key}&action=submit_workflow&tenant=acme"), NOTHING_ELSE));
    take(("GET", "/access/review?at=5".into(), NOTHING_ELSE));
    take(("POST", format!("/access/keys/{key}/revoke"), r#"{"reason":"a test"}"#));
}

/// A call of each route of what waits. Whoever submits does not approve, so somebody else does.
fn gate_calls(server: &Running, take: &mut impl FnMut(Call) -> Answer) {
    let submitter = server.issue("submits", &["submitter"], "default");
    let definition = r#"{"tasks":[{"id":"go","signal":"go"},{"id":"release","approval":{"roles":["admin"],"message":"Now?"}}]}"#;
    let id = server.as_key(&submitter).submit(definition);
    take(("GET", "/approvals".into(), NOTHING_ELSE));
    take(("GET", format!("/workflows/{id}/approvals/release"), NOTHING_ELSE));
    take((
        "POST",
        format!("/workflows/{id}/approvals/release"),
        r#"{"verdict":"APPROVE","reason":"a test"}"#,
    ));
    take(("POST", format!("/workflows/{id}/signals/go"), r#"{"payload":{"rows":[1]},"reason":"a test"}"#));
}

/// A call of each route of failures that are healed.
fn healing_calls(server: &Running, take: &mut impl FnMut(Call) -> Answer) {
    let submitter = server.issue("fails", &["submitter"], "default");
    let definition = r#"{"tasks":[{"id":"fetch","self_healing_policy":"DIAGNOSE_AND_ASK","command":
        ["sh","-c","echo 'curl: (7) Failed to connect to h port 9: Connection refused' >&2; exit 7"]}]}"#;
    let id = server.as_key(&submitter).submit(definition);
    let waits =
        || server.get(&format!("/v1/workflows/{id}")).json()["tasks"][0]["waits_for"] == "FIX_APPROVAL";
    while !waits() {
        std::thread::sleep(PAUSE);
    }
    take(("GET", "/incidents?limit=5".into(), NOTHING_ELSE));
    take(("GET", format!("/workflows/{id}/fixes/fetch"), NOTHING_ELSE));
    take(("POST", format!("/workflows/{id}/fixes/fetch"), r#"{"verdict":"DECLINE","reason":"a test"}"#));
    let rule = "version = 2\n[[rule]]\nid = \"queue.full\"\nclass = \"rate_limit\"\nconfidence = 900\n\
        phrases = [\"the queue is full\"]\nmatches = [\"job 7: the queue is full\"]\ndiffers = [\"the queue is empty\"]\n";
    let document = json!({ "document": rule, "reason": "a test" }).to_string();
    take(("POST", "/rules".into(), document.leak()));
    take(("GET", "/rules?all=true".into(), NOTHING_ELSE));
    take(("DELETE", "/rules".into(), r#"{"reason":"a test"}"#));
    let rule = "[[rule]]\nid = \"drops\"\nreason = \"a test\"\npattern = \"drop\"\nholds = [\"drop\"]\npasses = [\"keep\"]\n";
    let document = json!({ "document": rule, "reason": "a test" }).to_string();
    take(("POST", "/moderation".into(), document.leak()));
    take(("GET", "/moderation".into(), NOTHING_ELSE));
    take(("DELETE", "/moderation".into(), r#"{"reason":"a test"}"#));
}

/// A call of each route of named definitions, in an order in which each of them is granted.
fn definition_calls(take: &mut impl FnMut(Call) -> Answer) {
    let version = |tasks: &'static str| ("POST", "/definitions/nightly?reason=a+test".into(), tasks);
    take(version(r#"{"tasks":[{"id":"one"}]}"#));
    take(version(r#"{"tasks":[{"id":"one"},{"id":"two"}]}"#));
    take(("POST", "/definitions/nightly/aliases/stable".into(), r#"{"version":2,"reason":"a test"}"#));
    take(("POST", "/definitions/nightly/versions/1/retire".into(), r#"{"reason":"a test"}"#));
    for path in ["/definitions", "/definitions/nightly", "/definitions/nightly/versions/stable?content=true"]
    {
        take(("GET", path.into(), NOTHING_ELSE));
    }
}

/// A call of each route of bulk actions. What is stopped is under way as long as the engine has much to do.
fn bulk_calls(server: &Running, take: &mut impl FnMut(Call) -> Answer) {
    let definition = r#"{"labels":{"batch":"a"},"tasks":[{"id":"go","signal":"go"}]}"#;
    (0..200).for_each(|_| drop(server.submit(definition)));
    let whole = r#"{"action":"PAUSE","label":["batch:a"],"reason":"a test"}"#;
    let begun = take(("POST", "/bulk".into(), whole)).json();
    let id = begun["bulk_id"].as_str().expect("an id");
    take(("POST", format!("/bulk/{id}/stop"), r#"{"reason":"a test"}"#));
    take(("GET", "/bulk?limit=5".into(), NOTHING_ELSE));
    take(("GET", format!("/bulk/{id}"), NOTHING_ELSE));
    take(("GET", format!("/bulk/{id}/items?cursor=1&done=true"), NOTHING_ELSE));
    take(("POST", "/bulk".into(), r#"{"action":"RETRY","all":true,"dry_run":true}"#));
}

/// A call of each route of prices, and of what they lead to.
fn price_calls(take: &mut impl FnMut(Call) -> Answer) {
    let series = r#"{"source":"SERIES","missing":"TYPICAL","age_max_seconds":7200,"reason":"a test"}"#;
    take(("POST", "/prices/source".into(), series));
    let from = crate::clock::show(crate::clock::now_us().div_euclid(900_000_000) * 900_000_000);
    let step = json!({ "from": from, "minutes": 15, "micro_usd_per_kwh": -5000 });
    take(("POST", "/prices".into(), json!({ "steps": [step] }).to_string().leak()));
    take(("GET", "/prices?limit=1".into(), NOTHING_ELSE));
    take(("DELETE", "/prices/source".into(), r#"{"reason":"a test"}"#));
    take(("POST", "/carbon/source".into(), r#"{"area":"NO1","missing":"LAST_KNOWN","reason":"a test"}"#));
    let step = json!({ "from": from, "minutes": 15, "mg_per_kwh": 430_000 });
    take(("POST", "/carbon".into(), json!({ "steps": [step] }).to_string().leak()));
    take(("GET", "/carbon?limit=1".into(), NOTHING_ELSE));
    take(("DELETE", "/carbon/source".into(), r#"{"reason":"a test"}"#));
    take(("GET", "/ledger?limit=5".into(), NOTHING_ELSE));
    take(("GET", "/ledger/negentropy?from=2026-01-01&to=2026-12-31".into(), NOTHING_ELSE));
    let budget =
        r#"{"tenant":"other","owner":"ann","period":"DAY","energy_mwh":5,"micro_usd":5,"reason":"a test"}"#;
    take(("POST", "/ledger/budgets".into(), budget));
    take(("GET", "/ledger/budgets".into(), NOTHING_ELSE));
    take(("DELETE", "/ledger/budgets".into(), r#"{"tenant":"other","owner":"ann","reason":"a test"}"#));
}

/// A call of each route of schedules. What is stopped is under way, because each waits for the one before.
fn schedule_calls(take: &mut impl FnMut(Call) -> Answer) {
    let yearly = r#"{"name":"yearly","at":"0 0 1 1 *","definition":{"tasks":[{"id":"go","signal":"go"}]}}"#;
    take(("POST", "/schedules".into(), yearly));
    take((
        "POST",
        "/schedules".into(),
        r#"{"name":"x","at":"@daily","definition":"tasks: [{id: a}]","dry_run":true}"#,
    ));
    let follows =
        r#"{"name":"follows","after":{"schedule":"yearly","on":"any"},"definition":"tasks: [{id: a}]"}"#;
    take(("POST", "/schedules".into(), follows));
    let range = r#"{"from":"2016-01-01T00:00:00Z","until":"2026-01-01T00:00:00Z","reason":"a test"}"#;
    take(("POST", "/schedules/yearly/backfill".into(), range));
    for path in ["/schedules?limit=5", "/schedules/yearly?content=true"] {
        take(("GET", path.into(), NOTHING_ELSE));
    }
    for verb in ["backfill/stop", "pause", "resume"] {
        take(("POST", format!("/schedules/yearly/{verb}"), r#"{"reason":"a test"}"#));
    }
    take(("DELETE", "/schedules/yearly".into(), NOTHING_ELSE));
}

/// The headers of a session that begins with the key that is shown.
fn session_of(take: &mut impl FnMut(Call) -> Answer) -> String {
    let opened = take(("POST", "/sessions".into(), "{}"));
    let set = opened.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    let cookie = set.split(';').next().expect("a pair");
    format!("cookie: {cookie}\r\nsec-fetch-site: same-origin\r\n")
}

/// Each answer is held against the document where the harness reads it.
#[test]
fn every_route_that_it_names_answers_as_it_says() {
    let mut server = Running::start();
    let first = server.claim();
    let definition = r#"{"name":"all","tasks":[{"id":"run","type":"PROCESS","command":["sh","-c","echo out; echo err >&2"]},
        {"id":"sleep","type":"PROCESS","command":["sleep","600"],"dependencies":["run"]}]}"#;
    let id = server.submit(definition);
    let ended = || server.get(&format!("/v1/workflows/{id}")).json()["tasks"][0]["status"] == "COMPLETED";
    while !ended() {
        std::thread::sleep(PAUSE);
    }
    let mut called = BTreeSet::new();
    let mut take = |one: Call| {
        let answer = call(&server, &one);
        assert!((200..300).contains(&answer.status), "{one:?}: {answer:?}");
        let path = format!("/v1{}", one.1.split('?').next().unwrap_or_default());
        let operation = operation(one.0, &path).unwrap_or_else(|| panic!("{one:?} is not described"));
        called.insert(operation["operationId"].as_str().expect("a name").to_owned());
        answer
    };
    calls(&id, "run").into_iter().for_each(|one| drop(take(one)));
    access_calls(&server, &mut take);
    gate_calls(&server, &mut take);
    healing_calls(&server, &mut take);
    definition_calls(&mut take);
    let again = server.submit(r#"{"tasks":[{"type":"NOOP"}]}"#);
    server.finished(&again);
    take(("POST", format!("/workflows/{again}/retry"), NOTHING_ELSE));
    bulk_calls(&server, &mut take);
    schedule_calls(&mut take);
    price_calls(&mut take);
    for verb in ["release", "close"] {
        let aside = server.submit(definition);
        server.ask(operators::quarantined(&aside).into());
        take(("GET", format!("/streams/{aside}"), NOTHING_ELSE));
        take(("POST", format!("/streams/{aside}/{verb}"), r#"{"reason":"a test"}"#));
    }
    take(("POST", format!("/alerts/{}/acknowledge", alerted(&server)), r#"{"reason":"seen"}"#));
    let cookie = session_of(&mut take);
    let ended = server.showing(cookie).call("DELETE", "/v1/sessions/current", "");
    assert_eq!(ended.status, 204, "{ended:?}");
    called.insert("end_session".to_owned());
    // Only a log that was adopted from a copy has suspended keys: `api/tests/keys/copies.rs` has one.
    let refused = call(&server, &("POST", format!("/access/keys/{}/restore", first.id), NOTHING_ELSE));
    assert_eq!(refused.status, 409, "{refused:?}");
    called.insert("restore_key".to_owned());
    // This server has no channel; `api/tests/processes/channels.rs` has some.
    let refusals: [(Call, u16, &str); 4] = [
        (
            ("POST", "/subscriptions".into(), r#"{"name":"a","channel":"b","kinds":["dag.task_failed"]}"#),
            422,
            "set_subscription",
        ),
        (("DELETE", "/subscriptions/a".into(), r#"{"reason":"a test"}"#), 404, "remove_subscription"),
        (("POST", "/subscriptions/a/test".into(), NOTHING_ELSE), 404, "test_subscription"),
        (("POST", "/messages/redeliver".into(), r#"{"message":7}"#), 404, "redeliver_message"),
    ];
    for (one, status, name) in refusals {
        let refused = call(&server, &one);
        assert_eq!(refused.status, status, "{refused:?}");
        called.insert(name.to_owned());
    }
    // The clock is right; `api/tests/processes/clock.rs` has one that is set.
    let refused = call(&server, &("POST", "/clock/accept".into(), r#"{"reason":"a test"}"#));
    assert_eq!(refused.status, 409, "{refused:?}");
    called.insert("accept_clock".to_owned());
    let names: BTreeSet<String> = described().into_iter().map(|(_, _, name)| name).collect();
    assert_eq!(called, names, "each route is called, and no other");
    let served = server.get("/v1/openapi.json").json();
    assert_eq!(served, *DOCUMENT);
}

#[test]
fn what_is_served_is_named_and_what_is_named_is_served() {
    let routes = || RESOURCES.iter().flat_map(|resource| resource.routes);
    let rows: BTreeSet<_> = routes()
        .map(|route| (route.method.name().to_owned(), route.path.to_owned(), route.name.to_owned()))
        .collect();
    assert_eq!(rows.len(), routes().count(), "no row stands twice");
    assert_eq!(rows, described());
    let names: BTreeSet<&str> = routes().map(|route| route.name).collect();
    assert_eq!(names.len(), rows.len(), "each has a name of its own");
    let server = Running::start();
    for (path, item) in DOCUMENT["paths"].as_object().expect("paths") {
        let path = path.replace("{id}", &"7".repeat(32)).replace("{name}", "x");
        for method in [Method::Get, Method::Post, Method::Delete] {
            let is_named = item[method.name().to_lowercase()].is_object();
            let answer = server.call(method.name(), &path, "", "");
            let is_served = answer.verdict() != (405, "method_not_allowed".to_owned())
                && answer.verdict().1 != "not_found";
            assert_eq!(is_served, is_named, "{} {path}: {answer:?}", method.name());
        }
    }
}

#[test]
fn every_row_says_enough() {
    for resource in RESOURCES {
        let is_something = !resource.routes.is_empty() || resource.noun.is_some();
        assert!(is_something, "{} has neither routes nor verbs", resource.name);
        for route in resource.routes {
            let what = format!("{} {}", route.method.name(), route.path);
            assert!(route.path.starts_with("/v1/"), "{what}");
            assert!(!route.name.is_empty() && !route.summary.is_empty(), "{what} says nothing of itself");
            assert!(!route.gives.is_empty(), "{what} gives nothing");
            assert!(route.takes.headers.iter().all(|header| !header.doc.is_empty()), "{what}");
        }
    }
}

#[test]
fn the_help_lists_every_address() {
    let help = crate::resource::help::help(RESOURCES);
    for (method, path, _) in described() {
        let named = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(parameter) => parameter.to_uppercase(),
            None => part.to_owned(),
        };
        let path = path.split('/').map(named).collect::<Vec<_>>().join("/");
        assert!(help.contains(&format!("  {method:<6} {path} ")), "{method} {path}\n{help}");
    }
}

/// Fails when the document on standard input is no OpenAPI document.
const VALIDATE: &str = "
import json, sys
from openapi_spec_validator import OpenAPIV31SpecValidator
OpenAPIV31SpecValidator(json.load(sys.stdin)).validate()
print('valid')
";

#[test]
fn a_validator_that_others_wrote_accepts_the_document() {
    assert_eq!(python(VALIDATE, &DOCUMENT.to_string()).trim(), "valid");
}

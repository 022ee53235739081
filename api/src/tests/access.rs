//! Who may ask, what they may, and that it is recorded.

use super::harness::{Key, Running, events_in};
use crate::access::sight::About;
use crate::resource::access::matrix::{ROLES, Reach, matrix, reach};
use crate::resource::route::Need;
use crate::resource::{RESOURCES, actions};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::time::Duration;
use triad_policy::{Policies, Vocabulary};

const DEFINITION: &str = r#"{"tasks":[{"id":"say","type":"NOOP","input":"once"}]}"#;

/// A server whose first key is claimed.
fn server() -> Running {
    let mut server = Running::start();
    server.claim();
    server
}

/// Every route, with ids that nothing has, and the method of each.
fn routes() -> Vec<(&'static str, String, &'static str, Need)> {
    let routes = RESOURCES.iter().flat_map(|resource| resource.routes);
    routes
        .map(|route| {
            let path = route.path.replace("{id}", &"7".repeat(32)).replace("{name}", "stall_after");
            (route.method.name(), path, route.name, route.need)
        })
        .collect()
}

#[test]
fn nobody_is_asked_until_there_is_a_key_and_then_everybody_is() {
    let mut server = Running::start();
    assert_eq!(server.get("/v1/access/me").json()["shown"], "nothing");
    // Nobody locks everybody out: the first key is one that can give rights.
    let first = r#"{"label":"ci","grants":{"roles":["submitter"]}}"#;
    assert_eq!(server.post("/v1/access/keys", "", first).verdict(), (409, "last_administrator".to_owned()));
    let id = server.submit(DEFINITION);
    server.claim();
    for (method, path, name, need) in routes() {
        let answer = server.showing("").call(method, &path, if method == "POST" { "{}" } else { "" });
        match need {
            Need::Right(..) => {
                assert_eq!(answer.verdict(), (401, "not_identified".to_owned()), "{name}");
                assert!(answer.head.contains("www-authenticate: Bearer"), "{name}");
            }
            Need::Nothing => assert_ne!(answer.verdict(), (403, "not_allowed".to_owned()), "{name}"),
        }
    }
    // Health tells whoever says nothing no more than that.
    assert_eq!(server.showing("").get("/v1/health").json(), json!({ "status": "ok" }));
    // What was submitted before there were keys is of the tenant that was there then.
    let key = server.issue("reader", &["submitter"], "default");
    assert_eq!(server.as_key(&key).get(&format!("/v1/workflows/{id}")).status, 200);
}

/// Every route against every role over HTTP, by a key of a tenant and by one for the whole installation: what the table in
/// docs/access.md says is what happens.
#[test]
fn every_route_lets_in_whom_the_matrix_says() {
    let server = server();
    let id = server.submit(DEFINITION);
    server.finished(&id);
    let policies = Policies::shipped(&Vocabulary::new(&actions()));
    for role in ROLES {
        let keys = [false, true].map(|installation| {
            server.issue_with(
                &format!("{role}-{installation}"),
                &json!({ "roles": [role], "installation": installation }),
            )
        });
        for route in RESOURCES.iter().flat_map(|resource| resource.routes) {
            let Need::Right(_, about) = route.need else { continue };
            let expected = match reach(&policies, role, route.name, about) {
                Reach::Tenant => [true, true],
                Reach::Installation => [false, true],
                Reach::No => [false, false],
            };
            // Nothing that exists is named but the workflow, and no body makes sense: whoever is let in changes nothing.
            let named = if about == About::Workflow { id.clone() } else { "7".repeat(32) };
            let path = route.path.replace("{id}", &named).replace("{name}", "stall_after");
            let body = if route.method.name() == "GET" { "" } else { r#"{"nonsense":1}"# };
            let allowed = [0, 1].map(|which| {
                let answer = server.as_key(&keys[which]).call(route.method.name(), &path, body);
                answer.verdict() != (403, "not_allowed".to_owned())
            });
            assert_eq!(allowed, expected, "{role} {}", route.name);
        }
    }
    let expired =
        server.issue_with("expired", &json!({ "roles": ["admin"], "installation": true, "expires": soon() }));
    std::thread::sleep(Duration::from_millis(1100));
    for (method, path, name, need) in routes() {
        let answer = server.as_key(&expired).call(method, &path, "");
        // A credential that counts no more is refused where none is needed, too: whoever shows it means it.
        assert_eq!(answer.verdict(), (401, "not_identified".to_owned()), "{name} {need:?}");
    }
}

/// A second from now.
fn soon() -> String {
    crate::clock::show(crate::clock::now_us() + 1_000_000)
}

#[test]
fn the_document_has_the_matrix() {
    let document = include_str!("../../../docs/access.md");
    assert!(document.contains(&matrix()), "docs/access.md lacks the matrix: run `make generated`");
}

#[test]
fn what_counts_no_more_is_refused_and_only_its_holder_is_told_why() {
    let server = server();
    let key = server.issue("ci", &["submitter"], "acme");
    let verdict = |headers: &str| {
        let answer = server.showing(headers).get("/v1/workflows");
        (answer.status, answer.json()["detail"].as_str().unwrap_or_default().to_owned())
    };
    let nothing = (401, "what was shown is no credential that counts".to_owned());
    let other = server.issue("other", &["submitter"], "acme");
    // The id of one with the secret of another: as if there were no such key.
    let (id, secret) = (&key.secret[..42], &other.secret[42..]);
    let mixed = format!("{id}{}", &secret[..44]);
    let forged = format!("authorization: Bearer {mixed}AAAAAA\r\n");
    let rows = [
        forged.as_str(),
        "authorization: Bearer triad_key_00000000000000000000000000000000_AAAA\r\n",
        "authorization: Bearer\r\n",
        "authorization: Basic dXNlcjpwYXNz\r\n",
        "authorization: Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.\r\n",
    ];
    for row in rows {
        assert_eq!(verdict(row), nothing, "{row}");
    }
    let twice = format!("{}{}", key.header(), other.header());
    assert_eq!(server.showing(twice).get("/v1/workflows").verdict(), (400, "invalid_header".to_owned()));
    assert_eq!(server.as_key(&key).get("/v1/workflows").status, 200);
    let revoked = server.post(&format!("/v1/access/keys/{}/revoke", key.id), "", r#"{"reason":"left"}"#);
    assert_eq!(revoked.json()["status"], "REVOKED");
    assert_eq!(verdict(&key.header()), (401, "the key is revoked".to_owned()));
    let again = server.post(&format!("/v1/access/keys/{}/revoke", key.id), "", "");
    assert_eq!(again.verdict(), (409, "key_conflict".to_owned()));
}

#[test]
fn a_rotated_key_counts_by_both_secrets_for_a_time() {
    let server = server();
    let key = server.issue("ci", &["submitter"], "acme");
    let rotate = |hours: u32| {
        let body = json!({ "overlap_hours": hours }).to_string();
        let answer = server.post(&format!("/v1/access/keys/{}/rotate", key.id), "", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["secret"].as_str().expect("text").to_owned()
    };
    let second = Key { secret: rotate(1), ..key.clone() };
    let status = |key: &Key| server.as_key(key).get("/v1/workflows").status;
    assert_eq!((status(&key), status(&second)), (200, 200));
    let third = Key { secret: rotate(0), ..key.clone() };
    assert_eq!((status(&key), status(&second), status(&third)), (401, 401, 200));
}

#[test]
fn a_stream_ends_within_a_second_of_the_revocation() {
    let server = server();
    let key = server.issue("watcher", &["submitter"], "acme");
    let id =
        server.as_key(&key).submit(r#"{"tasks":[{"id":"wait","type":"PROCESS","command":["sleep","60"]}]}"#);
    let mut stream = server.connect();
    let head = format!("GET /v1/workflows/{id}/events HTTP/1.1\r\nhost: localhost\r\n{}\r\n", key.header());
    stream.write_all(head.as_bytes()).expect("it is sent");
    let mut first = [0; 512];
    assert!(stream.read(&mut first).expect("it begins") > 0);
    let revoked = server.post(&format!("/v1/access/keys/{}/revoke", key.id), "", "");
    assert_eq!(revoked.status, 200);
    stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout");
    let mut rest = Vec::new();
    let mut part = [0; 4096];
    loop {
        match stream.read(&mut part) {
            Ok(0) => break,
            Ok(read) => rest.extend_from_slice(&part[..read]),
            Err(error) => panic!("it goes on a second after: {error}"),
        }
        if rest.ends_with(b"0\r\n\r\n") {
            break;
        }
    }
    server.post(&format!("/v1/workflows/{id}/cancel"), "", "");
}

#[test]
fn a_stream_ends_when_what_it_shows_is_allowed_no_more() {
    let server = server();
    let key = server.issue("watcher", &["submitter"], "acme");
    let sleeping = r#"{"tasks":[{"id":"wait","type":"PROCESS","command":["sleep","60"]}]}"#;
    let id = server.as_key(&key).submit(sleeping);
    let mut stream = server.connect();
    let head = format!("GET /v1/workflows/{id}/events HTTP/1.1\r\nhost: localhost\r\n{}\r\n", key.header());
    stream.write_all(head.as_bytes()).expect("it is sent");
    let mut part = [0; 4096];
    assert!(stream.read(&mut part).expect("it begins") > 0);
    let less = json!({ "grants": { "roles": ["nobody"], "tenant": "acme" } }).to_string();
    let changed = server.post(&format!("/v1/access/keys/{}/change", key.id), "", &less);
    assert_eq!(changed.status, 200, "{changed:?}");
    stream.set_read_timeout(Some(Duration::from_secs(1))).expect("a timeout");
    let mut rest = Vec::new();
    while !rest.ends_with(b"0\r\n\r\n") {
        match stream.read(&mut part).expect("it ends within a second") {
            0 => break,
            read => rest.extend_from_slice(&part[..read]),
        }
    }
    server.post(&format!("/v1/workflows/{id}/cancel"), "", "");
}

#[test]
fn a_tenant_sees_nothing_of_another_and_cannot_tell_it_from_nothing() {
    let server = server();
    let [acme, other] =
        ["acme", "other"].map(|tenant| server.issue(tenant, &["submitter", "operator"], tenant));
    let theirs = server.as_key(&other).submit(DEFINITION);
    let ours = server.as_key(&acme).submit(DEFINITION);
    let nothing = "7".repeat(32);
    let listed = server.as_key(&acme).get("/v1/workflows").json();
    let ids: Vec<&Value> =
        listed["workflows"].as_array().expect("a list").iter().map(|row| &row["workflow_id"]).collect();
    assert_eq!(ids, [&json!(ours)]);
    let paths =
        RESOURCES.iter().flat_map(|resource| resource.routes).filter(|route| route.path.contains("{id}"));
    for route in paths {
        let ask = |id: &str, query: &str| {
            let path = route.path.replace("{id}", id).replace("{name}", "first");
            let body = if route.method.name() == "GET" { "" } else { r#"{"nonsense":1}"# };
            let answer = server.as_key(&acme).call(route.method.name(), &format!("{path}{query}"), body);
            (answer.status, answer.body.replace(id, "ID"))
        };
        for query in ["", "?task=say", "?nonsense=1", "?as_of=999999999"] {
            assert_eq!(ask(&theirs, query), ask(&nothing, query), "{} {query}", route.path);
        }
    }
    // However an id is written, it means the same.
    let escaped = format!("%{:02x}{}", theirs.as_bytes()[0], &theirs[1..]);
    for route in RESOURCES.iter().flat_map(|resource| resource.routes) {
        let Need::Right(_, About::Workflow) = route.need else { continue };
        let path = route.path.replace("{id}", &escaped);
        let body = if route.method.name() == "GET" { "" } else { "{}" };
        for query in ["", "?task=say", "?task=say&content=true"] {
            let answer = server.as_key(&acme).call(route.method.name(), &format!("{path}{query}"), body);
            assert_eq!(answer.verdict(), (404, "workflow_unknown".to_owned()), "{} {query}", route.name);
        }
    }
    // What was submitted stays where it was submitted.
    let moved = json!({ "grants": { "roles": ["submitter"], "tenant": "other" } }).to_string();
    let refused = server.post(&format!("/v1/access/keys/{}/change", acme.id), "", &moved);
    assert_eq!(refused.verdict(), (409, "key_conflict".to_owned()));
    // The same idempotency key, and the same data subject, mean other things to each.
    let definition = format!(
        r#"{{"data_subject":"{}","tasks":[{{"id":"a","type":"NOOP","input":"x"}}]}}"#,
        "5".repeat(32)
    );
    let submit = |key: &Key| {
        let headers = format!("idempotency-key: night\r\n{}", key.header());
        let answer = server.showing(headers).post("/v1/workflows", &definition);
        let id = answer.json()["workflow_id"].as_str().unwrap_or_default().to_owned();
        (answer.status, id)
    };
    let (first, second) = (submit(&acme), submit(&other));
    assert_eq!((first.0, second.0), (202, 202));
    assert_ne!(first.1, second.1);
    let subject = |id: &str| server.get(&format!("/v1/workflows/{id}")).json()["data_subject"].clone();
    assert_ne!(subject(&first.1), subject(&second.1));
}

#[test]
fn what_a_role_may_and_what_it_may_not_is_recorded() {
    let server = server();
    let auditor = server.issue_with("auditor", &json!({ "roles": ["auditor"], "installation": true }));
    let operator = server.issue("operator", &["operator"], "default");
    let id = server.submit(DEFINITION);
    server.finished(&id);
    let content = format!("/v1/workflows/{id}/inputs?task=say&content=true");
    assert_eq!(server.as_key(&operator).get(&content).verdict(), (403, "not_allowed".to_owned()));
    assert_eq!(server.as_key(&operator).get(&content.replace("&content=true", "")).status, 200);
    assert_eq!(server.as_key(&auditor).get(&content).status, 200);
    let cancel = server.as_key(&auditor).post(&format!("/v1/workflows/{id}/cancel"), "{}");
    assert_eq!(cancel.verdict(), (403, "not_allowed".to_owned()));
    let copied = server.as_key(&auditor).get("/v1/log/copy");
    assert_eq!(copied.status, 200);
    let review = server.as_key(&auditor).get("/v1/access/review").json();
    let refused: Vec<(&str, &str)> = (review["refusals"].as_array().expect("a list").iter())
        .map(|one| (one["action"].as_str().expect("text"), one["cause"].as_str().expect("text")))
        .collect();
    assert_eq!(refused, [("read_task_content", "NOT_ALLOWED"), ("cancel_workflow", "NOT_ALLOWED")]);
    let exports = review["exports"].as_array().expect("a list");
    assert_eq!((exports.len(), &exports[0]["principal"]), (1, &json!(auditor.id)));
    let did = |principal: &str, action: &str| {
        let uses = review["uses"].as_array().expect("a list");
        uses.iter().any(|one| one["principal"] == principal && one["action"] == action)
    };
    assert!(did(&auditor.id, "copy_log") && did(&auditor.id, "read_task_content"));
    assert!(!did(&operator.id, "read_task_content"));
    // As it was before anybody asked anything: a review of the past does not know what came later.
    let early = server.as_key(&auditor).get("/v1/access/review?at=10").json();
    assert_eq!(early["refusals"], json!([]));
}

#[test]
fn a_link_counts_once_and_a_session_only_for_its_own_pages() {
    let server = server();
    let make = |body: Value| {
        let answer = server.post("/v1/access/links", "", &body.to_string());
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["secret"].as_str().expect("text").to_owned()
    };
    let link = make(json!({ "grants": { "roles": ["submitter"], "tenant": "acme" } }));
    let claim = |link: &str| {
        server.showing("").post("/v1/access/claim", &json!({ "link": link, "label": "new" }).to_string())
    };
    let claimed = claim(&link);
    assert_eq!(claimed.status, 201, "{claimed:?}");
    assert_eq!(claim(&link).verdict(), (404, "link_unknown".to_owned()));
    let key = claimed.json()["key"]["key_id"].as_str().expect("text").to_owned();
    let link = make(json!({ "key": key }));
    let open = |link: &str| server.showing("").post("/v1/sessions", &json!({ "link": link }).to_string());
    let opened = open(&link);
    assert_eq!(opened.status, 201, "{opened:?}");
    assert_eq!(open(&link).verdict(), (404, "link_unknown".to_owned()));
    let set = opened.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
    assert!(set.contains("HttpOnly; SameSite=Strict"), "{set}");
    let cookie = set.split(';').next().expect("a pair");
    let verdict = |site: &str, changes: bool| {
        let site = if site.is_empty() { String::new() } else { format!("sec-fetch-site: {site}\r\n") };
        let client = server.showing(format!("cookie: {cookie}\r\n{site}"));
        if changes {
            client.post("/v1/workflows", DEFINITION).status
        } else {
            client.get("/v1/workflows").status
        }
    };
    let rows = [
        ("same-origin", true, 202),
        ("none", true, 403),
        ("cross-site", true, 403),
        ("same-site", true, 403),
        ("", true, 403),
        ("same-origin", false, 200),
        ("none", false, 200),
        ("cross-site", false, 403),
    ];
    for (site, changes, expected) in rows {
        assert_eq!(verdict(site, changes), expected, "{site:?} {changes}");
    }
    // What a browser had before is not what it is let in by.
    let prepared = server.showing("cookie: triad-session=prepared\r\nsec-fetch-site: same-origin\r\n");
    assert_eq!(prepared.post("/v1/sessions", "{}").status, 401);
    let two = format!("cookie: {cookie}; {cookie}\r\nsec-fetch-site: same-origin\r\n");
    assert_eq!(server.showing(two).get("/v1/workflows").status, 400);
    let ours = server.showing(format!("cookie: {cookie}\r\nsec-fetch-site: same-origin\r\n"));
    assert_eq!(ours.call("DELETE", "/v1/sessions/current", "").status, 204);
    assert_eq!(ours.get("/v1/workflows").status, 401);
}

#[test]
fn bounds_of_a_key_are_kept() {
    let server = server();
    let slow = server.issue_with("slow", &json!({ "roles": ["submitter"], "requests_per_minute": 2 }));
    let client = server.as_key(&slow);
    assert_eq!((client.get("/v1/workflows").status, client.get("/v1/workflows").status), (200, 200));
    let third = client.get("/v1/workflows");
    assert_eq!(third.verdict(), (429, "asked_too_often".to_owned()));
    assert!(third.head.contains("retry-after: 30"), "{}", third.head);
    let few = server.issue_with("few", &json!({ "roles": ["submitter"], "workflows_alive_max": 1 }));
    let sleeping = r#"{"tasks":[{"type":"PROCESS","command":["sleep","60"]}]}"#;
    let id = server.as_key(&few).submit(sleeping);
    let second = server.as_key(&few).post("/v1/workflows", sleeping);
    assert_eq!(second.verdict(), (429, "too_many_alive".to_owned()));
    server.post(&format!("/v1/workflows/{id}/cancel"), "", "");
}

#[test]
fn policies_are_replaced_as_a_whole_and_explain_themselves() {
    let server = server();
    let key = server.issue("ci", &["submitter"], "acme");
    let shown = server.get("/v1/access/policy").json();
    assert_eq!(shown["shipped"], true);
    let faulty = json!({ "text": "@id(\"a\") permit (principal in Role::\"x\", action == Action::\"nonsense\", resource);" });
    let refused = server.post("/v1/access/policy", "", &faulty.to_string());
    assert_eq!(refused.verdict(), (422, "invalid_policy".to_owned()), "{refused:?}");
    let text = format!(
        "{}\n@id(\"no-ci-in-acme\") @says(\"Acme submits nothing.\")\nforbid (principal, action == Action::\"submit_workflow\", resource == Tenant::\"acme\");\n",
        shown["text"].as_str().expect("text")
    );
    let tried = server.post("/v1/access/policy", "", &json!({ "text": text, "dry_run": true }).to_string());
    assert_eq!(tried.status, 202, "{tried:?}");
    assert_eq!(server.as_key(&key).post("/v1/workflows", DEFINITION).status, 202);
    let replaced =
        server.post("/v1/access/policy", "", &json!({ "text": text, "reason": "ticket 7" }).to_string());
    assert_eq!((replaced.status, &replaced.json()["shipped"]), (200, &json!(false)), "{replaced:?}");
    let forbidden = server.as_key(&key).post("/v1/workflows", DEFINITION);
    assert_eq!(forbidden.json()["policies"], json!(["no-ci-in-acme"]), "{forbidden:?}");
    let why = server.get(&format!("/v1/access/explain?key={}&action=submit_workflow", key.id)).json();
    assert_eq!(
        (&why["allowed"], &why["against"][0]["says"]),
        (&json!(false), &json!("Acme submits nothing."))
    );
    let erase = server.get(&format!("/v1/access/explain?key={}&action=erase_subject", key.id)).json();
    assert!(erase["remedies"].as_array().is_some_and(|remedies| !remedies.is_empty()), "{erase}");
    let who = server.get("/v1/access/who?action=erase_subject").json();
    assert_eq!(who["keys"].as_array().map(Vec::len), Some(1));
    let locked = json!({ "text": "@id(\"nobody\") forbid (principal, action, resource);" }).to_string();
    let refused = server.post("/v1/access/policy", "", &locked);
    assert_eq!(refused.verdict(), (409, "last_administrator".to_owned()), "{refused:?}");
    assert_eq!(server.post("/v1/access/policy", "", "{}").json()["shipped"], true);
    assert_eq!(server.as_key(&key).post("/v1/workflows", DEFINITION).status, 202);
}

#[test]
fn what_was_granted_is_there_after_a_restart_and_what_was_revoked_is_not() {
    let mut server = server();
    let [kept, revoked] = ["kept", "revoked"].map(|label| server.issue(label, &["submitter"], "acme"));
    server.post(&format!("/v1/access/keys/{}/revoke", revoked.id), "", "");
    let id = server.as_key(&kept).submit(DEFINITION);
    server.restart();
    assert_eq!(server.as_key(&kept).get(&format!("/v1/workflows/{id}")).status, 200);
    assert_eq!(server.as_key(&revoked).get("/v1/workflows").status, 401);
    // No secret lies anywhere in the directory: what is kept of one is its digest.
    for key in [&kept, &revoked] {
        assert_eq!(server.files_with(&key.secret), [] as [&str; 0]);
        assert_eq!(server.files_with(&key.secret[42..85]), [] as [&str; 0]);
    }
    assert!(!events_in(&server.as_key(&kept).get(&format!("/v1/workflows/{id}/events")).body).is_empty());
}

const PERSON: &str = "Grace-Hopper-of-the-harbour-1906";

#[test]
fn whose_a_key_is_stands_in_no_record_is_read_on_the_record_and_can_be_forgotten() {
    let mut server = server();
    let grants = json!({ "roles": ["submitter"] });
    let issue = |person: &Value| json!({ "label": "laptop", "grants": grants, "person": person }).to_string();
    for wrong in [json!({ "name": "" }), json!({ "name": "x".repeat(257) }), json!({ "name": "two\nlines" })]
    {
        let refused = server.post("/v1/access/keys", "", &issue(&wrong));
        assert_eq!(refused.verdict(), (422, "invalid_value".to_owned()), "{wrong}");
        assert!(refused.body.contains("person.name"), "{refused:?}");
    }
    let issued = server.post("/v1/access/keys", "", &issue(&json!({ "name": PERSON })));
    assert_eq!(issued.status, 201, "{issued:?}");
    let id = issued.json()["key"]["key_id"].as_str().expect("an id").to_owned();
    assert_eq!(issued.json()["key"]["person"]["data_subject"], id.as_str());
    let named = |server: &Running, id: &str| server.get(&format!("/v1/access/keys/{id}/person"));
    assert_eq!(named(&server, &id).json()["name"], json!({ "content": "text", "text": PERSON }));
    let unnamed = server.issue("ci", &["submitter"], "default");
    assert_eq!(named(&server, &unnamed.id).json()["name"], Value::Null);
    // A name that comes later, under the data subject of that person's workflows.
    let subject = "e".repeat(32);
    let body = json!({ "person": { "name": PERSON, "data_subject": subject }, "reason": "asked" });
    let path = format!("/v1/access/keys/{}/person", unnamed.id);
    assert_eq!(server.as_key(&unnamed).post(&path, &body.to_string()).status, 403);
    let later = server.post(&path, "", &body.to_string());
    assert_eq!((later.status, &later.json()["person"]["data_subject"]), (200, &json!(subject)), "{later:?}");
    let review = server.get("/v1/access/review").json().to_string();
    assert!(review.contains("show_person") && !review.contains(PERSON), "{review}");
    server.restart();
    for (key, subject) in [(&id, &id), (&unnamed.id, &subject)] {
        assert_eq!(named(&server, key).json()["name"]["text"], PERSON);
        let erased = server.post(&format!("/v1/subjects/{subject}/erase"), "", "{}");
        assert_eq!((erased.status, &erased.json()["state"]), (200, &json!("ERASED")), "{erased:?}");
        assert_eq!(named(&server, key).json()["name"]["content"], "erased");
        let again = json!({ "person": { "name": PERSON, "data_subject": subject } }).to_string();
        let refused = server.post(&format!("/v1/access/keys/{key}/person"), "", &again);
        assert_eq!(refused.verdict(), (409, "subject_erased".to_owned()));
    }
    server.end();
    assert_ne!(server.files_with("laptop"), Vec::<String>::new(), "the search finds what is there");
    assert_eq!(server.files_with(PERSON), Vec::<String>::new());
}

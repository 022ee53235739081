//! What was used, over HTTP: measured on real processes.

use super::harness::{Client, Running};
use serde_json::{Value, json};

/// Keeps one processor busy for a while.
const BUSY: &str = "i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done";

fn busy() -> String {
    json!({ "name": "busy", "tasks": [{
        "id": "count", "command": ["sh", "-c", BUSY], "energy_cost_est_kwh": 0.25, "timeout_seconds": 60,
    }, { "id": "nothing" }] })
    .to_string()
}

/// The account of a workflow once it has completed.
fn account(client: &Client<'_>, id: &str) -> Value {
    for _ in 0..500 {
        let shown = client.get(&format!("/v1/workflows/{id}")).json();
        if shown["status"] == "COMPLETED" {
            return shown;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("it does not complete");
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("a number: {value}"))
}

#[test]
fn what_a_process_used_is_charged_by_the_price_and_shown_with_its_workflow_and_in_the_ledger() {
    let server = Running::start();
    let client = server.showing("");
    // A core of 1 kW at 100 USD/kWh, so that a moment is an amount.
    for (path, body) in [
        ("/v1/settings/core_power", r#"{"value":1000000,"reason":"a test"}"#),
        ("/v1/prices/source", r#"{"source":"FIXED","fixed_micro_usd_per_kwh":100000000}"#),
    ] {
        let answer = client.post(path, body);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let id = client.submit(&busy());
    let shown = account(&client, &id);
    let account = &shown["account"];
    let (busy_us, energy, money) = (
        number(&account["processor_time_us"]),
        number(&account["energy_mwh"]),
        number(&account["micro_usd"]),
    );
    assert!(busy_us > 1_000, "{account}");
    assert_eq!((&account["runs"], &account["unpriced_runs"]), (&json!(1), &json!(0)));
    assert_eq!(energy, busy_us * 1_000_000 / 3_600_000_000, "kilowatts for so long");
    assert_eq!(money, busy_us * 100 / 3_600, "a hundred dollars a kilowatt hour");
    assert_eq!(account["measured_by"], "PROCESSOR_TIME");
    assert_eq!(account["estimated"], json!({ "runs": 1, "estimate_mwh": 250_000, "energy_mwh": energy }));
    assert_eq!(account["deferred"]["runs"], 0);
    let total: f64 = shown["total_cost"]["amount"].as_str().expect("an amount").parse().expect("a number");
    assert!((total * 1e6 - money as f64).abs() < 0.5, "{shown}");
    let attempts = client.get(&format!("/v1/workflows/{id}/attempts?task=count")).json();
    assert_eq!(attempts["attempts"][0]["outcome"]["processor_time_us"], account["processor_time_us"]);
    let nothing = client.get(&format!("/v1/workflows/{id}/attempts?task=nothing")).json();
    assert_eq!(nothing["attempts"][0]["outcome"]["processor_time_us"], Value::Null);
    let ledger = client.get("/v1/ledger").json();
    assert_eq!(&ledger["total"], account);
    assert_eq!(ledger["supply"], json!({ "energy_mwh": -energy, "micro_usd": -money }));
    assert_eq!(ledger["owners"], json!([{ "tenant": "default", "owner": null, "account": account }]));
    assert_eq!(ledger["tenants"], json!([{ "tenant": "default", "account": account }]));
    assert_eq!(
        (&ledger["workflows"][0]["workflow_id"], &ledger["workflows"][0]["account"]),
        (&json!(id), account)
    );
    // As it was before the run was charged.
    let before = client.get(&format!("/v1/workflows/{id}?as_of={}", shown["began"]["sequence"])).json();
    assert_eq!((&before["account"]["runs"], &before["total_cost"]["amount"]), (&json!(0), &json!("0")));
}

#[test]
fn a_tenant_sees_its_own_accounts_and_an_owner_is_found() {
    let mut server = Running::start();
    server.claim();
    let key = |tenant: &str, owner: &str| {
        let grants = json!({ "roles": ["submitter"], "tenant": tenant, "owner": owner });
        server.issue_with(owner, &grants)
    };
    let (ann, bob, eve) = (key("acme", "ann"), key("acme", "bob"), key("other", "eve"));
    let run = |key| {
        let client = server.as_key(key);
        let id = client.submit(&busy());
        account(&client, &id);
        id
    };
    let (first, second, third) = (run(&ann), run(&bob), run(&eve));
    let ids = |ledger: &Value| -> Vec<String> {
        let rows = ledger["workflows"].as_array().expect("a page").iter();
        rows.map(|row| row["workflow_id"].as_str().expect("an id").to_owned()).collect()
    };
    let owners = |ledger: &Value| -> Vec<String> {
        let rows = ledger["owners"].as_array().expect("a list").iter();
        rows.map(|row| format!("{}/{}", row["tenant"], row["owner"]).replace('"', "")).collect()
    };
    let own = server.as_key(&ann).get("/v1/ledger").json();
    assert_eq!(
        (owners(&own), ids(&own)),
        (vec!["acme/ann".into(), "acme/bob".into()], vec![second, first.clone()])
    );
    assert_eq!((&own["supply"], &own["total"]["runs"]), (&Value::Null, &json!(2)));
    assert_eq!(own["tenants"].as_array().map(Vec::len), Some(1));
    let of_ann = server.as_key(&bob).get("/v1/ledger?owner=ann").json();
    assert_eq!((owners(&of_ann), ids(&of_ann)), (vec!["acme/ann".into()], vec![first]));
    let of_eve = server.as_key(&ann).get("/v1/ledger?owner=eve").json();
    assert_eq!((owners(&of_eve), ids(&of_eve)), (vec![], vec![]));
    assert_eq!(server.as_key(&ann).get("/v1/ledger?tenant=other").json()["total"]["runs"], 0);
    let all = server.get("/v1/ledger?limit=1").json();
    assert_eq!((owners(&all).len(), ids(&all)), (3, vec![third.clone()]));
    assert!(number(&all["supply"]["energy_mwh"]) <= 0 && all["next_cursor"].is_u64(), "{all}");
    let other = server.get("/v1/ledger?tenant=other").json();
    assert_eq!((owners(&other), ids(&other)), (vec!["other/eve".into()], vec![third]));
    assert_eq!(server.get("/v1/ledger?limit=0").verdict(), (400, "invalid_query".to_owned()));
    assert_eq!(server.showing("").get("/v1/ledger").status, 401);
}

fn status_of(client: &Client<'_>, id: &str) -> (Value, Value) {
    let task = client.get(&format!("/v1/workflows/{id}")).json()["tasks"][0].clone();
    (task["status"].clone(), task["waits_for"].clone())
}

#[test]
fn what_does_not_fit_into_a_budget_waits_until_that_is_raised() {
    let server = Running::start();
    let client = server.showing("");
    let set = |energy: i64| {
        let body =
            json!({ "tenant": "default", "period": "TOTAL", "energy_mwh": energy, "reason": "a test" });
        let answer = client.post("/v1/ledger/budgets", &body.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["budgets"][0].clone()
    };
    // A minute of a core of 12 W is 200 mWh, and the estimate of 0.25 kWh is more.
    set(249_999);
    let id = client.submit(&busy());
    assert_eq!(status_of(&client, &id), (json!("READY"), json!("BUDGET_TOO_SMALL")));
    let alerts = client.get("/v1/alerts").json();
    let alert = &alerts["alerts"][0];
    assert_eq!(
        (&alert["kind"], &alert["status"]),
        (&json!("BUDGET_EXHAUSTED"), &json!("RAISED")),
        "{alerts}"
    );
    assert_eq!(alert["detail"], "tenant default: a task waits that could need more than all of the budget");
    let raised = set(250_000);
    assert_eq!((&raised["is_exhausted"], &raised["owner"]), (&json!(false), &Value::Null));
    let shown = account(&client, &id);
    let energy = number(&shown["account"]["energy_mwh"]);
    let task = &shown["tasks"][0];
    assert_eq!((&task["estimate_mwh"], number(&task["account"]["energy_mwh"])), (&json!(250_000), energy));
    assert_eq!(
        (&shown["tasks"][1]["estimate_mwh"], &shown["tasks"][1]["account"]),
        (&Value::Null, &Value::Null)
    );
    let budget = client.get("/v1/ledger/budgets").json()["budgets"][0].clone();
    assert_eq!(number(&budget["charged"]["energy_mwh"]), energy);
    assert_eq!((&budget["reserved"]["energy_mwh"], &budget["overrun"]["energy_mwh"]), (&json!(0), &json!(0)));
    assert_eq!((&budget["until"], number(&budget["left"]["energy_mwh"])), (&Value::Null, 250_000 - energy));
    assert_eq!((&budget["micro_usd"], &budget["left"]["micro_usd"]), (&Value::Null, &Value::Null));
    let removed = client.call("DELETE", "/v1/ledger/budgets", r#"{"tenant":"default","reason":"done"}"#);
    assert_eq!((removed.status, removed.json()), (200, json!({ "budgets": [] })));
    let of_nobody = client.get("/v1/ledger?owner=").json();
    assert_eq!(of_nobody["workflows"].as_array().map(Vec::len), Some(1), "{of_nobody}");
}

#[test]
fn what_can_be_no_budget_is_refused_and_says_why() {
    let server = Running::start();
    let client = server.showing("");
    let long = "x".repeat(1025);
    let table = [
        (r#"{"period":"DAY","reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"DAY","energy_mwh":0,"reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"DAY","energy_mwh":-1,"reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"DAY","micro_usd":-1,"reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"DAY","micro_usd":0,"reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"DAY","micro_usd":1000000000000001,"reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"WEEK","micro_usd":1,"reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"day","micro_usd":1,"reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"DAY","micro_usd":1}"#.to_owned(), 422, "invalid_value"),
        (r#"{"period":"DAY","micro_usd":1,"reason":" "}"#.to_owned(), 422, "invalid_value"),
        (format!(r#"{{"period":"DAY","micro_usd":1,"reason":"{long}"}}"#), 422, "invalid_value"),
        (
            r#"{"period":"DAY","micro_usd":1,"tenant":"No Tenant","reason":"r"}"#.to_owned(),
            422,
            "invalid_value",
        ),
        (r#"{"period":"DAY","micro_usd":1,"workflow_id":"w","reason":"r"}"#.to_owned(), 422, "invalid_value"),
        (
            r#"{"period":"DAY","micro_usd":1,"workflow_id":"0000000000000000000000000000000a","reason":"r"}"#
                .to_owned(),
            404,
            "workflow_unknown",
        ),
        (r#"{"period":"DAY","energy_mwh":1.5,"reason":"r"}"#.to_owned(), 400, "invalid_body"),
        (r#"{"period":"DAY","energy_mwh":"1","reason":"r"}"#.to_owned(), 400, "invalid_body"),
        (r#"{"period":"DAY","energy_mwh":1e30,"reason":"r"}"#.to_owned(), 400, "invalid_body"),
        (r#"{"energy_mwh":1,"reason":"r"}"#.to_owned(), 400, "invalid_body"),
        (r#"{"period":"DAY","energy_mwh":1,"reason":"r","more":1}"#.to_owned(), 400, "invalid_body"),
        (r#"{"period":"#.to_owned(), 400, "malformed_json"),
    ];
    for (body, status, code) in table {
        let answer = client.post("/v1/ledger/budgets", &body);
        assert_eq!(answer.verdict(), (status, code.to_owned()), "{body}");
    }
    let unknown = client.call("DELETE", "/v1/ledger/budgets", r#"{"owner":"ann","reason":"r"}"#);
    assert_eq!(unknown.verdict(), (404, "budget_unknown".to_owned()));
    assert_eq!(client.get("/v1/ledger/budgets").json(), json!({ "budgets": [] }));
}

#[test]
fn a_tenant_sees_its_own_budgets_and_sets_none() {
    let mut server = Running::start();
    server.claim();
    let grants = json!({ "roles": ["submitter"], "tenant": "acme", "owner": "ann" });
    let ann = server.issue_with("ann", &grants);
    for (tenant, owner) in [("acme", Some("ann")), ("acme", None), ("other", None)] {
        let body = json!({
            "tenant": tenant, "owner": owner, "period": "MONTH", "energy_mwh": 9, "reason": "a test",
        });
        let answer = server.post("/v1/ledger/budgets", "", &body.to_string());
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let client = server.as_key(&ann);
    let own = client.get("/v1/ledger/budgets").json();
    let named: Vec<_> =
        own["budgets"].as_array().expect("a list").iter().map(|of| (&of["tenant"], &of["owner"])).collect();
    assert_eq!(named, [(&json!("acme"), &Value::Null), (&json!("acme"), &json!("ann"))]);
    let body = r#"{"tenant":"acme","period":"DAY","energy_mwh":9,"reason":"mine"}"#;
    assert_eq!(client.post("/v1/ledger/budgets", body).status, 403);
    assert_eq!(
        client.call("DELETE", "/v1/ledger/budgets", r#"{"tenant":"acme","reason":"mine"}"#).status,
        403
    );
    let id = client.submit(&busy());
    assert_eq!(status_of(&client, &id), (json!("READY"), json!("BUDGET_TOO_SMALL")));
    assert_eq!(server.showing("").get("/v1/ledger/budgets").status, 401);
}

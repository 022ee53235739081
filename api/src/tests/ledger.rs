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

//! Tasks that wait for the price of electricity, over HTTP.

use super::harness::{Client, Running};
use serde_json::{Value, json};
use std::time::Duration;

const LOOKS_MAX: u32 = 500;
const PAUSE: Duration = Duration::from_millis(20);
const HOUR_US: i64 = 3_600_000_000;

/// An hour that is nearly over is waited for: the next would begin under the test.
fn early_in_an_hour() {
    let left_us = HOUR_US - crate::clock::now_us().rem_euclid(HOUR_US);
    if left_us < 20_000_000 {
        std::thread::sleep(Duration::from_micros(left_us.unsigned_abs()));
    }
}

/// Prices of hours in cents, from the present one on.
fn publication(cents: &[i64]) -> String {
    let hour = crate::clock::now_us().div_euclid(HOUR_US);
    let step = |(number, cents): (i64, &i64)| {
        let from = crate::clock::show((hour + number) * HOUR_US);
        json!({ "from": from, "minutes": 60, "micro_usd_per_kwh": cents * 10_000 })
    };
    json!({ "steps": (0..).zip(cents).map(step).collect::<Vec<_>>() }).to_string()
}

fn task_once(client: &Client<'_>, id: &str, status: &str) -> Value {
    for _ in 0..LOOKS_MAX {
        let shown = client.get(&format!("/v1/workflows/{id}")).json();
        if shown["tasks"][0]["status"] == status {
            return shown["tasks"][0].clone();
        }
        std::thread::sleep(PAUSE);
    }
    panic!("it does not become {status}");
}

/// A copy of the task of the specification.
fn seed(priority: &str) -> String {
    json!({ "name": "trinity", "tasks": [{
        "id": "task_123", "name": "fusion_simulation_run", "type": "SIMULATION", "command": ["true"],
        "energy_cost_est_kwh": 5.5, "negentropy_value_score": 0.95, "max_bid_price": 0.10, "priority": priority,
        "timeout_seconds": 3600,
    }] })
    .to_string()
}

fn code(client: &Client<'_>, path: &str, body: &str) -> (u16, String) {
    let answer = client.post(path, body);
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_normal_task_waits_for_a_price_within_its_bid_and_a_critical_one_does_not() {
    let server = Running::start();
    let client = server.showing("");
    early_in_an_hour();
    let before = client.submit(&seed("NORMAL"));
    assert_eq!(task_once(&client, &before, "COMPLETED")["deferral"], Value::Null, "bids decide nothing yet");
    assert_eq!(code(&client, "/v1/prices", &publication(&[5])), (409, "no_price_source".to_owned()));
    let euros = r#"{"source":"SERIES","currency":"EUR"}"#;
    assert_eq!(code(&client, "/v1/prices/source", euros), (422, "currency_without_rate".to_owned()));
    let set = client.post("/v1/prices/source", r#"{"source":"SERIES","area":"DE-LU","reason":"ticket 12"}"#);
    assert_eq!(set.status, 200, "{set:?}");
    let published = client.post("/v1/prices", &publication(&[18, 18, 5, 18]));
    assert_eq!(published.status, 200, "{published:?}");
    let critical = client.submit(&seed("CRITICAL"));
    assert_eq!(task_once(&client, &critical, "COMPLETED")["deferral"], Value::Null);
    let normal = client.submit(&seed("NORMAL"));
    let waits = task_once(&client, &normal, "DEFERRED");
    let deferral = &waits["deferral"];
    assert_eq!((&waits["waits_for"], &deferral["reason"]), (&json!("PRICE"), &json!("ABOVE_BID")), "{waits}");
    assert_eq!(deferral["price"]["micro_usd_per_kwh"], 180_000);
    assert_eq!(deferral["bid_micro_usd_per_kwh"], 100_000);
    let cheap = (crate::clock::now_us().div_euclid(HOUR_US) + 2) * HOUR_US;
    assert_eq!(deferral["look_again"], json!(crate::clock::show(cheap)));
    assert!(deferral["last_safe_start"].is_string());
    let shown = client.get("/v1/prices?limit=2").json();
    assert_eq!((&shown["waiting"], &shown["source"]["area"]), (&json!(1), &json!("DE-LU")), "{shown}");
    assert_eq!(shown["steps"].as_array().map(Vec::len), Some(2));
    let next = shown["next_from"].as_str().expect("a moment");
    let rest = client.get(&format!("/v1/prices?from={next}")).json();
    assert_eq!((rest["steps"].as_array().map(Vec::len), &rest["next_from"]), (Some(2), &Value::Null));
    // A revision makes the present hour cheap.
    assert_eq!(client.post("/v1/prices", &publication(&[5])).status, 200);
    let done = task_once(&client, &normal, "COMPLETED");
    assert_eq!(done["deferral"]["released"], "WITHIN_BID", "{done}");
    assert_eq!((&done["deferral"]["times"], &done["deferral"]["look_again"]), (&json!(1), &Value::Null));
    let stale = json!({ "published": "2020-01-01T00:00:00Z", "steps": [] }).to_string();
    assert_eq!(code(&client, "/v1/prices", &stale), (409, "prices_outdated".to_owned()));
}

#[test]
fn what_waits_goes_on_when_prices_come_from_nowhere_and_is_cancelled_with_its_workflow() {
    let server = Running::start();
    let client = server.showing("");
    let fixed = r#"{"source":"FIXED","fixed_micro_usd_per_kwh":180000}"#;
    assert_eq!(client.post("/v1/prices/source", fixed).status, 200);
    assert_eq!(code(&client, "/v1/prices", &publication(&[5])), (409, "no_price_source".to_owned()));
    let (stays, ends) = (client.submit(&seed("LOW")), client.submit(&seed("HIGH")));
    task_once(&client, &stays, "DEFERRED");
    task_once(&client, &ends, "DEFERRED");
    assert_eq!(client.post(&format!("/v1/workflows/{ends}/cancel"), "").status, 202);
    task_once(&client, &ends, "CANCELLED");
    let removed = client.call("DELETE", "/v1/prices/source", r#"{"reason":"a test"}"#);
    assert_eq!((removed.status, &removed.json()["source"]), (200, &Value::Null), "{removed:?}");
    assert_eq!(task_once(&client, &stays, "COMPLETED")["deferral"]["released"], "NO_SOURCE");
    for (body, problem) in [
        (r#"{"source":"FIXED"}"#, "invalid_value"),
        (r#"{"source":"SERIES","fixed_micro_usd_per_kwh":1}"#, "invalid_value"),
        (r#"{"source":"FEED"}"#, "invalid_value"),
        (r#"{"source":"FIXED","currency":"EUR","fixed_micro_per_kwh":1}"#, "currency_without_rate"),
        (
            r#"{"source":"FIXED","currency":"EUR","micro_usd_per_unit":1,"fixed_micro_usd_per_kwh":1}"#,
            "invalid_value",
        ),
        (r#"{"source":"FIXED","fixed_micro_per_kwh":1,"fixed_micro_usd_per_kwh":1}"#, "invalid_value"),
        (r#"{"source":"SERIES","currency":"EUR","micro_usd_per_unit":0}"#, "invalid_value"),
        (r#"{"source":"SERIES","currency":"EUR","micro_usd_per_unit":1000000001}"#, "invalid_value"),
        (r#"{"source":"SERIES","micro_usd_per_unit":2000000}"#, "invalid_value"),
        (r#"{"source":"SERIES","missing":"PANIC"}"#, "invalid_value"),
        (r#"{"source":"SERIES","url":"http://prices.example"}"#, "invalid_body"),
    ] {
        assert_eq!(code(&client, "/v1/prices/source", body).1, problem, "{body}");
    }
}

#[test]
fn carbon_intensity_is_no_less_than_nothing_and_is_published_for_a_source() {
    let server = Running::start();
    let client = server.showing("");
    early_in_an_hour();
    let hour = crate::clock::now_us().div_euclid(HOUR_US) * HOUR_US;
    let step = |mg: i64| {
        let step = json!({ "from": crate::clock::show(hour), "minutes": 60, "mg_per_kwh": mg });
        json!({ "steps": [step] }).to_string()
    };
    assert_eq!(code(&client, "/v1/carbon", &step(1)), (409, "no_carbon_source".to_owned()));
    assert_eq!(client.call("DELETE", "/v1/carbon/source", "").json()["code"], "no_carbon_source");
    for (body, problem) in [
        (r#"{"missing":"PANIC"}"#, "invalid_value"),
        (r#"{"age_max_seconds":0}"#, "invalid_value"),
        (r#"{"currency":"EUR"}"#, "invalid_body"),
    ] {
        assert_eq!(code(&client, "/v1/carbon/source", body).1, problem, "{body}");
    }
    assert_eq!(client.post("/v1/carbon/source", r#"{"area":"DE-LU"}"#).status, 200);
    for mg in [-1, 100_000_001] {
        assert_eq!(code(&client, "/v1/carbon", &step(mg)), (422, "invalid_value".to_owned()), "{mg}");
    }
    let published = client.post("/v1/carbon", &step(430_000));
    assert_eq!((published.status, &published.json()["now"]["mg_per_kwh"]), (200, &json!(430_000)));
    assert_eq!(client.get("/v1/carbon?limit=1").json()["source"]["area"], "DE-LU");
    let removed = client.call("DELETE", "/v1/carbon/source", r#"{"reason":"a test"}"#);
    assert_eq!((removed.status, &removed.json()["source"]), (200, &Value::Null), "{removed:?}");
}

//! The Negentropy Audit against a program that shares nothing with it, which recomputes it from the records.

use crate::served::{Place, TRIAD};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// The rows that the script makes of the records.
fn recomputed(place: &Place) -> Vec<Value> {
    let mut shown = Command::new(TRIAD)
        .args(["log", "show", "-o", "json", "--limit", "1000000"])
        .arg(place.log())
        .stdout(Stdio::piped())
        .spawn()
        .expect("runs");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/negentropy.py");
    let records = shown.stdout.take().expect("piped");
    let output = Command::new("python3").arg(script).stdin(records).output().expect("runs");
    assert!(shown.wait().expect("ends").success() && output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn the_audit_is_what_a_script_makes_of_the_records() {
    let place = Place::new();
    let server = place.serve();
    let busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo ok";
    let ok = json!([{ "pattern": "^ok" }]);
    let task = |id: &str, more: Value| {
        let mut task = json!({ "id": id, "command": ["sh", "-c", busy] });
        let members = more.as_object().expect("an object").clone();
        task.as_object_mut().expect("an object").extend(members);
        task
    };
    let workflow = server.submit(json!([
        task("holds", json!({ "verify": ok, "negentropy_value_score": 0.7, "market_multiplier": 1.5 })),
        task("trusted", json!({ "negentropy_value_score": 0.3 })),
        task("half", json!({
            "verify": [{ "pattern": "^ok" }, { "size": { "at_most": 1 } }, { "pattern": "k" }],
            "negentropy_value_score": 0.1, "retry": { "attempts": 2, "base_ms": 1 },
        })),
        task("fails", json!({ "command": ["sh", "-c", format!("{busy}; exit 1")], "negentropy_value_score": 1, "verify": ok })),
        task("undeclared", json!({})),
        task("each", json!({ "for_each": [1, 2, 3], "verify": ok, "negentropy_value_score": 0.5 })),
        { "id": "noop", "negentropy_value_score": 1 },
    ]));
    server.wait_ended(&workflow);
    let audit = server.get("/v1/ledger/negentropy");
    let rows = audit["rows"].as_array().expect("rows");
    let day = rows[0]["day"].as_str().expect("a day").to_owned();
    let other = server.get(&format!("/v1/ledger/negentropy?from={day}&to={day}&owner=nobody"));
    assert_eq!(other["rows"], json!([]));
    assert_eq!(server.get("/v1/ledger/negentropy?from=yesterday")["code"], "invalid_query");
    assert_eq!(server.get("/v1/ledger/negentropy?from=2026-12-02&to=2026-12-01")["code"], "invalid_query");
    let words = ["ledger", "negentropy", "--server", &server.url];
    let said = Command::new(TRIAD).args(words).output().expect("runs");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    server.stop();
    assert_eq!(*rows, recomputed(&place));
    // Of 0.1 two of three hold, and three parts share a half.
    let total = |member: &str| audit["total"][member].as_u64().expect("a number");
    assert_eq!((total("tasks"), total("verified_tasks")), (7, 5), "{audit}");
    assert_eq!(total("verified_micro"), 1_050_000 + 66_666 + 3 * 166_666);
    assert_eq!(total("unverified_micro"), 300_000);
    assert_eq!(total("declared_micro"), 1_050_000 + 300_000 + 100_000 + 1_000_000 + 3 * 166_666);
    assert!(
        total("energy_uj") > 0 && total("other_energy_uj") > 0 && total("verified_micro_per_kwh") > 0,
        "{audit}"
    );
    assert!(said.contains("2.949998 declared") && said.contains(&day), "{said}");
}

//! Prices by the command line, and through the kill of a server: what waits goes on waiting, and runs when it is cheap.

use crate::served::{Place, Server, TRIAD, until};
use serde_json::{Value, json};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

fn triad(server: &Server, words: &[&str]) -> Output {
    let command = [words, &["--server", &server.url]].concat();
    Command::new(TRIAD).args(command).output().expect("runs")
}

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970")
}

fn submit(server: &Server, more: &Value) -> String {
    let mut task =
        json!({ "id": "simulate", "command": ["true"], "max_bid_price": 0.10, "timeout_seconds": 5 });
    task.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let (status, answer) = server.post("/v1/workflows", &json!({ "tasks": [task] }).to_string());
    assert_eq!(status, 202, "{answer}");
    answer["workflow_id"].as_str().expect("an id").to_owned()
}

/// A file of prices in dollars for the quarter of an hour that is now and those that follow. One that is nearly over is waited
/// for.
fn file(place: &Place, prices: &[&str]) -> String {
    let left = 900 - now().as_secs() % 900;
    if left < 30 {
        sleep(Duration::from_secs(left));
    }
    let quarter = now().as_secs() / 900 * 900;
    let stamp =
        |seconds: u64| jiff::Timestamp::from_second(seconds.try_into().expect("it fits")).expect("a moment");
    let lines =
        (0..).zip(prices).map(|(number, price)| format!("{},15,{price}", stamp(quarter + number * 900)));
    let text: Vec<String> = std::iter::once("from,minutes,usd_per_kwh".to_owned()).chain(lines).collect();
    let path = place.file("prices.csv");
    std::fs::write(&path, text.join("\n")).expect("a file");
    path.display().to_string()
}

#[test]
fn what_waits_for_a_price_outlives_the_server_and_runs_in_time() {
    let place = Place::new();
    let mut server = place.serve();
    assert!(said(&triad(&server, &["price", "show"])).contains("prices come from nowhere"));
    let early = triad(&server, &["price", "publish", &file(&place, &["0.18"])]);
    assert_eq!(early.status.code(), Some(1), "{early:?}");
    let set =
        ["price", "set", "series", "--area", "DE-LU", "--missing", "last-known", "--reason", "ticket 12"];
    assert!(said(&triad(&server, &set)).contains("SERIES of DE-LU"));
    let published = said(&triad(&server, &["price", "publish", &file(&place, &["0.18", "-0.005", "0.18"])]));
    assert!(published.contains("now        0.18 USD/kWh") && published.contains("-0.005"), "{published}");
    let waits = submit(&server, &json!({}));
    let due = submit(&server, &json!({ "deadline": 20 }));
    let critical = submit(&server, &json!({ "priority": "CRITICAL" }));
    assert_eq!(server.wait_ended(&critical)["status"], "COMPLETED");
    let shown = said(&triad(&server, &["workflow", "show", &waits]));
    assert!(shown.contains("DEFERRED") && shown.contains("waits for price"), "{shown}");
    assert!(shown.contains("0.18 USD/kWh, bid 0.10; again "), "{shown}");
    let explained = said(&triad(&server, &["workflow", "explain", &waits, "--task", "simulate"]));
    let sentence =
        "It waits for cheaper electricity: a kilowatt hour costs 0.18 USD, and may cost 0.10 USD for it.";
    assert!(explained.starts_with(&format!("simulate: {sentence}")), "{explained}");
    let explained = said(&triad(&server, &["workflow", "explain", &critical]));
    assert!(explained.ends_with("It completed. It is critical, so it waits for no price.\n"), "{explained}");
    server.kill();
    server = place.serve();
    // Its last safe start is fifteen seconds before its deadline.
    let ended = server.wait_ended(&due);
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    assert_eq!(ended["tasks"][0]["deferral"]["released"], "LAST_SAFE_START", "{ended}");
    let status =
        |server: &Server| server.get(&format!("/v1/workflows/{waits}"))["tasks"][0]["status"].clone();
    assert_eq!(status(&server), "DEFERRED");
    said(&triad(&server, &["price", "publish", &file(&place, &["0.09"])]));
    until(|| status(&server) == "COMPLETED");
    let shown = said(&triad(&server, &["workflow", "show", &waits]));
    assert!(shown.contains("went on at 0.09 USD/kWh (bid 0.10): within bid"), "{shown}");
    let explained = said(&triad(&server, &["workflow", "explain", &waits]));
    assert!(
        explained.contains("when a kilowatt hour cost 0.09 USD: that is within its bid of 0.10 USD."),
        "{explained}"
    );
    said(&triad(&server, &["price", "remove", "--reason", "contract ended"]));
    server.stop();
    let log = place.log();
    let verified = Command::new(TRIAD).args(["log", "verify"]).arg(&log).output().expect("runs");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

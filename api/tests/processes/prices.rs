//! Prices by the command line, and through the kill of a server: what waits goes on waiting, and runs when it is cheap.

use crate::served::{Place, Server, TRIAD, until};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

fn triad(server: &Server, words: &[&str]) -> Output {
    let command = [words, &["--server", &server.url]].concat();
    Command::new(TRIAD).args(command).output().expect("runs")
}

fn said(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Seconds since 1970, of the clock of the machine.
fn now_s() -> u64 {
    clock_gettime(ClockId::Realtime).tv_sec.try_into().expect("a clock after 1970")
}

fn submit(server: &Server, more: &Value) -> String {
    let mut task = json!({ "max_bid_price": 0.10 });
    task.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    submit_one(server, task)
}

fn submit_one(server: &Server, more: Value) -> String {
    let mut task = json!({ "id": "simulate", "command": ["true"], "timeout_seconds": 5 });
    task.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    let (status, answer) = server.post("/v1/workflows", &json!({ "tasks": [task] }).to_string());
    assert_eq!(status, 202, "{answer}");
    answer["workflow_id"].as_str().expect("an id").to_owned()
}

/// A file of prices in dollars for the quarter of an hour that is now and those that follow. One that is nearly over is waited
/// for.
fn file(place: &Place, prices: &[&str]) -> String {
    let left = 900 - now_s() % 900;
    if left < 30 {
        sleep(Duration::from_secs(left));
    }
    let quarter = now_s() / 900 * 900;
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
    let unbegun = triad(&server, &["workflow", "show", &waits, "--task", "simulate"]);
    assert!(String::from_utf8_lossy(&unbegun.stderr).contains(sentence), "{unbegun:?}");
    let explained = said(&triad(&server, &["workflow", "explain", &critical]));
    assert!(
        explained.ends_with("It completed. It is critical, and what is critical waits for no price.\n"),
        "{explained}"
    );
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
    let picture = place.log().with_file_name("why.svg");
    let drawn = ["workflow", "explain", &waits, "--svg", picture.to_str().expect("text")];
    let explained = said(&triad(&server, &drawn));
    let svg = std::fs::read_to_string(&picture).expect("it is drawn");
    for part in
        ["<svg ", "class=\"price\"", "class=\"waits\"", "class=\"runs\"", ">simulate</text>", "</svg>\n"]
    {
        assert!(svg.contains(part), "{part} in {svg}");
    }
    let again = triad(&server, &drawn);
    assert_eq!(again.status.code(), Some(2), "a file that is there stays: {again:?}");
    let curve = place.log().with_file_name("prices.svg");
    said(&triad(&server, &["price", "show", "--svg", curve.to_str().expect("text")]));
    assert!(std::fs::read_to_string(&curve).expect("it is drawn").contains(">-0.05</text>"));
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

/// Nine runs say how long it takes; a curve has a cheaper time, and is replaced by one that has none; then but the
/// present price is known.
#[test]
fn what_waits_for_the_cheapest_time_says_so_and_outlives_the_server() {
    let place = Place::new();
    let mut server = place.serve();
    let cheapest = || json!({ "optimise": "price", "missing_price": "wait" });
    said(&triad(&server, &["price", "set", "fixed", "--usd-per-kwh", "0.19"]));
    for _ in 0..9 {
        let ended = server.wait_ended(&submit_one(&server, cheapest()));
        assert_eq!(ended["tasks"][0]["deferral"]["released"], "CHEAPEST_NOW", "{ended}");
    }
    said(&triad(&server, &["price", "set", "series", "--area", "DE-LU"]));
    said(&triad(&server, &["price", "publish", &file(&place, &["0.19", "0.19", "0.08", "0.19"])]));
    let waits = submit_one(&server, cheapest());
    let task = |server: &Server, id: &str| server.get(&format!("/v1/workflows/{id}"))["tasks"][0].clone();
    until(|| task(&server, &waits)["status"] == "DEFERRED");
    server.kill();
    server = place.serve();
    let deferral = &task(&server, &waits)["deferral"];
    assert_eq!(deferral["plan"]["mean_micro_usd_per_kwh"], 80_000, "{deferral}");
    assert_eq!(deferral["estimate"]["longest"]["runs"], 9, "{deferral}");
    let explained = said(&triad(&server, &["workflow", "explain", &waits]));
    let sentence =
        "because running then is expected to cost 0.08 USD a kilowatt hour instead of 0.19 USD now.";
    assert!(explained.contains(sentence) && explained.contains("by 9 earlier runs"), "{explained}");
    let shown = said(&triad(&server, &["workflow", "show", &waits]));
    assert!(shown.contains("0.19 USD/kWh, cheapest time; 0.08 expected from "), "{shown}");
    said(&triad(&server, &["price", "publish", &file(&place, &["0.05"])]));
    assert_eq!(server.wait_ended(&waits)["status"], "COMPLETED");
    assert_eq!(task(&server, &waits)["deferral"]["released"], "CHEAPEST_NOW");
    let set = ["price", "set", "series", "--area", "NO1", "--low", "0.05", "--high", "0.60"];
    assert!(said(&triad(&server, &set)).contains("bounds     0.05 to 0.60 USD/kWh"));
    said(&triad(&server, &["price", "publish", &file(&place, &["0.30"])]));
    let waits = submit_one(&server, cheapest());
    until(|| task(&server, &waits)["status"] == "DEFERRED");
    let explained = said(&triad(&server, &["workflow", "explain", &waits]));
    assert!(explained.contains("so it pays at most 3.47 times the least that was possible"), "{explained}");
    let published = said(&triad(&server, &["price", "publish", &file(&place, &["0.70"])]));
    assert!(published.contains("1 published steps lay outside of the bounds"), "{published}");
    said(&triad(&server, &["price", "publish", &file(&place, &["0.17"])]));
    assert_eq!(server.wait_ended(&waits)["status"], "COMPLETED");
    assert_eq!(task(&server, &waits)["deferral"]["released"], "WITHIN_THRESHOLD");
    server.stop();
    let log = place.log();
    let verified = Command::new(TRIAD).args(["log", "verify"]).arg(&log).output().expect("runs");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

/// The next quarter is cheap and the one after that clean: what each task waits for is its own, and outlives the server.
#[test]
fn a_task_waits_for_less_carbon_alone_or_weighed_with_what_it_costs() {
    let place = Place::new();
    let mut server = place.serve();
    assert!(said(&triad(&server, &["carbon", "show"])).contains("carbon intensity comes from nowhere"));
    let early = triad(&server, &["carbon", "publish", &file(&place, &["430"])]);
    assert_eq!(early.status.code(), Some(1), "{early:?}");
    let ended = server.wait_ended(&submit_one(&server, json!({ "optimise": "carbon" })));
    assert_eq!((&ended["status"], &ended["tasks"][0]["deferral"]), (&json!("COMPLETED"), &Value::Null));
    said(&triad(&server, &["price", "set", "series", "--area", "DE-LU"]));
    said(&triad(&server, &["price", "publish", &file(&place, &["0.19", "0.05", "0.19"])]));
    assert!(said(&triad(&server, &["carbon", "set", "--area", "DE-LU"])).contains("published for DE-LU"));
    let dirty = triad(&server, &["carbon", "publish", &file(&place, &["-1"])]);
    assert!(String::from_utf8_lossy(&dirty.stderr).contains("below zero"), "{dirty:?}");
    let published = said(&triad(&server, &["carbon", "publish", &file(&place, &["430", "400.5", "120"])]));
    assert!(published.contains("now        430 g CO2e/kWh") && published.contains("400.5"), "{published}");
    let clean = submit_one(&server, json!({ "optimise": "carbon" }));
    let both = submit_one(&server, json!({ "optimise": { "price": 0.9, "carbon": 0.1 } }));
    let bid = submit_one(&server, json!({ "optimise": "carbon", "max_bid_price": 0.10 }));
    let task = |server: &Server, id: &str| server.get(&format!("/v1/workflows/{id}"))["tasks"][0].clone();
    [&clean, &both, &bid].iter().for_each(|id| until(|| task(&server, id)["status"] == "DEFERRED"));
    server.kill();
    server = place.serve();
    let weighed = task(&server, &clean)["deferral"]["optimised"].clone();
    assert_eq!(weighed["decided_by"], json!(["CARBON"]), "{weighed}");
    assert_eq!(weighed["plan"]["mean_mg_per_kwh"], 120_000, "{weighed}");
    let weighed = task(&server, &both)["deferral"]["optimised"].clone();
    assert_eq!(weighed["decided_by"], json!(["PRICE", "CARBON"]), "{weighed}");
    assert_eq!(weighed["plan"]["mean_micro_usd_per_kwh"], 50_000, "{weighed}");
    assert_eq!(task(&server, &bid)["deferral"]["reason"], "ABOVE_BID");
    let explained = said(&triad(&server, &["workflow", "explain", &clean]));
    let sentence = "when a kilowatt hour is expected to cause 120 g instead of 430 g of CO2e now";
    assert!(explained.contains(sentence), "{explained}");
    let shown = said(&triad(&server, &["workflow", "show", &clean]));
    assert!(shown.contains("430 g CO2e/kWh") && shown.contains("120 g expected from "), "{shown}");
    said(&triad(&server, &["carbon", "publish", &file(&place, &["20"])]));
    assert_eq!(server.wait_ended(&clean)["status"], "COMPLETED");
    let explained = said(&triad(&server, &["workflow", "explain", &clean]));
    assert!(explained.contains("when a kilowatt hour caused 20 g of CO2e: no later time"), "{explained}");
    assert_eq!(task(&server, &bid)["status"], "DEFERRED", "above its bid it does not run");
    said(&triad(&server, &["carbon", "remove", "--reason", "contract ended"]));
    said(&triad(&server, &["price", "publish", &file(&place, &["0.02"])]));
    [&both, &bid].iter().for_each(|id| assert_eq!(server.wait_ended(id)["status"], "COMPLETED"));
    server.stop();
    let log = place.log();
    let verified = Command::new(TRIAD).args(["log", "verify"]).arg(&log).output().expect("runs");
    assert_eq!(verified.status.code(), Some(0), "{verified:?}");
}

/// A feed and a file in euros: bids are compared with dollars, and what was published stands beside them.
#[test]
fn prices_in_euros_are_compared_with_bids_in_dollars() {
    let (place, feed) = (Place::new(), Feed::start());
    let server =
        Server::start(&place.serving("", &["--price-feed", &feed.url, "--price-feed-interval", "1"]));
    let set = ["price", "set", "series", "--area", "DE-LU", "--currency", "EUR"];
    let refused = triad(&server, &set);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no recorded rate for \"EUR\""), "{refused:?}");
    let set = said(&triad(&server, &[&set[..], &["--usd-per-unit", "1.5"]].concat()));
    assert!(set.contains("currency   EUR, of which one is 1.50 USD"), "{set}");
    let path = file(&place, &["0.12", "0.06", "0.12"]);
    let dollars = triad(&server, &["price", "publish", &path]);
    let why = "these prices are in \"USD\", and those of the source in \"EUR\"";
    assert!(String::from_utf8_lossy(&dollars.stderr).contains(why), "{dollars:?}");
    let published = said(&triad(&server, &["price", "publish", &path, "--currency", "EUR"]));
    assert!(
        published.contains("0.18        0.12 EUR") && published.contains("now        0.18 USD"),
        "{published}"
    );
    let waits = submit(&server, &json!({}));
    until(|| server.get(&format!("/v1/workflows/{waits}"))["tasks"][0]["status"] == "DEFERRED");
    let explained = said(&triad(&server, &["workflow", "explain", &waits]));
    assert!(explained.contains("costs 0.18 USD, and may cost 0.10 USD for it"), "{explained}");
    let in_euros = |price: i64| {
        json!({ "currency": "EUR", "steps": [{
        "from": jiff::Timestamp::from_second(i64::try_from(now_s() / 900 * 900).expect("it fits")).expect("a moment").to_string(),
        "minutes": 15, "micro_per_kwh": price,
    }] })
    };
    // A second that is to come is refused until it is there; one that is over could be before the file.
    feed.say(200, &publication(-1, &[1], in_euros(66_667)));
    until(|| server.get("/v1/prices")["now"]["micro_usd_per_kwh"] == 100_000);
    assert_eq!(server.get("/v1/prices")["now"]["quoted_micro_per_kwh"], 66_667);
    assert_eq!(server.wait_ended(&waits)["tasks"][0]["deferral"]["price"]["micro_usd_per_kwh"], 100_000);
    server.stop();
}

/// A feed on this machine, which answers what it is told to: a status and a body.
struct Feed {
    url: String,
    says: Arc<Mutex<(u16, String)>>,
}

impl Feed {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}/prices", listener.local_addr().expect("bound"));
        let says = Arc::new(Mutex::new((503, String::new())));
        let told = Arc::clone(&says);
        // It ends with the process of the test.
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _head = stream.read(&mut [0; 4096]);
                let (status, body) = told.lock().expect("no panic").clone();
                let head = format!(
                    "HTTP/1.1 {status} said\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                // Who has read enough goes.
                let _gone =
                    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
            }
        });
        Self { url, says }
    }

    fn say(&self, status: u16, body: &str) {
        *self.says.lock().expect("no panic") = (status, body.to_owned());
    }
}

/// What a feed says: prices in millionths for the quarters of an hour from the present one on, published so many seconds ago.
fn publication(ago_s: i64, prices: &[i64], more: Value) -> String {
    let now_s = i64::try_from(now_s()).expect("it fits");
    let stamp = |at_s: i64| jiff::Timestamp::from_second(at_s).expect("a moment").to_string();
    let step = |(number, price): (i64, &i64)| {
        let from = stamp(now_s / 900 * 900 + number * 900);
        json!({ "from": from, "minutes": 15, "micro_usd_per_kwh": price })
    };
    let steps: Vec<Value> = (0..).zip(prices).map(step).collect();
    let mut said =
        json!({ "currency": "USD", "area": "DE-LU", "published": stamp(now_s - ago_s), "steps": steps });
    said.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
    said.to_string()
}

fn feed_alerts(server: &Server) -> Vec<Value> {
    let page = server.get("/v1/alerts");
    let alerts = page["alerts"].as_array().expect("a list").iter();
    alerts.filter(|alert| alert["kind"] == "PRICE_FEED_FAILED").cloned().collect()
}

#[test]
fn a_feed_that_stops_lies_jumps_back_changes_or_floods_raises_an_alert_and_makes_nobody_late() {
    let (place, feed) = (Place::new(), Feed::start());
    let options = ["--price-feed", &feed.url, "--price-feed-interval", "1"];
    let server = Server::start(&place.serving("", &options));
    let open =
        || feed_alerts(&server).into_iter().filter(|alert| alert["status"] == "RAISED").collect::<Vec<_>>();
    let alerted = |why: &str| {
        until(|| {
            open().iter().any(|alert| alert["detail"].as_str().is_some_and(|detail| detail.contains(why)))
        });
    };
    let dear = || server.get("/v1/prices")["now"]["micro_usd_per_kwh"].clone();
    alerted("status 503");
    feed.say(200, &publication(600, &[180_000; 8], json!({})));
    said(&triad(&server, &["price", "set", "series", "--area", "DE-LU", "--reason", "ticket 12"]));
    until(|| open().is_empty() && dear() == 180_000);
    let waits = submit(&server, &json!({ "deadline": 60 }));
    let records = || server.get("/v1/health")["durable_sequence"].clone();
    until(|| server.get(&format!("/v1/workflows/{waits}"))["tasks"][0]["status"] == "DEFERRED");
    let before = records();
    sleep(Duration::from_millis(2500));
    assert_eq!(records(), before, "what is known is not recorded again");
    let (good, flood) = (publication(300, &[170_000; 8], json!({})), "x".repeat(10 << 20));
    let bad = [
        (200, publication(900, &[10_000], json!({})), "published later are there already"),
        (200, publication(-7200, &[10_000], json!({})), "which is to come"),
        (200, publication(60, &[2_000_000_000_000], json!({})), "a kilowatt hour costs"),
        (200, publication(60, &[10_000], json!({ "currency": "EUR" })), "its prices are in \"EUR\""),
        (200, publication(60, &[10_000], json!({ "area": "FR" })), "its prices are for \"FR\""),
        (200, publication(60, &[10_000], json!({ "published": "yesterday" })), "published is a moment"),
        (200, publication(60, &[], json!({})), "steps are published at once"),
        (200, "<html>".to_owned(), "is no publication"),
        (200, flood, "longer than 1048576 bytes"),
        (302, String::new(), "status 302"),
    ];
    for (status, body, why) in bad {
        // A revision is taken, and ends the alert before.
        feed.say(200, &good);
        until(|| open().is_empty() && dear() == 170_000);
        feed.say(status, &body);
        alerted(why);
        assert_eq!(dear(), 170_000, "what was published stays");
    }
    let ended = server.wait_ended(&waits);
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    assert_eq!(ended["tasks"][0]["deferral"]["released"], "LAST_SAFE_START", "{ended}");
    server.stop();
}

#[test]
fn a_tariff_by_the_clock_on_the_wall_is_published_ahead() {
    let place = Place::new();
    let file = place.log().with_file_name("tariff.csv");
    let write = |text: &str| std::fs::write(&file, text).expect("writes");
    let name = file.to_str().expect("text");
    let refused = |options: &[&str]| {
        let said = Command::new(TRIAD).args(["serve", "--dir"]).arg(place.log()).args(options).output();
        let said = said.expect("runs");
        (said.status.code(), String::from_utf8_lossy(&said.stderr).into_owned())
    };
    write("MON-FRI,00:00,24:00,0.31");
    let (code, says) = refused(&["--price-table", name, "--price-zone", "Europe/Berlin"]);
    assert!(code == Some(2) && says.contains("no line says what SAT 00:00 costs"), "{says}");
    write("*,00:00,24:00,0.31");
    let (code, says) = refused(&["--price-table", name, "--price-zone", "Europe/Berln"]);
    assert!(code == Some(2) && says.contains("`Europe/Berlin`"), "{says}");
    assert_eq!(refused(&["--price-table", name]).0, Some(2));
    let server = Server::start(&place.serving("", &["--price-table", name, "--price-zone", "Europe/Berlin"]));
    said(&triad(&server, &["price", "set", "time-of-use", "--reason", "contract 7"]));
    let prices = || server.get("/v1/prices?limit=672");
    until(|| prices()["now"]["micro_usd_per_kwh"] == 310_000);
    let hours = prices()["steps"].as_array().expect("a list").len();
    assert!((160..=175).contains(&hours), "a week ahead, in hours: {hours}");
    server.stop();
}

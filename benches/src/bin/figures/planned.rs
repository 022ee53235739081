//! A hundred thousand tasks that wait for the cheapest time, over HTTP with the built program in a process of its own: how long
//! it takes until all of them wait for another one once other prices are published, and what somebody else feels of it.

use crate::deferred::until;
use crate::door::Server;
use crate::http_client::Connection;
use crate::session::{Failure, Session, progress, remark};
use crate::wide::{Others, request, submit};
use benches::stopwatch::Stopwatch;
use jiff::{Timestamp, ToSpan};
use std::fmt::Write;
use std::net::TcpListener;
use std::time::Duration;

pub(crate) const FIGURES: &[&str] =
    &["planned_100k_submit_s", "planned_100k_rss_mib", "planned_100k_publish_s", "planned_100k_other_p99_ms"];
const UNITS: [&str; FIGURES.len()] = ["s", "MiB", "s", "ms"];

/// As many tasks as a workflow has.
const TASKS: u64 = 100_000;
/// Steps of an hour that are published.
const STEPS: i64 = 36;
/// Which of them is the cheapest, before and after.
const CHEAPEST: [i64; 2] = [6, 9];
/// How long somebody else is measured who is alone with tasks that wait.
const ALONE: Duration = Duration::from_secs(10);
/// Between two looks.
const PULSE: Duration = Duration::from_millis(10);

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    progress(FIGURES[0]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let scratch = session.scratch()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let server = Server::start(scratch.path(), &address)?;
    let values = runtime.block_on(planned(&address, &server))?;
    server.stop()?;
    for ((name, unit), value) in FIGURES.iter().zip(UNITS).zip(values) {
        session.figure(name, value, unit, None);
    }
    Ok(())
}

async fn planned(address: &str, server: &Server) -> Result<[f64; FIGURES.len()], Failure> {
    let mut connection = Connection::open(address).await?;
    let source = request(address, "POST", "/v1/prices/source", r#"{"source":"SERIES","reason":"a figure"}"#);
    connection.ask(&source).await?;
    publish(&mut connection, address, CHEAPEST[0]).await?;
    let mut tasks = String::new();
    for task in 0..TASKS {
        let comma = if task == 0 { "" } else { "," };
        write!(tasks, r#"{comma}{{"id":"t{task}","optimise":"price"}}"#)?;
    }
    let begun = Stopwatch::start();
    let deadline = Timestamp::now() + 24.hours();
    let body = format!(r#"{{"name":"planned","deadline":"{deadline}","tasks":[{tasks}]}}"#);
    let id = submit(&mut connection, address, &body).await?;
    let prices = request(address, "GET", "/v1/prices", "");
    until(&mut connection, &prices, &format!("\"waiting\":{TASKS}")).await?;
    let submit_seconds = begun.elapsed().as_secs_f64();
    let waiting_mib = server.resident_mib()?;
    let others = Others::begin(address).await?;
    tokio::time::sleep(ALONE).await;
    let alone_p99_ms = others.p99_ms();
    // The server has closed the one that nobody used.
    let mut connection = Connection::open(address).await?;
    let records = records(&mut connection, address, &id).await?;
    let begun = Stopwatch::start();
    publish(&mut connection, address, CHEAPEST[1]).await?;
    while self::records(&mut connection, address, &id).await? < records + TASKS {
        tokio::time::sleep(PULSE).await;
    }
    let publish_seconds = begun.elapsed().as_secs_f64();
    let other_p99_ms = others.p99_ms();
    remark(&format!(
        "planned_100k: one workflow of {TASKS} tasks that do nothing, with a day for them, which wait for the cheapest of {STEPS} \
         published hours; submit: until all of them wait; publish: from the request that publishes other prices until each \
         task is recorded to wait for another hour; other: one client as for fan_out_100k, p99 {alone_p99_ms:.2} ms while \
         nothing is published"
    ));
    Ok([submit_seconds, waiting_mib, publish_seconds, other_p99_ms])
}

/// Publishes hours from this one on, one of which is the cheapest.
async fn publish(connection: &mut Connection, address: &str, cheapest: i64) -> Result<(), Failure> {
    let hour = Timestamp::from_second(Timestamp::now().as_second().div_euclid(3600) * 3600)?;
    let mut steps = String::new();
    for step in 0..STEPS {
        let comma = if step == 0 { "" } else { "," };
        let (from, price) = (hour + step.hours(), if step == cheapest { 20_000 } else { 200_000 });
        write!(steps, r#"{comma}{{"from":"{from}","minutes":60,"micro_usd_per_kwh":{price}}}"#)?;
    }
    let asked = request(address, "POST", "/v1/prices", &format!(r#"{{"steps":[{steps}]}}"#));
    let answer = connection.ask(&asked).await?.body;
    if answer.contains("\"SERIES\"") { Ok(()) } else { Err(format!("no prices: {answer}").into()) }
}

/// How many records the stream of a workflow has.
async fn records(connection: &mut Connection, address: &str, id: &str) -> Result<u64, Failure> {
    let look = request(address, "GET", &format!("/v1/workflows/{id}?limit=1"), "");
    let shown = connection.ask(&look).await?.body;
    let digits = shown.split("\"records\":").nth(1).and_then(|rest| rest.split([',', '}']).next());
    Ok(digits.ok_or_else(|| format!("no records: {shown}"))?.parse()?)
}

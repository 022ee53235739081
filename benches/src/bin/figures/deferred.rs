//! A hundred thousand tasks that wait for cheaper electricity, over HTTP with the built program in a process of its own: what
//! they take while they wait, and how long it takes until the first and the last of them ran once it is cheap.

use crate::door::Server;
use crate::http_client::Connection;
use crate::session::{Failure, Session, progress, remark};
use crate::wide::{Others, completed, request, submit};
use benches::stopwatch::Stopwatch;
use std::fmt::Write;
use std::net::TcpListener;
use std::time::Duration;

pub(crate) const FIGURES: &[&str] = &[
    "deferred_100k_submit_s",
    "deferred_100k_rss_mib",
    "deferred_100k_idle_percent",
    "deferred_100k_wakeups_per_s",
    "deferred_100k_first_ms",
    "deferred_100k_last_s",
    "deferred_100k_other_p99_ms",
];
const UNITS: [&str; FIGURES.len()] = ["s", "MiB", "%", "/s", "ms", "s", "ms"];

/// As many tasks as a workflow has.
const TASKS: usize = 100_000;
/// How long it is looked at what a server does while all of them wait.
const IDLE: Duration = Duration::from_secs(10);
/// Between two looks.
const PULSE: Duration = Duration::from_millis(10);
/// In which the kernel counts processor time (`USER_HZ`, fixed on Linux).
const TICKS_PER_SECOND: f64 = 100.0;

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    progress(FIGURES[0]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let scratch = session.scratch()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let server = Server::start(scratch.path(), &address)?;
    let values = runtime.block_on(deferred(&address, &server))?;
    server.stop()?;
    for ((name, unit), value) in FIGURES.iter().zip(UNITS).zip(values) {
        session.figure(name, value, unit, None);
    }
    Ok(())
}

async fn deferred(address: &str, server: &Server) -> Result<[f64; FIGURES.len()], Failure> {
    let mut connection = Connection::open(address).await?;
    cost(&mut connection, address, 180_000).await?;
    let before_mib = server.resident_mib()?;
    let mut tasks = String::new();
    for task in 0..TASKS {
        write!(tasks, "{}{{\"id\":\"t{task}\",\"max_bid_price\":0.1}}", if task == 0 { "" } else { "," })?;
    }
    let begun = Stopwatch::start();
    let id = submit(&mut connection, address, &format!(r#"{{"name":"deferred","tasks":[{tasks}]}}"#)).await?;
    let prices = request(address, "GET", "/v1/prices", "");
    until(&mut connection, &prices, &format!("\"waiting\":{TASKS}")).await?;
    let submit_seconds = begun.elapsed().as_secs_f64();
    let waiting_mib = server.resident_mib()?;
    let (before, slept) = (processor_seconds(server)?, voluntary_switches(server)?);
    tokio::time::sleep(IDLE).await;
    let idle_percent = (processor_seconds(server)? - before) / IDLE.as_secs_f64() * 100.0;
    let wakeups_per_second = (voluntary_switches(server)? - slept) / IDLE.as_secs_f64();
    let others = Others::begin(address).await?;
    tokio::time::sleep(IDLE).await;
    let alone_p99_ms = others.p99_ms();
    // The server has closed the one that nobody used.
    let mut connection = Connection::open(address).await?;
    let begun = Stopwatch::start();
    cost(&mut connection, address, 90_000).await?;
    let shown = request(address, "GET", &format!("/v1/workflows/{id}?limit=1"), "");
    while connection.ask(&shown).await?.body.contains("\"completed\":0,") {
        tokio::time::sleep(PULSE).await;
    }
    let first_ms = begun.elapsed().as_secs_f64() * 1e3;
    completed(&mut connection, address, &id).await?;
    let last_seconds = begun.elapsed().as_secs_f64();
    let freed_p99_ms = others.p99_ms();
    remark(&format!(
        "deferred_100k: one workflow of {TASKS} tasks that do nothing, above whose bid a fixed price lies; submit: until all \
         of them wait; rss: with {before_mib:.0} MiB before; idle: of one processor, over {} s while nothing but they is \
         there; wakeups: how often a thread of it went to sleep in the same time; first and last: since the request that \
         makes the price lie below their bids; other: one client as for fan_out_100k, p99 {alone_p99_ms:.2} ms while they wait",
        IDLE.as_secs(),
    ));
    let idle = [idle_percent, wakeups_per_second];
    Ok([submit_seconds, waiting_mib, idle[0], idle[1], first_ms, last_seconds, freed_p99_ms])
}

/// Has electricity cost so much, in millionths of a dollar for a kilowatt hour.
async fn cost(connection: &mut Connection, address: &str, micro_usd: i64) -> Result<(), Failure> {
    let body = format!(r#"{{"source":"FIXED","fixed_micro_usd_per_kwh":{micro_usd},"reason":"a figure"}}"#);
    let asked = request(address, "POST", "/v1/prices/source", &body);
    let answer = connection.ask(&asked).await?.body;
    if answer.contains("\"FIXED\"") { Ok(()) } else { Err(format!("no price: {answer}").into()) }
}

/// Asks until the answer has what is waited for.
pub(crate) async fn until(connection: &mut Connection, look: &str, is_there: &str) -> Result<(), Failure> {
    while !connection.ask(look).await?.body.contains(is_there) {
        tokio::time::sleep(PULSE).await;
    }
    Ok(())
}

/// How often threads of a server gave up their processor to wait (proc(5), `/proc/PID/task/TID/status`).
fn voluntary_switches(server: &Server) -> Result<f64, Failure> {
    let mut switches = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{}/task", server.id()))? {
        let status = std::fs::read_to_string(thread?.path().join("status"))?;
        let count = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        switches += count.ok_or("a thread says how often it waited")?.trim().parse::<f64>()?;
    }
    Ok(switches)
}

/// Processor time of a server so far, of all its threads (proc(5), `/proc/PID/stat`, fields 14 and 15).
fn processor_seconds(server: &Server) -> Result<f64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.id()))?;
    let behind_name = stat.rsplit(')').next().ok_or("a process has a name")?;
    let ticks: Result<Vec<f64>, _> =
        behind_name.split_whitespace().skip(11).take(2).map(str::parse).collect();
    Ok(ticks?.iter().sum::<f64>() / TICKS_PER_SECOND)
}

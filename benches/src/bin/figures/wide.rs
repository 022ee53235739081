//! What is wide: a task that is run for each of a hundred thousand entries, ten thousand approvals that wait, and a definition
//! of five megabytes, each over HTTP with the built program in a process of its own.

use crate::child::resident_mib;
use crate::door::{Server, post};
use crate::http_client::Connection;
use crate::session::{Failure, Session, progress, remark};
use benches::stopwatch::Stopwatch;
use fixtures::statistics::quantile;
use std::fmt::Write;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinSet;

const FAN_OUT: &[(&str, &str)] = &[
    ("fan_out_100k_submit_ms", "ms"),
    ("fan_out_100k_run_s", "s"),
    ("fan_out_100k_rss_mib", "MiB"),
    ("fan_out_100k_other_p99_ms", "ms"),
];
const APPROVALS: &[(&str, &str)] = &[
    ("approvals_10k_submit_s", "s"),
    ("approvals_10k_page_ms", "ms"),
    ("approvals_10k_rss_mib", "MiB"),
    ("approvals_10k_other_p99_ms", "ms"),
];
const DEFINITION: &[(&str, &str)] = &[("definition_5mb_submit_ms", "ms"), ("definition_5mb_run_s", "s")];

pub(crate) const FIGURES: &[&str] = &[
    FAN_OUT[0].0,
    FAN_OUT[1].0,
    FAN_OUT[2].0,
    FAN_OUT[3].0,
    APPROVALS[0].0,
    APPROVALS[1].0,
    APPROVALS[2].0,
    APPROVALS[3].0,
    DEFINITION[0].0,
    DEFINITION[1].0,
];

/// With the task that prints the list, the one that is run for it and the one that reads all of it, as many as a workflow has.
const ENTRIES: usize = 99_997;
/// Parts under way at once.
const CONCURRENCY: usize = 100;
const WAITING: usize = 10_000;
/// Tasks of the large definition, and what each carries in its environment.
const TASKS: usize = 10_000;
const CARRIED_BYTES: usize = 420;
/// One client submits a workflow of one task this often, and waits for its end.
const OTHER_EVERY: Duration = Duration::from_millis(10);
/// How long it is alone before.
const ALONE: Duration = Duration::from_secs(4);
/// Between two looks whether a workflow has ended.
const PULSE: Duration = Duration::from_millis(50);
/// Looks at the longest page of approvals.
const PAGES: usize = 20;

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for (figures, part) in
        [(FAN_OUT, Part::FanOut), (APPROVALS, Part::Approvals), (DEFINITION, Part::Definition)]
    {
        if !figures.iter().any(|(name, _)| session.wants(name)) {
            continue;
        }
        progress(figures[0].0);
        let scratch = session.scratch()?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let server = Server::start(scratch.path(), &address)?;
        let measured = runtime.block_on(async {
            match part {
                Part::FanOut => fan_out(&address, &server).await,
                Part::Approvals => approvals(&address, &server).await,
                Part::Definition => definition(&address).await,
            }
        })?;
        server.stop()?;
        remark(&measured.remark);
        for ((name, unit), (value, ratio)) in figures.iter().zip(measured.values) {
            session.figure(name, value, unit, ratio);
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Part {
    FanOut,
    Approvals,
    Definition,
}

/// Values in the order of their figures, with ratios where there are some.
struct Measured {
    values: Vec<(f64, Option<f64>)>,
    remark: String,
}

async fn fan_out(address: &str, server: &Server) -> Result<Measured, Failure> {
    let mut connection = Connection::open(address).await?;
    let others = Others::begin(address).await?;
    tokio::time::sleep(ALONE).await;
    let alone_p99_ms = others.p99_ms();
    let body = format!(
        r#"{{"name":"wide","tasks":[{{"id":"list","command":["sh","-c","echo [$(seq -s , {ENTRIES})]"]}},
        {{"id":"each","dependencies":["list"],"for_each":{{"in":"tasks.list.output","concurrency":{CONCURRENCY}}}}},
        {{"id":"sum","dependencies":["each"],"stdin":"{{each.output}}","command":["wc","-c"]}}]}}"#
    );
    let begun = Stopwatch::start();
    let id = submit(&mut connection, address, &body).await?;
    let submit_ms = begun.elapsed().as_secs_f64() * 1e3;
    completed(&mut connection, address, &id).await?;
    let run_seconds = begun.elapsed().as_secs_f64();
    let other_p99_ms = others.p99_ms();
    let remark = format!(
        "fan_out_100k: {ENTRIES} parts that do nothing but keep their entry, {CONCURRENCY} at once, over a list that a command \
         prints, and a task that reads all of what they gave; other: one client that submits a workflow of one task every {} ms \
         and waits for its end, p99 {alone_p99_ms:.2} ms alone before; the ratio is to that",
        OTHER_EVERY.as_millis(),
    );
    let ratio = Some(other_p99_ms / alone_p99_ms);
    let resident = (server.resident_mib()?, None);
    Ok(Measured {
        values: vec![(submit_ms, None), (run_seconds, None), resident, (other_p99_ms, ratio)],
        remark,
    })
}

async fn approvals(address: &str, server: &Server) -> Result<Measured, Failure> {
    let mut connection = Connection::open(address).await?;
    let others = Others::begin(address).await?;
    tokio::time::sleep(ALONE).await;
    let alone_p99_ms = others.p99_ms();
    let before_mib = server.resident_mib()?;
    let body = r#"{"tasks":[{"id":"release","approval":{"message":"May it go out?"}},{"id":"go","dependencies":["release"]}]}"#;
    let begun = Stopwatch::start();
    for _ in 0..WAITING {
        submit(&mut connection, address, body).await?;
    }
    let submit_seconds = begun.elapsed().as_secs_f64();
    others.p99_ms();
    let mut pages_ms = Vec::new();
    for _ in 0..PAGES {
        let begun = Stopwatch::start();
        connection.ask(&request(address, "GET", "/v1/approvals?limit=100", "")).await?;
        pages_ms.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    tokio::time::sleep(ALONE).await;
    let waiting_p99_ms = others.p99_ms();
    let remark = format!(
        "approvals_10k: {WAITING} workflows that wait for people, submitted one after another by one client; page: a hundred of \
         them, the slowest of {PAGES}; rss: with {before_mib:.0} MiB before; other: as above, while they wait, p99 \
         {alone_p99_ms:.2} ms before; the ratio is to that",
    );
    let page = (quantile(&pages_ms, 1.0), None);
    let other = (waiting_p99_ms, Some(waiting_p99_ms / alone_p99_ms));
    Ok(Measured { values: vec![(submit_seconds, None), page, (server.resident_mib()?, None), other], remark })
}

async fn definition(address: &str) -> Result<Measured, Failure> {
    let mut connection = Connection::open(address).await?;
    let carried = "x".repeat(CARRIED_BYTES);
    let mut tasks = String::new();
    for task in 0..TASKS {
        let before = if task % 100 == 0 { String::new() } else { format!("\"t{}\"", task - 1) };
        let comma = if task == 0 { "" } else { "," };
        write!(tasks, r#"{comma}{{"id":"t{task}","dependencies":[{before}],"input":"{carried}"}}"#)?;
    }
    let body = format!(r#"{{"name":"large","tasks":[{tasks}]}}"#);
    let begun = Stopwatch::start();
    let id = submit(&mut connection, address, &body).await?;
    let submit_ms = begun.elapsed().as_secs_f64() * 1e3;
    completed(&mut connection, address, &id).await?;
    let remark = format!(
        "definition_5mb: {} bytes of JSON, {TASKS} tasks in chains of a hundred, {CARRIED_BYTES} bytes of sealed input each",
        body.len()
    );
    Ok(Measured { values: vec![(submit_ms, None), (begun.elapsed().as_secs_f64(), None)], remark })
}

pub(crate) async fn submit(
    connection: &mut Connection,
    address: &str,
    body: &str,
) -> Result<String, Failure> {
    let answer = connection.ask(&post(address, body)).await?.body;
    let id = answer.split("\"workflow_id\":\"").nth(1).and_then(|rest| rest.split('"').next());
    Ok(id.ok_or_else(|| format!("no id: {answer}"))?.to_owned())
}

pub(crate) async fn completed(connection: &mut Connection, address: &str, id: &str) -> Result<(), Failure> {
    let look = request(address, "GET", &format!("/v1/workflows/{id}?limit=1"), "");
    loop {
        let shown = connection.ask(&look).await?.body;
        let status = shown.split("\"status\":\"").nth(1).and_then(|rest| rest.split('"').next());
        match status {
            Some("COMPLETED") => return Ok(()),
            Some("RUNNING" | "PENDING") => tokio::time::sleep(PULSE).await,
            _ => return Err(format!("the workflow did not complete: {shown}").into()),
        }
    }
}

pub(crate) fn request(address: &str, method: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

/// Somebody else, who submits a workflow of one task again and again and waits for its end. Ends when it is dropped.
pub(crate) struct Others {
    took_ms: Arc<Mutex<Vec<f64>>>,
    _submitting: JoinSet<()>,
}

impl Others {
    pub(crate) async fn begin(address: &str) -> Result<Self, Failure> {
        let mut connection = Connection::open(address).await?;
        let body = r#"{"tasks":[{"id":"t"}]}"#;
        let request = request(address, "POST", "/v1/workflows?wait=60", body);
        let took_ms = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&took_ms);
        let mut submitting = JoinSet::new();
        submitting.spawn(async move {
            loop {
                let begun = Stopwatch::start();
                if connection.ask(&request).await.is_err() {
                    return;
                }
                let took = begun.elapsed();
                kept.lock().expect("no holder of this lock panics").push(took.as_secs_f64() * 1e3);
                tokio::time::sleep(OTHER_EVERY.saturating_sub(took)).await;
            }
        });
        Ok(Self { took_ms, _submitting: submitting })
    }

    /// The p99 of those that ended since the last call.
    pub(crate) fn p99_ms(&self) -> f64 {
        let took = std::mem::take(&mut *self.took_ms.lock().expect("no holder of this lock panics"));
        quantile(&took, 0.99)
    }
}

impl Server {
    pub(crate) fn resident_mib(&self) -> Result<f64, Failure> {
        resident_mib(&self.id().to_string())
    }
}

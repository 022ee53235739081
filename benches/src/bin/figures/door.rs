//! The door: how many workflows a second are submitted over HTTP, and submitted and followed to their end, by the built
//! program in a process of its own.

use crate::child::{BARE, Part};
use crate::http_client::{Answered, Connection};
use crate::session::{Failure, Session, progress, remark};
use benches::stopwatch::Stopwatch;
use fixtures::statistics::{median, quantile};
use std::fmt::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::task::JoinSet;

pub(crate) const FIGURES: &[&str] = &["http_submit", "http_submit_sealed", "http_follow"];

/// Clients at once, each with a connection that it keeps.
const CLIENTS: usize = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const DURATION: Duration = Duration::from_secs(4);
const PAIRS: usize = 3;
/// What the task of `http_submit_sealed` is given.
const CONTENT_BYTES: usize = 256;
const HEALTH_PULSE: Duration = Duration::from_millis(5);

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let input = "x".repeat(CONTENT_BYTES);
    let bare = r#"{"name":"door","tasks":[{"id":"t","type":"NOOP"}]}"#.to_owned();
    let sealed = format!(r#"{{"name":"door","tasks":[{{"id":"t","type":"NOOP","input":"{input}"}}]}}"#);
    for (name, body, follows) in
        [("http_submit", &bare, false), ("http_submit_sealed", &sealed, false), ("http_follow", &bare, true)]
    {
        if session.wants(name) {
            measure_one(session, name, body, follows)?;
        }
    }
    Ok(())
}

/// In turn with a handler that reads the same body and answers as many bytes, over the same clients.
fn measure_one(session: &Session, name: &str, body: &str, follows: bool) -> Result<(), Failure> {
    let (mut rates, mut ratios, mut limits, mut last) = (Vec::new(), Vec::new(), Vec::new(), None);
    for pair in 1..=PAIRS {
        progress(&format!("{name}: pair {pair} of {PAIRS}"));
        let seen = of_product(session, body, follows)?;
        let limit = of_bare_handler(session, body)?.per_second;
        rates.push(seen.per_second);
        ratios.push(seen.per_second / limit);
        limits.push(limit);
        last = Some(seen);
    }
    let last = last.ok_or("there is at least one run")?;
    remark(&format!(
        "{name}: {CLIENTS} clients, {} bytes of body, p50 {:.2} ms and p99 {:.2} ms from first byte sent to last byte read; limit: \
         {:.0} requests/s of a bare axum handler that reads the same body; medians of {PAIRS} runs in turn",
        body.len(),
        last.p50_ms,
        last.p99_ms,
        median(&limits),
    ));
    session.figure(name, median(&rates), "workflows/s", Some(median(&ratios)));
    Ok(())
}

/// What a server did while the clock ran.
struct Seen {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
}

fn of_product(session: &Session, body: &str, follows: bool) -> Result<Seen, Failure> {
    let scratch = session.scratch()?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let server = Server::start(scratch.path(), &address)?;
    let seen = load(&address, body, follows)?;
    server.stop()?;
    Ok(seen)
}

fn of_bare_handler(session: &Session, body: &str) -> Result<Seen, Failure> {
    let scratch = session.scratch()?;
    let mut part = Part::spawn(BARE, scratch.path(), &[])?;
    let address = part.line()?;
    let seen = load(&address, body, false)?;
    part.end()?;
    Ok(seen)
}

/// The built program on a fresh log, beside this one. It is killed when it is dropped.
pub(crate) struct Server(Child);

impl Server {
    pub(crate) fn start(scratch: &Path, address: &str) -> Result<Self, Failure> {
        let triad = std::env::current_exe()?.with_file_name("triad");
        let mut command = Command::new(triad);
        command.arg("dev").arg("--dir").arg(scratch.join("log")).args(["--listen", address]);
        command.stdout(Stdio::null()).stderr(std::fs::File::create(scratch.join("errors"))?);
        let mut server = Self(command.spawn()?);
        while std::net::TcpStream::connect(address).is_err() {
            if let Some(status) = server.0.try_wait()? {
                let said = std::fs::read_to_string(scratch.join("errors"))?;
                return Err(format!("the server ended with {status}: {said}").into());
            }
            std::thread::sleep(HEALTH_PULSE);
        }
        Ok(server)
    }

    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn stop(mut self) -> Result<(), Failure> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// One thread for all clients, so that the other core is the server's.
fn load(address: &str, body: &str, follows: bool) -> Result<Seen, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (begun, mut clients) = (Stopwatch::start(), JoinSet::new());
        for _ in 0..CLIENTS {
            let request = post(address, body);
            clients.spawn(client(address.to_owned(), request, follows, begun));
        }
        let mut latencies_ms = Vec::new();
        while let Some(ended) = clients.join_next().await {
            latencies_ms.extend(ended??);
        }
        Ok(Seen {
            per_second: latencies_ms.len() as f64 / DURATION.as_secs_f64(),
            p50_ms: quantile(&latencies_ms, 0.5),
            p99_ms: quantile(&latencies_ms, 0.99),
        })
    })
}

/// Milliseconds of each round that ended while the clock ran.
async fn client(
    address: String,
    request: String,
    follows: bool,
    begun: Stopwatch,
) -> Result<Vec<f64>, std::io::Error> {
    let mut connection = Connection::open(&address).await?;
    let mut latencies_ms = Vec::new();
    while begun.elapsed() < WARM_UP + DURATION {
        let round = Stopwatch::start();
        let answer = connection.ask(&request).await?;
        if follows {
            follow(&mut connection, &address, &answer).await?;
        }
        if (WARM_UP..WARM_UP + DURATION).contains(&begun.elapsed()) {
            latencies_ms.push(round.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(latencies_ms)
}

/// Reads the events of a workflow to the last.
async fn follow(connection: &mut Connection, address: &str, accepted: &Answered) -> std::io::Result<()> {
    let start = accepted.body.find("/v1/workflows/").ok_or(std::io::ErrorKind::InvalidData)?;
    let path = accepted.body[start..].split('"').next().unwrap_or_default();
    let events = connection.ask(&format!("GET {path}/events HTTP/1.1\r\nhost: {address}\r\n\r\n")).await?;
    if events.body.contains("event: workflow.complete") {
        return Ok(());
    }
    Err(std::io::Error::other(format!("a workflow was followed and did not complete: {}", events.body)))
}

pub(crate) fn post(address: &str, body: &str) -> String {
    let mut request = format!("POST /v1/workflows HTTP/1.1\r\nhost: {address}\r\n");
    let length = body.len();
    write!(request, "content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .expect("invariant: a text takes what is written");
    request
}

//! Clients that follow workflows: each sees every event of its workflow once and in order, whatever cuts it off, and a
//! thousand that never read slow nobody down.

use crate::program::Failure;
use crate::served::{PATIENCE, PULSE, Random, Served};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::num::NonZero;
use std::thread::{JoinHandle, sleep};
use std::time::Duration;
use tests::stopwatch::time;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::Trust;

/// Workflows, each with a client of its own.
const WORKFLOWS: u64 = 100;
/// Clients that never read.
const STALLED: usize = 1000;
/// Tasks of the workflow that half of those watch: far more events than the buffers between two sockets hold.
const LONG_TASKS: usize = 10_000;
/// Tasks of the workflows whose clients are timed.
const CHAIN_TASKS: usize = 100;
/// Ends of the server while clients watch; every other one is orderly.
const RESTARTS: u64 = 6;
/// Events after which a client goes away and comes back, at most.
const STAY_EVENTS_MAX: u64 = 12;
/// Bytes that the system receives for a client that never reads: the least that it allows.
const STALLED_BUFFER_BYTES: usize = 2048;
/// What the server may take to fill what never empties.
const SETTLE: Duration = Duration::from_secs(1);
/// Pairs of runs with and without clients that never read.
const PAIRS: usize = 3;

/// What a client saw.
#[derive(Default)]
struct Seen {
    sequences: Vec<u64>,
    connections: u64,
}

/// Runs the proof; a count sets how many clients never read.
pub(crate) fn run(stalled: Option<u64>) -> Result<(), Failure> {
    let stalled = stalled.map_or(STALLED, |count| usize::try_from(count).unwrap_or(usize::MAX));
    across_restarts()?;
    beside_stalled(stalled)
}

fn across_restarts() -> Result<(), Failure> {
    let served = Served::new()?;
    let mut server = served.start_healthy()?;
    let ids = submit_all(&served, &slow_definition())?;
    let clients = ids.iter().zip(0..).map(|(id, number)| client(&served, id, number, STAY_EVENTS_MAX));
    let clients: Vec<_> = clients.collect();
    let mut random = Random(0x7761_7463_6865_7273);
    for restart in 0..RESTARTS {
        sleep(Duration::from_millis(150 + random.below(250)));
        if restart % 2 == 0 {
            server.kill().and_then(|()| server.wait()).map_err(|error| error.to_string())?;
        } else {
            served.stop(server)?;
        }
        sleep(Duration::from_millis(random.below(100)));
        server = served.start_healthy()?;
    }
    let seen = join(clients)?;
    served.stop(server)?;
    let truth = events_by_stream(&served)?;
    for (id, seen) in ids.iter().zip(&seen) {
        if truth.get(id) != Some(&seen.sequences) {
            return Err(format!("the client of {id} did not see every event once and in order"));
        }
    }
    let connections: u64 = seen.iter().map(|seen| seen.connections).sum();
    let events: usize = seen.iter().map(|seen| seen.sequences.len()).sum();
    println!("figure watchers {WORKFLOWS} count");
    println!("figure watchers_server_restarts {RESTARTS} count");
    println!("figure watchers_reconnects {} count", connections - WORKFLOWS);
    println!("figure watchers_events {events} count");
    println!("figure watchers_wrong 0 count");
    Ok(())
}

fn beside_stalled(stalled: usize) -> Result<(), Failure> {
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    let mut memory = (0, 0);
    for pair in 1..=PAIRS {
        eprintln!("soak: watchers: pair {pair} of {PAIRS}");
        let (took, resident) = timed_run(0)?;
        alone.push(took);
        memory.0 = memory.0.max(resident);
        let (took, resident) = timed_run(stalled)?;
        beside.push(took);
        memory.1 = memory.1.max(resident);
    }
    alone.sort_by(f64::total_cmp);
    beside.sort_by(f64::total_cmp);
    let (alone, beside) = (alone[PAIRS / 2], beside[PAIRS / 2]);
    println!("figure stalled_watchers {stalled} count");
    println!("figure stalled_run_s {beside:.3} s {:.3}", beside / alone);
    println!("figure stalled_rss_mib {} MiB", memory.1 / 1024);
    println!("figure unstalled_rss_mib {} MiB", memory.0 / 1024);
    Ok(())
}

/// How long workflows and their clients take, from letting them run to the last client's last event, and how much memory
/// the server had at most, in KiB. Beside them runs a long workflow.
fn timed_run(stalled: usize) -> Result<(f64, u64), Failure> {
    let served = Served::new()?;
    let server = served.start_healthy()?;
    served.post("/v1/engine/pause")?;
    let long =
        served.submit("long", &chain("long", LONG_TASKS)).ok_or("the long workflow was not accepted")?;
    let ids = submit_all(&served, &chain("timed", CHAIN_TASKS))?;
    let watched = ids.iter().cycle().zip(std::iter::repeat(&long)).flat_map(|(one, long)| [one, long]);
    let connected: Result<Vec<_>, _> = watched.take(stalled).map(|id| stall(&served.address, id)).collect();
    let connected = connected.map_err(|error| error.to_string())?;
    let clients = ids.iter().zip(0..).map(|(id, number)| client(&served, id, number, u64::MAX));
    let clients: Vec<_> = clients.collect();
    // So that those who never read have stopped the server from sending by now.
    sleep(SETTLE);
    let (seen, took) = time(|| served.post("/v1/engine/resume").and_then(|()| join(clients)));
    let (seen, took) = (seen?, took.as_secs_f64());
    served.wait_ended(&long)?;
    let resident = resident_kib(server.id())?;
    drop(connected);
    served.stop(server)?;
    let truth = events_by_stream(&served)?;
    match ids.iter().zip(&seen).find(|(id, seen)| truth.get(*id) != Some(&seen.sequences)) {
        Some((id, _)) => Err(format!("the client of {id} did not see every event once and in order")),
        None => Ok((took, resident)),
    }
}

fn submit_all(served: &Served, definition: &str) -> Result<Vec<String>, Failure> {
    let submit =
        |number| served.submit(&format!("watched-{number}"), definition).ok_or("a workflow was not accepted");
    Ok((0..WORKFLOWS).map(submit).collect::<Result<_, _>>()?)
}

/// Long enough that the server ends several times meanwhile.
fn slow_definition() -> String {
    let task = |number: usize| {
        let dependencies = number.checked_sub(1).map(|before| format!("t{before}"));
        match number % 4 {
            3 => {
                serde_json::json!({ "id": format!("t{number}"), "type": "PROCESS", "command": ["sleep", "0.2"],
                "dependencies": Vec::from_iter(dependencies) })
            }
            _ => serde_json::json!({ "id": format!("t{number}"), "type": "NOOP",
                "dependencies": Vec::from_iter(dependencies) }),
        }
    };
    serde_json::json!({ "name": "slow", "tasks": (0..12).map(task).collect::<Vec<_>>() }).to_string()
}

fn chain(name: &str, tasks: usize) -> String {
    let task = |number: usize| {
        let before = number.checked_sub(1).map(|before| format!("t{before}"));
        serde_json::json!({ "id": format!("t{number}"), "type": "NOOP", "dependencies": Vec::from_iter(before) })
    };
    serde_json::json!({ "name": name, "tasks": (0..tasks).map(task).collect::<Vec<_>>() }).to_string()
}

/// Follows one workflow to its end, in as many connections as that takes.
fn client(served: &Served, id: &str, number: u64, stay_max: u64) -> JoinHandle<Result<Seen, Failure>> {
    let (address, id) = (served.address.clone(), id.to_owned());
    let mut random = Random(number + 1);
    std::thread::spawn(move || {
        let (mut seen, mut waited) = (Seen::default(), Duration::ZERO);
        while waited < PATIENCE {
            let stay = if stay_max == u64::MAX { stay_max } else { 1 + random.below(stay_max) };
            let before = seen.sequences.len();
            // Whatever cuts the stream off, the client comes back for what follows the last whole event.
            if let Ok(true) = follow(&address, &id, &mut seen, stay) {
                return Ok(seen);
            }
            if seen.sequences.len() == before {
                sleep(PULSE);
                waited += PULSE;
            }
        }
        Err(format!("the events of {id} did not come to an end"))
    })
}

/// Reads events in one connection; true when the last one was among them.
fn follow(address: &str, id: &str, seen: &mut Seen, stay: u64) -> std::io::Result<bool> {
    let stream = connect(address, id, seen.sequences.last().copied())?;
    seen.connections += 1;
    let (mut sequence, mut is_last, mut events) = (None, false, 0);
    for line in BufReader::new(stream).lines() {
        let line = line?;
        if let Some(id) = line.strip_prefix("id: ") {
            sequence = id.parse().ok();
        } else if let Some(name) = line.strip_prefix("event: ") {
            is_last = matches!(name, "workflow.complete" | "workflow.failed" | "workflow.cancelled");
        } else if line.is_empty()
            && let Some(sequence) = sequence.take()
        {
            seen.sequences.push(sequence);
            events += 1;
            if is_last || events >= stay {
                return Ok(is_last);
            }
        }
    }
    Ok(false)
}

fn connect(address: &str, id: &str, after: Option<u64>) -> std::io::Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let after = after.map(|after| format!("last-event-id: {after}\r\n")).unwrap_or_default();
    write!(stream, "GET /v1/workflows/{id}/events HTTP/1.0\r\nhost: localhost\r\n{after}\r\n")?;
    Ok(stream)
}

/// Asks for events and never reads any.
fn stall(address: &str, id: &str) -> std::io::Result<TcpStream> {
    let stream = connect(address, id, None)?;
    rustix::net::sockopt::set_socket_recv_buffer_size(&stream, STALLED_BUFFER_BYTES)?;
    Ok(stream)
}

fn join(clients: Vec<JoinHandle<Result<Seen, Failure>>>) -> Result<Vec<Seen>, Failure> {
    clients.into_iter().map(|client| client.join().map_err(|_| "a client panicked".to_owned())?).collect()
}

/// The sequences of each workflow's events, as the verified log has them.
fn events_by_stream(served: &Served) -> Result<BTreeMap<String, Vec<u64>>, Failure> {
    let copy = served.path("log.triadlog");
    served.triad(&["log", "copy", &copy.to_string_lossy()])?;
    let file = std::fs::File::open(&copy).map_err(|error| error.to_string())?;
    let mut streams: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let of_block = |block: &triad_proof::Block<'_>| {
        block
            .records()
            .flatten()
            .map(|record| (record.header.stream, record.header.sequence))
            .collect::<Vec<_>>()
    };
    let fold = |records: Vec<([u8; 16], u64)>| {
        for (stream, sequence) in records {
            let stream = triad_event::ids::StreamId(stream).to_string();
            streams.entry(stream).or_default().push(sequence);
        }
    };
    verify_and_fold(BufReader::new(file), Trust::default(), NonZero::<usize>::MIN, of_block, fold)
        .map_err(|error| error.to_string())?;
    Ok(streams)
}

/// The most memory that a process had resident.
fn resident_kib(process: u32) -> Result<u64, Failure> {
    let status =
        std::fs::read_to_string(format!("/proc/{process}/status")).map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| "the system does not say how much memory a process has".into())
}

//! Durable appends by many producers, in turn with the same on a plain file.

use crate::session::{Failure, Session, progress, remark};
use benches::durable_log::DurableLog;
use benches::plain_log::PlainLog;
use benches::process::{forget_peak_resident, peak_resident_mib};
use benches::producers::{self, Throughput};
use benches::workload::{PAYLOAD_LENGTH, STREAM_COUNT, entry};
use fixtures::statistics::median;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::runtime::Runtime;
use triad_log::LogRead;
use triad_proof::Block;

pub(crate) const FIGURES: &[&str] = &["append_1", "append_16", "append_256", "append_4096", "append_rss_mib"];

/// Producers, how long each run lasts, and how many pairs of runs there are.
const RUNS: &[(&str, u64, Duration, usize)] = &[
    // First, so that the memory it shows is its own.
    ("append_4096", 4096, Duration::from_millis(2500), 5),
    ("append_256", 256, Duration::from_millis(1500), 3),
    ("append_16", 16, Duration::from_millis(1500), 3),
    ("append_1", 1, Duration::from_millis(1500), 3),
];
/// Blocks that the mean commit size is taken from.
const SAMPLED_BLOCKS: usize = 200;

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let runtime = producers::runtime()?;
    remark(&format!(
        "append: {PAYLOAD_LENGTH}-byte payloads in {STREAM_COUNT} streams, one append in flight per task, 2 worker \
         threads; limit: a plain pre-sized file with the same bytes, blocks, syncs, mailbox and acknowledgements, \
         nothing hashed, signed or indexed; medians of runs in turn"
    ));
    for (name, count, duration, pairs) in RUNS {
        let with_memory = *count == 4096 && session.wants("append_rss_mib");
        if session.wants(name) || with_memory {
            measure_count(session, &runtime, name, *count, *duration, *pairs)?;
        }
    }
    Ok(())
}

fn measure_count(
    session: &Session,
    runtime: &Runtime,
    name: &str,
    count: u64,
    duration: Duration,
    pairs: usize,
) -> Result<(), Failure> {
    let (mut logs, mut plains, mut commit) = (Vec::new(), Vec::new(), 0.0);
    for pair in 1..=pairs {
        progress(&format!("{name}: pair {pair} of {pairs}"));
        let peak = pair == 1 && forget_peak_resident().is_ok();
        let log = run_log(session, runtime, count, duration)?;
        if peak && count == 4096 {
            session.figure("append_rss_mib", peak_resident_mib(), "MiB", None);
        }
        logs.push(log.0);
        commit = log.1;
        plains.push(run_plain(session, runtime, count, duration)?);
    }
    let ratios = logs.iter().zip(&plains).map(|(log, plain)| log.events_per_second / plain.events_per_second);
    let of = |runs: &[Throughput], what: fn(&Throughput) -> f64| {
        median(&runs.iter().map(what).collect::<Vec<_>>())
    };
    remark(&format!(
        "{name}: {commit:.1} events per commit; plain file {:.0} events/s; processor time per event {:.2} us, \
         plain {:.2} us",
        of(&plains, |run| run.events_per_second),
        of(&logs, |run| run.cpu_us_per_event),
        of(&plains, |run| run.cpu_us_per_event),
    ));
    let ratio = median(&ratios.collect::<Vec<_>>());
    session.figure(name, of(&logs, |run| run.events_per_second), "events/s", Some(ratio));
    Ok(())
}

fn run_log(
    session: &Session,
    runtime: &Runtime,
    count: u64,
    duration: Duration,
) -> Result<(Throughput, f64), Failure> {
    let scratch = session.scratch()?;
    let log = DurableLog::create(scratch.path())?;
    let (appender, durable) = (log.appender.clone(), log.durable.clone());
    let append = move |task, call| {
        let appender = appender.clone();
        async move {
            appender.append(entry(task, call)).await;
        }
    };
    let throughput = producers::run(runtime, count, duration, append, || durable.borrow().next_sequence);
    let commit = mean_commit(&log)?;
    log.close();
    Ok((throughput, commit))
}

fn run_plain(
    session: &Session,
    runtime: &Runtime,
    count: u64,
    duration: Duration,
) -> Result<Throughput, Failure> {
    let scratch = session.scratch()?;
    let log = PlainLog::create(&scratch.path().join("plain"))?;
    let (appender, durable) = (log.appender.clone(), log.durable.clone());
    let append = move |task, call| {
        let appender = appender.clone();
        async move {
            appender.append(entry(task, call)).await;
        }
    };
    let throughput = producers::run(runtime, count, duration, append, || durable.load(Ordering::Acquire));
    log.close();
    Ok(throughput)
}

/// Mean number of records in the blocks from the middle of the log on.
fn mean_commit(log: &DurableLog) -> Result<f64, Failure> {
    let end = log.durable.borrow().next_sequence;
    let (mut sequence, mut blocks) = (end / 2, 0);
    let first = sequence;
    while sequence < end && blocks < SAMPLED_BLOCKS {
        let Some(bytes) = log.reader.block_holding(sequence)? else { break };
        sequence = Block::decode(&bytes)?.tree_size();
        blocks += 1;
    }
    Ok((sequence - first) as f64 / blocks.max(1) as f64)
}

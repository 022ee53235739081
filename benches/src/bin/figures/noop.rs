//! No-op tasks end to end: how many a second by many workflows at once.

use crate::engine_load::{Load, Served, run, runtime};
use crate::session::{Failure, Session, progress, remark};
use benches::durable_log::DurableLog;
use benches::producers;
use benches::stopwatch::Stopwatch;
use benches::workload::{STREAM_COUNT, payload};
use fixtures::statistics::median;
use std::ops::ControlFlow;
use std::time::Duration;
use tokio::runtime::Runtime;
use triad_log::LogRead;
use triad_proof::Block;

pub(crate) const FIGURES: &[&str] = &["noop_tasks", "noop_tasks_sealed"];

/// Tasks of each workflow of `noop_tasks`.
const CHAIN: u32 = 10;
const AT_ONCE: usize = 256;
const WARM_UP: Duration = Duration::from_secs(1);
const DURATION: Duration = Duration::from_secs(5);
const PAIRS: usize = 3;
/// What each task of `noop_tasks_sealed` hands on.
const CONTENT_BYTES: usize = 1024;
/// Producers of the limit: as many as it takes to append as fast as the log can.
const PRODUCERS: u64 = 4096;
const LIMIT_DURATION: Duration = Duration::from_millis(2500);

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let runtime = runtime()?;
    if session.wants("noop_tasks") {
        measure_bare(session, &runtime)?;
    }
    if session.wants("noop_tasks_sealed") {
        measure_sealed(session, &runtime)?;
    }
    Ok(())
}

/// What sealing costs: in turn with and without it.
fn measure_sealed(session: &Session, runtime: &Runtime) -> Result<(), Failure> {
    let (mut sealed, mut ratios) = (Vec::new(), Vec::new());
    for pair in 1..=PAIRS {
        progress(&format!("noop_tasks_sealed: pair {pair} of {PAIRS}"));
        let rate = tasks_per_second(session, runtime, Some(CONTENT_BYTES))?.tasks_per_second;
        let bare = tasks_per_second(session, runtime, None)?.tasks_per_second;
        sealed.push(rate);
        ratios.push(rate / bare);
    }
    remark(&format!(
        "noop_tasks_sealed: as noop_tasks, and each task has {CONTENT_BYTES} bytes of input, opened for it and sealed again as \
         its output; limit: noop_tasks without content; medians of {PAIRS} runs in turn"
    ));
    session.figure("noop_tasks_sealed", median(&sealed), "tasks/s", Some(median(&ratios)));
    Ok(())
}

fn measure_bare(session: &Session, runtime: &Runtime) -> Result<(), Failure> {
    let (mut rates, mut limits, mut appends, mut last) = (Vec::new(), Vec::new(), Vec::new(), None);
    for pair in 1..=PAIRS {
        progress(&format!("noop_tasks: pair {pair} of {PAIRS}"));
        let rate = tasks_per_second(session, runtime, None)?;
        let append = append_rate(session, rate.payload_length)?;
        rates.push(rate.tasks_per_second);
        limits.push(rate.tasks_per_second / (append / rate.records_per_task));
        appends.push(append);
        last = Some(rate);
    }
    let last = last.ok_or("there is at least one run")?;
    remark(&format!(
        "noop_tasks: {AT_ONCE} workflows at once, chains of {CHAIN}, {:.2} records per task (submission and end of a \
         workflow included), {:.0} bytes of payload and {:.0} records per block on the mean; limit: {:.0} records/s of \
         that size appended by {PRODUCERS} producers through group commit, by records per task; medians of {PAIRS} \
         runs in turn",
        last.records_per_task,
        last.payload_length,
        last.records_per_block,
        median(&appends),
    ));
    session.figure("noop_tasks", median(&rates), "tasks/s", Some(median(&limits)));
    Ok(())
}

/// What was seen while the clock ran.
struct Rate {
    tasks_per_second: f64,
    records_per_task: f64,
    records_per_block: f64,
    /// Mean length of a payload.
    payload_length: usize,
}

fn tasks_per_second(
    session: &Session,
    runtime: &Runtime,
    content_bytes: Option<usize>,
) -> Result<Rate, Failure> {
    let scratch = session.scratch()?;
    let served = Served::create(scratch.path(), runtime)?;
    let load = Load { at_once: AT_ONCE, workflows: u64::MAX, chain: CHAIN, content_bytes };
    let durable = served.engine.durable();
    let (begun, mut from, mut seen) = (Stopwatch::start(), None, None);
    let progressed = |ended: u64| {
        let next = durable.borrow().next_sequence;
        match from {
            None if begun.elapsed() >= WARM_UP => from = Some((Stopwatch::start(), ended, next)),
            Some((since, ended_before, next_before)) if since.elapsed() >= DURATION => {
                let tasks = (ended - ended_before) as f64 * f64::from(CHAIN);
                seen = Some((tasks / since.elapsed().as_secs_f64(), (next - next_before) as f64 / tasks));
                return ControlFlow::Break(());
            }
            None | Some(_) => {}
        }
        ControlFlow::Continue(())
    };
    runtime.block_on(run(&served, load, progressed))?;
    let (tasks_per_second, records_per_task) = seen.ok_or("the load ended before its time")?;
    let (payload_length, records_per_block) = sizes(&served)?;
    served.stop()?;
    Ok(Rate { tasks_per_second, records_per_task, records_per_block, payload_length })
}

/// Mean payload length and mean number of records of the blocks from the middle of the log on.
fn sizes(served: &Served) -> Result<(usize, f64), Failure> {
    const SAMPLED_BLOCKS: u64 = 200;
    let (reader, end) = (served.engine.reader(), served.engine.durable().borrow().next_sequence);
    let (mut sequence, mut bytes, mut blocks) = (end / 2, 0, 0);
    let mut records = 0;
    while sequence < end && blocks < SAMPLED_BLOCKS {
        let found = reader.block_holding(sequence)?.ok_or("the log holds what is durable")?;
        let block = Block::decode(&found)?;
        for record in block.records() {
            bytes += record?.header.payload_length as usize;
        }
        records += block.record_count();
        sequence = block.tree_size();
        blocks += 1;
    }
    Ok((bytes / records.max(1), records as f64 / blocks.max(1) as f64))
}

/// Records a second that the log takes when nothing is decided.
fn append_rate(session: &Session, payload_length: usize) -> Result<f64, Failure> {
    let scratch = session.scratch()?;
    let runtime = producers::runtime()?;
    let log = DurableLog::create(scratch.path())?;
    let (appender, durable) = (log.appender.clone(), log.durable.clone());
    let append = move |task: u64, call| {
        let appender = appender.clone();
        let bytes: Vec<u8> = payload(task, call).into_iter().cycle().take(payload_length).collect();
        async move {
            let entry = fixtures::disk_log::entry((task % STREAM_COUNT) as u8, bytes);
            appender.append(entry).await;
        }
    };
    let throughput =
        producers::run(&runtime, PRODUCERS, LIMIT_DURATION, append, || durable.borrow().next_sequence);
    log.close();
    Ok(throughput.events_per_second)
}

//! A log with a long history: how soon an engine is up on it, what it keeps in memory, and whether tasks grow dearer.

use crate::child::{self, Part};
use crate::cost_plot::{self, Cost};
use crate::engine_load::{Load, Served, run, runtime};
use crate::session::{Failure, Session, progress, remark};
use benches::process::cpu_seconds;
use benches::stopwatch::Stopwatch;
use fixtures::directory::copy_directory;
use fixtures::statistics::median;
use std::ops::ControlFlow;
use std::path::Path;

pub(crate) const FIGURES: &[&str] = &[
    "restart_1m_s",
    "restart_1m_killed_s",
    "restart_1m_folded_s",
    "restart_1m_folded_killed_s",
    "memory_1m_mib",
    "memory_1m_restarted_mib",
    "cost_per_task",
    "cost_per_task_1k_us",
    "cost_per_task_10k_us",
    "cost_per_task_100k_us",
    "cost_per_task_1m_us",
];

/// Figures of the long history, as opposed to the restarts.
const LONG: &[&str] = &[
    "memory_1m_mib",
    "memory_1m_restarted_mib",
    "cost_per_task",
    "cost_per_task_1k_us",
    "cost_per_task_10k_us",
    "cost_per_task_100k_us",
    "cost_per_task_1m_us",
];
const AT_ONCE: usize = 256;
/// Records of a workflow of one task.
const RECORDS_PER_WORKFLOW: u64 = 6;
const RESTART_RECORDS: u64 = 1_000_000;
const RESTARTS: usize = 5;

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    if FIGURES[..4].iter().any(|name| session.wants(name)) {
        measure_restarts(session)?;
    }
    if LONG.iter().any(|name| session.wants(name)) {
        measure_growth(session)?;
    }
    Ok(())
}

/// The part that opens and starts the engine.
pub(crate) fn start_engine(directory: &Path) -> Result<(), Failure> {
    let runtime = runtime()?;
    let served = Served::open(directory, &runtime)?;
    runtime.block_on(served.engine.status())?;
    println!("started");
    child::wait();
    served.stop()
}

/// The part that makes a history. At each mark it prints `COUNT SECONDS CPU-SECONDS RESIDENT-MIB RECORDS`.
pub(crate) fn grow(directory: &Path, workflows: &str, chain: &str) -> Result<(), Failure> {
    let (workflows, chain) = (workflows.parse()?, chain.parse()?);
    let runtime = runtime()?;
    let served = Served::create(directory, &runtime)?;
    let durable = served.engine.durable();
    let marks = marks(workflows);
    let (mut next, begun) = (0, Stopwatch::start());
    let progressed = |ended: u64| {
        while marks.get(next).is_some_and(|mark| *mark <= ended) {
            let (seconds, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds());
            let resident = child::resident_mib("self").unwrap_or_default();
            println!("{ended} {seconds} {cpu} {resident} {}", durable.borrow().next_sequence);
            next += 1;
        }
        ControlFlow::Continue(())
    };
    runtime.block_on(run(
        &served,
        Load { at_once: AT_ONCE, workflows, chain, content_bytes: None },
        progressed,
    ))?;
    child::wait();
    served.stop()
}

/// Numbers of finished workflows at which it is looked: 500, 1,000, 2,000, 5,000 and so on, and the last.
fn marks(workflows: u64) -> Vec<u64> {
    let decades = std::iter::successors(Some(100), |decade| Some(decade * 10));
    let marks = decades.flat_map(|decade: u64| [decade, 2 * decade, 5 * decade]);
    let below = marks.skip(2).take_while(|mark| *mark < workflows);
    below.chain([workflows]).collect()
}

/// How it stood at a mark.
struct Seen {
    ended: u64,
    seconds: f64,
    cpu_seconds: f64,
    resident_mib: f64,
    records: u64,
}

fn seen(line: &str) -> Result<Seen, Failure> {
    let mut words = line.split(' ');
    let mut word = || words.next().ok_or("a mark has five numbers");
    Ok(Seen {
        ended: word()?.parse()?,
        seconds: word()?.parse()?,
        cpu_seconds: word()?.parse()?,
        resident_mib: word()?.parse()?,
        records: word()?.parse()?,
    })
}

/// Grows a history in a process of its own and returns that process, which waits, with what was seen.
fn grown(directory: &Path, workflows: u64) -> Result<(Part, Vec<Seen>), Failure> {
    let mut part = Part::spawn(child::GROW, directory, &[workflows.to_string(), "1".to_owned()])?;
    let mut all = Vec::new();
    for _ in marks(workflows) {
        let at = seen(&part.line()?)?;
        progress(&format!("history: {} workflows in {:.1} s", at.ended, at.seconds));
        all.push(at);
    }
    Ok((part, all))
}

fn measure_restarts(session: &Session) -> Result<(), Failure> {
    let scratch = session.scratch()?;
    let (clean, killed) = (scratch.path().join("clean"), scratch.path().join("killed"));
    let workflows = RESTART_RECORDS.div_ceil(RECORDS_PER_WORKFLOW);
    let (part, at) = grown(&killed, workflows)?;
    // What a process that was killed right after its last block leaves.
    drop(part);
    let records = at.last().map_or(0, |last| last.records);
    copy_directory(&killed, &clean)?;
    let mut part = Part::spawn(child::START, &clean, &[])?;
    part.line()?;
    part.end()?;
    remark(&format!(
        "restart: a history of {records} events, {workflows} finished workflows of one task; from spawning a process \
         to its engine's first answer, files in the page cache; clean: stopped before, killed: SIGKILL right after the \
         last event, folded: the same without a snapshot; medians of {RESTARTS}"
    ));
    for (name, directory, with_snapshot) in [
        ("restart_1m_s", &clean, true),
        ("restart_1m_killed_s", &killed, true),
        ("restart_1m_folded_s", &clean, false),
        ("restart_1m_folded_killed_s", &killed, false),
    ] {
        if session.wants(name) {
            progress(name);
            let seconds = restart_seconds(scratch.path(), directory, with_snapshot)?;
            session.figure(name, seconds, "s", None);
        }
    }
    Ok(())
}

fn restart_seconds(scratch: &Path, directory: &Path, with_snapshot: bool) -> Result<f64, Failure> {
    let mut samples = Vec::new();
    for run in 0..RESTARTS {
        let copy = scratch.join(format!("restart-{run}"));
        copy_directory(directory, &copy)?;
        if !with_snapshot {
            std::fs::remove_dir_all(copy.join("snapshots"))?;
        }
        let stopwatch = Stopwatch::start();
        let mut part = Part::spawn(child::START, &copy, &[])?;
        part.line()?;
        samples.push(stopwatch.elapsed().as_secs_f64());
        drop(part);
        std::fs::remove_dir_all(copy)?;
    }
    Ok(median(&samples))
}

fn measure_growth(session: &Session) -> Result<(), Failure> {
    let scratch = session.scratch()?;
    let directory = scratch.path().join("log");
    let workflows = session.workflows();
    let (part, at) = grown(&directory, workflows)?;
    part.end()?;
    let last = at.last().ok_or("a history has an end")?;
    let mut part = Part::spawn(child::START, &directory, &[])?;
    part.line()?;
    let restarted = part.resident_mib()?;
    drop(part);
    remark(&format!(
        "history: {} workflows of one no-op task, {AT_ONCE} at once, {:.2} records each, {} records in {:.0} s; \
         memory: resident in the process that ran them when the last had ended, its client included, and in a \
         process that was started on them",
        last.ended,
        last.records as f64 / last.ended as f64,
        last.records,
        last.seconds,
    ));
    session.figure("memory_1m_mib", last.resident_mib, "MiB", None);
    session.figure("memory_1m_restarted_mib", restarted, "MiB", None);
    report_costs(session, &at)
}

fn report_costs(session: &Session, at: &[Seen]) -> Result<(), Failure> {
    let cost = |pair: &[Seen]| {
        let tasks = (pair[1].ended - pair[0].ended) as f64;
        let us = |before: f64, after: f64| (after - before) * 1e6 / tasks;
        Cost {
            ended: pair[1].ended,
            us: us(pair[0].seconds, pair[1].seconds),
            cpu_us: us(pair[0].cpu_seconds, pair[1].cpu_seconds),
        }
    };
    let costs: Vec<Cost> = at.windows(2).map(cost).collect();
    let line: Vec<String> =
        costs.iter().map(|cost| format!("{} {:.0}/{:.0}", cost.ended, cost.us, cost.cpu_us)).collect();
    remark(&format!(
        "cost_per_task: us of time and of processor time per task of a workflow of its own, since the mark before, at \
         so many finished workflows: {}",
        line.join(", ")
    ));
    for (name, count) in [
        ("cost_per_task_1k_us", 1000),
        ("cost_per_task_10k_us", 10_000),
        ("cost_per_task_100k_us", 100_000),
        ("cost_per_task_1m_us", 1_000_000),
    ] {
        // A mark is seen with the block that passes it.
        if let Some(cost) = costs.iter().find(|cost| cost.ended >= count) {
            session.figure_of(&["cost_per_task", name], name, cost.us, "us", None);
        }
    }
    if session.wants("cost_per_task") {
        cost_plot::draw(&costs)?;
    }
    Ok(())
}

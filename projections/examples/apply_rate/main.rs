//! Measures how fast the views follow, what a restart costs, and what a million finished workflows take.
//!
//! `cargo run -p triad-projections --release --example apply_rate -- [workflows] [directory]`

mod process;
mod stopwatch;
mod workload;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use stopwatch::timed;
use triad_event::ids::LogId;
use triad_event::{Event, Recorded};
use triad_projections::{Host, Projection, ReadError, Run, Views, run_list, timeline};
use workload::{RECORDS_PER_WORKFLOW, Workload, id, key};

/// The log that never was.
const LOG: LogId = LogId([1; 16]);
/// The one chain value of this measurement.
const CHAIN: [u8; 32] = [2; 32];
/// Records of a block, as a busy log commits them.
const BLOCK_RECORDS: usize = 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let workflows: u64 = arguments.next().map_or(Ok(30_000), |number| number.parse())?;
    let scratch = tempfile::tempdir()?;
    let directory = arguments.next().map_or(scratch.path().to_owned(), PathBuf::from);
    if !directory.join("views-0").exists() {
        fold(workflows.min(30_000));
        keep(workflows, &directory)?;
    }
    resume(&directory)
}

/// The views alone: no database, and workflows are forgotten when they end.
fn fold(workflows: u64) {
    let mut workload = Workload::default();
    let mut records = 0;
    let mut spent = Duration::ZERO;
    while records < workflows * RECORDS_PER_WORKFLOW {
        let wave = workload.wave();
        spent += timed(|| fold_wave(&wave)).1;
        records += wave.len() as u64;
    }
    println!("fold alone           {records:>9} records, {:>9} records/s", rate(records, spent));
}

fn fold_wave(wave: &[Recorded<Event>]) {
    let mut runs = std::collections::BTreeMap::<_, Run>::new();
    for record in wave {
        let run = runs.entry(record.stream).or_default();
        run.apply(record).expect("the workload follows the grammar");
    }
}

/// The views as they are kept.
fn keep(workflows: u64, directory: &Path) -> Result<(), Box<dyn Error>> {
    let (mut host, _) = Host::open(directory, LOG, |_| Some(CHAIN))?;
    let mut workload = Workload::default();
    let mut spent = Duration::ZERO;
    let mut processor_ms = 0;
    let mut slowest = Duration::ZERO;
    while host.next_sequence() < workflows * RECORDS_PER_WORKFLOW {
        let wave = workload.wave();
        let before_ms = process::processor_ms();
        for block in wave.chunks(BLOCK_RECORDS) {
            let (applied, duration) = timed(|| host.apply(block, CHAIN));
            assert!(applied?.faults.is_empty(), "the workload follows the grammar");
            spent += duration;
            slowest = slowest.max(duration);
        }
        processor_ms += process::processor_ms() - before_ms;
    }
    let (flushed, duration) = timed(|| host.flush());
    flushed?;
    spent += duration;
    let records = host.next_sequence();
    println!("applied and stored   {records:>9} records, {:>9} records/s", rate(records, spent));
    println!(
        "all threads          {:>9} ns of processor time per record",
        processor_ms * 1_000_000 / records
    );
    println!("slowest block        {:>9} us", slowest.as_micros());
    println!(
        "resident             {:>9} MiB, {} workflows in memory",
        process::resident_mib(),
        host.views().held()
    );
    println!("on disk              {:>9} MiB", process::size_mib(directory)?);
    host.close()?;
    Ok(())
}

/// A restart. Give a directory and run twice to see what a fresh process takes.
fn resume(directory: &Path) -> Result<(), Box<dyn Error>> {
    let (opened, duration) = timed(|| Host::open(directory, LOG, |_| Some(CHAIN)));
    let (host, opening) = opened?;
    println!("opened again         {:>9} us, {opening:?} at {}", duration.as_micros(), host.next_sequence());
    println!("resident             {:>9} MiB", process::resident_mib());
    read(&host.views(), host.next_sequence() / RECORDS_PER_WORKFLOW)?;
    println!("resident             {:>9} MiB after these reads", process::resident_mib());
    Ok(())
}

fn read(views: &Views, count: u64) -> Result<(), Box<dyn Error>> {
    let page = timeline::Query { after: None, limit: 100 };
    let rows = |n| run_list::Query { phase: None, before: Some((n + 1) * RECORDS_PER_WORKFLOW), limit: 50 };
    each(count, "look up a key        ", |n| Ok(views.idempotency(&key(n))?.value.is_some()))?;
    each(count, "look up no key       ", |n| Ok(views.idempotency(&[n as u8; 32])?.value.is_none()))?;
    each(count, "read a summary       ", |n| Ok(views.summary(id(n))?.value.is_some()))?;
    each(count, "read a graph         ", |n| Ok(views.run_graph(id(n))?.value.is_some()))?;
    each(count, "read a timeline      ", |n| Ok(views.timeline(id(n), &page)?.value.is_some()))?;
    each(count, "read a task's history", |n| Ok(views.attempt_history(id(n), 3)?.value.is_some()))?;
    each(count, "read 50 of the list  ", |n| Ok(!views.run_list(&rows(n))?.value.rows.is_empty()))
}

/// Reads here and there among `count` workflows.
fn each(count: u64, what: &str, read: impl Fn(u64) -> Result<bool, ReadError>) -> Result<(), Box<dyn Error>> {
    const READS: u64 = 2_000;
    let mut numbers = (0..READS).map(|number| number.wrapping_mul(0x9e37_79b9) % count);
    let (found, duration) =
        timed(|| numbers.try_fold(true, |found, number| Ok::<_, ReadError>(found & read(number)?)));
    assert!(found?, "what was applied is found");
    println!("{what}{:>9} ns each", duration.as_nanos() / u128::from(READS));
    Ok(())
}

fn rate(records: u64, spent: Duration) -> u128 {
    u128::from(records) * 1_000_000_000 / spent.as_nanos().max(1)
}

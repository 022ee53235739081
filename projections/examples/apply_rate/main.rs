//! Measures how fast the views follow, what a restart costs, and what a million finished workflows take.
//!
//! `cargo run -p triad-projections --release --example apply_rate -- [workflows] [directory]`

mod stopwatch;
mod workload;

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use stopwatch::timed;
use triad_event::ids::LogId;
use triad_event::{Event, Recorded};
use triad_projections::{Host, Projection, Run, Views, run_list, timeline};
use workload::{RECORDS_PER_WORKFLOW, Workload};

/// The log that never was.
const LOG: LogId = LogId([1; 16]);
/// The one chain value of this measurement.
const CHAIN: [u8; 32] = [2; 32];
/// Records of a block, as a busy log commits them.
const BLOCK_RECORDS: usize = 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let workflows: u64 = arguments.next().map_or(Ok(30_000), |number| number.parse())?;
    let directory = tempfile::tempdir()?;
    let directory = arguments.next().map_or(directory.path().to_owned(), Into::into);
    fold(workflows.min(100_000));
    keep(workflows, &directory)?;
    Ok(())
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

fn keep(workflows: u64, directory: &Path) -> Result<(), Box<dyn Error>> {
    let (mut host, _) = Host::open(directory, LOG, |_| Some(CHAIN))?;
    let mut workload = Workload::default();
    let mut spent = Duration::ZERO;
    let mut slowest = Duration::ZERO;
    while host.next_sequence() < workflows * RECORDS_PER_WORKFLOW {
        for block in workload.wave().chunks(BLOCK_RECORDS) {
            let (applied, duration) = timed(|| host.apply(block, CHAIN));
            assert!(applied?.faults.is_empty(), "the workload follows the grammar");
            spent += duration;
            slowest = slowest.max(duration);
        }
    }
    let (flushed, duration) = timed(|| host.flush());
    flushed?;
    spent += duration;
    let records = host.next_sequence();
    println!("applied and stored   {records:>9} records, {:>9} records/s", rate(records, spent));
    println!(
        "slowest block        {:>9} us, in memory now: {} workflows",
        slowest.as_micros(),
        host.views().held()
    );
    println!("resident             {:>9} MiB, on disk {} MiB", resident_mib(), size_mib(directory)?);
    let count = records / RECORDS_PER_WORKFLOW;
    read(&host.views(), count)?;
    drop(host);
    let (opened, duration) = timed(|| Host::open(directory, LOG, |_| Some(CHAIN)));
    let (host, opening) = opened?;
    println!("opened again         {:>9} us, {opening:?} at {}", duration.as_micros(), host.next_sequence());
    Ok(())
}

fn read(views: &Views, count: u64) -> Result<(), Box<dyn Error>> {
    const READS: u64 = 2_000;
    let numbers = || (0..READS).map(|read| read.wrapping_mul(0x9e37_79b9) % count);
    let each = |what, (result, duration): (Result<(), _>, Duration)| -> Result<(), Box<dyn Error>> {
        println!("{what}{:>9} ns each", duration.as_nanos() / u128::from(READS));
        result
    };
    let page = timeline::Query { after: None, limit: 100 };
    each(
        "look up a key        ",
        timed(|| found(numbers().map(|n| Ok(views.idempotency(&workload::key(n))?.value.is_some())))),
    )?;
    each(
        "look up no key       ",
        timed(|| found(numbers().map(|n| Ok(views.idempotency(&[n as u8; 32])?.value.is_none())))),
    )?;
    each(
        "read a summary       ",
        timed(|| found(numbers().map(|n| Ok(views.summary(workload::id(n))?.value.is_some())))),
    )?;
    each(
        "read a graph         ",
        timed(|| found(numbers().map(|n| Ok(views.run_graph(workload::id(n))?.value.is_some())))),
    )?;
    each(
        "read a timeline      ",
        timed(|| found(numbers().map(|n| Ok(views.timeline(workload::id(n), &page)?.value.is_some())))),
    )?;
    each(
        "read a task's history",
        timed(|| found(numbers().map(|n| Ok(views.attempt_history(workload::id(n), 3)?.value.is_some())))),
    )?;
    each(
        "read 50 of the list  ",
        timed(|| {
            found(numbers().map(|n| {
                let query =
                    run_list::Query { phase: None, before: Some((n + 1) * RECORDS_PER_WORKFLOW), limit: 50 };
                Ok(!views.run_list(&query)?.value.rows.is_empty())
            }))
        }),
    )
}

fn found(mut reads: impl Iterator<Item = Result<bool, Box<dyn Error>>>) -> Result<(), Box<dyn Error>> {
    reads.try_for_each(|read| if read? { Ok(()) } else { Err("what was applied is not found".into()) })
}

fn rate(records: u64, spent: Duration) -> u128 {
    u128::from(records) * 1_000_000_000 / spent.as_nanos().max(1)
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.unwrap_or_default() / 1024
}

fn size_mib(directory: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                directories.push(entry.path());
            } else {
                bytes += entry.metadata()?.len();
            }
        }
    }
    Ok(bytes >> 20)
}

//! Inputs per second of the pure core, in memory: 256 workflows at once, chains of ten no-op tasks, one
//! outcome at a time; then records per second of the fold, and a definition of a hundred thousand tasks.
//!
//! `cargo run -p triad-decide --release --example decide_evolve -- 200000`

mod drive;
mod large;
mod stopwatch;

use std::time::Duration;

use drive::started;
use triad_decide::evolve;

fn main() {
    let workflows: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let mut drive = started();
    let took = stopwatch::time(|| drive.run(workflows));
    let rate = |count: u64, took: Duration| count as f64 / took.as_secs_f64();
    println!(
        "decide_evolve: {:.0} inputs/s, {:.0} records/s",
        rate(drive.inputs, took),
        rate(drive.records, took)
    );
    println!(
        "  {} inputs, {} records in {took:?}; alive {}",
        drive.inputs,
        drive.records,
        drive.world.alive()
    );

    let mut drive = started();
    let base = drive.world.clone();
    drive.kept = Some(Vec::new());
    drive.run(workflows.min(50_000));
    let kept = drive.kept.take().unwrap_or_default();
    let mut world = base;
    let took = stopwatch::time(|| kept.iter().for_each(|record| evolve(&mut world, record).expect("legal")));
    println!("fold: {:.0} records/s", rate(kept.len() as u64, took));
    large::measure();
}

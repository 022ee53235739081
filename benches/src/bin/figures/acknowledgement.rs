//! What one producer waits for beyond the sync itself.

use crate::session::{Failure, Session, progress, remark};
use benches::durable_log::DurableLog;
use benches::producers;
use benches::stopwatch::timed;
use benches::sync_probe::SyncProbe;
use benches::workload::entry;
use fixtures::statistics::{median, quantile};
use triad_log::LogRead;

pub(crate) const FIGURES: &[&str] = &["ack_over_sync_p99_ms", "ack_over_sync_p50_ms"];

/// Appends, each followed by a sync of equal bytes, in one run.
const SAMPLES: u64 = 3000;
/// Runs; the figures are medians over them.
const RUNS: usize = 9;
/// Before samples count: files grow their first extents, threads start.
const WARM_UP: u64 = 200;

#[derive(Debug)]
struct Run {
    acknowledged: [f64; 2],
    synced: [f64; 2],
}

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let runtime = producers::runtime()?;
    let mut runs = Vec::new();
    for number in 1..=RUNS {
        progress(&format!("acknowledgement: run {number} of {RUNS}"));
        runs.push(run(session, &runtime)?);
    }
    let of = |what: fn(&Run) -> f64| median(&runs.iter().map(what).collect::<Vec<_>>());
    remark(&format!(
        "acknowledgement: one producer, p50 and p99 in ms: append {:.3} and {:.3}, fdatasync of the \
         block's bytes to a pre-sized file {:.3} and {:.3}, alternating, {SAMPLES} of each per run; medians of {RUNS} \
         runs",
        of(|run| run.acknowledged[0]),
        of(|run| run.acknowledged[1]),
        of(|run| run.synced[0]),
        of(|run| run.synced[1]),
    ));
    let p50 = of(|run| run.acknowledged[0] - run.synced[0]);
    let p99 = of(|run| run.acknowledged[1] - run.synced[1]);
    session.figure("ack_over_sync_p50_ms", p50, "ms", Some(of(|run| run.acknowledged[0] / run.synced[0])));
    session.figure("ack_over_sync_p99_ms", p99, "ms", Some(of(|run| run.acknowledged[1] / run.synced[1])));
    Ok(())
}

fn run(session: &Session, runtime: &tokio::runtime::Runtime) -> Result<Run, Failure> {
    let scratch = session.scratch()?;
    let log = DurableLog::create(&scratch.path().join("log"))?;
    let mut file = SyncProbe::sized(&scratch.path().join("probe"))?;
    let (mut acknowledged, mut synced) = (Vec::new(), Vec::new());
    for call in 0..WARM_UP + SAMPLES {
        let entry = entry(0, call);
        let (_, append_time) = timed(|| runtime.block_on(log.appender.append(entry)));
        let block = log.reader.last_block()?.ok_or("the log holds what it acknowledged")?;
        let (sync, sync_time) = timed(|| file.write(&block));
        sync?;
        if call >= WARM_UP {
            acknowledged.push(append_time.as_secs_f64() * 1e3);
            synced.push(sync_time.as_secs_f64() * 1e3);
        }
    }
    log.close();
    let both = |samples: &[f64]| [quantile(samples, 0.5), quantile(samples, 0.99)];
    Ok(Run { acknowledged: both(&acknowledged), synced: both(&synced) })
}

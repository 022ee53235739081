//! How fast the views follow a log: what it takes to build them again, and what they keep up with.

use crate::session::{Failure, Session, progress, remark};
use benches::stopwatch::timed;
use benches::workload::{Group, Mix};
use fixtures::statistics::median;
use std::path::Path;
use std::time::Duration;
use triad_event::Recorded;
use triad_event::ids::{LogId, PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_projections::Host;

pub(crate) const FIGURES: &[&str] = &["views_catch_up"];

const RECORDS: u64 = 1_000_000;
/// Records that are handed over at once: a block as a busy log fills it.
const BLOCK_RECORDS: usize = 512;
const RUNS: usize = 3;
const CHAIN: [u8; 32] = [7; 32];

pub(crate) fn measure(session: &Session) -> Result<(), Failure> {
    let mut rates = Vec::new();
    for run in 1..=RUNS {
        progress(&format!("views_catch_up: run {run} of {RUNS}"));
        let scratch = session.scratch()?;
        rates.push(RECORDS as f64 / follow(scratch.path())?.as_secs_f64());
    }
    remark(&format!(
        "views_catch_up: {RECORDS} records of the mix in blocks of {BLOCK_RECORDS}, applied and stored; decoding them is \
         not included; median of {RUNS} runs",
    ));
    session.figure("views_catch_up", median(&rates), "records/s", None);
    Ok(())
}

/// How long empty views take until they have followed and stored everything.
fn follow(directory: &Path) -> Result<Duration, Failure> {
    let (mut host, _) = Host::open(directory, LogId([1; 16]), |_| None)?;
    let mut mix = Mix::default();
    let mut spent = Duration::ZERO;
    while host.next_sequence() < RECORDS {
        let mut block = Vec::new();
        while block.len() < BLOCK_RECORDS {
            let group = mix.next_sequence();
            block.extend(records(mix.next_group(), group));
        }
        let (applied, duration) = timed(|| host.apply(&block, CHAIN));
        if let Some(fault) = applied?.faults.first() {
            return Err(fault.clone().into());
        }
        spent += duration;
    }
    let (flushed, duration) = timed(|| host.flush());
    flushed?;
    Ok(spent + duration)
}

fn records(group: Group, sequence: u64) -> impl Iterator<Item = Recorded<triad_event::Event>> {
    let stream = StreamId(group.stream);
    (sequence..).zip(group.events).map(move |(number, (_, event))| Recorded {
        sequence: number,
        group: sequence,
        at: Micros(number.cast_signed()),
        elapsed: Micros(number.cast_signed()),
        stream,
        // Views of all streams do not look at the place in one.
        ordinal: 0,
        cause: sequence,
        principal: PrincipalId::ZERO,
        event,
    })
}

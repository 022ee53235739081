//! What passes: the spans that the engine measures are held against those that passed.

use super::violation::{Verdict, hold};
use triad_decide::World;
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};
use triad_perform::shell::time::Reading;

/// Rounds of the loop in which something that is due may still wait: each fires a bounded number of timers.
const ROUNDS_LATE_MAX: u32 = 256;

/// Commits in flight for which timers wait.
const WAITED_FOR: usize = 2;

/// What passed, as the records of one life have it.
#[derive(Debug, Default)]
pub(super) struct Passing {
    /// What had passed at the first record of this life, and what the clock showed then.
    begin: Option<(i64, i64)>,
    /// Rounds since something became due that did not fire.
    rounds_late: u32,
}

impl Passing {
    /// Between two records of a life just so much passes as really did, whatever happens to the wall clock; and over all lives
    /// never more than really did.
    pub(super) fn invariant_spans_are_those_that_passed(
        &mut self,
        records: &[Recorded<Event>],
        now: Reading,
    ) -> Verdict {
        for record in records {
            let (elapsed, boottime) = *self.begin.get_or_insert((record.elapsed.0, now.boottime_us));
            let passed = elapsed + (now.boottime_us - boottime);
            let holds = record.elapsed.0 == passed && passed <= now.boottime_us;
            hold("invariant_spans_are_those_that_passed", holds, || {
                let (sequence, found) = (record.sequence, record.elapsed);
                format!("at record {sequence} {found} had passed, and {passed} of {} really", now.boottime_us)
            })?;
        }
        Ok(())
    }

    /// After a round of the loop: what is due fires within a bounded number of rounds, of which those do not count in
    /// which timers
    /// wait for the disk.
    pub(super) fn invariant_what_is_due_fires(
        &mut self,
        world: &World,
        now: Reading,
        in_flight: usize,
    ) -> Verdict {
        if in_flight >= WAITED_FOR {
            return Ok(());
        }
        let Some((elapsed, boottime)) = self.begin else { return Ok(()) };
        let passed = Micros(elapsed + (now.boottime_us - boottime));
        let is_late = world.next_wake().is_some_and(|wake| wake.due <= passed);
        self.rounds_late = if is_late { self.rounds_late + 1 } else { 0 };
        hold("invariant_what_is_due_fires", self.rounds_late <= ROUNDS_LATE_MAX, || {
            format!("{:?} has not fired, and {passed} have passed", world.next_wake())
        })
    }
}

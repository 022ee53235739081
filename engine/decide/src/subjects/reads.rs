//! Who read what in the current minute, so that each is recorded once.

use std::collections::BTreeSet;

use triad_event::ids::{PrincipalId, WorkflowId};
use triad_event::quantity::Micros;

use crate::image::structs;
use crate::limits::READS_KEPT_MAX;

structs! { Reads { minute, seen } }

/// Microseconds in which further reads of the same content by the same reader are the same read.
const MINUTE: i64 = 60_000_000;

/// Readers of the newest minute that has any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) minute: i64,
    pub(crate) seen: BTreeSet<(PrincipalId, WorkflowId)>,
}

impl Reads {
    /// Whether a read then is recorded already.
    pub(crate) fn holds(&self, elapsed: Micros, reader: PrincipalId, workflow: WorkflowId) -> bool {
        self.minute == minute_of(elapsed) && self.seen.contains(&(reader, workflow))
    }

    /// A read was recorded. When there are too many the others are forgotten: then a read is recorded once more,
    /// and never left out.
    pub(crate) fn note(&mut self, elapsed: Micros, reader: PrincipalId, workflow: WorkflowId) {
        let minute = minute_of(elapsed);
        if self.minute != minute || self.seen.len() >= READS_KEPT_MAX {
            self.seen.clear();
        }
        self.minute = minute;
        self.seen.insert((reader, workflow));
    }
}

fn minute_of(elapsed: Micros) -> i64 {
    elapsed.0.div_euclid(MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(number: u64) -> PrincipalId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_le_bytes());
        PrincipalId(id)
    }

    #[test]
    fn a_minute_before_the_epoch_is_a_minute_too() {
        let (mut reads, workflow) = (Reads::default(), WorkflowId([1; 16]));
        reads.note(Micros(-1), reader(1), workflow);
        assert!(reads.holds(Micros(-MINUTE), reader(1), workflow));
        assert!(!reads.holds(Micros(0), reader(1), workflow));
    }

    #[test]
    fn more_readers_than_are_kept_are_forgotten_and_not_left_out() {
        let (mut reads, workflow) = (Reads::default(), WorkflowId([1; 16]));
        (0..READS_KEPT_MAX as u64).for_each(|number| reads.note(Micros(0), reader(number), workflow));
        assert!(reads.holds(Micros(0), reader(0), workflow));
        reads.note(Micros(0), reader(u64::MAX), workflow);
        assert_eq!(reads.seen.len(), 1);
        assert!(!reads.holds(Micros(0), reader(0), workflow));
    }
}

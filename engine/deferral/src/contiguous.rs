//! The cheapest start of a task that runs in one piece.

use crate::outlook::{Outlook, Segment};

/// A start, and what the run costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// When it begins.
    pub start_ms: i64,
    /// Price by time over the run, in micro-currency per kilowatt hour times milliseconds.
    pub area: i128,
}

/// The start between two moments at which a run of a duration costs least, the earliest of several. `None` when the
/// outlook does not cover the runs, or there is no such moment.
///
/// Cost is linear in the start as long as neither end of the run crosses from one segment into the next, so a least one is
/// at the first or last moment, or where an end of the run meets an end of a segment. Those starts are tried in their
/// order while two ends sweep over the segments once: linear in the number of segments.
pub fn cheapest_start(
    outlook: &Outlook,
    earliest_ms: i64,
    latest_ms: i64,
    duration_ms: i64,
) -> Option<Start> {
    let (from_ms, until_ms) = outlook.span_ms();
    let segments = outlook.segments();
    let is_covered = from_ms <= earliest_ms && latest_ms.checked_add(duration_ms)? <= until_ms;
    if duration_ms < 0 || earliest_ms > latest_ms || !is_covered {
        return None;
    }
    // One outlook may serve many tasks: what comes after the last run is not looked at.
    let latest_end_ms = latest_ms + duration_ms;
    let (segments, _) =
        segments.split_at(segments.partition_point(|segment| segment.start_ms < latest_end_ms));
    let borders = || segments.iter().map(|segment| segment.end_ms);
    let mut starts: Vec<i64> = [earliest_ms].into_iter().chain(borders()).chain([latest_ms]).collect();
    starts.extend(borders().map(|end_ms| end_ms.saturating_sub(duration_ms)));
    starts.retain(|start_ms| (earliest_ms..=latest_ms).contains(start_ms));
    // Two ascending runs, which the standard library's stable sort merges in linear time.
    starts.sort();
    let (mut left, mut right) = (Sweep::new(segments), Sweep::new(segments));
    let runs = starts.into_iter().map(|start_ms| Start {
        start_ms,
        area: right.until(start_ms.saturating_add(duration_ms)) - left.until(start_ms),
    });
    // The first of several that are equal.
    runs.min_by_key(|run| run.area)
}

/// Price by time from the first segment to a moment, for moments that never go back.
struct Sweep<'a> {
    rest: &'a [Segment],
    passed: i128,
}

impl<'a> Sweep<'a> {
    fn new(segments: &'a [Segment]) -> Self {
        Self { rest: segments, passed: 0 }
    }

    fn until(&mut self, at_ms: i64) -> i128 {
        while let [first, rest @ ..] = self.rest {
            if at_ms < first.end_ms {
                return self.passed + first.area_until(at_ms);
            }
            self.passed += first.area_until(first.end_ms);
            self.rest = rest;
        }
        self.passed
    }
}

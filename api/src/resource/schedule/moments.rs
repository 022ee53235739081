//! The moments of a schedule: those of a calendar, or those that runs named which it follows.

use super::timing::timing_of;
use crate::wire::problem::Problem;
use triad_calendar::{CatchUp, Chosen, LeftOut, Timing};
use triad_projections::view::schedule_book::Schedule;

/// The moments of a schedule.
#[derive(Debug, Clone)]
pub(super) enum Moments {
    Calendar(Timing),
    /// Those that were named and are not handled, ascending.
    Named(Vec<i64>),
}

impl Moments {
    pub(super) fn of(schedule: &Schedule) -> Result<Self, Problem> {
        match schedule.set.after {
            Some(_) => Ok(Self::Named(schedule.waiting.iter().map(|run| run.moment_ms).collect())),
            None => timing_of(&schedule.set).map(Self::Calendar),
        }
    }

    /// The first moment after one; none while none is named.
    pub(super) fn next_after(&self, after_ms: i64) -> Option<i64> {
        match self {
            Self::Calendar(timing) => timing.next_after(after_ms),
            Self::Named(moments) => moments.iter().copied().find(|moment_ms| *moment_ms > after_ms),
        }
    }

    /// How many lie after one and up to another and with it.
    pub(super) fn count(&self, after_ms: i64, until_ms: i64) -> u64 {
        match self {
            Self::Calendar(timing) => timing.count(after_ms, until_ms),
            Self::Named(moments) => between(moments, after_ms, until_ms).len() as u64,
        }
    }

    /// Which of those after one and up to another fire, and which do not.
    pub(super) fn catch_up(&self, after_ms: i64, until_ms: i64, policy: CatchUp) -> Chosen {
        let moments = match self {
            Self::Calendar(timing) => return timing.catch_up(after_ms, until_ms, policy),
            Self::Named(moments) => between(moments, after_ms, until_ms),
        };
        let fire = match policy {
            CatchUp::None => 0,
            CatchUp::Last => 1,
            CatchUp::All { count_max, age_ms_max } => {
                let oldest_ms = until_ms.saturating_sub(age_ms_max);
                moments.iter().filter(|moment_ms| **moment_ms >= oldest_ms).count().min(count_max)
            }
        };
        let (left, fire) = moments.split_at(moments.len().saturating_sub(fire));
        let left_out = match (left.first(), left.last()) {
            (Some(first_ms), Some(last_ms)) => {
                Some(LeftOut { count: left.len() as u64, first_ms: *first_ms, last_ms: *last_ms })
            }
            (_, _) => None,
        };
        Chosen { fire_ms: fire.to_vec(), left_out }
    }
}

fn between(moments: &[i64], after_ms: i64, until_ms: i64) -> &[i64] {
    let first = moments.partition_point(|moment_ms| *moment_ms <= after_ms);
    let behind = moments.partition_point(|moment_ms| *moment_ms <= until_ms);
    moments.get(first..behind).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use triad_calendar::Rules;

    /// Both kinds answer alike where they have the same moments.
    #[test]
    fn what_was_named_is_chosen_from_as_a_calendar_is() {
        let timing = Timing::parse("@every 10s", None, Rules::default()).expect("it is one");
        let named = Moments::Named((1..=40).map(|number| number * 10_000).collect());
        let calendar = Moments::Calendar(timing);
        let all = |count_max, age_ms_max| CatchUp::All { count_max, age_ms_max };
        for after_ms in [0, 9999, 10_000, 10_001, 25_000, 390_000] {
            assert_eq!(named.next_after(after_ms), calendar.next_after(after_ms));
            for until_ms in [0, 10_000, 25_000, 200_000, 400_000] {
                assert_eq!(named.count(after_ms, until_ms), calendar.count(after_ms, until_ms));
                let policies =
                    [CatchUp::None, CatchUp::Last, all(3, i64::MAX), all(100, 35_000), all(2, 30_000)];
                for policy in policies {
                    let found = named.catch_up(after_ms, until_ms, policy);
                    assert_eq!(found, calendar.catch_up(after_ms, until_ms, policy), "{after_ms} {until_ms}");
                }
            }
        }
        assert_eq!(Moments::Named(Vec::new()).next_after(0), None);
    }
}

//! The calendar's expression of a schedule, and what is wrong with one as a problem.

use crate::wire::problem::{Code, Problem};
use triad_calendar::{Fault, Rules, Timing};
use triad_event::schedules::{Fold, Gap, ScheduleSet};

/// When a schedule fires. What was recorded was read before, by a release that may have known another zone.
pub(super) fn timing_of(set: &ScheduleSet) -> Result<Timing, Problem> {
    let read = Timing::parse(&set.timing, Some(&set.zone), rules(set.gap, set.fold));
    read.map_err(|fault| Problem::new(Code::Internal, format!("its timing is not read any more: {fault}")))
}

pub(super) fn rules(gap: Gap, fold: Fold) -> Rules {
    let gap = match gap {
        Gap::Shift => triad_calendar::Gap::Shift,
        Gap::Skip => triad_calendar::Gap::Skip,
    };
    let fold = match fold {
        Fold::First => triad_calendar::Fold::First,
        Fold::Last => triad_calendar::Fold::Last,
    };
    Rules { gap, fold }
}

/// What is wrong with an expression or a zone, with its place.
pub(super) fn faulty(fault: &Fault) -> Problem {
    Problem::new(Code::InvalidSchedule, fault.to_string())
        .with("field", fault.field.to_string())
        .with("column", fault.column)
}

/// Nobody says when it fires.
pub(super) fn unsaid() -> Problem {
    let detail = "it is not said when it fires: give `at`, or `schedule` to a task of the definition";
    Problem::new(Code::InvalidSchedule, detail).with("field", "expression").with("column", 1)
}

/// Fires never, although nothing is wrong with it.
pub(super) fn vain() -> Problem {
    let detail = "no moment of the next hundred years is named: what its rules skip is all that there is";
    Problem::new(Code::InvalidSchedule, detail).with("field", "expression").with("column", 1)
}

//! What was found of a task once an attempt of it had ended, and what was done about a failure.

use triad_event::execution::{
    CheckCause, CheckFailed, CheckKind, Diagnosed, FailureClass, Findings, OutputKind, Verified,
};
use triad_event::healing::{Fix, FixApplied, FixGrounds, FixProposed, HealingEnded, NotHealed};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use super::task::Verdict;
use crate::fold::Moment;
use crate::row::{stored, vocabulary};
use crate::view::open_gates::by_calendar;

vocabulary! {
    CheckCause, CheckFailed, CheckKind, Diagnosed, FailureClass, Findings, Fix, FixGrounds, NotHealed, OutputKind, Verified,
}

/// Fixes of one task that are shown, the newest: the timeline has all.
const FIXES_SHOWN_MAX: usize = 16;

stored! {
    /// What was found of a task, and what was done about its failures.
    pub struct Healing {
        /// What was found when its last attempt ended; none of one of which nothing was.
        pub found: Option<Box<Findings>>,
        /// Fixes that were applied, the oldest first.
        pub applied: Vec<Applied>,
        /// The fix that was proposed last.
        pub proposed: Option<Box<Proposed>>,
        /// That nothing heals it, and why.
        pub ended: Option<Box<GivenUp>>,
    }
}

stored! {
    /// A fix that was applied.
    pub struct Applied {
        /// The number of the attempt that followed.
        pub attempt: u32,
        /// What was done.
        pub fix: Fix,
        /// What it follows from.
        pub grounds: FixGrounds,
        /// How long that attempt waited.
        pub delay: Micros,
        /// When.
        pub moment: Moment,
    }
}

stored! {
    /// A fix that a person decides on.
    pub struct Proposed {
        /// What would be done.
        pub fix: Fix,
        /// What it follows from.
        pub grounds: FixGrounds,
        /// When it is given up, by the calendar as it stood then.
        pub due: Micros,
        /// When it was proposed.
        pub moment: Moment,
        /// What somebody decided; none while it waits.
        pub verdict: Option<Verdict>,
    }
}

stored! {
    /// That nothing heals a task.
    pub struct GivenUp {
        /// Why it failed.
        pub class: FailureClass,
        /// Why nothing is done about it.
        pub why: NotHealed,
        /// When.
        pub moment: Moment,
    }
}

impl Healing {
    /// Of a task of which nothing was found.
    pub(super) fn nothing() -> Self {
        Self { found: None, applied: Vec::new(), proposed: None, ended: None }
    }

    pub(super) fn apply(&mut self, record: &Recorded<Event>, applied: &FixApplied) {
        let FixApplied { attempt, fix, grounds, delay, .. } = applied.clone();
        if self.applied.len() == FIXES_SHOWN_MAX {
            self.applied.remove(0);
        }
        self.applied.push(Applied { attempt, fix, grounds, delay, moment: Moment::of(record) });
    }

    pub(super) fn propose(&mut self, record: &Recorded<Event>, proposed: &FixProposed) {
        let FixProposed { fix, grounds, due, .. } = proposed.clone();
        let (due, moment) = (by_calendar(record, due), Moment::of(record));
        self.proposed = Some(Box::new(Proposed { fix, grounds, due, moment, verdict: None }));
    }

    pub(super) fn judge(&mut self, record: &Recorded<Event>, is_approval: bool, reason: &str) {
        let (principal, given) = (record.principal, Moment::of(record));
        let verdict = Verdict { principal, is_approval, reason: reason.to_owned(), given };
        if let Some(proposed) = &mut self.proposed {
            proposed.verdict = Some(verdict);
        }
    }

    pub(super) fn end(&mut self, record: &Recorded<Event>, ended: &HealingEnded) {
        self.ended =
            Some(Box::new(GivenUp { class: ended.class, why: ended.why, moment: Moment::of(record) }));
    }
}

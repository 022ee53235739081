//! Bugs that are planted on purpose, to see that they are found: mutations of this shell. They exist only with the
//! feature `planted`, which nothing but the tests turns on; without it every question below is answered while compiling.

use triad_event::execution::Event as ExecutionEvent;
use triad_event::prices::Event as PricesEvent;
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

/// In how many of its chances a bug strikes once that strikes now and then.
const STRIKES_EVERY: u64 = 40;

/// A mutation of the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Now and then an effect whose request became durable is forgotten.
    LostWakeup,
    /// Now and then the end of an attempt is recorded twice.
    DoubleOutcome,
    /// Effects start when their request is decided, not when it is durable.
    EffectBeforeDurability,
    /// What is asked after a commit has failed is answered at once, from a world that never became durable.
    AnswerAfterFailure,
    /// The row of a data subject is not told that an attempt brought content.
    OutputForgotten,
    /// Rows of data subjects take the time from the wall clock, which may step back.
    RowsByWallClock,
    /// Now and then what expressions came to is not decided on.
    VerdictForgotten,
    /// A task that waits for a price is recorded to do so beyond its last safe start.
    LastSafeStartIgnored,
    /// A run that is suspended is recorded to be so beyond its last safe start.
    SuspendedTooLong,
}

/// The bug of a shell, if it has one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Planted {
    bug: Option<Bug>,
    chances: u64,
    panics: bool,
}

impl Planted {
    /// A bug that has not struck yet.
    #[cfg(feature = "planted")]
    pub fn new(bug: Option<Bug>) -> Self {
        Self { bug, chances: 0, panics: false }
    }

    /// The core panics on the next input.
    #[cfg(feature = "planted")]
    pub fn panic_next(&mut self) {
        self.panics = true;
    }

    pub(crate) fn panic_if_planted(&mut self) {
        if cfg!(feature = "planted") && std::mem::take(&mut self.panics) {
            std::panic::resume_unwind(Box::new("planted"));
        }
    }

    pub(crate) fn is(&self, bug: Bug) -> bool {
        cfg!(feature = "planted") && self.bug == Some(bug)
    }

    /// Records otherwise than was decided, if that is the bug.
    pub(crate) fn spoil(&mut self, records: &mut [Recorded<Event>]) {
        if self.strikes(Bug::DoubleOutcome) {
            record_twice(records);
        }
        if self.is(Bug::LastSafeStartIgnored) {
            defer_too_long(records);
        }
        if self.is(Bug::SuspendedTooLong) {
            suspend_too_long(records);
        }
    }

    /// Whether that is the bug, and strikes now.
    pub(crate) fn strikes(&mut self, bug: Bug) -> bool {
        if !self.is(bug) {
            return false;
        }
        self.chances += 1;
        self.chances.is_multiple_of(STRIKES_EVERY)
    }
}

/// Tasks that are deferred wait an hour longer than their deadlines let them.
fn defer_too_long(records: &mut [Recorded<Event>]) {
    for record in records {
        if let Event::Prices(PricesEvent::TaskDeferred(deferred)) = &mut record.event {
            deferred.last_safe_start = deferred.last_safe_start.later(Micros(3_600_000_000));
        }
    }
}

/// Runs that are suspended stand still an hour longer than their deadlines let them.
fn suspend_too_long(records: &mut [Recorded<Event>]) {
    for record in records {
        if let Event::Prices(PricesEvent::RunSuspended(suspended)) = &mut record.event {
            suspended.last_safe_start = suspended.last_safe_start.later(Micros(3_600_000_000));
        }
    }
}

/// What should follow from the end of an attempt is recorded as that end again.
fn record_twice(records: &mut [Recorded<Event>]) {
    if let [first, second, ..] = records
        && matches!(first.event, Event::Execution(ExecutionEvent::AttemptEnded(_)))
    {
        second.event = first.event.clone();
    }
}

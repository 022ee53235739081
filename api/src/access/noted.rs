//! What this process has had recorded a moment ago.

use std::collections::BTreeSet;
use triad_event::ids::PrincipalId;

/// Microseconds in which a use of a right is recorded once.
const HOUR_US: i64 = 3_600_000_000;
/// Microseconds in which a refusal is.
const MINUTE_US: i64 = 60_000_000;
/// What is remembered of one span at most. The engine remembers as well: beyond it only a question is wasted.
const NOTED_MAX: usize = 20_000;

/// That somebody did something somewhere, under policies and credentials as they were at a record.
pub(super) type Use = (PrincipalId, &'static str, String, [u8; 32], u64);

/// What this process has had recorded a moment ago, so that the engine is not asked about every request.
#[derive(Default)]
pub(super) struct Noted {
    hour: i64,
    used: BTreeSet<Use>,
    minute: i64,
    refused: BTreeSet<(PrincipalId, &'static str, u8)>,
}

impl Noted {
    /// Whether a use is noted.
    pub(super) fn holds_use(&mut self, what: &Use, now: i64) -> bool {
        let hour = now.div_euclid(HOUR_US);
        if self.hour != hour || self.used.len() >= NOTED_MAX {
            self.used.clear();
        }
        self.hour = hour;
        self.used.contains(what)
    }

    pub(super) fn note_use(&mut self, what: Use) {
        self.used.insert(what);
    }

    /// Notes a refusal; says whether it was noted already.
    pub(super) fn notes_refusal(&mut self, what: (PrincipalId, &'static str, u8), now: i64) -> bool {
        let minute = now.div_euclid(MINUTE_US);
        if self.minute != minute || self.refused.len() >= NOTED_MAX {
            self.refused.clear();
        }
        self.minute = minute;
        !self.refused.insert(what)
    }
}

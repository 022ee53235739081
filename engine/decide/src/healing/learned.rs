//! How sure a rule is, with what came of its fixes.
//!
//! A rule states how sure it is by itself. That counts like [`PRIOR`] fixes, of which that share was followed by success: the
//! mean of a beta distribution with that many observations before the first (Laplace's rule of succession with another prior).
//! So a rule that is wrong stops by itself, after few fixes, whatever it says of itself; and one that was unlucky once goes on.
//!
//! It is kept for each tenant, so that nobody's failures count for others, and each day that passes without another outcome
//! halves what is counted: a service that was gone for a while is waited for again.

use triad_event::healing::FixKind;
use triad_event::quantity::Micros;

use crate::image::structs;

/// For how many fixes the rule's own word counts.
pub(crate) const PRIOR: u64 = 4;

/// Rules of which is kept what came of their fixes, by tenants and kinds of fixes. What came of others is not kept.
pub(crate) const LEARNED_MAX: usize = 8192;

/// After that long, half of what was counted counts.
const HALF_LIFE: Micros = Micros(86_400_000_000);

/// A tenant, a rule and a kind of fix.
pub(crate) type Of = (String, (String, FixKind));

structs! { Learned { succeeded, failed, at } }

/// What came of the fixes of a kind that followed from a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learned {
    /// Those after which the task succeeded.
    pub succeeded: u32,
    /// Those after which it failed again.
    pub failed: u32,
    /// When the last of them was counted, in the time that has passed for the log.
    pub(crate) at: Micros,
}

impl Learned {
    /// What counts of it at a moment.
    pub(crate) fn as_of(self, now: Micros) -> Self {
        let days = u32::try_from(now.0.saturating_sub(self.at.0) / HALF_LIFE.0).unwrap_or(0);
        let halved = |count: u32| count.checked_shr(days).unwrap_or(0);
        Self { succeeded: halved(self.succeeded), failed: halved(self.failed), ..self }
    }

    /// How sure the rule is, per mille, rounded down; its own word when nothing came of it yet.
    pub(crate) fn confidence_pm(self, stated_pm: u32) -> u32 {
        let (succeeded, failed) = (u64::from(self.succeeded), u64::from(self.failed));
        let weighed = u64::from(stated_pm) * PRIOR + 1_000 * succeeded;
        u32::try_from(weighed / (PRIOR + succeeded + failed)).expect("invariant: a mean of shares is a share")
    }

    pub(crate) fn add(&mut self, has_succeeded: bool, now: Micros) {
        *self = Self { at: now, ..self.as_of(now) };
        let count = if has_succeeded { &mut self.succeeded } else { &mut self.failed };
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_of_fixes_moves_the_word_of_a_rule() {
        for (stated, succeeded, failed, sure) in [
            (900, 0, 0, 900),
            (900, 1, 0, 920),
            (900, 0, 1, 720),
            (900, 0, 3, 514),
            (900, 96, 0, 996),
            (500, 100, 100, 500),
            (0, 0, 0, 0),
            (1_000, u32::MAX, 0, 1_000),
        ] {
            let learned = Learned { succeeded, failed, at: Micros(0) };
            assert_eq!(learned.confidence_pm(stated), sure, "{stated} {succeeded} {failed}");
        }
    }

    #[test]
    fn each_day_without_an_outcome_halves_what_is_counted() {
        let learned = Learned { succeeded: 5, failed: 8, at: Micros(7) };
        for (days, expected) in [(0, (5, 8)), (1, (2, 4)), (3, (0, 1)), (4, (0, 0)), (40_000, (0, 0))] {
            let Learned { succeeded, failed, .. } = learned.as_of(Micros(7 + days * HALF_LIFE.0));
            assert_eq!((succeeded, failed), expected, "{days}");
        }
        let mut learned = learned;
        learned.add(false, Micros(7 + HALF_LIFE.0));
        assert_eq!((learned.succeeded, learned.failed), (2, 5));
    }
}

//! How sure a rule is, with what came of its fixes.
//!
//! A rule states how sure it is by itself. That counts like [`PRIOR`] fixes, of which that share was followed by success: the
//! mean of a
//! beta distribution with that many observations before the first (Laplace's rule of succession with another prior). So a rule
//! that is
//! wrong stops by itself, after few fixes, whatever it says of itself; and one that was unlucky once goes on.

use triad_event::healing::FixKind;

use crate::image::structs;

/// For how many fixes the rule's own word counts.
pub(crate) const PRIOR: u64 = 4;

/// Rules of which is kept what came of their fixes, by kinds of fixes: more than an operator and the built-in ones have together.
/// What came of others is not kept.
pub(crate) const LEARNED_MAX: usize = 8192;

/// A rule and a kind of fix.
pub(crate) type Of = (String, FixKind);

structs! { Learned { succeeded, failed } }

/// What came of the fixes of a kind that followed from a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Learned {
    /// Those after which the task succeeded.
    pub succeeded: u32,
    /// Those after which it failed again.
    pub failed: u32,
}

impl Learned {
    /// How sure the rule is, per mille, rounded down; its own word when nothing came of it yet.
    pub fn confidence_pm(self, stated_pm: u32) -> u32 {
        let (succeeded, failed) = (u64::from(self.succeeded), u64::from(self.failed));
        let weighed = u64::from(stated_pm) * PRIOR + 1_000 * succeeded;
        u32::try_from(weighed / (PRIOR + succeeded + failed)).expect("invariant: a mean of shares is a share")
    }

    pub(crate) fn add(&mut self, has_succeeded: bool) {
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
            assert_eq!(
                Learned { succeeded, failed }.confidence_pm(stated),
                sure,
                "{stated} {succeeded} {failed}"
            );
        }
    }
}

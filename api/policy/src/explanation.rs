//! Why something may be done or not, for people.

use crate::asked::Asked;
use crate::change::Change;
use crate::policies::Policies;
use crate::policy::{Effect, Policy};
use crate::trial;
use crate::verdict::Verdict;

/// Why something may be done, or what stands against it and what would make it allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The verdict that is explained.
    pub verdict: Verdict,
    /// The policies by which it is allowed.
    pub because: Vec<Policy>,
    /// The policies that forbid it. None of them and a refusal mean that nothing permits it.
    pub against: Vec<Policy>,
    /// For a refusal, what would make it allowed. Each was tried: all its changes together lead to a verdict
    /// that allows, and fewer changes, of those that are known, do not.
    pub remedies: Vec<Vec<Change>>,
    /// Every choice of as many changes was tried, or of up to three where none is listed. Otherwise others
    /// may be missing.
    pub complete: bool,
}

impl Explanation {
    pub(crate) fn new(policies: &Policies, asked: &Asked<'_>) -> Self {
        let verdict = policies.evaluate(asked);
        let decided = |effect: Effect| {
            let named = policies.named(&verdict.policies).filter(move |policy| policy.effect == effect);
            named.cloned().collect()
        };
        let (because, against) = (decided(Effect::Permit), decided(Effect::Forbid));
        let (remedies, complete) =
            if verdict.allowed { (Vec::new(), true) } else { trial::remedies(policies, asked) };
        Self { because, against, remedies, complete, verdict }
    }
}

impl Policies {
    /// Why it may be done, or what stands against it and what would make it allowed. This decides again for
    /// every change that it tries, so it is for people who ask, not for each request.
    pub fn explain(&self, asked: &Asked<'_>) -> Explanation {
        Explanation::new(self, asked)
    }
}

//! The verdict about one thing that was asked.

use crate::index::Answer;
use crate::model::Unasked;
use cedar_policy::{Decision, PolicyId};
use std::collections::BTreeSet;

/// Whether it may be done, and by which policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// It may be done.
    pub allowed: bool,
    /// The ids of the policies that decided, sorted: those that forbid, or if none does, those that permit. A
    /// refusal without any means that nothing permits it.
    pub policies: Vec<String>,
    /// Why nothing could be decided, or which policies could not be evaluated. Such a policy permits nothing,
    /// or forbids.
    pub errors: Vec<String>,
}

impl Verdict {
    /// Cedar skips a policy that it cannot evaluate, one that forbids too. Here such a policy forbids: what
    /// could not be looked at stands against it, not for it.
    pub(crate) fn new(answer: Answer, forbids: impl Fn(&PolicyId) -> bool) -> Self {
        let Answer { decision, reasons, errors } = answer;
        let unevaluated: BTreeSet<PolicyId> =
            errors.keys().filter(|policy| forbids(policy)).cloned().collect();
        let allowed = decision == Decision::Allow && unevaluated.is_empty();
        let mut policies = unevaluated;
        if allowed || decision == Decision::Deny {
            policies.extend(reasons);
        }
        let errors = errors.into_iter();
        Self {
            allowed,
            policies: policies.iter().map(ToString::to_string).collect(),
            errors: errors.map(|(policy, message)| format!("policy {policy}: {message}")).collect(),
        }
    }
}

impl From<Unasked> for Verdict {
    fn from(unasked: Unasked) -> Self {
        Self { allowed: false, policies: Vec::new(), errors: vec![unasked.to_string()] }
    }
}

//! Whoever was not let in: why, and what they are told.

use crate::wire::problem::{Code, Problem};
use triad_event::access::Cause;
use triad_event::ids::PrincipalId;

/// What is said to whoever shows what does not count. It is the same whether there is no such credential, its secret is
/// another one, or a signature is wrong.
const NOT_ACCEPTED: &str = "what was shown is no credential that counts";

/// Why somebody was not let in: what is recorded, and what they are told.
pub(crate) struct Turned {
    pub(crate) cause: Cause,
    /// Who they are, where that is known.
    pub(crate) principal: Option<PrincipalId>,
    /// The policies that stand against it.
    pub(crate) policies: Vec<String>,
    pub(crate) problem: Box<Problem>,
}

pub(super) fn not_accepted() -> Turned {
    turned(Cause::NotAccepted, None, Problem::new(Code::NotIdentified, NOT_ACCEPTED))
}

pub(super) fn ended(cause: Cause, principal: PrincipalId, why: &str) -> Turned {
    turned(cause, Some(principal), Problem::new(Code::NotIdentified, why))
}

pub(super) fn turned(cause: Cause, principal: Option<PrincipalId>, problem: Problem) -> Turned {
    Turned { cause, principal, policies: Vec::new(), problem: Box::new(problem) }
}

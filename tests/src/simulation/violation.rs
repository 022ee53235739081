//! What a simulation finds: an invariant that does not hold.

use std::fmt;

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The name of the function that found it.
    pub invariant: &'static str,
    /// What was found.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

impl std::error::Error for Violation {}

/// What an invariant says. Boxed, because it is nearly always empty and looked at for every record.
pub type Verdict = Result<(), Box<Violation>>;

/// Holds, or says what was found.
pub(crate) fn hold(invariant: &'static str, holds: bool, what: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(broken(invariant, what())) }
}

/// Does not hold.
pub(crate) fn broken(invariant: &'static str, what: String) -> Box<Violation> {
    Box::new(Violation { invariant, what })
}

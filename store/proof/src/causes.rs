//! Errors in words, for people who read them in a line.

use std::error::Error;
use std::iter::{once, successors};

/// An error and its causes, outermost first.
pub fn causes(error: &dyn Error) -> impl Iterator<Item = String> {
    let causes = successors(error.source(), |cause| (*cause).source());
    once(error.to_string()).chain(causes.map(ToString::to_string))
}

/// An error and its causes as one line.
pub fn with_causes(error: &dyn Error) -> String {
    causes(error).collect::<Vec<_>>().join(": ")
}

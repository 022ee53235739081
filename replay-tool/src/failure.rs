//! Why the tool says no.

use std::path::Path;

/// Why the tool says no, by exit code.
pub(crate) enum Failure {
    Refused(String),
    Usage(String),
    Machine(String),
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Machine(format!("{} cannot be read: {error}", path.display()))
}

//! The monotonic clock, for intervals of this process. Nothing of it reaches a record.

use std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "the one place of the log that reads a clock")]
pub(crate) fn monotonic() -> Instant {
    Instant::now()
}

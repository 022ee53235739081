//! The answer leaves the process.

use crate::question::{Answer, Unanswered};
use std::io::{self, BufWriter, Write};

/// Fails when nobody reads.
pub(super) fn write(answer: &Result<Answer, Unanswered>) -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    serde_json::to_writer(&mut output, answer)?;
    output.flush()
}

//! Printing: the result to standard output, where it must arrive, and everything else to standard error, where it may.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use triad_event::plain::{escaped_json, escaped_lines};

/// A result that nobody reads any more; as a shell shows it of programs that SIGPIPE ends.
const UNREAD: u8 = 141;

/// Prints the result. A result that cannot be written is a failure of the machine.
pub(crate) fn print(text: &str, is_json: bool) -> ExitCode {
    let line = if is_json { escaped_json(text).to_string() } else { escaped_lines(text).to_string() };
    let mut out = io::stdout().lock();
    exit_code(writeln!(out, "{line}").and_then(|()| out.flush()))
}

/// What it means that the result was written, or was not.
pub(crate) fn exit_code(written: io::Result<()>) -> ExitCode {
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::from(UNREAD),
        Err(error) => {
            say(&format!("error: the result could not be written to standard output: {error}"));
            ExitCode::from(3)
        }
    }
}

/// Says something that is not the result, to whoever reads it.
pub(crate) fn say(text: &str) {
    let _nobody_reads = writeln!(io::stderr(), "{}", escaped_lines(text)).is_err();
}

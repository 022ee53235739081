//! Verifying in a process of its own, which is ended when it takes too much.

use crate::frame;
use crate::limits::{ADDRESSES_BYTES_MAX, ANSWER_BYTES_MAX, PROCESSOR_SECONDS_MAX};
use crate::subject::Subject;
use crate::verdict::Verdict;
use crate::written::Verification;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use triad_apart::{Bounds, Ended};

/// The first argument of a process that verifies.
pub const VERB: &str = "verify-output";

/// Has a process verify: `program` with [`VERB`] as its only argument, without an environment. It is ended when the deadline has
/// passed, and in every case it is gone when this returns. Waits, so it is for a thread that may wait. Where nothing looks into
/// the output, because no check does or because there is too much of it, no process is started.
///
/// Fails when the process could not be started, was ended by somebody else, or the machine had no time for it. That says nothing
/// of the output, and may pass.
pub fn ask(
    program: &Path,
    verification: &Verification,
    subject: &Subject<'_>,
    deadline: Duration,
) -> io::Result<Verdict> {
    if !verification.looks_into_output() || subject.output().is_err() {
        return Ok(verification.carry_out(subject));
    }
    let checks = verification.checks_count();
    let question = frame::encode(verification, subject)?;
    let Some(said) = triad_apart::ask(program, VERB, question, ANSWER_BYTES_MAX, deadline)? else {
        // Its processor time is bounded within this, so it was the machine that had none for it.
        let late = format!("the machine had no time to verify within {} ms", deadline.as_millis());
        return Err(io::Error::new(io::ErrorKind::TimedOut, late));
    };
    match serde_json::from_slice::<Verdict>(&said.bytes) {
        Ok(verdict) if verdict.checks() == checks => Ok(verdict),
        Ok(_) | Err(_) => without_verdict(checks, said.ended),
    }
}

/// What the end of a process says that has given no verdict.
fn without_verdict(checks: u32, ended: Ended) -> io::Result<Verdict> {
    match ended {
        Ended::ByTime => Ok(Verdict::too_much(checks, "verifying took too much processor time")),
        Ended::ByMemory => Ok(Verdict::too_much(checks, "verifying took too much memory, or went too deep")),
        // Somebody else waited for it.
        Ended::Unseen => Ok(Verdict::too_much(checks, "verifying took too much time or memory")),
        Ended::Otherwise(how) => Err(io::Error::other(format!("the process that verifies ended {how}"))),
    }
}

/// Verifies once, from standard input to standard output, if these arguments say so; none else. The process is limited by then,
/// for ever.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let bounds =
        Bounds { processor_seconds_max: PROCESSOR_SECONDS_MAX, addresses_bytes_max: ADDRESSES_BYTES_MAX };
    triad_apart::run(VERB, bounds, arguments, serve)
}

/// Reads one question to its end and writes the verdict. Sets no limits: [`run`] does.
pub fn serve(from: impl Read, mut to: impl Write) -> io::Result<()> {
    let asked = frame::decode(from)?;
    // What a check cannot cope with, it copes with no better next time.
    let verdict = catch_unwind(AssertUnwindSafe(|| asked.verification.carry_out(&asked.subject())))
        .unwrap_or_else(|_| Verdict::too_much(asked.verification.checks_count(), "a check failed on it"));
    to.write_all(&serde_json::to_vec(&verdict)?)?;
    to.flush()
}

//! Evaluation in a process of its own, which is ended when it takes too much.
//!
//! CEL counts no steps: what an expression takes depends on values, and a loop of the evaluator cannot be stopped from within
//! its process.

use crate::limits::{
    ADDRESSES_BYTES_MAX, ANSWER_BYTES_MAX, PROCESSOR_SECONDS_MAX, QUESTION_BYTES_MAX, VALUE_DEPTH_MAX,
};
use crate::question::{Answer, ListOf, Question, Unanswered};
use crate::{answer, value};
use std::ffi::OsString;
use std::io::{self, BufWriter, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use triad_apart::{Bounds, Ended};

/// The first argument of a process that evaluates.
pub const VERB: &str = "evaluate";

/// Why [`ask`] has no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// There is none for this question.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// The process could not be started, or was ended by somebody else. This says nothing of the question, and may pass.
    #[error("an evaluation could not be carried out: {0}")]
    Io(#[from] io::Error),
}

/// Asks a process: `program` with [`VERB`] as its only argument, without an environment. It is ended when the deadline has
/// passed, and in every case it is gone when this returns. Waits, so it is for a thread that may wait. A list that is written
/// out, without a condition, needs no process and starts none.
pub fn ask(program: &Path, question: &Question, deadline: Duration) -> Result<Answer, NoAnswer> {
    let literals = match &question.list {
        Some(ListOf::Literal(list)) if question.condition.is_none() => {
            return Ok(value::literal_list(list).map(Answer::List)?);
        }
        Some(ListOf::Literal(list)) => Some(list),
        Some(ListOf::Expression(_)) | None => None,
    };
    // The other side reads no more.
    if !literals.into_iter().chain([&question.inputs]).all(|json| value::within_depth(json, VALUE_DEPTH_MAX))
    {
        return Err(value::too_deep().into());
    }
    let asked = serde_json::to_vec(question).map_err(io::Error::from)?;
    if asked.len() > QUESTION_BYTES_MAX {
        let message = format!("what the expression names is more than {QUESTION_BYTES_MAX} bytes");
        return Err(Unanswered::TooMuch(message).into());
    }
    let Some(said) = triad_apart::ask(program, VERB, asked, ANSWER_BYTES_MAX, deadline)? else {
        // Its processor time is bounded within this, so it was the machine that had none for it.
        let late = format!("the machine had no time for it within {} ms", deadline.as_millis());
        return Err(io::Error::new(io::ErrorKind::TimedOut, late).into());
    };
    match serde_json::from_slice::<Result<Answer, Unanswered>>(&said.bytes) {
        Ok(answer) => Ok(answer?),
        Err(_) if said.bytes.len() > ANSWER_BYTES_MAX => {
            Err(Unanswered::TooMuch("the answer is too long".to_owned()).into())
        }
        Err(_) => Err(without_answer(said.ended)),
    }
}

/// What the end of a process says that has not answered.
fn without_answer(ended: Ended) -> NoAnswer {
    let too_much = |what: &str| NoAnswer::Unanswered(Unanswered::TooMuch(what.to_owned()));
    match ended {
        Ended::ByTime => too_much("it took too much processor time"),
        Ended::ByMemory => too_much("it took too much memory, or went too deep"),
        // Somebody else waited for it.
        Ended::Unseen => too_much("it took too much time or memory"),
        Ended::Otherwise(how) => NoAnswer::Io(io::Error::other(format!("the evaluator ended {how}"))),
    }
}

/// Answers one question from standard input, if these arguments say so; none else. The process is limited by then, for ever.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let bounds =
        Bounds { processor_seconds_max: PROCESSOR_SECONDS_MAX, addresses_bytes_max: ADDRESSES_BYTES_MAX };
    triad_apart::run(VERB, bounds, arguments, respond)
}

fn respond(from: impl Read, to: impl Write) -> io::Result<()> {
    let mut asked = Vec::new();
    let limit = QUESTION_BYTES_MAX as u64 + 1;
    let read = from.take(limit).read_to_end(&mut asked);
    let answer = match read {
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            Err(Unanswered::TooMuch("the question needs too much memory".to_owned()))
        }
        Err(error) => return Err(error),
        Ok(_) => {
            let question: Question = serde_json::from_slice(&asked)?;
            drop(asked);
            // What the evaluator cannot cope with, it copes with no better next time.
            catch_unwind(AssertUnwindSafe(|| answer(&question)))
                .unwrap_or_else(|_| Err(Unanswered::NoValue("the evaluator failed on it".to_owned())))
        }
    };
    let mut output = BufWriter::new(to);
    serde_json::to_writer(&mut output, &answer)?;
    output.flush()
}

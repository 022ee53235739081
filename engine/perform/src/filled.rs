//! Puts the outputs of other tasks where an input names them.
//!
//! A value becomes one argument or one variable as a whole, whatever stands in it; no shell ever sees it.

use serde_json::Value;
use std::collections::BTreeMap;
use triad_decide::Taken;
use triad_decide::intake::template::{Piece, Step, pieces, steps};
use triad_decide::limits::COMMAND_BYTES_MAX;
use triad_event::sealed::{EnvVariable, Process};
use triad_vault::Plaintext;

/// Why the output of another task cannot be put where an input names it. Never is a text without it used in its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("task {task:?} left no output")]
    NoOutput { task: String },
    #[error("the output of task {task:?} is longer than what was kept of it")]
    Cut { task: String },
    #[error("the output of task {task:?} is no text: it is not UTF-8, or holds a byte of value zero")]
    NoText { task: String },
    #[error("the output of task {task:?} is no JSON: {why}")]
    NoJson { task: String, why: String },
    #[error("the output of task {task:?} has no {path:?}: there is nothing at {step:?}")]
    NoField { task: String, path: String, step: String },
    #[error("with the outputs of other tasks in them, {what} have more than {COMMAND_BYTES_MAX} bytes")]
    TooLong { what: &'static str },
}

/// The outputs that an input takes, opened.
pub(crate) struct Outputs(BTreeMap<String, Opened>);

enum Opened {
    Nothing,
    /// There was more than is kept.
    Cut,
    Whole(Plaintext),
}

impl Outputs {
    /// `open` is given each output that there is.
    pub(crate) fn open<E>(
        takes: &[Taken],
        open: impl Fn(&triad_decide::dag::Output) -> Result<Plaintext, E>,
    ) -> Result<Self, E> {
        let one = |taken: &Taken| {
            let opened = match &taken.output {
                None => Opened::Nothing,
                Some(output) if output.is_cut => Opened::Cut,
                Some(output) => Opened::Whole(open(output)?),
            };
            Ok((taken.id.clone(), opened))
        };
        Ok(Self(takes.iter().map(one).collect::<Result<_, E>>()?))
    }

    /// The process with every template filled in.
    pub(crate) fn fill(&self, process: Process) -> Result<Process, Unusable> {
        if self.0.is_empty() {
            return Ok(process);
        }
        let Process { command, env, directory } = process;
        let command: Vec<String> = command.iter().map(|text| self.text(text)).collect::<Result<_, _>>()?;
        let variable = |one: EnvVariable| Ok(EnvVariable { value: self.text(&one.value)?, ..one });
        let env: Vec<EnvVariable> = env.into_iter().map(variable).collect::<Result<_, Unusable>>()?;
        if command.iter().map(|argument| argument.len() + 1).sum::<usize>() > COMMAND_BYTES_MAX {
            return Err(Unusable::TooLong { what: "program and arguments" });
        }
        if env.iter().map(|one| one.name.len() + one.value.len() + 2).sum::<usize>() > COMMAND_BYTES_MAX {
            return Err(Unusable::TooLong { what: "environment variables" });
        }
        Ok(Process { command, env, directory })
    }

    fn text(&self, text: &str) -> Result<String, Unusable> {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text, |id| self.0.contains_key(id)) {
            match piece {
                Piece::Literal(text) => filled.push_str(text),
                Piece::Output { task, path } => filled.push_str(&self.value(task, path)?),
            }
        }
        Ok(filled)
    }

    /// All of an output as text without the line ends at its end, or what a path leads to in it: text as it is, anything else as
    /// JSON.
    fn value(&self, task: &str, path: &str) -> Result<String, Unusable> {
        let of = || task.to_owned();
        let bytes = match self.0.get(task) {
            Some(Opened::Whole(bytes)) => bytes,
            Some(Opened::Cut) => return Err(Unusable::Cut { task: of() }),
            Some(Opened::Nothing) | None => return Err(Unusable::NoOutput { task: of() }),
        };
        let whole = std::str::from_utf8(bytes).map_err(|_| Unusable::NoText { task: of() })?;
        let value = match path {
            "" => whole.trim_end_matches(['\n', '\r']).to_owned(),
            _ => at(task, whole, path)?,
        };
        if value.contains('\0') { Err(Unusable::NoText { task: of() }) } else { Ok(value) }
    }
}

fn at(task: &str, whole: &str, path: &str) -> Result<String, Unusable> {
    let no_json =
        |error: serde_json::Error| Unusable::NoJson { task: task.to_owned(), why: error.to_string() };
    let document: Value = serde_json::from_str(whole).map_err(no_json)?;
    let mut found = &document;
    for step in steps(path) {
        let (next, shown) = match step {
            Step::Member(name) => (found.get(name), name.to_owned()),
            Step::Position(place) => (found.get(place), format!("[{place}]")),
        };
        let missing = || Unusable::NoField { task: task.to_owned(), path: path.to_owned(), step: shown };
        found = next.ok_or_else(missing)?;
    }
    Ok(found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

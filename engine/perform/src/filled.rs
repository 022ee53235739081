//! Puts the outputs of other tasks, and the entry of a list that a task is run for, where an input names them.
//!
//! A value becomes one argument, one variable, or a part of standard input as a whole, whatever stands in it; no shell ever
//! sees it.

use serde_json::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use triad_decide::dag::Output;
use triad_decide::intake::template::{Piece, Step, pieces, steps};
use triad_decide::limits::{COMMAND_BYTES_MAX, STDIN_FILLED_BYTES_MAX};
use triad_decide::{Given, Taken};
use triad_event::sealed::{EnvVariable, Process};
use triad_vault::Plaintext;

/// Why the output of another task cannot be put where an input names it. Never is a text without it used in its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    #[error("task {task:?} left no output")]
    NoOutput { task: String },
    #[error("part {number} of task {task:?} left no output")]
    NoPart { task: String, number: usize },
    #[error("the output of task {task:?} is longer than what was kept of it")]
    Cut { task: String },
    #[error("the output of task {task:?} is no text: it is not UTF-8, or holds a byte of value zero")]
    NoText { task: String },
    #[error("the output of task {task:?} is no JSON: {why}")]
    NoJson { task: String, why: String },
    #[error("the output of task {task:?} has no {path:?}: there is nothing at {step:?}")]
    NoField { task: String, path: String, step: String },
    #[error("the entry has no {path:?}: there is nothing at {step:?}")]
    NoFieldOfEntry { path: String, step: String },
    #[error("the entry holds a byte of value zero, which no argument can")]
    EntryZero,
    #[error("the outputs of other tasks that it takes have more than {max} bytes in all")]
    TooMuch { max: u64 },
    #[error("with the outputs of other tasks in them, {what} have more than {max} bytes")]
    TooLong { what: &'static str, max: usize },
}

/// Outputs that one task takes, in all: they are in memory at once.
pub(crate) const TAKEN_BYTES_MAX: u64 = 64 << 20;

/// The length of all outputs that are taken, as their records say.
pub(crate) fn taken_bytes(takes: &[Taken]) -> u64 {
    let length = |output: &Option<Output>| output.as_ref().map_or(0, |output| output.content.length.0);
    let lengths = takes.iter().map(|taken| match &taken.given {
        Given::One(output) => length(output),
        Given::List(outputs) => outputs.iter().map(length).sum(),
    });
    lengths.fold(0, u64::saturating_add)
}

/// What an input takes, opened.
pub(crate) struct Outputs {
    taken: BTreeMap<String, Opened>,
    entry: Option<OpenedEntry>,
}

/// The entry that a task is run for.
pub(crate) struct OpenedEntry {
    pub(crate) value: Value,
    pub(crate) number: u32,
}

struct Opened {
    parts: Parts,
    /// As JSON: read when the first template has a path, and once.
    json: OnceCell<Value>,
}

enum Parts {
    One(Part),
    /// Those of the parts of a task, in their order.
    List(Vec<Part>),
}

enum Part {
    Nothing,
    /// There was more than is kept.
    Cut,
    Whole(Plaintext),
}

impl Outputs {
    /// `open` is given each output that there is.
    pub(crate) fn open<E>(
        takes: &[Taken],
        entry: Option<OpenedEntry>,
        open: impl Fn(&Output) -> Result<Plaintext, E>,
    ) -> Result<Self, E> {
        let part = |output: &Option<Output>| {
            Ok(match output {
                None => Part::Nothing,
                Some(output) if output.is_cut => Part::Cut,
                Some(output) => Part::Whole(open(output)?),
            })
        };
        let one = |taken: &Taken| {
            let parts = match &taken.given {
                Given::One(output) => Parts::One(part(output)?),
                Given::List(outputs) => Parts::List(outputs.iter().map(part).collect::<Result<_, E>>()?),
            };
            Ok((taken.id.clone(), Opened { parts, json: OnceCell::new() }))
        };
        Ok(Self { taken: takes.iter().map(one).collect::<Result<_, E>>()?, entry })
    }

    /// The process with every template filled in.
    pub(crate) fn fill(&self, process: Process) -> Result<Process, Unusable> {
        if self.taken.is_empty() && self.entry.is_none() {
            return Ok(process);
        }
        let Process { command, env, directory, stdin, verify } = process;
        let argument = |text: &String| self.text(text, Place::Argument);
        let command: Vec<String> = command.iter().map(argument).collect::<Result<_, _>>()?;
        let variable =
            |one: EnvVariable| Ok(EnvVariable { value: self.text(&one.value, Place::Argument)?, ..one });
        let env: Vec<EnvVariable> = env.into_iter().map(variable).collect::<Result<_, Unusable>>()?;
        let stdin = stdin.map(|text| self.text(&text, Place::Stdin)).transpose()?;
        let sizes = [
            ("program and arguments", command.iter().map(|one| one.len() + 1).sum(), COMMAND_BYTES_MAX),
            (
                "environment variables",
                env.iter().map(|one| one.name.len() + one.value.len() + 2).sum::<usize>(),
                COMMAND_BYTES_MAX,
            ),
            ("the bytes of standard input", stdin.as_ref().map_or(0, String::len), STDIN_FILLED_BYTES_MAX),
        ];
        match sizes.into_iter().find(|(_, bytes, max)| bytes > max) {
            Some((what, _, max)) => Err(Unusable::TooLong { what, max }),
            None => Ok(Process { command, env, directory, stdin, verify }),
        }
    }

    fn text(&self, text: &str, place: Place) -> Result<String, Unusable> {
        let is_known = |piece: &Piece<'_>| match piece {
            Piece::Output { task, .. } => self.taken.contains_key(*task),
            Piece::Item { .. } | Piece::Index => self.entry.is_some(),
            // Those were put in when the workflow was submitted.
            Piece::Input { .. } | Piece::Literal(_) => false,
        };
        let mut filled = String::with_capacity(text.len());
        let max = match place {
            Place::Argument => COMMAND_BYTES_MAX,
            Place::Stdin => STDIN_FILLED_BYTES_MAX,
        };
        for piece in pieces(text, is_known) {
            if filled.len() > max {
                return Err(Unusable::TooLong { what: "texts", max });
            }
            match (piece, &self.entry) {
                (Piece::Literal(text), _) => filled.push_str(text),
                (Piece::Output { task, path }, _) => filled.push_str(&self.value(task, path, place)?),
                (Piece::Item { path }, Some(entry)) => filled.push_str(&of_entry(entry, path, place)?),
                (Piece::Index, Some(entry)) => filled.push_str(&entry.number.to_string()),
                (Piece::Item { .. } | Piece::Index | Piece::Input { .. }, _) => {
                    unreachable!("invariant: only known templates are pieces")
                }
            }
        }
        Ok(filled)
    }

    /// All of an output as text without the line ends at its end, or what a path leads to in it: text as it is, anything else as
    /// JSON.
    fn value(&self, task: &str, path: &str, place: Place) -> Result<String, Unusable> {
        let of = || task.to_owned();
        let opened = self.taken.get(task).ok_or_else(|| Unusable::NoOutput { task: of() })?;
        let value = match &opened.parts {
            Parts::One(part) if path.is_empty() => whole(task, part)?.to_owned(),
            Parts::One(part) => {
                let no_json =
                    |error: serde_json::Error| Unusable::NoJson { task: of(), why: error.to_string() };
                let read = || serde_json::from_str(whole(task, part)?).map_err(no_json);
                at(task, read_once(&opened.json, read)?, path)?
            }
            Parts::List(parts) => {
                if let Some(Step::Position(number)) = steps(path).next()
                    && let Some(Part::Nothing) = parts.get(number)
                {
                    return Err(Unusable::NoPart { task: of(), number });
                }
                at(task, read_once(&opened.json, || listed(task, parts))?, path)?
            }
        };
        if place == Place::Argument && value.contains('\0') {
            Err(Unusable::NoText { task: of() })
        } else {
            Ok(value)
        }
    }
}

/// Where a value is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Into an argument or a variable, which a byte of value zero would end.
    Argument,
    /// Into standard input.
    Stdin,
}

/// All of an output as text, without the line ends at its end.
fn whole<'a>(task: &str, part: &'a Part) -> Result<&'a str, Unusable> {
    let of = || task.to_owned();
    match part {
        Part::Whole(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.trim_end_matches(['\n', '\r'])),
            Err(_) => Err(Unusable::NoText { task: of() }),
        },
        Part::Cut => Err(Unusable::Cut { task: of() }),
        Part::Nothing => Err(Unusable::NoOutput { task: of() }),
    }
}

/// What was read before, or is read now.
fn read_once(
    read: &OnceCell<Value>,
    now: impl FnOnce() -> Result<Value, Unusable>,
) -> Result<&Value, Unusable> {
    match read.get() {
        Some(value) => Ok(value),
        None => now().map(|value| read.get_or_init(|| value)),
    }
}

/// The outputs of parts as one list: what is JSON as that, anything else as text, and null for a part that left none.
fn listed(task: &str, parts: &[Part]) -> Result<Value, Unusable> {
    let entry = |part: &Part| match part {
        Part::Nothing => Ok(Value::Null),
        Part::Cut | Part::Whole(_) => Ok(json_or_text(whole(task, part)?)),
    };
    parts.iter().map(entry).collect::<Result<_, _>>().map(Value::Array)
}

/// What a text says as JSON; the text itself where it is none.
pub(crate) fn json_or_text(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

fn at(task: &str, document: &Value, path: &str) -> Result<String, Unusable> {
    let missing = |step| Unusable::NoField { task: task.to_owned(), path: path.to_owned(), step };
    follow(document, path).map(shown).map_err(missing)
}

fn of_entry(entry: &OpenedEntry, path: &str, place: Place) -> Result<String, Unusable> {
    let missing = |step| Unusable::NoFieldOfEntry { path: path.to_owned(), step };
    let value = shown(follow(&entry.value, path).map_err(missing)?);
    if place == Place::Argument && value.contains('\0') { Err(Unusable::EntryZero) } else { Ok(value) }
}

/// What a path leads to, or the step at which there is nothing.
fn follow<'a>(document: &'a Value, path: &str) -> Result<&'a Value, String> {
    let mut found = document;
    for step in steps(path) {
        let (next, shown) = match step {
            Step::Member(name) => (found.get(name), name.to_owned()),
            Step::Position(place) => (found.get(place), format!("[{place}]")),
        };
        found = next.ok_or(shown)?;
    }
    Ok(found)
}

/// Text as it is, anything else as JSON.
pub(crate) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

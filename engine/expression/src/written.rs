//! An expression as it was written: read, and refused at the door for whatever can be known before there are values.

use crate::kind::{self, Kind};
use crate::names::{self, Used};
use crate::shape;
use cel::parser::pratt_parser::PrattParser;
use cel::parser::{Expression, ParseError};
use std::collections::BTreeSet;
use std::fmt;

/// What an expression is to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wants {
    /// True or false, for a condition.
    Truth,
    /// A list, for what is done for each of its entries.
    List,
}

/// The names that an expression may use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Ids of the declared dependencies of its task.
    pub tasks: BTreeSet<String>,
    /// Declared inputs of its workflow.
    pub inputs: BTreeSet<String>,
}

/// Why a text is no expression that is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// For people; a part of a sentence, without the place.
    pub message: String,
    /// Line and column within the expression, from 1, in characters; none when the whole of it is meant.
    pub place: Option<(usize, usize)>,
}

impl Fault {
    pub(crate) fn without_place(message: String) -> Self {
        Self { message, place: None }
    }

    /// A fault at a byte of the text.
    pub(crate) fn at(text: &str, byte: usize, message: String) -> Self {
        let before = text.get(..byte).unwrap_or(text);
        let line_begins = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.matches('\n').count() + 1;
        Self { message, place: Some((line, before[line_begins..].chars().count() + 1)) }
    }

    fn at_name(text: &str, name: &str, message: String) -> Self {
        match shape::place_of(text, name) {
            Some(byte) => Self::at(text, byte, message),
            None => Self::without_place(message),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(out, "line {line}, column {column}: {}", self.message),
            None => out.write_str(&self.message),
        }
    }
}

impl std::error::Error for Fault {}

/// Says what an expression uses, or why it is none that is accepted: its syntax, its length and depth
/// ([`crate::limits`]), names and functions that there are not, `tasks` or `inputs` as a whole or by a computed key, and
/// a kind of value that is surely not the one wanted. Whatever the text, it takes less than a second, and less than the
/// stack of an ordinary thread.
pub fn check(text: &str, known: &Known, wants: Wants) -> Result<Used, Fault> {
    let expression = read(text)?;
    let used =
        names::used(&expression).map_err(|refusal| Fault::at_name(text, &refusal.name, refusal.message))?;
    let tasks: BTreeSet<String> = used.tasks().into_iter().map(str::to_owned).collect();
    if let Some(id) = tasks.difference(&known.tasks).next() {
        let message = format!("`{id}` is no dependency of this task{}", such_as(&known.tasks));
        return Err(Fault::at_name(text, id, message));
    }
    if let Some(name) = used.inputs.difference(&known.inputs).next() {
        let message = format!("there is no input `{name}`{}", such_as(&known.inputs));
        return Err(Fault::at_name(text, name, message));
    }
    let gives = match (wants, kind::of(&expression)) {
        (Wants::Truth, Some(Kind::List)) => Some("a list"),
        (Wants::List, Some(Kind::Truth)) => Some("true or false"),
        (_, Some(Kind::Other(other))) => Some(other),
        (Wants::Truth, Some(Kind::Truth) | None) | (Wants::List, Some(Kind::List) | None) => None,
    };
    match gives {
        None => Ok(used),
        Some(gives) => {
            let wanted = if wants == Wants::Truth { "true or false" } else { "a list" };
            Err(Fault::without_place(format!("it gives {gives}, where {wanted} is wanted")))
        }
    }
}

/// How many names are told to somebody who used another.
const TOLD_MAX: usize = 10;

fn such_as(names: &BTreeSet<String>) -> String {
    let told: Vec<String> = names.iter().take(TOLD_MAX).map(|name| format!("`{name}`")).collect();
    match (told.len(), names.len() > TOLD_MAX) {
        (0, _) => "; there are none".to_owned(),
        (_, false) => format!("; there are {}", told.join(", ")),
        (_, true) => format!("; there are {} and others", told.join(", ")),
    }
}

/// The syntax tree of an expression.
pub(crate) fn read(text: &str) -> Result<Expression, Fault> {
    shape::check(text)?;
    let parser =
        PrattParser::new().max_recursion_depth(u16::try_from(crate::limits::DEPTH_MAX).unwrap_or(u16::MAX));
    parser.parse(text).map_err(|faults| {
        let placed = faults.errors.iter().find(|fault| fault.pos.0 > 0);
        match placed.or(faults.errors.first()) {
            Some(fault) => syntax_fault(text, fault),
            None => Fault::without_place("it is no expression".to_owned()),
        }
    })
}

fn syntax_fault(text: &str, fault: &ParseError) -> Fault {
    let message = fault.msg.trim_start_matches("Syntax error: ").replace("<EOF>", "the end");
    let (Ok(line), Ok(column)) = (usize::try_from(fault.pos.0), usize::try_from(fault.pos.1)) else {
        return Fault::without_place(message);
    };
    let Some(text_line) = line.checked_sub(1).and_then(|above| text.split('\n').nth(above)) else {
        return Fault::without_place(message);
    };
    // The parser counts columns in bytes.
    let before = text_line.char_indices().take_while(|(at, _)| *at + 1 < column).count();
    Fault { message, place: Some((line, before + 1)) }
}

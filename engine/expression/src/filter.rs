//! Filters over events: what must hold of one for somebody to be told of it.
//!
//! A filter is evaluated over many events at once, as what is done for each entry of a list, because a process for each of them
//! would cost more than what it answers.

use crate::apart::{NoAnswer, ask};
use crate::kind::{self, Kind};
use crate::limits::DEADLINE;
use crate::question::{Answer, ListOf, Question};
use crate::written::{Fault, Known, Wants, check, read};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the events are called within the expression that is evaluated, and what each is called in a filter.
const EVENTS: &str = "events";
const EVENT: &str = "event";

/// Says why a text is no filter: one is an expression over `event` that is true or false.
pub fn check_filter(text: &str) -> Result<(), Fault> {
    let known = Known { tasks: BTreeSet::new(), inputs: BTreeSet::from([EVENTS.to_owned()]) };
    let moved = |fault: Fault| Fault {
        place: fault.place.map(|(line, column)| (line.saturating_sub(1).max(1), column)),
        ..fault
    };
    check(&over(text, "exists"), &known, Wants::Truth).map_err(moved)?;
    match kind::of(&read(text)?) {
        Some(Kind::Truth) | None => Ok(()),
        Some(Kind::List) => Err(no_truth("a list")),
        Some(Kind::Other(other)) => Err(no_truth(other)),
    }
}

fn no_truth(gives: &str) -> Fault {
    Fault::without_place(format!("it gives {gives}, where true or false is wanted"))
}

/// Of which events a filter holds. Waits for a process, so it is for a thread that may wait.
pub fn ask_filter(program: &Path, text: &str, events: &[Value]) -> Result<Vec<bool>, NoAnswer> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let question = Question {
        condition: None,
        list: Some(ListOf::Expression(over(text, "map"))),
        inputs: json!({ EVENTS: events }),
        tasks: BTreeMap::new(),
    };
    let Answer::List(found) = ask(program, &question, DEADLINE)? else { return Ok(vec![true; events.len()]) };
    Ok(found.iter().map(|holds| holds.as_bool().unwrap_or(true)).collect())
}

/// The expression that asks it of all of them. The filter has lines of its own, so that a comment in it ends before the bracket.
fn over(text: &str, each: &str) -> String {
    format!("inputs.{EVENTS}.{each}({EVENT}, (\n{text}\n))")
}

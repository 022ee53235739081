//! What must hold of a list for each of whose entries a task is run.

use serde_json::Value;

use super::Finder;
use super::fields::{check_expression, check_option};
use crate::each::{ForEach, List};
use crate::fault::Problem;
use crate::limits::{AT_ONCE, ENTRIES_MAX, ENTRY_BYTES_MAX, ENTRY_LEVELS_MAX, LIST_BYTES_MAX};

pub(super) fn check_for_each(for_each: &ForEach, found: &mut Finder<'_>) {
    let ForEach { list, at_once } = for_each;
    match list {
        None => found.add_if(at_once.is_some(), "for_each.in", Problem::Empty),
        Some(List::Expression(expression)) => check_expression("for_each", expression, found),
        Some(List::Entries(entries)) => check_entries(entries, found),
    }
    check_option("for_each.concurrency", *at_once, &AT_ONCE, found);
}

fn check_entries(entries: &[Value], found: &mut Finder<'_>) {
    found.add_if(entries.len() > ENTRIES_MAX, "for_each", Problem::TooMany { max: ENTRIES_MAX });
    let is_deep = entries.iter().any(|entry| has_more_levels(entry, ENTRY_LEVELS_MAX));
    found.add_if(is_deep, "for_each", Problem::TooDeep { max: ENTRY_LEVELS_MAX });
    // What is deep beyond measure is not written out either.
    if is_deep {
        return;
    }
    let bytes: Vec<usize> = entries.iter().map(|entry| entry.to_string().len()).collect();
    let is_large = bytes.iter().any(|bytes| *bytes > ENTRY_BYTES_MAX);
    found.add_if(is_large, "for_each", Problem::TooLong { max: ENTRY_BYTES_MAX });
    // Brackets around them, and a comma between two.
    let whole = bytes.iter().map(|bytes| bytes + 1).sum::<usize>() + usize::from(entries.is_empty()) + 1;
    found.add_if(whole > LIST_BYTES_MAX, "for_each", Problem::TooLong { max: LIST_BYTES_MAX });
}

/// Whether more lists and objects than that lie within each other. It descends no further than to see it.
fn has_more_levels(value: &Value, levels: usize) -> bool {
    let more = |inner: &Value| has_more_levels(inner, levels.saturating_sub(1));
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
        Value::Array(_) | Value::Object(_) if levels == 0 => true,
        Value::Array(entries) => entries.iter().any(more),
        Value::Object(members) => members.values().any(more),
    }
}

//! What must hold of when a task runs and how often.

use triad_event::intake::{Form, Reused, TaskDefinition, TaskKind, TaskRules};

use super::fault::{Field, Problem};
use super::terms::{check_deadline, check_worth};
use crate::limits::{INPUT_BYTES_MAX, PARTS_AT_ONCE_MAX, SCHEMA_BYTES_MAX};

/// Tells everything that is wrong with it.
pub(super) fn check(task: &TaskDefinition, add: &mut impl FnMut(Field, Problem)) {
    if let Some(terms) = task.terms.as_deref() {
        check_worth(task.kind, terms, add);
    }
    check_group(task, add);
    let Some(rules) = task.rules.as_deref() else { return };
    let TaskRules { condition, fan_out, edges, part_of: _, deadline, priority: _, reused, signal_schema } =
        rules;
    check_deadline(deadline.as_ref(), add);
    let expressions =
        [(Field::When, condition.as_ref()), (Field::ForEach, fan_out.as_ref().map(|fan| &fan.list))];
    for (field, sealed) in expressions {
        if sealed.is_some_and(|sealed| sealed.length.0 > INPUT_BYTES_MAX as u64) {
            add(field, Problem::TooLong { max: INPUT_BYTES_MAX });
        }
    }
    if let Some(fan) = fan_out {
        if !(1..=PARTS_AT_ONCE_MAX).contains(&fan.at_once) {
            add(Field::Concurrency, Problem::OutOfBounds { least: 1, greatest: PARTS_AT_ONCE_MAX.into() });
        }
        if !matches!(task.kind, TaskKind::Noop | TaskKind::Process) {
            add(Field::ForEach, Problem::NotForEach);
        }
    }
    let is_ascending = edges.windows(2).all(|pair| pair[0].dependency < pair[1].dependency);
    if !is_ascending || edges.iter().any(|edge| task.dependencies.binary_search(&edge.dependency).is_err()) {
        add(Field::Dependencies, Problem::NotADependency);
    }
    if signal_schema.len() > SCHEMA_BYTES_MAX {
        add(Field::SignalSchema, Problem::TooLong { max: SCHEMA_BYTES_MAX });
    }
    if !signal_schema.is_empty() && task.kind != TaskKind::Signal {
        add(Field::SignalSchema, Problem::OtherKind);
    }
    if reused.as_ref().is_some_and(|reused| !is_whole(reused)) {
        add(Field::Reused, Problem::Empty);
    }
}

/// What an earlier workflow gave is one thing, or a list.
fn is_whole(Reused { gave, form, .. }: &Reused) -> bool {
    *form == Form::List || gave.len() == 1
}

/// A sub-workflow is nothing but its tasks.
fn check_group(task: &TaskDefinition, add: &mut impl FnMut(Field, Problem)) {
    if task.kind != TaskKind::Group {
        return;
    }
    if task.options.attempts_max != 1 || task.flow.as_deref().is_some_and(|flow| !flow.retry_on.is_empty()) {
        add(Field::Workflow, Problem::NotForGroup);
    }
    if task.input.is_some() {
        add(Field::Input, Problem::NotForGroup);
    }
}

//! What must hold of what a task waits for, and of whose outputs it takes.

use triad_event::intake::{ApprovalGate, SignalGate, TaskDefinition, TaskFlow, TaskKind, TaskRules};
use triad_event::plain::is_plain;
use triad_event::quantity::Millis;

use super::fault::{Field, Problem};
use crate::limits::{APPROVALS_MAX, GRANTS_LISTED_MAX, ID_BYTES_MAX, RETRY_DELAY_MS_MAX, WAIT_MS_MAX, is_id};

/// Tells everything that is wrong with it.
pub(super) fn check(task: &TaskDefinition, add: &mut impl FnMut(Field, Problem)) {
    let Some(flow) = task.flow.as_deref() else {
        if task.kind.is_gate() {
            add(field_of(task.kind), Problem::Empty);
        }
        return;
    };
    let TaskFlow { category, takes, wait, signal, approval, retry_on, retry_delay_max } = flow;
    check_category(category, add);
    check_takes(task, takes, add);
    let waits = [
        (TaskKind::Wait, wait.is_some()),
        (TaskKind::Signal, signal.is_some()),
        (TaskKind::Approval, approval.is_some()),
    ];
    for (kind, is_given) in waits {
        if is_given != (kind == task.kind) {
            add(field_of(kind), if is_given { Problem::OtherKind } else { Problem::Empty });
        }
    }
    check_span(wait.as_ref(), Field::Wait, add);
    if !retry_on.windows(2).all(|pair| pair[0] < pair[1]) {
        add(Field::RetryOn, Problem::Unordered);
    }
    if retry_delay_max.is_some_and(|delay| !(1..=RETRY_DELAY_MS_MAX).contains(&delay.0)) {
        let greatest = i64::try_from(RETRY_DELAY_MS_MAX).unwrap_or(i64::MAX);
        add(Field::RetryDelayMax, Problem::OutOfBounds { least: 1, greatest });
    }
    if let Some(SignalGate { name, expires }) = signal {
        if !is_id(name) {
            add(Field::SignalName, Problem::NotAnId);
        }
        check_span(expires.as_ref(), Field::SignalExpires, add);
    }
    if let Some(gate) = approval {
        check_approval(gate, add);
    }
}

fn field_of(kind: TaskKind) -> Field {
    match kind {
        TaskKind::Wait => Field::Wait,
        TaskKind::Signal => Field::SignalName,
        TaskKind::Approval => Field::ApprovalRoles,
        TaskKind::Noop | TaskKind::Process | TaskKind::Group => Field::Category,
    }
}

fn check_category(category: &str, add: &mut impl FnMut(Field, Problem)) {
    if category.len() > ID_BYTES_MAX {
        add(Field::Category, Problem::TooLong { max: ID_BYTES_MAX });
    }
    if let Some(character) = category.chars().find(|character| !is_plain(*character)) {
        add(Field::Category, Problem::HiddenCharacter { character });
    }
}

/// The door makes them from what stands in the input. What comes in is not taken on trust.
fn check_takes(task: &TaskDefinition, takes: &[u32], add: &mut impl FnMut(Field, Problem)) {
    let is_ascending = takes.windows(2).all(|pair| pair[0] < pair[1]);
    let is_dependency = |position: &u32| task.dependencies.binary_search(position).is_ok();
    if !is_ascending || !takes.iter().all(is_dependency) {
        add(Field::Takes, Problem::NotADependency);
    }
    let is_evaluated = task.rules.as_deref().is_some_and(TaskRules::is_evaluated);
    if !takes.is_empty() && task.kind != TaskKind::Process && !is_evaluated {
        add(Field::Takes, Problem::not_for(task.kind));
    }
}

fn check_approval(gate: &ApprovalGate, add: &mut impl FnMut(Field, Problem)) {
    let ApprovalGate { roles, needed, expires } = gate;
    if roles.is_empty() {
        add(Field::ApprovalRoles, Problem::Empty);
    }
    if roles.len() > GRANTS_LISTED_MAX {
        add(Field::ApprovalRoles, Problem::TooMany { max: GRANTS_LISTED_MAX });
    }
    if roles.iter().any(|role| !is_id(role)) {
        add(Field::ApprovalRoles, Problem::NotAnId);
    }
    if !(1..=APPROVALS_MAX).contains(needed) {
        add(Field::ApprovalNeeded, Problem::OutOfBounds { least: 1, greatest: APPROVALS_MAX.into() });
    }
    check_span(expires.as_ref(), Field::ApprovalExpires, add);
}

/// Spans are written in seconds.
fn check_span(span: Option<&Millis>, field: Field, add: &mut impl FnMut(Field, Problem)) {
    if span.is_some_and(|span| !(1..=WAIT_MS_MAX).contains(&span.0)) {
        let greatest = i64::try_from(WAIT_MS_MAX / 1000).unwrap_or(i64::MAX);
        add(field, Problem::OutOfBounds { least: 1, greatest });
    }
}

//! What must hold of what is said of a workflow and of the worth of its tasks.

use triad_event::intake::{Deadline, TaskKind, TaskTerms, WorkflowTerms};
use triad_event::plain::is_plain;

use super::fault::{Faults, Field, Problem};
use crate::limits::{
    GRANTS_LISTED_MAX, ID_BYTES_MAX, INPUT_BYTES_MAX, LABELS_MAX, NAME_BYTES_MAX, WAIT_MS_MAX, is_id,
};

/// Tells everything that is wrong with what is said of a workflow.
pub(crate) fn check_terms(terms: &WorkflowTerms, faults: &mut Faults) {
    let mut add = |field, problem| faults.add(None, "", field, problem);
    let labels = &terms.labels;
    if labels.len() > LABELS_MAX {
        add(Field::Labels, Problem::TooMany { max: LABELS_MAX });
    }
    if !labels.windows(2).all(|pair| pair[0].name < pair[1].name) {
        add(Field::Labels, Problem::Unordered);
    }
    for label in labels {
        if !is_id(&label.name) {
            add(Field::Labels, Problem::NotAnId);
        }
        check_line(&label.value, NAME_BYTES_MAX, Field::Labels, &mut add);
    }
    check_deadline(terms.deadline.as_ref(), &mut add);
    if terms.inputs.as_ref().is_some_and(|values| values.length.0 > INPUT_BYTES_MAX as u64) {
        add(Field::Values, Problem::TooLong { max: INPUT_BYTES_MAX });
    }
}

/// Tells everything that is wrong with what is said of the worth and the needs of a task.
pub(super) fn check_worth(kind: TaskKind, terms: &TaskTerms, add: &mut impl FnMut(Field, Problem)) {
    if terms.value_score.is_some_and(|score| score.0 > 1_000_000) {
        add(Field::ValueScore, Problem::OutOfBounds { least: 0, greatest: 1 });
    }
    if terms.bid_price_max.is_some_and(|price| price.0 < 0) {
        add(Field::BidPriceMax, Problem::OutOfBounds { least: 0, greatest: i64::MAX });
    }
    let shares: u64 = terms.optimise.iter().map(|weight| u64::from(weight.share.0)).sum();
    if !terms.optimise.is_empty() && shares != 1_000_000 {
        add(Field::Optimise, Problem::OutOfBounds { least: 1, greatest: 1 });
    }
    if !terms.optimise.windows(2).all(|pair| pair[0].of < pair[1].of) {
        add(Field::Optimise, Problem::Unordered);
    }
    if terms.missing_price.is_some() && terms.bid_price_max.is_none() && terms.optimise.is_empty() {
        add(Field::MissingPrice, Problem::OnlyBeside { other: "max_bid_price or optimise" });
    }
    if terms.suspension.is_some() {
        if kind != TaskKind::Process {
            add(Field::Interruptible, Problem::OnlyBeside { other: "command" });
        } else if terms.bid_price_max.is_none() && terms.optimise.is_empty() {
            add(Field::Interruptible, Problem::OnlyBeside { other: "max_bid_price or optimise" });
        }
    }
    check_line(&terms.owner_persona, ID_BYTES_MAX, Field::OwnerPersona, add);
    if terms.capabilities.len() > GRANTS_LISTED_MAX {
        add(Field::Capabilities, Problem::TooMany { max: GRANTS_LISTED_MAX });
    }
    if !terms.capabilities.windows(2).all(|pair| pair[0] < pair[1]) {
        add(Field::Capabilities, Problem::Unordered);
    }
    if !terms.capabilities.iter().all(|name| is_id(name)) {
        add(Field::Capabilities, Problem::NotAnId);
    }
}

/// Exactly one of a moment and a span, which is no longer than anything else may wait.
pub(super) fn check_deadline(deadline: Option<&Deadline>, add: &mut impl FnMut(Field, Problem)) {
    let Some(Deadline { at, after }) = deadline else { return };
    if at.is_some() == after.is_some() {
        add(Field::Deadline, Problem::Empty);
    }
    if after.is_some_and(|span| !(1..=WAIT_MS_MAX).contains(&span.0)) {
        let greatest = i64::try_from(WAIT_MS_MAX / 1000).unwrap_or(i64::MAX);
        add(Field::Deadline, Problem::OutOfBounds { least: 1, greatest });
    }
}

fn check_line(line: &str, max: usize, field: Field, add: &mut impl FnMut(Field, Problem)) {
    if line.len() > max {
        add(field, Problem::TooLong { max });
    }
    if let Some(character) = line.chars().find(|character| !is_plain(*character)) {
        add(field, Problem::HiddenCharacter { character });
    }
}

//! What must hold of each field by itself.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::list::check_for_each;
use super::{Finder, check_count};
use crate::argument::Argument;
use crate::command::Command;
use crate::fault::Problem;
use crate::gate::{Approval, ApprovalGate, Signal, SignalGate, Wait};
use crate::limits::{
    ATTEMPTS, COMMAND_BYTES_MAX, DEADLINE_SECONDS, DIRECTORY_BYTES_MAX, EXPRESSION_BYTES_MAX, ID_BYTES_MAX,
    LABELS_MAX, NAME_BYTES_MAX, NEEDED, RESERVED_PREFIX, RETRY_BASE_MS, RETRY_DELAY_MS, ROLES_MAX,
    STDIN_BYTES_MAX, TEXT_BYTES_MAX, TIMEOUT_SECONDS, WAIT_SECONDS, is_id,
};
use crate::plain::hidden;
use crate::task::Task;
use crate::urgency::{Deadline, is_moment};
use crate::work::{Noop, Work};
use crate::workflow::Workflow;

pub(super) fn check_workflow(workflow: &Workflow, found: &mut Finder<'_>) {
    let Workflow { name, data_subject, labels, deadline, .. } = workflow;
    found.add_if(name.is_empty(), "name", Problem::Empty);
    check_line("name", name, NAME_BYTES_MAX, found);
    let is_wrong = data_subject.as_ref().is_some_and(|id| !is_data_subject(id));
    found.add_if(is_wrong, "data_subject", Problem::NotADataSubject);
    found.add_if(labels.len() > LABELS_MAX, "labels", Problem::TooMany { max: LABELS_MAX });
    for (name, value) in labels {
        found.add_if(!is_id(name), "labels", Problem::NotAnId);
        check_line("labels", value, NAME_BYTES_MAX, found);
    }
    check_deadline(deadline.as_ref(), found);
}

pub(super) fn check_task(task: &Task, found: &mut Finder<'_>) {
    let Task { id: _, name, category, dependencies: _, when, deadline, priority: _, retry, work } = task;
    if let Some(name) = name {
        check_line("name", name, NAME_BYTES_MAX, found);
    }
    if let Some(category) = category {
        check_category(category, work, found);
    }
    if let Some(expression) = when {
        check_expression("when", expression, found);
    }
    check_deadline(deadline.as_ref(), found);
    if let Some(retry) = retry {
        check_number("retry.attempts", retry.attempts, &ATTEMPTS, found);
        check_option("retry.base_ms", retry.base_ms, &RETRY_BASE_MS, found);
        check_option("retry.max_ms", retry.max_ms, &RETRY_DELAY_MS, found);
    }
    match work {
        Work::Command(command) => check_command(command, found),
        Work::Noop(Noop { input, for_each }) => {
            let is_beside = input.is_some() && for_each.list.is_some();
            found.add_if(is_beside, "input", Problem::NotBeside { other: "for_each" });
            check_text("input", input.as_deref(), found);
            check_for_each(for_each, found);
        }
        Work::Wait(Wait { seconds }) => check_number("wait", *seconds, &WAIT_SECONDS, found),
        Work::Signal(Signal { signal: SignalGate { name, expires_seconds } }) => {
            check_id("signal.name", name, found);
            check_option("signal.expires_seconds", *expires_seconds, &WAIT_SECONDS, found);
        }
        Work::Approval(Approval { approval }) => check_approval(approval, found),
    }
}

pub(super) fn check_id(field: &'static str, id: &str, found: &mut Finder<'_>) {
    let problem = if id.is_empty() { Problem::Empty } else { Problem::NotAnId };
    found.add_if(!is_id(id), field, problem);
}

fn is_data_subject(id: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    id.len() == 32 && id.bytes().all(is_digit) && id.bytes().any(|byte| byte != b'0')
}

/// These two words said what a task does before its members did, and are held to it.
fn check_category(category: &str, work: &Work, found: &mut Finder<'_>) {
    found.add_if(category.is_empty(), "type", Problem::Empty);
    check_line("type", category, ID_BYTES_MAX, found);
    let is_other = match category {
        "NOOP" => !matches!(work, Work::Noop(_)),
        "PROCESS" => !matches!(work, Work::Command(_)),
        _ => false,
    };
    found.add_if(is_other, "type", Problem::OtherKind);
}

fn check_command(work: &Command, found: &mut Finder<'_>) {
    let Command { words: command, env, working_directory, stdin, for_each, timeout_seconds } = work;
    let has_entry = for_each.list.is_some();
    let texts: Vec<String> = command.iter().map(Argument::written).collect();
    found.add_if(texts.first().is_none_or(String::is_empty), "command", Problem::Empty);
    found.add_if(texts.iter().any(|text| text.contains('\0')), "command", Problem::ZeroByte);
    let bytes: usize = texts.iter().map(|text| text.len() + 1).sum();
    found.add_if(bytes > COMMAND_BYTES_MAX, "command", Problem::TooLong { max: COMMAND_BYTES_MAX });
    check_templates("command", command, has_entry, found);
    check_env(env, has_entry, found);
    if let Some(path) = working_directory {
        found.add_if(!path.starts_with('/'), "working_directory", Problem::NotAbsolute);
        found.add_if(path.contains('\0'), "working_directory", Problem::ZeroByte);
        let problem = Problem::TooLong { max: DIRECTORY_BYTES_MAX };
        found.add_if(path.len() > DIRECTORY_BYTES_MAX, "working_directory", problem);
    }
    if let Some(stdin) = stdin {
        let is_long = stdin.written().len() > STDIN_BYTES_MAX;
        found.add_if(is_long, "stdin", Problem::TooLong { max: STDIN_BYTES_MAX });
        check_templates("stdin", [stdin], has_entry, found);
    }
    check_for_each(for_each, found);
    check_option("timeout_seconds", *timeout_seconds, &TIMEOUT_SECONDS, found);
}

fn check_env(env: &BTreeMap<String, Argument>, has_entry: bool, found: &mut Finder<'_>) {
    let mut bytes = 0;
    for (name, value) in env {
        let value = value.written();
        let is_name = !name.is_empty() && !name.contains(['=', '\0']);
        found.add_if(!is_name, "env", Problem::NotAVariable { name: name.clone() });
        let is_reserved = name.starts_with(RESERVED_PREFIX);
        found.add_if(is_reserved, "env", Problem::ReservedVariable { name: name.clone() });
        found.add_if(value.contains('\0'), "env", Problem::ZeroByte);
        // A sign and an end beside the two texts.
        bytes += name.len() + value.len() + 2;
    }
    found.add_if(bytes > COMMAND_BYTES_MAX, "env", Problem::TooLong { max: COMMAND_BYTES_MAX });
    check_templates("env", env.values(), has_entry, found);
}

fn check_templates<'a>(
    field: &'static str,
    arguments: impl IntoIterator<Item = &'a Argument>,
    has_entry: bool,
    found: &mut Finder<'_>,
) {
    let mut takes_entry = false;
    for argument in arguments {
        takes_entry |= argument.takes_entry();
        for path in argument.faulty_paths() {
            found.add(field, Problem::NotAPath { path: path.to_owned() });
        }
    }
    found.add_if(takes_entry && !has_entry, field, Problem::NoEntry);
}

/// What it says, a server reads.
pub(super) fn check_expression(field: &'static str, expression: &str, found: &mut Finder<'_>) {
    found.add_if(expression.is_empty(), field, Problem::Empty);
    let is_long = expression.len() > EXPRESSION_BYTES_MAX;
    found.add_if(is_long, field, Problem::TooLong { max: EXPRESSION_BYTES_MAX });
}

fn check_deadline(deadline: Option<&Deadline>, found: &mut Finder<'_>) {
    match deadline {
        None => {}
        Some(Deadline::Seconds(seconds)) => check_number("deadline", *seconds, &DEADLINE_SECONDS, found),
        Some(Deadline::At(moment)) => found.add_if(!is_moment(moment), "deadline", Problem::NotAMoment),
    }
}

fn check_approval(approval: &ApprovalGate, found: &mut Finder<'_>) {
    let ApprovalGate { roles, needed, expires_seconds, message } = approval;
    if let Some(roles) = roles {
        check_count("approval.roles", roles.len(), ROLES_MAX, found);
        found.add_if(roles.iter().any(|role| !is_id(role)), "approval.roles", Problem::NotAnId);
    }
    check_option("approval.needed", *needed, &NEEDED, found);
    check_option("approval.expires_seconds", *expires_seconds, &WAIT_SECONDS, found);
    check_text("approval.message", message.as_deref(), found);
}

fn check_line(field: &'static str, text: &str, max: usize, found: &mut Finder<'_>) {
    found.add_if(text.len() > max, field, Problem::TooLong { max });
    if let Some(character) = hidden(text) {
        found.add(field, Problem::HiddenCharacter { character });
    }
}

fn check_text(field: &'static str, text: Option<&str>, found: &mut Finder<'_>) {
    let is_long = text.is_some_and(|text| text.len() > TEXT_BYTES_MAX);
    found.add_if(is_long, field, Problem::TooLong { max: TEXT_BYTES_MAX });
}

pub(super) fn check_option(
    field: &'static str,
    number: Option<u64>,
    range: &RangeInclusive<u64>,
    found: &mut Finder<'_>,
) {
    if let Some(number) = number {
        check_number(field, number, range, found);
    }
}

fn check_number(field: &'static str, number: u64, range: &RangeInclusive<u64>, found: &mut Finder<'_>) {
    let problem = Problem::OutOfBounds { least: *range.start(), greatest: *range.end() };
    found.add_if(!range.contains(&number), field, problem);
}

//! `checker`: a command that is given the output and says by its exit code whether it holds.

use crate::fault::{Faults, Step, kind};
use crate::limits::{ARGUMENTS_MAX, COMMAND_SECONDS, COMMAND_SECONDS_MAX, WRITTEN_BYTES_MAX};
use crate::size::bounded;
use crate::subject::CheckerEnded;
use crate::verdict::Lack;
use serde_json::Value;

/// A command that checks. It is run by whoever runs the task's own, with the output on its standard input; it holds when its
/// exit code is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// A program and its arguments.
    pub command: Vec<String>,
    /// How long it may take, in seconds.
    pub timeout_seconds: u64,
}

impl Command {
    pub(crate) fn read(faults: &mut Faults, value: &Value) -> Option<Self> {
        let members = faults.members(value, &["command", "timeout_seconds"])?;
        let bounds = (1, COMMAND_SECONDS, COMMAND_SECONDS_MAX);
        let timeout_seconds = bounded(faults, members.get("timeout_seconds"), "timeout_seconds", bounds);
        let Some(command) = members.get("command") else {
            faults.add("has no `command`: write a list of texts, a program and its arguments");
            return None;
        };
        let command = faults.member("command", |faults| arguments(faults, command));
        Some(Self { command: command?, timeout_seconds: timeout_seconds? })
    }

    pub(crate) fn check(ended: Option<&CheckerEnded>) -> Result<(), Lack> {
        let Some(ended) = ended else { return Err(Lack::broken("the command was not run")) };
        let lack = match ended.exit_code {
            _ if ended.out_of_time => Lack::too_much("the command took longer than it may"),
            Some(0) => return Ok(()),
            Some(code @ (126 | 127)) => {
                Lack::broken(format!("the command could not be run: its exit code is {code}"))
            }
            Some(code) => Lack::differs(format!("the command's exit code is {code}")),
            None => Lack::broken("the command was ended by a signal"),
        };
        Err(lack.saying(&ended.said))
    }
}

fn arguments(faults: &mut Faults, value: &Value) -> Option<Vec<String>> {
    let Some(entries) = value.as_array() else {
        faults.add(format!("is {}: write a list of texts, a program and its arguments", kind(value)));
        return None;
    };
    if entries.is_empty() || entries.len() > ARGUMENTS_MAX {
        faults.add(format!(
            "has {} entries: write 1 to {ARGUMENTS_MAX}, a program and its arguments",
            entries.len()
        ));
        return None;
    }
    let mut arguments = Vec::new();
    for (entry, position) in entries.iter().zip(0..) {
        faults.within(Step::Entry(position), |faults| match entry.as_str() {
            None => faults.add(format!("is {}: write a text", kind(entry))),
            Some("") if position == 0 => faults.add("is empty: write the name or the path of a program"),
            Some(text) if text.contains('\0') => faults.add("has a zero byte: no argument can have one"),
            Some(text) => arguments.push(text.to_owned()),
        });
    }
    let bytes: usize = arguments.iter().map(String::len).sum();
    if bytes > WRITTEN_BYTES_MAX {
        faults.add(format!("has {bytes} bytes in all: write at most {WRITTEN_BYTES_MAX}"));
        return None;
    }
    (arguments.len() == entries.len()).then_some(arguments)
}

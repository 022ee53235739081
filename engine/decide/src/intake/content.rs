//! What must hold of the content of a task before it is sealed: the core never sees it, so the door asks this.

use std::collections::BTreeSet;

use triad_event::intake::TaskKind;
use triad_event::sealed::{EnvVariable, Process};

use super::fault::{Field, Problem, cut};
use super::template::{Piece, pieces};
use crate::limits::{
    COMMAND_BYTES_MAX, DIRECTORY_BYTES_MAX, STDIN_BYTES_MAX, TEXT_BYTES_MAX, VERIFY_BYTES_MAX,
};

/// The prefix of the variables that the engine sets for a process.
const RESERVED_PREFIX: &str = "TRIAD_";

/// What a task is given, in the clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// Program and arguments.
    pub command: Vec<String>,
    /// Environment.
    pub env: Vec<EnvVariable>,
    /// Where the command runs, when that is named.
    pub directory: Option<String>,
    /// What the command is given on standard input.
    pub stdin: Option<String>,
    /// The checks of its output, as JSON that was read before. No template is filled in there.
    pub verify: Option<String>,
    /// Text that a no-op hands on as its output, or that those are asked who are to approve.
    pub text: Option<String>,
}

impl Content {
    /// Tells everything that is wrong with the content of a task of that kind.
    pub(super) fn check(&self, kind: TaskKind, add: &mut impl FnMut(Field, Problem)) {
        let Self { command, env, directory, stdin, verify, text } = self;
        if kind == TaskKind::Process {
            check_command(command, add);
            check_env(env, add);
            directory.iter().for_each(|directory| check_directory(directory, add));
            if stdin.as_ref().is_some_and(|stdin| stdin.len() > STDIN_BYTES_MAX) {
                add(Field::Stdin, Problem::TooLong { max: STDIN_BYTES_MAX });
            }
            if verify.as_ref().is_some_and(|checks| checks.len() > VERIFY_BYTES_MAX) {
                add(Field::Verify, Problem::TooLong { max: VERIFY_BYTES_MAX });
            }
            if text.is_some() {
                add(Field::Text, Problem::not_for(kind));
            }
            return;
        }
        let given = [
            (Field::WorkingDirectory, directory.is_some()),
            (Field::Command, !command.is_empty()),
            (Field::Env, !env.is_empty()),
            (Field::Stdin, stdin.is_some()),
            (Field::Verify, verify.is_some()),
            (
                Field::Text,
                text.is_some() && matches!(kind, TaskKind::Wait | TaskKind::Signal | TaskKind::Group),
            ),
        ];
        for (field, _) in given.into_iter().filter(|(_, is_given)| *is_given) {
            add(field, Problem::not_for(kind));
        }
        if text.as_ref().is_some_and(|text| text.len() > TEXT_BYTES_MAX) {
            let field = if kind == TaskKind::Approval { Field::ApprovalMessage } else { Field::Text };
            add(field, Problem::TooLong { max: TEXT_BYTES_MAX });
        }
    }

    /// The dependencies whose outputs it names.
    pub(super) fn takes<'a>(&'a self, dependencies: &BTreeSet<&str>) -> BTreeSet<&'a str> {
        let is_one =
            |piece: &Piece<'a>| matches!(piece, Piece::Output { task, .. } if dependencies.contains(task));
        let named = |piece| if let Piece::Output { task, .. } = piece { Some(task) } else { None };
        let texts = self.templated().filter(|text| text.contains('{'));
        texts.flat_map(|text| pieces(text, is_one)).filter_map(named).collect()
    }

    /// The texts in which templates are filled in.
    pub fn templated(&self) -> impl Iterator<Item = &str> {
        let values = self.env.iter().map(|one| &one.value);
        self.command.iter().chain(values).chain(&self.stdin).map(String::as_str)
    }

    /// The same, to be changed.
    pub fn templated_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let values = self.env.iter_mut().map(|one| &mut one.value);
        self.command.iter_mut().chain(values).chain(&mut self.stdin)
    }

    /// What is sealed of content that was checked; none when the task has no input.
    pub(super) fn into_input(self, kind: TaskKind) -> Option<Vec<u8>> {
        let Self { command, mut env, directory, stdin, verify, text } = self;
        match kind {
            TaskKind::Noop | TaskKind::Wait | TaskKind::Signal | TaskKind::Approval | TaskKind::Group => {
                text.map(String::into_bytes)
            }
            TaskKind::Process => {
                // The members of an object have no order, so what differs in it alone is the same definition.
                env.sort_unstable_by(|one, other| one.name.cmp(&other.name));
                Some(Process { command, env, directory, stdin, verify }.encode())
            }
        }
    }
}

fn check_command(command: &[String], add: &mut impl FnMut(Field, Problem)) {
    if command.first().is_none_or(String::is_empty) {
        add(Field::Command, Problem::Empty);
    }
    if command.iter().any(|argument| argument.contains('\0')) {
        add(Field::Command, Problem::ZeroByte);
    }
    if command.iter().map(|argument| argument.len() + 1).sum::<usize>() > COMMAND_BYTES_MAX {
        add(Field::Command, Problem::TooLong { max: COMMAND_BYTES_MAX });
    }
}

/// The server's own directory means nothing to a task, so only a whole path names one.
fn check_directory(directory: &str, add: &mut impl FnMut(Field, Problem)) {
    if !directory.starts_with('/') {
        add(Field::WorkingDirectory, Problem::NotAbsolute);
    }
    if directory.contains('\0') {
        add(Field::WorkingDirectory, Problem::ZeroByte);
    }
    if directory.len() > DIRECTORY_BYTES_MAX {
        add(Field::WorkingDirectory, Problem::TooLong { max: DIRECTORY_BYTES_MAX });
    }
}

fn check_env(env: &[EnvVariable], add: &mut impl FnMut(Field, Problem)) {
    let mut names: Vec<&str> = Vec::with_capacity(env.len());
    for variable in env {
        let name = || cut(&variable.name).to_owned();
        if variable.name.is_empty() || variable.name.contains(['=', '\0']) {
            add(Field::Env, Problem::NotAVariable { name: name() });
        }
        if variable.name.starts_with(RESERVED_PREFIX) {
            add(Field::Env, Problem::ReservedVariable { name: name() });
        }
        if variable.value.contains('\0') {
            add(Field::Env, Problem::ZeroByte);
        }
        names.push(&variable.name);
    }
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        add(Field::Env, Problem::Repeated { name: cut(pair[0]).to_owned() });
    }
    let bytes = |variable: &EnvVariable| variable.name.len() + variable.value.len() + 2;
    if env.iter().map(bytes).sum::<usize>() > COMMAND_BYTES_MAX {
        add(Field::Env, Problem::TooLong { max: COMMAND_BYTES_MAX });
    }
}

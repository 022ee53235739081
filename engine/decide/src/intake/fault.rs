//! What can be wrong with a definition.

use std::fmt;

use triad_event::intake::{TaskKind, TaskOption};

use crate::limits::FAULTS_LISTED_MAX;

/// Everything that is wrong with a definition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The faults, in the order of the tasks, as many as are listed.
    pub listed: Vec<Fault>,
    /// How many there are.
    pub total: usize,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The position of the task; none when it is the definition as a whole.
    pub task: Option<u32>,
    /// The id of the task as given, cut to what an id may have.
    pub id: String,
    /// The field.
    pub field: Field,
    /// What is wrong with it.
    pub problem: Problem,
}

/// A field of a definition or of a task, as the door names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The name of the workflow.
    WorkflowName,
    /// The list of tasks.
    Tasks,
    /// The id of a task.
    Id,
    /// The display name of a task.
    Name,
    /// What a task depends on.
    Dependencies,
    /// Program and arguments.
    Command,
    /// Environment.
    Env,
    /// Where a command runs.
    WorkingDirectory,
    /// What a no-op hands on.
    Text,
    /// The sealed input.
    Input,
    /// One of the options.
    Option(TaskOption),
    /// What people call the task.
    Category,
    /// The dependencies whose outputs are taken.
    Takes,
    /// How long it waits.
    Wait,
    /// The name of the signal that it waits for.
    SignalName,
    /// After which time the signal is not waited for any more.
    SignalExpires,
    /// After which ends it is tried again.
    RetryOn,
    /// The longest delay before a retry.
    RetryDelayMax,
    /// The roles whose holders approve.
    ApprovalRoles,
    /// What those who approve are asked.
    ApprovalMessage,
    /// How many approvals are needed.
    ApprovalNeeded,
    /// After which time the approval is not waited for any more.
    ApprovalExpires,
    /// What is given on standard input.
    Stdin,
    /// The checks of an output.
    Verify,
    /// The condition.
    When,
    /// The list for each of whose entries it is run.
    ForEach,
    /// How many of its parts are under way at once.
    Concurrency,
    /// The sub-workflow.
    Workflow,
    /// When it must have ended.
    Deadline,
    /// The JSON Schema of what comes with its signal.
    SignalSchema,
    /// What an earlier workflow gave.
    Reused,
    /// What a workflow is searched by.
    Labels,
    /// The values of a workflow's inputs.
    Values,
    /// What it is worth.
    ValueScore,
    /// The most that a kilowatt hour may cost for it.
    BidPriceMax,
    /// For what it waits.
    Optimise,
    /// What happens to it while there is no price.
    MissingPrice,
    /// Whether its runs may be suspended.
    Interruptible,
    /// Who owns it, as people call them.
    OwnerPersona,
    /// What whoever performs it must be able to do.
    Capabilities,
}

impl Field {
    /// As the door names it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WorkflowName | Self::Name => "name",
            Self::Tasks => "tasks",
            Self::Id => "id",
            Self::Dependencies => "dependencies",
            Self::Command => "command",
            Self::Env => "env",
            Self::WorkingDirectory => "working_directory",
            Self::Text | Self::Input => "input",
            Self::Option(option) => option.path(),
            Self::Category => "type",
            Self::Takes => "takes",
            Self::Wait => "wait",
            Self::SignalName => "signal.name",
            Self::SignalExpires => "signal.expires_seconds",
            Self::RetryOn => "retry.causes",
            Self::RetryDelayMax => "retry.max_ms",
            Self::ApprovalRoles => "approval.roles",
            Self::ApprovalMessage => "approval.message",
            Self::ApprovalNeeded => "approval.needed",
            Self::ApprovalExpires => "approval.expires_seconds",
            Self::Stdin => "stdin",
            Self::Verify => "verify",
            Self::When => "when",
            Self::ForEach => "for_each",
            Self::Concurrency => "for_each.concurrency",
            Self::Workflow => "workflow",
            Self::Deadline => "deadline",
            Self::SignalSchema => "signal.schema",
            Self::Reused => "reused",
            Self::Labels => "labels",
            Self::Values => "values",
            Self::ValueScore => "negentropy_value_score",
            Self::BidPriceMax => "max_bid_price",
            Self::Optimise => "optimise",
            Self::MissingPrice => "missing_price",
            Self::Interruptible => "interruptible",
            Self::OwnerPersona => "owner_persona",
            Self::Capabilities => "required_capabilities",
        }
    }
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// It must hold something.
    Empty,
    /// More bytes than it may have.
    TooLong {
        /// The limit.
        max: usize,
    },
    /// More entries than it may have.
    TooMany {
        /// The limit.
        max: usize,
    },
    /// An id with other characters than `a-z`, `0-9`, `_` and `-`.
    NotAnId,
    /// A byte of value zero, which ends a text for the operating system.
    ZeroByte,
    /// A character that nobody sees, or that changes how others are shown.
    HiddenCharacter {
        /// The first one.
        character: char,
    },
    /// A path that does not begin at the root.
    NotAbsolute,
    /// The id of another task.
    SameAs {
        /// The position of the first task with that id.
        task: u32,
    },
    /// A dependency on a task that does not exist.
    UnknownTask {
        /// The name given.
        name: String,
    },
    /// A dependency on itself.
    Itself,
    /// The same dependency twice.
    Repeated {
        /// The id of the dependency.
        name: String,
    },
    /// A run of tasks each of which depends on the next, the last on the first.
    Cycle {
        /// Their ids, cut when there are very many.
        path: Vec<String>,
        /// How many there are.
        length: usize,
    },
    /// A number outside its bounds.
    OutOfBounds {
        /// The least.
        least: i64,
        /// The greatest.
        greatest: i64,
    },
    /// A no-op has no such field.
    NotForNoop,
    /// Only a no-op has such a field.
    OnlyForNoop,
    /// A task that waits has no such field.
    NotForGate,
    /// A sub-workflow has no such field: its tasks do.
    NotForGroup,
    /// Only a task with a command, or one that hands on its entry, is run for each entry of a list.
    NotForEach,
    /// It has no meaning beside another field.
    NotBeside {
        /// That field.
        other: &'static str,
    },
    /// It has a meaning only beside another field.
    OnlyBeside {
        /// That field.
        other: &'static str,
    },
    /// What it is said to be a part of is no sub-workflow before it.
    NotItsGroup,
    /// The id of a task of a sub-workflow that does not begin with that of the sub-workflow.
    NotWithin,
    /// A dependency that a task of a sub-workflow cannot wait for.
    OutOfReach {
        /// The id of the dependency.
        name: String,
    },
    /// What a task waits for does not fit the kind of it.
    OtherKind,
    /// Ends of attempts that are not in their order, or that stand twice.
    Unordered,
    /// A dependency whose output is taken is none of the dependencies.
    NotADependency,
    /// An environment variable without a name, or with `=` in it.
    NotAVariable {
        /// The name given.
        name: String,
    },
    /// An environment variable that the engine itself sets.
    ReservedVariable {
        /// The name given.
        name: String,
    },
}

impl Problem {
    /// A field that tasks of this kind do not have, and others do.
    pub(crate) const fn not_for(kind: TaskKind) -> Self {
        match kind {
            TaskKind::Noop => Self::NotForNoop,
            TaskKind::Process => Self::OnlyForNoop,
            TaskKind::Wait | TaskKind::Signal | TaskKind::Approval => Self::NotForGate,
            TaskKind::Group => Self::NotForGroup,
        }
    }
}

impl Faults {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(crate) fn add(&mut self, task: Option<u32>, id: &str, field: Field, problem: Problem) {
        self.total += 1;
        if self.listed.len() < FAULTS_LISTED_MAX {
            let id = cut(id).to_owned();
            self.listed.push(Fault { task, id, field, problem });
        }
    }

    /// Puts the faults into the order of the tasks.
    pub(crate) fn sorted(mut self) -> Self {
        self.listed.sort_by_key(|fault| (fault.task, fault.field));
        self
    }
}

/// The beginning of a text, short enough to be shown.
pub(crate) fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SHOWN_BYTES_MAX)).unwrap_or_default()
}

/// Bytes of a name that a fault repeats: enough to recognise it, too few to flood an answer.
const SHOWN_BYTES_MAX: usize = 64;

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the definition has {} faults", self.total)?;
        self.listed.first().map_or(Ok(()), |first| write!(f, "; the first: {first}"))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.task {
            None => write!(f, "{}: {}", self.field.name(), self.problem),
            Some(task) => write!(f, "task {task} ({:?}), {}: {}", self.id, self.field.name(), self.problem),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("must not be empty"),
            Self::TooLong { max } => write!(f, "has at most {max} bytes"),
            Self::TooMany { max } => write!(f, "has at most {max} entries"),
            Self::NotAnId => f.write_str("is 1 to 64 characters of a-z, 0-9, _ and -"),
            Self::ZeroByte => f.write_str("holds a byte of value zero"),
            Self::HiddenCharacter { character } => {
                let number = u32::from(*character);
                write!(
                    f,
                    "holds U+{number:04X}, which nobody sees or which changes how other characters are shown"
                )
            }
            Self::NotAbsolute => f.write_str("must be a path that begins with /"),
            Self::SameAs { task } => write!(f, "is also that of task {task}"),
            Self::UnknownTask { name } => write!(f, "there is no task {name:?}"),
            Self::Itself => f.write_str("a task cannot depend on itself"),
            Self::Repeated { name } => write!(f, "{name:?} is named more than once"),
            Self::Cycle { path, length } => {
                let more = if path.len() < *length { " -> ..." } else { "" };
                write!(f, "a cycle of {length} tasks: {}{more} -> {}", path.join(" -> "), path[0])
            }
            Self::OutOfBounds { least, greatest } => write!(f, "must lie between {least} and {greatest}"),
            Self::NotForNoop => f.write_str("has no meaning for a NOOP task"),
            Self::OnlyForNoop => f.write_str("has a meaning for a NOOP task only"),
            Self::NotForGate => f.write_str("has no meaning for a task that waits"),
            Self::NotForGroup => f.write_str("has no meaning for a sub-workflow: its tasks have it"),
            Self::NotForEach => f.write_str("is for tasks with a command, or with nothing to do"),
            Self::NotBeside { other } => write!(f, "has no meaning beside {other}"),
            Self::OnlyBeside { other } => write!(f, "has a meaning only beside {other}"),
            Self::NotItsGroup => f.write_str("is a part of something else than a sub-workflow before it"),
            Self::NotWithin => f.write_str(
                "is the id of the sub-workflow, a dot, and 1 to 64 characters of a-z, 0-9, _ and -",
            ),
            Self::OutOfReach { name } => write!(
                f,
                "{name:?} is out of reach: a task of a sub-workflow depends on tasks of it, and on what the sub-workflow depends on"
            ),
            Self::OtherKind => f.write_str("does not fit the kind of the task"),
            Self::Unordered => f.write_str("stands twice, or not in its order"),
            Self::NotADependency => f.write_str("takes the output of a task that it does not depend on"),
            Self::NotAVariable { name } => write!(f, "{name:?} is not the name of a variable"),
            Self::ReservedVariable { name } => write!(f, "{name:?} is set by the engine"),
        }
    }
}

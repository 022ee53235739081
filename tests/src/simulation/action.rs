//! Everything that can happen in a simulation, as concrete as a line of a script: what chance chose is not in it any more.

use super::names::{name_of, subject_name};
pub use super::price_asks::{OfPrices, PriceSource};
use super::rules_text;
pub use super::schedule_asks::OfSchedule;
pub use super::verdicts::Evaluated;
use std::fmt;
use triad_event::Sealed;
use triad_event::execution::{AttemptEnded, Captured, Ending, Used};
use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_event::intake::{TaskDefinition, WorkflowTerms};
use triad_event::quantity::{Bytes, Micros};

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Time passes on both clocks.
    Wait(Micros),
    /// The wall clock alone jumps.
    Jump(Micros),
    /// The machine runs anew from the next life on: its clock that counts suspension tells nothing of before.
    Reboot,
    /// The loop goes round once: timers, what may be performed, the open block, snapshots.
    Turn,
    /// The oldest commit in flight meets its fate.
    Commit(Fate),
    /// The process dies and the next life begins. A torn write leaves something to drop.
    Crash {
        /// Whether it does.
        is_torn: bool,
    },
    /// The process is stopped in order and the next life begins.
    Restart,
    /// The next life begins paused.
    StartPaused,
    /// The core panics on an input of that workflow's stream, and the next life begins.
    Panic(WorkflowId),
    /// The snapshot that is being written meets its fate.
    Snapshot(Written),
    /// The index of idempotency keys has read so far.
    IndexReads(u64),
    /// A client hands in a chunk.
    Stage(Definition),
    /// A client submits.
    Submit {
        /// What.
        definition: Definition,
        /// Its idempotency key.
        key: Option<String>,
    },
    /// Somebody asks for something.
    Ask {
        /// What.
        request: Request,
        /// How long the reason is that they give.
        reason_bytes: usize,
    },
    /// An outcome arrives.
    End(End),
    /// What expressions came to arrives.
    Evaluate(Evaluated),
    /// An effect fails for a reason that passes.
    Fail(u64),
    /// The vault destroys the key that the erasure with that request calls for.
    Destroy(u64),
    /// The outcome of that erasure arrives.
    Destroyed(u64),
    /// The process of an attempt runs.
    Run {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
    },
    /// A sign of life arrives.
    Progress {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// Bytes written so far.
        output: u64,
    },
}

/// What becomes of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is durable.
    Durable,
    /// It is refused and not on disk.
    Failed,
    /// Nobody can tell, and it is not on disk.
    UnknownLost,
    /// Nobody can tell, and it is on disk.
    UnknownKept,
}

impl Fate {
    /// All fates.
    pub const ALL: [Self; 4] = [Self::Durable, Self::Failed, Self::UnknownLost, Self::UnknownKept];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Durable => "ok",
            Self::Failed => "failed",
            Self::UnknownLost => "unknown-lost",
            Self::UnknownKept => "unknown-kept",
        }
    }
}

/// What becomes of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is on disk.
    Whole,
    /// It could not be written.
    Lost,
    /// It is on disk, and a bit of it flips.
    Damaged,
}

impl Written {
    pub(super) const ALL: [Self; 3] = [Self::Whole, Self::Lost, Self::Damaged];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Whole => "ok",
            Self::Lost => "lost",
            Self::Damaged => "damaged",
        }
    }
}

/// Some tasks of a workflow, after those that were staged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The workflow to be.
    pub workflow: WorkflowId,
    /// How many tasks were staged before.
    pub first_task: u32,
    /// The tasks. Their inputs stand for content of that length, which is sealed as it comes in.
    pub tasks: Vec<TaskDefinition>,
    /// Whose the content is; none when the workflow is its own data subject.
    pub subject: Option<DataSubjectId>,
    /// The newest record when the vault was asked about that; none when it is asked now.
    pub asked: Option<u64>,
    /// What is said of the workflow as a whole, when it is submitted.
    pub terms: Option<WorkflowTerms>,
}

/// What people ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A workflow is to stop.
    Cancel(WorkflowId),
    /// None of its attempts is to start.
    Pause(WorkflowId),
    /// Its attempts are to start again.
    Resume(WorkflowId),
    /// A stream is to go on.
    Release(WorkflowId),
    /// A stream is never to go on.
    Close(WorkflowId),
    /// Somebody has seen an alert.
    Acknowledge(StreamId),
    /// No attempt is to start.
    PauseEngine,
    /// Attempts are to start again.
    ResumeEngine,
    /// The wall clock is right.
    AcceptClock,
    /// A setting is to have a value.
    Set(Setting, i64),
    /// The content of a data subject is to be erased.
    Erase {
        /// The data subject.
        subject: DataSubjectId,
        /// The newest record when the vault was asked; none when it is asked now.
        asked: Option<u64>,
    },
    /// A legal hold is to be placed.
    Hold {
        /// The data subject.
        subject: DataSubjectId,
        /// The number of the hold.
        hold: u8,
        /// The newest record when the vault was asked; none when it is asked now.
        asked: Option<u64>,
    },
    /// A legal hold is to be released.
    Lift {
        /// The data subject.
        subject: DataSubjectId,
        /// The number of the hold.
        hold: u8,
    },
    /// The signal for which tasks wait.
    Signal(WorkflowId),
    /// Somebody approves a task.
    Approve {
        /// The workflow.
        workflow: WorkflowId,
        /// The task.
        task: u32,
        /// The number of the person; zero for whoever submits.
        by: u8,
    },
    /// Somebody declines a task.
    Decline {
        /// The workflow.
        workflow: WorkflowId,
        /// The task.
        task: u32,
        /// The number of the person; zero for whoever submits.
        by: u8,
    },
    /// Somebody decides on the fix of a task.
    DecideFix {
        /// The workflow.
        workflow: WorkflowId,
        /// The task.
        task: u32,
        /// The number of the person; zero for whoever submits.
        by: u8,
        /// Whether it is approved.
        approves: bool,
    },
    /// A server offers variables to fixes, by the bits of a number.
    Offer(u8),
    /// Something is asked of a schedule.
    Schedule(StreamId, OfSchedule),
    /// Something is asked about prices.
    Prices(OfPrices),
    /// Content of a workflow is to be read.
    Read {
        /// The workflow.
        workflow: WorkflowId,
        /// The number of the reader.
        reader: u8,
    },
}

/// An outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Sequence of the request.
    pub request: u64,
    /// The task.
    pub task: u32,
    /// How it ended.
    pub ending: Ending,
    /// How long it took.
    pub took: Micros,
    /// Bytes that it wrote.
    pub output: u32,
    /// How long processors were busy with it, when that was measured.
    pub used: Option<Micros>,
}

impl End {
    /// As the performer reports it, with where its output was sealed.
    pub(super) fn ended(self, stdout: Option<Sealed>) -> AttemptEnded {
        AttemptEnded {
            request: self.request,
            task: self.task,
            ending: self.ending,
            exit_code: match self.ending {
                Ending::Succeeded => Some(0),
                Ending::Exited => Some(1),
                Ending::Signalled
                | Ending::TimedOut
                | Ending::Cancelled
                | Ending::NotStarted
                | Ending::Lost
                | Ending::OutOfMemory
                | Ending::InputUnavailable
                | Ending::InputUnusable
                | Ending::Declined
                | Ending::PartFailed
                | Ending::NotEvaluated
                | Ending::DeadlinePassed
                | Ending::Unverified
                | Ending::Held => None,
            },
            signal: (self.ending == Ending::Signalled).then_some(11),
            duration: self.took,
            stdout: Captured {
                total: stdout.as_ref().map_or(Bytes::ZERO, |stdout| stdout.length),
                kept: stdout.map(Into::into),
            },
            stderr: Captured::NOTHING,
            used: self.used.map(|processor_time| Used { processor_time, package_energy: None }.into()),
            findings: super::healing::findings(self.request, self.task, self.ending).map(Into::into),
        }
    }
}

/// The names of endings in scripts.
pub(super) const ENDINGS: [(Ending, &str); 16] = [
    (Ending::Succeeded, "ok"),
    (Ending::Exited, "exit"),
    (Ending::Signalled, "signal"),
    (Ending::TimedOut, "timed-out"),
    (Ending::Cancelled, "cancelled"),
    (Ending::NotStarted, "not-started"),
    (Ending::Lost, "lost"),
    (Ending::OutOfMemory, "out-of-memory"),
    (Ending::InputUnavailable, "no-input"),
    (Ending::InputUnusable, "bad-input"),
    (Ending::Declined, "declined"),
    (Ending::PartFailed, "part-failed"),
    (Ending::NotEvaluated, "not-evaluated"),
    (Ending::DeadlinePassed, "late"),
    (Ending::Unverified, "unverified"),
    (Ending::Held, "held"),
];

pub(super) fn ending_name(ending: Ending) -> &'static str {
    ENDINGS.iter().find(|(one, _)| *one == ending).map_or("?", |(_, name)| name)
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(span) => write!(f, "wait {}us", span.0),
            Self::Jump(by) => write!(f, "jump {}us", by.0),
            Self::Reboot => f.write_str("reboot"),
            Self::Turn => f.write_str("turn"),
            Self::Commit(fate) => write!(f, "commit {}", fate.name()),
            Self::Crash { is_torn } => f.write_str(if *is_torn { "crash torn" } else { "crash" }),
            Self::Restart => f.write_str("restart"),
            Self::StartPaused => f.write_str("start paused"),
            Self::Panic(workflow) => write!(f, "panic {}", name_of(*workflow)),
            Self::Snapshot(written) => write!(f, "snapshot {}", written.name()),
            Self::IndexReads(through) => write!(f, "index {through}"),
            Self::Stage(definition) => write_definition(f, "stage", definition, None),
            Self::Submit { definition, key } => write_definition(f, "submit", definition, key.as_deref()),
            Self::Ask { request, reason_bytes } => {
                write!(f, "{request}")?;
                if *reason_bytes > 0 { write!(f, " reason={reason_bytes}") } else { Ok(()) }
            }
            Self::End(end) => write_end(f, end),
            Self::Evaluate(evaluated) => write!(f, "evaluated {evaluated}"),
            Self::Fail(request) => write!(f, "fail #{request}"),
            Self::Destroy(request) => write!(f, "destroy #{request}"),
            Self::Destroyed(request) => write!(f, "destroyed #{request}"),
            Self::Run { request, task } => write!(f, "run #{request}/{task}"),
            Self::Progress { request, task, output } => write!(f, "progress #{request}/{task} out={output}"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancel(workflow) => write!(f, "cancel {}", name_of(*workflow)),
            Self::Pause(workflow) => write!(f, "pause {}", name_of(*workflow)),
            Self::Resume(workflow) => write!(f, "resume {}", name_of(*workflow)),
            Self::Release(workflow) => write!(f, "release {}", name_of(*workflow)),
            Self::Close(workflow) => write!(f, "close {}", name_of(*workflow)),
            Self::Acknowledge(alert) => write!(f, "acknowledge {alert}"),
            Self::PauseEngine => f.write_str("pause engine"),
            Self::ResumeEngine => f.write_str("resume engine"),
            Self::AcceptClock => f.write_str("accept clock"),
            Self::Set(setting, value) => write!(f, "set {} {value}", setting.name()),
            Self::Erase { subject, asked } => {
                write!(f, "erase {}", subject_name(*subject))?;
                write_asked(f, *asked)
            }
            Self::Hold { subject, hold, asked } => {
                write!(f, "hold {} {hold}", subject_name(*subject))?;
                write_asked(f, *asked)
            }
            Self::Lift { subject, hold } => write!(f, "lift {} {hold}", subject_name(*subject)),
            Self::Signal(workflow) => write!(f, "signal {}", name_of(*workflow)),
            Self::Approve { workflow, task, by } => {
                write!(f, "approve {}/{task} by {by}", name_of(*workflow))
            }
            Self::Decline { workflow, task, by } => {
                write!(f, "decline {}/{task} by {by}", name_of(*workflow))
            }
            Self::DecideFix { workflow, task, by, approves } => {
                let verb = if *approves { "fix" } else { "leave" };
                write!(f, "{verb} {}/{task} by {by}", name_of(*workflow))
            }
            Self::Offer(bits) => write!(f, "offer {bits}"),
            Self::Schedule(schedule, what) => write!(f, "schedule {} {what}", name_of((*schedule).into())),
            Self::Prices(what) => write!(f, "prices {what}"),
            Self::Read { workflow, reader } => write!(f, "read {} by {reader}", name_of(*workflow)),
        }
    }
}

fn write_asked(f: &mut fmt::Formatter<'_>, asked: Option<u64>) -> fmt::Result {
    asked.map_or(Ok(()), |asked| write!(f, " asked={asked}"))
}

fn write_end(f: &mut fmt::Formatter<'_>, end: &End) -> fmt::Result {
    let End { request, task, ending, took, output, used } = end;
    write!(f, "end #{request}/{task} {} took={}us", ending_name(*ending), took.0)?;
    used.map_or(Ok(()), |used| write!(f, " used={}us", used.0))?;
    if *output > 0 { write!(f, " out={output}") } else { Ok(()) }
}

fn write_definition(
    f: &mut fmt::Formatter<'_>,
    verb: &str,
    definition: &Definition,
    key: Option<&str>,
) -> fmt::Result {
    write!(f, "{verb} {}", name_of(definition.workflow))?;
    if definition.first_task > 0 {
        write!(f, " from {}", definition.first_task)?;
    }
    if let Some(key) = key {
        write!(f, " key={key}")?;
    }
    if let Some(subject) = definition.subject {
        write!(f, " subject={}", subject_name(subject))?;
    }
    write_asked(f, definition.asked)?;
    if let Some(terms) = &definition.terms {
        rules_text::write_urgency(f, terms.priority, terms.deadline.as_ref())?;
        terms.labels.iter().try_for_each(|label| write!(f, " {}={}", label.name, label.value))?;
    }
    for (place, task) in definition.tasks.iter().enumerate() {
        f.write_str(if place == 0 { ": " } else { ", " })?;
        rules_text::write_task(f, task)?;
    }
    if definition.tasks.is_empty() { f.write_str(":") } else { Ok(()) }
}

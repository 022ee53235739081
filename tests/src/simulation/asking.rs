//! What clients, readers and operators ask of the engine, with what the shell looks up for them.

use super::action::{Definition, OfSchedule, Request};
use super::people::person;
use super::script::SIGNAL;
use super::stage::{CLIENT, OPERATOR, Stage};
use super::violation::Verdict;
use triad_decide::{Input, alerts, dag, gates, governance, healing, intake, subjects};
use triad_event::Source;
use triad_event::alerts::AlertAcknowledged;
use triad_event::dag::{CancelRequested, WorkflowPaused, WorkflowResumed};
use triad_event::gates::{ApprovalDeclined, ApprovalGiven, SignalReceived};
use triad_event::governance::{
    ChangeSetting, ClockAccepted, EnginePaused, EngineResumed, StreamClosed, StreamReleased,
};
use triad_event::healing::{FixApproved, FixDeclined};
use triad_event::ids::{DataSubjectId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{ChunkStaged, TaskDefinition};
use triad_event::quantity::Micros;
use triad_event::sealed::ContentClass;
use triad_event::subjects::{PayloadRead, PlaceHold, ReleaseHold, RequestErasure, Subject};
use triad_perform::Asker;
use triad_perform::shell::message::Message;

/// A question on its way.
struct Asked {
    input: Input,
    by: Asker,
}

/// What comes in, sealed.
struct TakenIn {
    workflow: WorkflowId,
    subject: Subject,
    tasks: Vec<TaskDefinition>,
}

impl Asked {
    fn new(input: impl Into<Input>, principal: PrincipalId, source: Source) -> Self {
        Self { input: input.into(), by: Asker { principal, source } }
    }

    fn of_client(workflow: WorkflowId, input: intake::Ask) -> Self {
        Self::new(Input::of(workflow, input), CLIENT, Source::Client)
    }
}

impl Stage {
    /// A client hands in a chunk.
    pub(super) fn stage_chunk(&mut self, definition: Definition) -> Verdict {
        let TakenIn { workflow, subject, tasks } = self.take_in(&definition, false);
        let first_task = definition.first_task;
        let input = intake::Ask::StageChunk(ChunkStaged { first_task, subject, tasks });
        self.ask(Asked::of_client(workflow, input))
    }

    /// A client submits.
    pub(super) fn submit(&mut self, definition: Definition, key: Option<String>) -> Verdict {
        let TakenIn { workflow, subject, tasks } = self.take_in(&definition, true);
        let key = key.map(|key| key_of(&key));
        let (earlier, looked_up_through) = match &key {
            Some(key) => self.index.look_up(key),
            None => (None, 0),
        };
        let content = self.contents.remove(&workflow).unwrap_or_default();
        let submission = intake::Submission {
            name: "simulated".to_owned(),
            owner: String::new(),
            idempotency_key: key,
            earlier,
            looked_up_through,
            subject,
            content: *content.finalize().as_bytes(),
            staged_tasks: definition.first_task,
            tasks,
            terms: definition.terms.map(Into::into),
        };
        // Of a workflow that exists already, nothing can be said not to be recorded.
        if self.world().workflow(workflow).is_none() {
            self.outside.submitted(self.next_ticket(), workflow, key);
        }
        self.ask(Asked::of_client(workflow, intake::Ask::from(submission)))
    }

    /// Asks the vault whose the content is, seals it, and goes on with the digest over what it says, as the door does.
    fn take_in(&mut self, definition: &Definition, is_last: bool) -> TakenIn {
        let Definition { workflow, tasks, subject: named, asked, first_task, terms: _ } = definition;
        let has_content = tasks.iter().any(TaskDefinition::brings_content);
        let subject = if named.is_none() && !has_content && is_last && *first_task == 0 {
            // Nothing to seal, and nobody to seal it for.
            Subject::of(*workflow, NO_SLOT, self.book.next_sequence - 1)
        } else {
            self.look_up(named.unwrap_or((*workflow).into()), *asked)
        };
        let content = self.contents.entry(*workflow).or_default();
        let mut tasks = tasks.clone();
        for task in &mut tasks {
            let length = task.input.as_ref().map_or(u64::MAX, |input| input.length.0);
            content.update(&length.to_le_bytes());
            task.input = task.input.as_ref().map(|input| self.vault.seal(subject.id, input.length));
            if let Some(mut rules) = task.rules.as_deref().cloned() {
                let lists = rules.fan_out.iter_mut().map(|fan| &mut fan.list);
                for rule in rules.condition.iter_mut().chain(lists) {
                    content.update(&rule.length.0.to_le_bytes());
                    *rule = self.vault.seal(subject.id, rule.length);
                }
                task.rules = Some(rules.into());
            }
        }
        TakenIn { workflow: *workflow, subject, tasks }
    }

    /// What the vault says of a data subject, now or as it was when a record was the newest durable one.
    fn look_up(&mut self, subject: DataSubjectId, asked: Option<u64>) -> Subject {
        self.vault.subject(subject, asked, self.book.next_sequence - 1).0
    }

    /// Somebody asks for something.
    pub(super) fn ask_for(&mut self, request: Request, reason_bytes: usize) -> Verdict {
        let reason = "r".repeat(reason_bytes.max(1));
        let of_dag = |workflow, input| Asked::new(Input::of(workflow, input), CLIENT, Source::Client);
        let of_engine = |input: governance::Ask| Asked::new(input, OPERATOR, Source::Operator);
        let of_operator = |input: subjects::Ask| Asked::new(input, OPERATOR, Source::Operator);
        let asked = match request {
            Request::Cancel(workflow) => of_dag(workflow, dag::Ask::Cancel(CancelRequested { reason })),
            Request::Pause(workflow) => of_dag(workflow, dag::Ask::Pause(WorkflowPaused { reason })),
            Request::Resume(workflow) => of_dag(workflow, dag::Ask::Resume(WorkflowResumed { reason })),
            Request::Release(workflow) => {
                let released = StreamReleased { released: workflow.into(), reason };
                of_engine(governance::Ask::ReleaseStream(released))
            }
            Request::Close(workflow) => {
                let closed = StreamClosed { closed: workflow.into(), reason };
                of_engine(governance::Ask::CloseStream(closed))
            }
            Request::Acknowledge(alert) => {
                let acknowledge = alerts::Ask::Acknowledge(AlertAcknowledged { reason });
                Asked::new(Input::of(alert, acknowledge), OPERATOR, Source::Operator)
            }
            Request::PauseEngine => of_engine(governance::Ask::PauseEngine(EnginePaused { reason })),
            Request::ResumeEngine => of_engine(governance::Ask::ResumeEngine(EngineResumed { reason })),
            Request::AcceptClock => {
                of_engine(governance::Ask::AcceptClock(ClockAccepted { found: Micros(0), reason }))
            }
            Request::Set(setting, value) => {
                let scope = String::new();
                of_engine(governance::Ask::ChangeSetting(ChangeSetting { scope, setting, value, reason }))
            }
            Request::Erase { subject, asked } => {
                let newest = self.book.next_sequence - 1;
                let (subject, last_accepted) = self.vault.subject(subject, asked, newest);
                of_operator(subjects::Ask::RequestErasure(RequestErasure { subject, last_accepted, reason }))
            }
            Request::Hold { subject, hold, asked } => {
                let Subject { standing, looked_up_through, .. } = self.look_up(subject, asked);
                let hold = hold_name(hold);
                let place = PlaceHold { subject, standing, looked_up_through, hold, reason };
                of_operator(subjects::Ask::PlaceHold(place))
            }
            Request::Lift { subject, hold } => {
                let hold = hold_name(hold);
                of_operator(subjects::Ask::ReleaseHold(ReleaseHold { subject, hold, reason }))
            }
            Request::Signal(workflow) => {
                let received = SignalReceived { name: SIGNAL.to_owned(), content: None, reason };
                Asked::new(Input::of(workflow, gates::Ask::from(received)), CLIENT, Source::Client)
            }
            Request::Approve { workflow, task, by } => {
                of_person(workflow, by, gates::Ask::Approve(ApprovalGiven { task, reason }))
            }
            Request::Decline { workflow, task, by } => {
                of_person(workflow, by, gates::Ask::Decline(ApprovalDeclined { task, reason }))
            }
            Request::DecideFix { workflow, task, by, approves: true } => {
                of_person(workflow, by, healing::Ask::ApproveFix(FixApproved { task, reason }))
            }
            Request::DecideFix { workflow, task, by, approves: false } => {
                of_person(workflow, by, healing::Ask::DeclineFix(FixDeclined { task, reason }))
            }
            Request::Offer(bits) => {
                Asked::new(Input::of_log(super::healing::offered(bits)), OPERATOR, Source::Operator)
            }
            Request::Schedule(schedule, what) => self.of_schedule(schedule, what, reason),
            Request::Prices(what) => Asked::new(what.asked(reason), OPERATOR, Source::Operator),
            Request::Read { workflow, reader } => self.read(workflow, reader),
        };
        self.ask(asked)
    }

    fn of_schedule(&mut self, schedule: StreamId, what: OfSchedule, reason: String) -> Asked {
        let (input, by) = self.asked_of_schedule(schedule, what, reason);
        Asked { input, by }
    }

    fn read(&self, workflow: WorkflowId, reader: u8) -> Asked {
        let (subject, class) = (self.book.subjects.of_stream(workflow.into()), ContentClass::Stdout);
        let read = subjects::Ask::RecordRead(PayloadRead { workflow, subject, task: 0, class });
        Asked::new(read, PrincipalId([reader; 16]), Source::Client)
    }

    fn ask(&mut self, asked: Asked) -> Verdict {
        let (Asked { input, by }, attachments) = (asked, Vec::new());
        let (reply, before) = (self.take_ticket(), self.world().next_sequence());
        self.tell(Message::Ask { input, attachments, by, reply })?;
        let is_silent = self.world().next_sequence() == before;
        if let Some(silent) = self.waiting.get_mut(&reply) {
            *silent = is_silent;
        }
        Ok(())
    }
}

/// Somebody decides on what waits for people.
fn of_person(workflow: WorkflowId, by: u8, ask: impl Into<triad_event::Ask>) -> Asked {
    Asked::new(Input::of(workflow, ask), person(by), Source::Client)
}

/// The slot of a workflow that has no content.
const NO_SLOT: u64 = 0;

/// The name of a hold, which scripts number.
fn hold_name(hold: u8) -> String {
    format!("case-{hold}")
}

/// What the log knows of a client's key.
pub(super) fn key_of(key: &str) -> [u8; 32] {
    *blake3::hash(key.as_bytes()).as_bytes()
}

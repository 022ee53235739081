//! The language of the tests.
//!
//! ```text
//! submit W: a, b process after a attempts=3 timeout=5s base=100ms, c text after a+b [key=K] [known=W2] [priority=high]
//! stage W: a, b after a              submit W from 2: c after b
//! end W/a ok | exit | lost | cancelled | timed-out | held [out] [took=5s] [used=5s] [joules=9]   progress W/a    run W/a
//! cancel W    pause W    resume W    quarantine W    release W    close W
//! pause engine    resume engine    start    timer    wait 5s
//! step clock by 1h    accept clock    agree clock    set attempts_running_max 1    set attempts_running_max@scope 1
//! signal W NAME [content=5]    approve W/a    decline W/a    override W/a (approves with a reason)
//! offer, apply, drop, end ... why=: see [`super::healed`]
//! source, publish, unsource, carbon, emit, uncarbon: see [`super::priced`]    budget, unbudget: see [`super::budgeted`]
//! schedule, define: see [`super::scheduled`]
//! eval W/a holds | not | list=3 | missing | no-value | too-much | unavailable
//! erase S [last=5s]    erased S    hold S name    lift S name    read W/a    as 2
//! ```
//!
//! What a workflow is given belongs to itself, or to `subject=S` with `slot=3`. What the vault knows is `vault=new`,
//! `known` or `erased`, and was asked about when the newest record was `asked=12`. `[last=5s]` says how long ago
//! content was accepted last.
//!
//! How tasks are written is told in [`super::tasks`]. A workflow has a `deadline=5s` or, by the calendar, `by=5s`,
//! `inputs=9`, and an `owner=acme`. It is of a schedule with `labelled=S`, and made of a definition with `definition=D`.

use triad_event::dag::{CancelRequested, WorkflowPaused, WorkflowResumed};
use triad_event::evaluation::{EvaluationEnded, Page, Value, Verdict};
use triad_event::execution::{AttemptEnded, AttemptProgressed, AttemptStarted, Captured, Ending, Used};
use triad_event::gates::{ApprovalDeclined, ApprovalGiven, SignalContent, SignalReceived};
use triad_event::governance::{
    ChangeSetting, ClockAccepted, ClockAgreed, ClockStepped, EnginePaused, EngineResumed, EngineStopped,
    Setting, SnapshotTaken, StreamClosed, StreamQuarantined, StreamReleased,
};
use triad_event::ids::{DataSubjectId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{ChunkStaged, DefinitionUse, Earlier, Label, WorkflowTerms};
use triad_event::log::NoteRecorded;
use triad_event::quantity::{Bytes, Microjoules, Micros, Millis};
use triad_event::schedules::LABEL_SCHEDULE;
use triad_event::sealed::ContentClass;
use triad_event::subjects::{Erased, PayloadRead, PlaceHold, ReleaseHold, RequestErasure, Standing, Subject};
use triad_event::{Event, Sealed};

use super::door::{Door, evaluations, started, subject_named, workflow_named};
use super::tasks::{deadline, define, millis, option, priority};
use crate::dag::TaskState;
use crate::governance::Ask as Govern;
use crate::intake::Submission;
use crate::{Input, dag, evaluation, execution, gates, intake, subjects};

/// What a line of a script asks for.
pub(super) enum Command {
    /// Time passes.
    Wait(Micros),
    /// Somebody else asks from here on.
    Become(PrincipalId),
    /// A record that the core does not decide.
    Write(Event),
    /// An input.
    Input(Input),
}

/// Reads one line.
pub(super) fn parse(door: &Door, line: &str) -> Command {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let reason = String::new;
    Command::Input(match (verb, rest) {
        ("wait", span) => return Command::Wait(Millis(millis(span)).to_micros()),
        ("source" | "publish" | "unsource" | "carbon" | "emit" | "uncarbon", rest) => {
            super::priced::parse(door, verb, rest).into()
        }
        ("schedule", rest) => super::scheduled::parse(rest),
        ("define", name) => super::scheduled::define(name, door.world.next_sequence()),
        ("offer" | "rules" | "unrules", rest) => Input::of_log(super::healed::parse(verb, rest)),
        ("apply", named) => decide_on(door, named, super::healed::approve),
        ("drop", named) => decide_on(door, named, super::healed::decline),
        ("budget" | "unbudget", rest) => super::budgeted::parse(verb, rest).into(),
        ("note", text) => return Command::Write(NoteRecorded { text: text.to_owned() }.into()),
        ("start", "") => Govern::StartEngine(started()).into(),
        ("timer", "") => Govern::FireTimer.into(),
        ("pause", "engine") => Govern::PauseEngine(EnginePaused { reason: reason() }).into(),
        ("resume", "engine") => Govern::ResumeEngine(EngineResumed { reason: reason() }).into(),
        ("accept", "clock") => Govern::AcceptClock(ClockAccepted { found: door.at, reason: reason() }).into(),
        ("step", rest) => step_clock(door, rest).into(),
        ("set", rest) => set(rest).into(),
        ("snapshot", "") => record_snapshot(door).into(),
        ("quarantine", name) => {
            let quarantined = StreamId::from(workflow_named(name));
            Govern::QuarantineStream(StreamQuarantined { quarantined, panics: 2, input: "Test".to_owned() })
                .into()
        }
        ("release", name) => {
            let released = StreamId::from(workflow_named(name));
            Govern::ReleaseStream(StreamReleased { released, reason: reason() }).into()
        }
        ("close", name) => {
            let closed = StreamId::from(workflow_named(name));
            Govern::CloseStream(StreamClosed { closed, reason: reason() }).into()
        }
        ("cancel", name) => ask(name, dag::Ask::Cancel(CancelRequested { reason: reason() })),
        ("pause", name) => ask(name, dag::Ask::Pause(WorkflowPaused { reason: reason() })),
        ("resume", name) => ask(name, dag::Ask::Resume(WorkflowResumed { reason: reason() })),
        ("as", number) => return Command::Become(PrincipalId([number.parse().expect("a number"); 16])),
        ("erase", rest) => erase(door, rest).into(),
        ("erased", rest) => erased(door, rest).into(),
        ("hold", rest) => hold(door, rest).into(),
        ("lift", rest) => lift(rest).into(),
        ("read", named) => read(door, named).into(),
        ("submit", rest) => submit(door, rest),
        ("stage", rest) => stage(door, rest),
        ("end", rest) => end(door, rest),
        ("progress", rest) => progress(door, rest),
        ("run", rest) => run(door, rest),
        ("signal", rest) => signal(door, rest),
        ("eval", rest) => evaluate(door, rest),
        ("approve", named) => {
            decide_on(door, named, |task| gates::Ask::Approve(ApprovalGiven { task, reason: String::new() }))
        }
        ("override", named) => decide_on(door, named, |task| {
            gates::Ask::Approve(ApprovalGiven { task, reason: "reviewed".to_owned() })
        }),
        ("decline", named) => decide_on(door, named, |task| {
            gates::Ask::Decline(ApprovalDeclined { task, reason: String::new() })
        }),
        ("agree", "clock") => Govern::AgreeClock(ClockAgreed { expected: door.at, found: door.at }).into(),
        ("stop", "engine") => Govern::StopEngine(EngineStopped { running: 0 }).into(),
        _ => panic!("no such command: {line}"),
    })
}

fn ask(name: &str, ask: dag::Ask) -> Input {
    Input::of(workflow_named(name), ask)
}

fn step_clock(door: &Door, rest: &str) -> Govern {
    let by = Millis(millis(rest.trim_start_matches("clock by "))).to_micros();
    Govern::StepClock(ClockStepped { expected: door.at, found: Micros(door.at.0 + by.0) })
}

fn set(rest: &str) -> Govern {
    let (name, value) = rest.split_once(' ').expect("a setting and a value");
    let (name, scope) = name.split_once('@').unwrap_or((name, ""));
    let setting = Setting::from_name(name).expect("a setting");
    Govern::ChangeSetting(ChangeSetting {
        setting,
        scope: scope.to_owned(),
        value: value.parse().expect("a value"),
        reason: String::new(),
    })
}

fn record_snapshot(door: &Door) -> Govern {
    let through_sequence = door.world.next_sequence() - 1;
    let digest = crate::snapshot::digest(&door.world);
    Govern::RecordSnapshot(SnapshotTaken { through_sequence, digest, size: Bytes(1) })
}

fn stage(door: &Door, rest: &str) -> Input {
    let (name, tail) = rest.split_once(':').expect("a workflow and its tasks");
    let (tasks, options) = tail.split_once('[').unwrap_or((tail, ""));
    let workflow = workflow_named(name);
    let subject = subject(door, workflow.into(), options);
    let first_task = staged(door, workflow).len() as u32;
    let tasks = define(&staged(door, workflow), tasks, door.at);
    Input::of(workflow, intake::Ask::StageChunk(ChunkStaged { first_task, subject, tasks }))
}

fn submit(door: &Door, rest: &str) -> Input {
    let (head, tail) = rest.split_once(':').expect("a workflow and its tasks");
    let (tasks, options) = tail.split_once('[').unwrap_or((tail, ""));
    let (name, from) = head.split_once(" from ").unwrap_or((head, "0"));
    let workflow = workflow_named(name);
    let option = |key: &str| option(options, key).map(str::to_owned);
    let digest = |text: String| *blake3::hash(text.as_bytes()).as_bytes();
    let earlier = option("known").map(|known| Earlier {
        workflow: workflow_named(&known),
        digest: [0; 32],
        elapsed: door.elapsed,
    });
    let submission = Submission {
        name: "test".to_owned(),
        idempotency_key: option("key").map(digest),
        earlier,
        looked_up_through: option("through").map_or(0, |text| text.parse().expect("a sequence")),
        subject: subject(door, workflow.into(), options),
        content: *blake3::hash(option("content").unwrap_or_default().as_bytes()).as_bytes(),
        owner: option("owner").unwrap_or_default(),
        staged_tasks: from.parse().expect("a number of tasks"),
        tasks: define(&staged(door, workflow), tasks, door.at),
        terms: terms(options, door.at).map(Into::into),
    };
    Input::of(workflow, intake::Ask::from(submission))
}

/// What options say of a workflow, if they say anything.
fn terms(options: &str, now: Micros) -> Option<WorkflowTerms> {
    let terms = WorkflowTerms {
        priority: option(options, "priority").map(priority),
        deadline: deadline(options, now),
        inputs: option(options, "inputs").map(|length| sealed(length.parse().expect("a length"))),
        labels: option(options, "labelled").map(label).into_iter().collect(),
        definition: option(options, "definition").map(|name| DefinitionUse {
            name: name.to_owned(),
            version: 1,
            published: 1,
        }),
        ..WorkflowTerms::nothing()
    };
    (terms != WorkflowTerms::nothing()).then_some(terms)
}

/// What says of which schedule a workflow is.
fn label(schedule: &str) -> Label {
    Label { name: LABEL_SCHEDULE.to_owned(), value: schedule.to_owned() }
}

/// The data subject that options name, or another one.
fn subject(door: &Door, other: DataSubjectId, options: &str) -> Subject {
    let asked = option(options, "asked").map(|text| text.parse().expect("a sequence"));
    let slot = option(options, "slot").map_or(1, |text| text.parse().expect("a slot"));
    let named = option(options, "subject").map(subject_named);
    let standing = match option(options, "vault") {
        Some("known") => Standing::Known,
        Some("erased") => Standing::Erased,
        Some("new") | None => Standing::New,
        Some(other) => panic!("no such standing: {other}"),
    };
    let looked_up_through = asked.unwrap_or(door.world.next_sequence() - 1);
    Subject { id: named.unwrap_or(other), slot, standing, looked_up_through }
}

fn erase(door: &Door, rest: &str) -> subjects::Ask {
    let (name, options) = rest.split_once(' ').unwrap_or((rest, ""));
    let subject = subject(door, subject_named(name), options);
    let last = option(options, "last").map(|span| Millis(millis(span)).to_micros());
    let last_accepted = last.map(|span| Micros(door.at.0 - span.0));
    let standing = if options.contains("vault=") { subject.standing } else { Standing::Known };
    let subject = Subject { standing, ..subject };
    subjects::Ask::RequestErasure(RequestErasure { subject, last_accepted, reason: String::new() })
}

/// The outcome of the erasure that is under way, or of any, as `#request/S`.
fn erased(door: &Door, rest: &str) -> subjects::Ask {
    let (named, options) = rest.split_once(' ').unwrap_or((rest, ""));
    let slot = option(options, "slot").map_or(1, |text| text.parse().expect("a slot"));
    let (request, subject) = match named.strip_prefix('#').and_then(|named| named.split_once('/')) {
        Some((request, name)) => (request.parse().expect("a sequence"), subject_named(name)),
        None => {
            let subject = subject_named(named);
            (door.world.subjects.erasing.get(&subject).expect("under way").request, subject)
        }
    };
    subjects::Ask::EndErasure(Erased { request, subject, slot })
}

fn hold(door: &Door, rest: &str) -> subjects::Ask {
    let mut words = rest.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (subject_name, hold, options) = (word(), word().to_owned(), word());
    let Subject { id, standing, looked_up_through, .. } = subject(door, subject_named(subject_name), options);
    let reason = String::new();
    subjects::Ask::PlaceHold(PlaceHold { subject: id, standing, looked_up_through, hold, reason })
}

fn lift(rest: &str) -> subjects::Ask {
    let (name, hold) = rest.split_once(' ').expect("a data subject and a hold");
    let (subject, hold) = (subject_named(name), hold.to_owned());
    subjects::Ask::ReleaseHold(ReleaseHold { subject, hold, reason: String::new() })
}

fn read(door: &Door, named: &str) -> subjects::Ask {
    let (name, task) = named.split_once('/').expect("a workflow and a task");
    let workflow = workflow_named(name);
    let subject = door.world.workflow(workflow).map_or(workflow.into(), |alive| alive.plan().subject());
    let task = task.parse().expect("a position");
    subjects::Ask::RecordRead(PayloadRead { workflow, subject, task, class: ContentClass::Stdout })
}

/// A reference as sealing gives one. Each is different in the vault; here only that it is there matters.
pub(super) fn sealed(length: u64) -> Sealed {
    Sealed { address: [0xad; 32], commitment: [0xc0; 32], length: Bytes(length) }
}

fn staged(door: &Door, workflow: WorkflowId) -> Vec<String> {
    door.world
        .intake
        .get(workflow)
        .map_or_else(Vec::new, |upload| upload.ids.iter().map(str::to_owned).collect())
}

fn signal(door: &Door, rest: &str) -> Input {
    let (workflow, rest) = rest.split_once(' ').expect("a workflow and a signal");
    let (name, options) = rest.split_once(' ').unwrap_or((rest, ""));
    let workflow = workflow_named(workflow);
    let length = option(options, "content").map(|length| length.parse().expect("a length"));
    let content = length.map(|length| content_of(door, workflow, sealed(length)).into());
    let received = SignalReceived { name: name.to_owned(), content, reason: String::new() };
    Input::of(workflow, gates::Ask::Signal(received))
}

/// What comes with a signal of a workflow, sealed as for all that is of it.
pub(super) fn content_of(door: &Door, workflow: WorkflowId, sealed: Sealed) -> SignalContent {
    let of_workflow = door.world.workflow(workflow).map(|alive| alive.plan().subject);
    let (id, slot) = of_workflow.unwrap_or((workflow.into(), 1));
    let subject = Subject { id, slot, standing: Standing::Known, looked_up_through: 0 };
    SignalContent { subject, sealed }
}

/// Says something of a task, named as `W/task`.
fn decide_on<A: Into<triad_event::Ask>>(door: &Door, named: &str, ask: impl FnOnce(u32) -> A) -> Input {
    let (name, task) = named.split_once('/').expect("a workflow and a task");
    let workflow = workflow_named(name);
    Input::of(workflow, ask(position(door, workflow, task)))
}

/// The position of a task, or of a part of one.
fn position(door: &Door, workflow: WorkflowId, task: &str) -> u32 {
    let alive = door.world.workflow(workflow).expect("a workflow that is alive");
    let mut positions = 0..alive.tasks.len() as u32;
    let found = positions.find(|position| alive.task_id(*position).is_some_and(|id| id == task));
    found.unwrap_or_else(|| panic!("no task {task}"))
}

fn end(door: &Door, rest: &str) -> Input {
    let (named, ending) = rest.split_once(' ').expect("a task and how it ended");
    let (request, task) = attempt(door, named);
    let (ending, options) = ending.split_once(' ').unwrap_or((ending, ""));
    let kept = options.split(' ').any(|word| word == "out").then(|| sealed(3));
    let span = |key: &str| option(options, key).map(|span| Millis(millis(span)).to_micros());
    let ending = match ending {
        "ok" => Ending::Succeeded,
        "exit" => Ending::Exited,
        "lost" => Ending::Lost,
        "cancelled" => Ending::Cancelled,
        "timed-out" => Ending::TimedOut,
        "held" => Ending::Held,
        other => panic!("no such ending: {other}"),
    };
    let stdout =
        Captured { total: Bytes(kept.as_ref().map_or(0, |kept| kept.length.0)), kept: kept.map(Into::into) };
    let duration = span("took").unwrap_or(Micros(1));
    let joules = option(options, "joules").map(|joules| joules.parse::<u64>().expect("joules"));
    let package_energy = joules.map(|joules| Microjoules(joules * 1_000_000));
    let used = span("used").map(|processor_time| Used { processor_time, package_energy }.into());
    let findings = super::healed::findings(options).map(Into::into);
    let ended = AttemptEnded { stdout, duration, used, findings, ..ended(request, task, ending) };
    execution::Ask::EndAttempt(ended).into()
}

fn progress(door: &Door, named: &str) -> Input {
    let (request, task) = attempt(door, named);
    execution::Ask::ReportProgress(AttemptProgressed { request, task, output: Bytes(1) }).into()
}

fn run(door: &Door, named: &str) -> Input {
    let (request, task) = attempt(door, named);
    execution::Ask::ReportStart(AttemptStarted { request, task }).into()
}

/// The end of an attempt that left no output.
pub(super) fn ended(request: u64, task: u32, ending: Ending) -> AttemptEnded {
    AttemptEnded {
        request,
        task,
        ending,
        exit_code: None,
        signal: None,
        duration: Micros(1),
        stdout: Captured::NOTHING,
        stderr: Captured::NOTHING,
        used: None,
        findings: None,
    }
}

/// The attempt that a script means: the one that runs, as `W/task`, or any, as `#request/position`.
#[expect(clippy::wildcard_enum_match_arm, reason = "anything else fails the test")]
fn attempt(door: &Door, named: &str) -> (u64, u32) {
    let (workflow, task) = named.split_once('/').expect("a workflow and a task");
    if let Some(request) = workflow.strip_prefix('#') {
        return (request.parse().expect("a sequence"), task.parse().expect("a position"));
    }
    let position = position(door, workflow_named(workflow), task);
    let alive = door.world.workflow(workflow_named(workflow)).expect("a workflow that is alive");
    match alive.task(position).expect("a task").state {
        TaskState::Running { request } => (request, position),
        other => panic!("{named} does not run: {other:?}"),
    }
}

/// What the expressions of a task came to, named as `W/task`, or by the request as `#request/position`.
fn evaluate(door: &Door, rest: &str) -> Input {
    let (named, outcome) = rest.split_once(' ').expect("a task and what its expressions came to");
    let (name, task) = named.split_once('/').expect("a workflow and a task");
    if let Some(request) = name.strip_prefix('#') {
        let (request, task) = (request.parse().expect("a sequence"), task.parse().expect("a position"));
        let workflow = WorkflowId([0; 16]);
        return evaluation::Ask::EndEvaluation(came_to(door, workflow, request, task, outcome)).into();
    }
    let workflow = workflow_named(name);
    let task = position(door, workflow, task);
    let owed =
        evaluations(&door.world).into_iter().find(|owed| (owed.workflow, owed.task) == (workflow, task));
    let request = owed.expect("it is evaluated").request;
    evaluation::Ask::EndEvaluation(came_to(door, workflow, request, task, outcome)).into()
}

/// What expressions came to. The entries of a list lie two in a page.
pub(super) fn came_to(
    door: &Door,
    workflow: WorkflowId,
    request: u64,
    task: u32,
    outcome: &str,
) -> EvaluationEnded {
    let (name, entries) = outcome.split_once('=').unwrap_or((outcome, "0"));
    let entries = entries.parse().expect("a number of entries");
    let verdict = match name {
        "holds" => Verdict::Holds,
        "not" => Verdict::DoesNotHold,
        "list" => Verdict::List,
        "missing" => Verdict::Missing,
        "no-value" => Verdict::NoValue,
        "too-much" => Verdict::TooMuch,
        "unavailable" => Verdict::Unavailable,
        other => panic!("no such outcome: {other}"),
    };
    let page = |first| Page { first, sealed: sealed(9) };
    let value = Value {
        digest: [0xdb; 32],
        entries,
        subject: content_of(door, workflow, sealed(9)).subject,
        pages: (0..entries).step_by(2).map(page).collect(),
    };
    let has_value = matches!(verdict, Verdict::Holds | Verdict::DoesNotHold | Verdict::List);
    let value = has_value.then(|| value.into());
    EvaluationEnded { request, task, verdict, value, detail: String::new() }
}

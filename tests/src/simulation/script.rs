//! The language of scripts: one action a line, as [`super::action`] writes it, and a little shorter for people.
//!
//! ```text
//! submit W [from 3] [key=K] [subject=S] [asked=12]: a, b process after a attempts=3 timeout=5s base=100ms, c text after a+b
//! stage W [from 3]: a, b after a
//! end W/a ok | exit | signal | timed-out | cancelled | not-started | lost | out-of-memory | no-input
//! run W/a    progress W/a    fail #12    cancel W    pause W    resume W    release W    close W    panic W
//! pause engine    resume engine    accept clock    set attempts_running_max 1    acknowledge <id of the alert>
//! evaluated W/a true | false | list entries=3 [pages=2] | missing | no-value | too-much | unavailable
//! prices set series missing=wait [age=5000ms] [bounds=5..60] [runs] | set fixed at=5 | publish 12 0/15:5 900000000/60:-1 |
//! remove
//! schedule P set | pause | resume | delete | fire 5000 W on-time | leave-out 6000 8000 3 | backfill 0 5000 | finish | stop
//! erase S [asked=12]    hold S 1 [asked=12]    lift S 1    read W by 2    destroy #12    destroyed #12
//! wait 5s    jump -1h    turn    commit ok | failed | unknown-lost | unknown-kept
//! crash    crash torn    reboot    restart    start paused    snapshot ok | lost | damaged    index 12
//! ```
//!
//! A task may also be a `group`, be `in=` one, run `when` a condition holds, for `each=2` entries of a list at once, after
//! other ends of those that it depends on, `on=a:failed+b:ended`, and be `due=500ms` after the acceptance, or `due-at=` a
//! moment in microseconds; its `priority=` is `low`, `normal`, `high` or `critical`. The last two may also stand before the
//! colon. It may wait for a price (`bid=`, `cheapest`, `missing=`) and be worth something (`value=`, `multiplier=`, `energy=`).
//! Prices are millionths of a dollar, their moments microseconds, their lengths minutes. What an earlier workflow did
//! stands for one that is `reused`, or `reused-list=3`. One that `takes` takes the outputs
//! of those that it depends on.
//!
//! A process and a text have content, which is sealed for the data subject S, or for the workflow itself. The vault is
//! asked when the newest record is 12, or now. Dependencies name tasks by id, or by position. An attempt is named by its task,
//! when it runs, or as `#request/position`.

use super::action::{
    Action, Definition, ENDINGS, End, Evaluated, Fate, OfPrices, OfSchedule, Request, Written,
};
use super::names::{subject_named, workflow_named};
use super::rules_text::{read_rule, read_urgency};
use super::verdicts::VERDICTS;
use triad_decide::dag::TaskState;
use triad_decide::{Effect, Evaluation, World, effects};
use triad_event::Sealed;
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::ids::{DataSubjectId, NotAnId, WorkflowId};
use triad_event::intake::{
    ApprovalGate, Label, SignalGate, TaskDefinition, TaskFlow, TaskKind, WorkflowTerms,
};
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::schedules::LABEL_SCHEDULE;

/// A line that is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{line}` is no action: {why}")]
pub struct NotAnAction {
    line: String,
    why: String,
}

/// Length of the content of a process, and of a text.
const PROCESS_BYTES: u64 = 64;
pub(super) const TEXT_BYTES: u64 = 5;

type Read<T> = Result<T, String>;

/// Reads one line. `staged` are the ids of the tasks that were staged for the workflow named in it.
pub fn parse(
    line: &str,
    world: &World,
    staged: impl Fn(WorkflowId) -> Vec<String>,
) -> Result<Action, NotAnAction> {
    read(line, world, staged).map_err(|why| NotAnAction { line: line.to_owned(), why })
}

fn read(line: &str, world: &World, staged: impl Fn(WorkflowId) -> Vec<String>) -> Read<Action> {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    Ok(match (verb, rest) {
        ("wait", span) => Action::Wait(read_span(span)?),
        ("jump", span) => match span.strip_prefix('-') {
            Some(back) => Action::Jump(Micros(-read_span(back)?.0)),
            None => Action::Jump(read_span(span)?),
        },
        ("reboot", "") => Action::Reboot,
        ("turn", "") => Action::Turn,
        ("commit", fate) => Action::Commit(named(&Fate::ALL, Fate::name, fate)?),
        ("crash", "") => Action::Crash { is_torn: false },
        ("crash", "torn") => Action::Crash { is_torn: true },
        ("restart", "") => Action::Restart,
        ("start", "paused") => Action::StartPaused,
        ("panic", name) => Action::Panic(workflow_named(name)),
        ("snapshot", written) => Action::Snapshot(named(&Written::ALL, Written::name, written)?),
        ("fail", request) => Action::Fail(sequence(request)?),
        ("destroy", request) => Action::Destroy(sequence(request)?),
        ("destroyed", request) => Action::Destroyed(sequence(request)?),
        ("index", through) => Action::IndexReads(number(through)?),
        ("stage", rest) => Action::Stage(read_definition(rest, staged)?.0),
        ("submit", rest) => {
            let (definition, key) = read_definition(rest, staged)?;
            Action::Submit { definition, key }
        }
        ("end", rest) => Action::End(read_end(world, rest)?),
        ("evaluated", rest) => Action::Evaluate(read_evaluated(world, rest)?),
        ("run", name) => {
            let (request, task) = attempt(world, name)?;
            Action::Run { request, task }
        }
        ("progress", rest) => {
            let (name, output) = rest.split_once(" out=").unwrap_or((rest, "1"));
            let (request, task) = attempt(world, name)?;
            Action::Progress { request, task, output: number(output)? }
        }
        (verb, rest) => read_request(verb, rest)?,
    })
}

fn read_request(verb: &str, rest: &str) -> Read<Action> {
    let (rest, reason) = rest.split_once(" reason=").unwrap_or((rest, "0"));
    let request = match (verb, rest) {
        ("pause", "engine") => Request::PauseEngine,
        ("resume", "engine") => Request::ResumeEngine,
        ("accept", "clock") => Request::AcceptClock,
        ("cancel", name) => Request::Cancel(workflow_named(name)),
        ("pause", name) => Request::Pause(workflow_named(name)),
        ("resume", name) => Request::Resume(workflow_named(name)),
        ("release", name) => Request::Release(workflow_named(name)),
        ("close", name) => Request::Close(workflow_named(name)),
        ("acknowledge", id) => Request::Acknowledge(id.parse().map_err(|error: NotAnId| error.to_string())?),
        ("erase", rest) => {
            let (name, asked) = read_asked(rest)?;
            Request::Erase { subject: subject_named(name), asked }
        }
        ("hold", rest) => {
            let (rest, asked) = read_asked(rest)?;
            let (subject, hold) = read_hold(rest)?;
            Request::Hold { subject, hold, asked }
        }
        ("lift", rest) => {
            let (subject, hold) = read_hold(rest)?;
            Request::Lift { subject, hold }
        }
        ("signal", name) => Request::Signal(workflow_named(name)),
        ("approve", rest) => {
            let (workflow, task, by) = read_verdict(rest)?;
            Request::Approve { workflow, task, by }
        }
        ("decline", rest) => {
            let (workflow, task, by) = read_verdict(rest)?;
            Request::Decline { workflow, task, by }
        }
        ("fix" | "leave", rest) => {
            let (workflow, task, by) = read_verdict(rest)?;
            Request::DecideFix { workflow, task, by, approves: verb == "fix" }
        }
        ("offer", bits) => Request::Offer(number(bits)? as u8),
        ("schedule", rest) => {
            let (name, what) = rest.split_once(' ').ok_or("something is asked of a schedule")?;
            let what = OfSchedule::read(what).ok_or("that cannot be asked of a schedule")?;
            Request::Schedule(workflow_named(name).into(), what)
        }
        ("prices", rest) => Request::Prices(OfPrices::read(rest).ok_or("that cannot be asked about prices")?),
        ("read", rest) => {
            let (name, reader) = rest.split_once(" by ").ok_or("a read needs a reader")?;
            Request::Read { workflow: workflow_named(name), reader: number(reader)? as u8 }
        }
        ("set", rest) => {
            let (name, value) = rest.split_once(' ').ok_or("a setting needs a value")?;
            let setting = Setting::from_name(name).ok_or("there is no such setting")?;
            Request::Set(setting, value.parse().map_err(|_| "a setting is a number")?)
        }
        _ => return Err("there is no such verb".to_owned()),
    };
    Ok(Action::Ask { request, reason_bytes: number(reason)? as usize })
}

/// The task by its place, and the number of the person.
fn read_verdict(rest: &str) -> Read<(WorkflowId, u32, u8)> {
    let (named, by) = rest.split_once(" by ").ok_or("a verdict needs a person")?;
    let (name, task) = named.split_once('/').ok_or("a verdict names a workflow and the place of a task")?;
    Ok((workflow_named(name), number(task)? as u32, number(by)? as u8))
}

/// What is asked, and when the vault was.
fn read_asked(rest: &str) -> Read<(&str, Option<u64>)> {
    match rest.split_once(" asked=") {
        Some((rest, asked)) => Ok((rest, Some(number(asked)?))),
        None => Ok((rest, None)),
    }
}

fn read_hold(rest: &str) -> Read<(DataSubjectId, u8)> {
    let (name, hold) = rest.split_once(' ').ok_or("a hold needs a data subject and a number")?;
    Ok((subject_named(name), number(hold)? as u8))
}

fn sequence(text: &str) -> Read<u64> {
    number(text.strip_prefix('#').ok_or("an effect is named by its request")?)
}

fn read_definition(
    rest: &str,
    staged: impl Fn(WorkflowId) -> Vec<String>,
) -> Read<(Definition, Option<String>)> {
    let (head, tasks) = rest.split_once(':').ok_or("tasks stand after a colon")?;
    let mut words = head.split_whitespace();
    let workflow = workflow_named(words.next().ok_or("a workflow needs a name")?);
    let before = staged(workflow);
    let (mut first_task, mut key, mut subject, mut asked) = (0, None, None, None);
    let (mut priority, mut deadline, mut labels) = (None, None, Vec::new());
    while let Some(word) = words.next() {
        match word.split_once('=') {
            Some(("key", name)) => key = Some(name.to_owned()),
            Some(("subject", name)) => subject = Some(subject_named(name)),
            Some(("asked", sequence)) => asked = Some(number(sequence)?),
            Some((LABEL_SCHEDULE, name)) => {
                labels.push(Label { name: LABEL_SCHEDULE.to_owned(), value: name.to_owned() });
            }
            Some((word, value)) if read_urgency(word, value, &mut priority, &mut deadline).is_some() => {}
            _ if word == "from" => first_task = number(words.next().unwrap_or_default())? as u32,
            _ => return Err(format!("`{word}` means nothing here")),
        }
    }
    let tasks = read_tasks(&before, tasks)?;
    let has_terms = priority.is_some() || deadline.is_some() || !labels.is_empty();
    let terms = has_terms.then(|| WorkflowTerms { priority, deadline, labels, ..WorkflowTerms::nothing() });
    Ok((Definition { workflow, first_task, tasks, subject, asked, terms }, key))
}

fn read_tasks(staged: &[String], text: &str) -> Read<Vec<TaskDefinition>> {
    let texts: Vec<&str> = text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
    let mut ids: Vec<&str> = staged.iter().map(String::as_str).collect();
    ids.extend(texts.iter().filter_map(|text| text.split(' ').next()));
    texts.iter().map(|text| read_task(&ids, text)).collect()
}

fn read_task(ids: &[&str], text: &str) -> Read<TaskDefinition> {
    let mut words = text.split_whitespace();
    let id = words.next().unwrap_or_default().to_owned();
    let mut task = task(id, TaskKind::Noop);
    while let Some(word) = words.next() {
        match word.split_once('=').unwrap_or((word, "")) {
            ("process", _) => {
                task.kind = TaskKind::Process;
                task.input = Some(content(PROCESS_BYTES));
            }
            ("text", _) => task.input = Some(content(TEXT_BYTES)),
            ("after", _) => {
                let names = words.next().ok_or("`after` needs a task")?.split('+');
                task.dependencies = names.map(|name| position(ids, name)).collect::<Read<_>>()?;
            }
            ("attempts", count) => task.options.attempts_max = number(count)? as u32,
            ("timeout", span) => {
                task.options.timeout = Some(Millis(read_span(span)?.0.unsigned_abs() / 1000))
            }
            ("base", span) => {
                task.options.retry_base = Some(Millis(read_span(span)?.0.unsigned_abs() / 1000))
            }
            ("waits", span) => {
                let wait = Millis(read_span(span)?.0.unsigned_abs() / 1000);
                task = waiting(task, TaskKind::Wait, |flow| flow.wait = Some(wait));
            }
            ("signal", _) => {
                let gate = SignalGate { name: SIGNAL.to_owned(), expires: None };
                task = waiting(task, TaskKind::Signal, |flow| flow.signal = Some(gate));
            }
            ("approvals", count) => {
                let (needed, roles) = (number(count)? as u32, vec!["approver".to_owned()]);
                let gate = ApprovalGate { roles, needed, expires: None };
                task = waiting(task, TaskKind::Approval, |flow| flow.approval = Some(gate));
            }
            ("expires", span) => {
                let expires = Millis(read_span(span)?.0.unsigned_abs() / 1000);
                let kind = task.kind;
                task = waiting(task, kind, |flow| expire(flow, expires));
            }
            ("pad", length) => task.name = ".".repeat(number(length)? as usize),
            (word, value) => {
                let read = read_rule(&mut task, word, value, |name| position(ids, name).ok());
                read.ok_or_else(|| format!("`{word}` means nothing for a task"))?;
            }
        }
    }
    Ok(task)
}

/// The signal that tasks wait for.
pub(super) const SIGNAL: &str = "go";

/// A task that waits for something.
pub(super) fn waiting(
    task: TaskDefinition,
    kind: TaskKind,
    what: impl FnOnce(&mut TaskFlow),
) -> TaskDefinition {
    let mut flow = task.flow.as_deref().cloned().unwrap_or_else(TaskFlow::nothing);
    what(&mut flow);
    TaskDefinition { kind, input: None, flow: Some(flow.into()), ..task }
}

/// What does not come in that time fails the task.
pub(super) fn expire(flow: &mut TaskFlow, expires: Millis) {
    flow.signal.iter_mut().for_each(|gate| gate.expires = Some(expires));
    flow.approval.iter_mut().for_each(|gate| gate.expires = Some(expires));
}

/// A task that asks for nothing special.
pub(super) fn task(id: String, kind: TaskKind) -> TaskDefinition {
    let input = (kind == TaskKind::Process).then(|| content(PROCESS_BYTES));
    TaskDefinition { input, ..TaskDefinition::new(id, kind) }
}

/// Content of that length, which is sealed as it comes in.
pub(super) fn content(length: u64) -> Sealed {
    Sealed { address: [0; 32], commitment: [0; 32], length: Bytes(length) }
}

fn position(ids: &[&str], name: &str) -> Read<u32> {
    let found = ids.iter().position(|id| *id == name).map(|place| place as u32);
    found.map_or_else(|| Ok(number(name)? as u32), Ok)
}

fn read_end(world: &World, rest: &str) -> Read<End> {
    let mut words = rest.split_whitespace();
    let (request, task) = attempt(world, words.next().unwrap_or_default())?;
    let name = words.next().ok_or("an end needs an ending")?;
    let ending = ENDINGS.iter().find(|(_, known)| *known == name).ok_or("there is no such ending")?.0;
    let mut end = End { request, task, ending, took: Micros(1), output: 0, used: None };
    for word in words {
        match word.split_once('=') {
            Some(("took", span)) => end.took = read_span(span)?,
            Some(("used", span)) => end.used = Some(read_span(span)?),
            Some(("out", bytes)) => end.output = number(bytes)? as u32,
            _ => return Err(format!("`{word}` means nothing for an end")),
        }
    }
    Ok(end)
}

/// The attempt that a script means: the one of a task that runs, or any by its request.
fn attempt(world: &World, name: &str) -> Read<(u64, u32)> {
    let (workflow, task) = name.split_once('/').ok_or("an attempt is a workflow and a task")?;
    if let Some(request) = workflow.strip_prefix('#') {
        return Ok((number(request)?, number(task)? as u32));
    }
    let alive = world.workflow(workflow_named(workflow)).ok_or("the workflow is not alive")?;
    let mut tasks = (0..).map_while(|place| Some((place, alive.task_id(place)?)));
    let found = tasks.find(|(_, id)| id == task).map(|(place, _)| place);
    let position = found.ok_or("there is no such task")?;
    match alive.task(position).map(|task| task.state) {
        Some(TaskState::Running { request }) => Ok((request, position)),
        _ => Err("the task does not run".to_owned()),
    }
}

fn read_evaluated(world: &World, rest: &str) -> Read<Evaluated> {
    let mut words = rest.split_whitespace();
    let (request, task) = evaluation(world, words.next().unwrap_or_default())?;
    let name = words.next().ok_or("expressions come to something")?;
    let verdict = VERDICTS.iter().find(|(_, known)| *known == name).ok_or("there is no such verdict")?.0;
    let (mut entries, mut pages, mut is_of_other) = (0, None, false);
    for word in words {
        match word.split_once('=') {
            Some(("entries", count)) => entries = number(count)? as u32,
            Some(("pages", count)) => pages = Some(number(count)? as u32),
            _ if word == "of-other" => is_of_other = true,
            _ => return Err(format!("`{word}` means nothing for a verdict")),
        }
    }
    let pages = pages.unwrap_or(u32::from(entries > 0));
    Ok(Evaluated { request, task, verdict, entries, pages, is_of_other })
}

/// The evaluation that a script means: the one for a task, or any by its request.
fn evaluation(world: &World, name: &str) -> Read<(u64, u32)> {
    if name.starts_with('#') {
        return attempt(world, name);
    }
    let (workflow, task) = name.split_once('/').ok_or("an evaluation is of a workflow and a task")?;
    let id = workflow_named(workflow);
    let is_its = |one: &Evaluation| {
        let named = world.workflow(one.workflow).and_then(|alive| alive.task_id(one.task));
        one.workflow == id && named.as_deref() == Some(task)
    };
    let found = effects(world).find_map(|effect| match effect {
        Effect::Evaluate(one) if is_its(&one) => Some((one.request, one.task)),
        Effect::Evaluate(_) | Effect::Perform(_) | Effect::DestroyKey(_) | Effect::Notify(_) => None,
    });
    found.ok_or_else(|| "its expressions are not evaluated".to_owned())
}

fn named<T: Copy>(all: &[T], name: impl Fn(T) -> &'static str, text: &str) -> Read<T> {
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| format!("`{text}` means nothing here"))
}

fn number(text: &str) -> Read<u64> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn read_span(text: &str) -> Read<Micros> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "us" => 1,
        "ms" => 1_000,
        "s" => 1_000_000,
        "m" => 60_000_000,
        "h" => 3_600_000_000,
        _ => return Err(format!("`{text}` is no span of time")),
    };
    let count: i64 = digits.parse().map_err(|_| format!("`{text}` is no span of time"))?;
    count.checked_mul(scale).map(Micros).ok_or_else(|| format!("`{text}` is too long"))
}

/// The name of an ending, for transcripts.
pub(super) fn shown(ending: Ending) -> &'static str {
    super::action::ending_name(ending)
}

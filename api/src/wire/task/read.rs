//! Reads tasks, member by member.

use super::course::Written;
use super::inner::Inner;
use super::member::{Draft, ROWS};
use super::option;
use super::retry::Retry;
use super::schedule;
use super::schema::PRICED;
use super::worth;
use crate::wire::inputs::Given;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::{Members, Seen, listed};
use crate::wire::origin::Origin;
use crate::wire::spot::Spot;
use crate::wire::words::Words;
use triad_decide::intake::ProposedTask;
use triad_event::intake::{TaskFlow, TaskKind, TaskOption, TaskRules, TaskTerms};

/// A task as it was read, by itself: what it names is not looked at yet.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::wire) struct ReadTask {
    pub(in crate::wire) task: ProposedTask,
    /// Its expressions.
    pub(in crate::wire) written: Written,
    /// When the workflow is submitted of which it is a task.
    pub(in crate::wire) schedule: Option<schedule::Written>,
    /// Where it stands in its document.
    pub(in crate::wire) spot: Spot,
    /// The sub-workflow that it is, when it is one, and what that is given.
    pub(in crate::wire) inner: Option<Box<Inner>>,
    pub(in crate::wire) with: Given,
}

/// How the one task is called that stands for those of a definition that nobody was asked for.
pub(in crate::wire) const UNASKED: &str = "unasked";

impl ReadTask {
    /// Stands for the tasks of a definition that nobody was asked for.
    pub(in crate::wire) fn unasked() -> Self {
        let task = ProposedTask::new(UNASKED, TaskKind::Noop);
        let (written, spot) = (Written::default(), Spot::top(0));
        Self { task, written, schedule: None, spot, inner: None, with: Given::new() }
    }
}

/// Reads the tasks of a workflow or of a sub-workflow, as far as there is room for them.
pub(in crate::wire) fn read_tasks(
    path: &str,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<Vec<ReadTask>, Malformed> {
    let mut tasks = Vec::new();
    if !members.expect(reader, path, Kind::List)? {
        return Ok(tasks);
    }
    let (mut position, around, begins) = (0, members.task, members.at);
    reader.list(|reader| {
        // One more than may lie within each other was refused before.
        let spot = around.map_or(Some(Spot::top(position)), |around| around.within(position));
        let Some(spot) = spot.filter(|_| members.budget.take_task()) else { return reader.skip() };
        let at = reader.place();
        let Members { faults, budget, .. } = members;
        tasks.push(read(spot, &mut Members { faults, budget, task: Some(spot), at }, reader)?);
        position += 1;
        Ok(())
    })?;
    if around.is_none() {
        members.budget.report(members.faults, begins);
    } else if position == 0 {
        members.at = begins;
        members.fault(path, || "must not be empty".to_owned());
    }
    Ok(tasks)
}

/// Reads the task that stands here; what is wrong with it becomes faults.
fn read(spot: Spot, members: &mut Members<'_>, reader: &mut Reader<'_>) -> Result<ReadTask, Malformed> {
    let first_fault = members.faults.listed.len();
    let start = reader.place();
    let mut draft = Draft {
        task: ProposedTask::new("", TaskKind::Noop),
        category: None,
        wait: None,
        signal: None,
        signal_schema: String::new(),
        approval: None,
        retry: Retry::default(),
        written: Written::default(),
        deadline: None,
        priority: None,
        terms: TaskTerms::nothing(),
        schedule: None,
        inner: None,
        with: Given::new(),
    };
    let mut seen = Seen::default();
    if reader.kind()? == Kind::Object {
        reader.object(|reader, key| read_member(&key, &mut seen, &mut draft, members, reader))?;
    } else {
        let found = reader.kind()?;
        reader.skip()?;
        members.at = start;
        members.fault("", || format!("a task is an object, not {found}"));
    }
    let kind = kind(&draft, &seen);
    check_inner(kind, &seen, &mut draft, members);
    check_schedule(&seen, &mut draft, members);
    check_prices(kind, &seen, &mut draft, members);
    let read = finish(spot, kind, draft);
    members.faults.name_from(first_fault, members.task, &read.task.definition.id);
    Ok(read)
}

/// Puts what was read where the core looks for it.
fn finish(spot: Spot, kind: TaskKind, draft: Draft) -> ReadTask {
    let Draft { mut task, category, wait, signal, approval, retry, written, .. } = draft;
    let Draft { signal_schema, deadline, priority, terms, schedule, inner, with, .. } = draft;
    task.definition.kind = kind;
    let category = category.filter(|name| name != kind.word()).unwrap_or_default();
    let Retry { on: retry_on, delay_max: retry_delay_max } = retry;
    let flow = TaskFlow { category, takes: Vec::new(), wait, signal, approval, retry_on, retry_delay_max };
    task.definition.flow = (flow != TaskFlow::nothing()).then(|| flow.into());
    let rules = TaskRules { deadline, priority, signal_schema, ..TaskRules::nothing() };
    task.definition.rules = (rules != TaskRules::nothing()).then(|| rules.into());
    task.definition.terms = (terms != TaskTerms::nothing()).then(|| terms.into());
    ReadTask { task, written, schedule, spot, inner: inner.map(Box::new), with }
}

/// A schedule is of a workflow, which is submitted as a whole.
fn check_schedule(seen: &Seen, draft: &mut Draft, members: &mut Members<'_>) {
    if !seen.has("for_each") {
        return;
    }
    if let Some(schedule::Written { at, .. }) = draft.schedule.take() {
        let origin = Origin::written(members.task);
        let problem = || {
            "has no meaning beside for_each: the whole workflow is submitted at each moment, not an entry of the list".to_owned()
        };
        members.faults.add_of(&origin, "", Some(at), "schedule", problem);
    }
}

/// What uses no energy by itself waits for none to be cheap.
fn check_prices(kind: TaskKind, seen: &Seen, draft: &mut Draft, members: &mut Members<'_>) {
    let why = match kind {
        TaskKind::Noop | TaskKind::Process => return,
        TaskKind::Wait | TaskKind::Signal | TaskKind::Approval => {
            "it waits for something else than a price; give it to the tasks behind it"
        }
        TaskKind::Group => "give it to the tasks of the sub-workflow",
    };
    let origin = Origin::written(members.task);
    for name in PRICED.into_iter().filter(|name| seen.has(name)) {
        members.faults.add_of(&origin, "", None, name, || format!("has no meaning here: {why}"));
    }
    draft.terms.bid_price_max = None;
    draft.terms.optimise.clear();
    draft.terms.missing_price = None;
}

/// A task is a sub-workflow, or it has nothing of one.
fn check_inner(kind: TaskKind, seen: &Seen, draft: &mut Draft, members: &mut Members<'_>) {
    let origin = Origin::written(members.task);
    let mut refuse = |name: &str, problem: String| members.faults.add_of(&origin, "", None, name, || problem);
    if seen.has("with") && !seen.has("workflow") {
        refuse(
            "with",
            "gives values to the inputs of a sub-workflow, and `workflow` is not there".to_owned(),
        );
    }
    if kind != TaskKind::Group {
        if draft.inner.take().is_some() {
            refuse("workflow", "does not fit the kind of the task".to_owned());
        }
        return;
    }
    let beside = [
        ("for_each", "its tasks can have it: a list is gone over by a task, not by a sub-workflow"),
        ("retry", "its tasks can have it: a sub-workflow is not begun again as a whole"),
    ];
    for (name, why) in beside.into_iter().filter(|(name, _)| seen.has(name)) {
        refuse(name, format!("has no meaning beside workflow; {why}"));
    }
    // What was refused here is not refused again.
    draft.written.leave_list();
    draft.retry = Retry::default();
    draft.task.definition.options.set(TaskOption::AttemptsMax, 1);
}

/// What performing it means follows from the one member that says what there is to do.
const DOING: [(&str, TaskKind); 5] = [
    ("command", TaskKind::Process),
    ("wait", TaskKind::Wait),
    ("signal", TaskKind::Signal),
    ("approval", TaskKind::Approval),
    ("workflow", TaskKind::Group),
];

fn kind(draft: &Draft, seen: &Seen) -> TaskKind {
    // These two said it before there was anything else, and are held to it.
    match draft.category.as_deref() {
        Some("NOOP") => return TaskKind::Noop,
        Some("PROCESS") => return TaskKind::Process,
        Some(_) | None => {}
    }
    let found = DOING.iter().find(|(name, _)| seen.has(name));
    found.map_or_else(|| likely_kind(&draft.task), |(_, kind)| *kind)
}

/// Of members that do not go together the one that stands second is the fault, at its place.
fn refuse_beside(name: &str, seen: &Seen, members: &mut Members<'_>, reader: &mut Reader<'_>) {
    members.at = reader.place();
    let is_doing = DOING.iter().any(|(doing, _)| *doing == name);
    let before = DOING.iter().map(|(doing, _)| *doing).find(|doing| *doing != name && seen.has(doing));
    if let Some(before) = before.filter(|_| is_doing) {
        members.fault(name, || {
            format!("stands beside {before}: a task has one of command, wait, signal, approval and workflow")
        });
    }
    if name == "input" && seen.has("approval") || name == "approval" && seen.has("input") {
        members.fault("input", || {
            "has no meaning for a task that waits: approval.message is what people are asked".to_owned()
        });
    }
}

fn read_member(
    key: &str,
    seen: &mut Seen,
    draft: &mut Draft,
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
) -> Result<(), Malformed> {
    if let Some(row) = ROWS.iter().find(|row| row.name == key) {
        if seen.first(row.name) {
            refuse_beside(row.name, seen, members, reader);
            (row.read)(draft, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else if let Some(row) = worth::ROWS.iter().find(|row| row.name == key) {
        if seen.first(row.name) {
            (row.read)(&mut draft.terms, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else if let Some(name) = option::named(key) {
        if seen.first(name) {
            option::read(name, &mut draft.task.definition.options, &mut draft.retry, members, reader)
        } else {
            members.refuse_repeated(reader, key)
        }
    } else {
        let rows = || ROWS.iter().map(|row| row.name).chain(worth::ROWS.iter().map(|row| row.name));
        let known = || format!("a task has {}", listed(rows().chain(option::names())));
        members.refuse_unknown(reader, key, known)
    }
}

/// A task with an environment and no command lacks the command; one with nothing at all is a no-op.
fn likely_kind(task: &ProposedTask) -> TaskKind {
    let content = &task.content;
    let mut is_process = !content.env.is_empty() || content.directory.is_some();
    is_process |= content.stdin.is_some() || content.verify.is_some();
    task.definition.options.each(|option, value| {
        is_process |= value.is_some() && option.kind() == Some(TaskKind::Process);
    });
    if is_process { TaskKind::Process } else { TaskKind::Noop }
}

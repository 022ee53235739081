//! What readers ask about workflows, whether they are alive or ended long ago.

use std::collections::{BTreeMap, btree_map};

use triad_event::Event;
use triad_event::ids::WorkflowId;

use super::{At, Runs, finished, index};
use crate::fold::Follows;
use crate::host::keys::last_number;
use crate::host::stored::StoredRows;
use crate::host::table::Holds;
use crate::read_error::ReadError;
use crate::row::{Undecodable, decode};
use crate::view::attempt_history::{Attempt, AttemptHistory};
use crate::view::part::{Numbered, Part};
use crate::view::run::Run;
use crate::view::run_graph::{PAGE_TASKS, RunGraph, Task};
use crate::view::run_list::{self, Accepted, Summary};
use crate::view::timeline::{self, Entries, Entry, Timeline};
use crate::views::{Answer, Views};

/// A workflow at a glance, with one of its tasks and the number of that, if it has it.
type TaskFound = (Summary, Option<(u32, Task)>);

impl<T: Holds<Run>> Views<T> {
    /// Which workflows are there? The newest first.
    pub fn run_list(&self, query: &run_list::Query) -> Result<Answer<run_list::Page>, ReadError> {
        self.ask(
            |runs: &Runs| runs.listed(query),
            |alive, rows| Ok(query.merge(alive, finished_listed(rows, query)?)),
        )
    }

    /// A workflow at a glance, whether it is alive or ended long ago.
    pub fn summary(&self, workflow: WorkflowId) -> Result<Answer<Option<Summary>>, ReadError> {
        self.ask(
            |runs: &Runs| runs.get(workflow).map(|run| run.summary().clone()),
            |alive, rows| alive.map_or_else(|| finished(rows, &At::Id(workflow)), |alive| Ok(Some(alive))),
        )
    }

    /// The newest workflow that was accepted under an idempotency key, given as the digest that submissions
    /// record.
    pub fn idempotency(&self, key: &[u8; 32]) -> Result<Answer<Option<Accepted>>, ReadError> {
        self.ask(
            |runs: &Runs| runs.get(*runs.keys.get(key)?).map(|run| run.summary().clone()),
            |alive, rows| {
                let stored = || finished(rows, &At::IdempotencyKey(*key));
                let summary = alive.map_or_else(stored, |alive| Ok(Some(alive)))?;
                Ok(summary.as_ref().and_then(Accepted::of))
            },
        )
    }

    /// How does a workflow stand? None when there is no such workflow.
    pub fn run_graph(&self, workflow: WorkflowId) -> Result<Answer<Option<RunGraph>>, ReadError> {
        self.ask(
            |runs: &Runs| runs.get(workflow).map(|run| run.graph.clone()),
            |alive, rows| alive.map_or_else(|| finished_graph(rows, workflow), |alive| Ok(Some(alive))),
        )
    }

    /// A workflow at a glance, and its task with that id and the number of it, if it has one.
    pub fn task(&self, workflow: WorkflowId, id: &str) -> Result<Answer<Option<TaskFound>>, ReadError> {
        self.ask(
            |runs: &Runs| runs.get(workflow).map(|run| run.graph.clone()),
            |alive, rows| match alive {
                Some(graph) => {
                    let found = (0..).zip(graph.tasks()).find(|(_, task)| *task.id == *id);
                    Ok(Some((graph.summary().clone(), found.map(|(number, task)| (number, task.clone())))))
                }
                None => finished_task(rows, workflow, id),
            },
        )
    }

    /// What happened in a workflow, in order? None when there is no such workflow.
    pub fn timeline(
        &self,
        workflow: WorkflowId,
        query: &timeline::Query,
    ) -> Result<Answer<Option<timeline::Page>>, ReadError> {
        self.ask(
            |runs: &Runs| runs.get(workflow).map(|run| (run.graph.clone(), run.timeline.clone())),
            |alive, rows| match alive {
                Some((graph, newest)) => alive_page(rows, &graph, &newest, query).map(Some),
                None => finished_page(rows, workflow, query),
            },
        )
    }

    /// How did a task go, attempt by attempt? None when there is no such workflow or task.
    pub fn attempt_history(
        &self,
        workflow: WorkflowId,
        number: u32,
    ) -> Result<Answer<Option<Vec<Attempt>>>, ReadError> {
        self.ask(
            |runs: &Runs| {
                let run = runs.get(workflow)?;
                let newest: Vec<Attempt> = run.attempts(number).cloned().collect();
                Some((run.summary().began.sequence, run.graph.task(number).cloned(), newest))
            },
            |alive, rows| match alive {
                Some((began, Some(task), newest)) => {
                    let mut attempts = stored_attempts(rows, began, number, &task)?.over;
                    attempts.extend(newest);
                    Ok(Some(attempts))
                }
                Some((_, None, _)) => Ok(None),
                None => finished_attempts(rows, workflow, number),
            },
        )
    }

    /// How many workflows are in memory: those alive, and those that ended since the last checkpoint.
    pub fn held(&self) -> usize {
        self.look(|runs: &Runs| runs.by_id.len()).value
    }
}

/// Finished workflows that a page of the list asks for, one more than it holds if there are as many.
fn finished_listed(rows: StoredRows<'_>, query: &run_list::Query) -> Result<Vec<Summary>, ReadError> {
    let wanted = query.rows() + 1;
    match (query.phase, query.found_by.as_slice()) {
        (None, []) => rows.finished_before(query.bound()).take(wanted).collect(),
        (Some(phase), []) => {
            let found = rows.range(&At::Phase(phase, 0), &At::Phase(phase, query.bound())).rev();
            found.take(wanted).map(|row| rows.finished(last_number(&row?.0)?)).collect()
        }
        (_, _) => {
            let found = index::stored_newest_first(rows, query);
            found.take(wanted).map(|began| rows.finished(began?)).collect()
        }
    }
}

fn finished_graph(rows: StoredRows<'_>, workflow: WorkflowId) -> Result<Option<RunGraph>, ReadError> {
    let Some(summary) = finished(rows, &At::Id(workflow))? else { return Ok(None) };
    let pages = RunGraph::pages(rows, summary.began.sequence);
    RunGraph::recall(summary, pages).map(Some)
}

/// Pages are read up to the one that holds the task.
fn finished_task(
    rows: StoredRows<'_>,
    workflow: WorkflowId,
    id: &str,
) -> Result<Option<(Summary, Option<(u32, Task)>)>, ReadError> {
    let Some(summary) = finished(rows, &At::Id(workflow))? else { return Ok(None) };
    let mut numbers = 0..;
    for page in RunGraph::pages(rows, summary.began.sequence).range(0..=u64::MAX) {
        let mut tasks = decode::<Vec<Task>>(&page?.1)?.into_iter().zip(numbers.by_ref());
        if let Some((task, number)) = tasks.find(|(task, _)| *task.id == *id) {
            return Ok(Some((summary, Some((number, task)))));
        }
    }
    Ok(Some((summary, None)))
}

/// A page of a timeline whose newest entries are in memory.
fn alive_page(
    rows: StoredRows<'_>,
    graph: &RunGraph,
    newest: &Timeline,
    query: &timeline::Query,
) -> Result<timeline::Page, ReadError> {
    let wanted = query.lines() + 1;
    let pages = Timeline::pages(rows, graph.summary().began.sequence);
    let mut entries = timeline::stored_entries(pages, query.from(), wanted)?;
    for entry in newest.entries() {
        let entry = entry?;
        if entries.len() < wanted && entry.sequence >= query.from() {
            entries.push(entry);
        }
    }
    Ok(query.page(entries, |task| graph.task(task).map(|task| &*task.id)))
}

/// A page of a timeline that is stored. Only the tasks that it names are read.
fn finished_page(
    rows: StoredRows<'_>,
    workflow: WorkflowId,
    query: &timeline::Query,
) -> Result<Option<timeline::Page>, ReadError> {
    let Some(summary) = finished(rows, &At::Id(workflow))? else { return Ok(None) };
    let began = summary.began.sequence;
    let entries = timeline::stored_entries(Timeline::pages(rows, began), query.from(), query.lines() + 1)?;
    let mut tasks = BTreeMap::new();
    let named = entries.iter().flat_map(Entry::tasks);
    for page in named.filter(|task| *task < summary.tasks).map(page_of) {
        if let btree_map::Entry::Vacant(vacant) = tasks.entry(page) {
            vacant.insert(tasks_of(rows, began, page)?);
        }
    }
    let task = |task: u32| tasks.get(&page_of(task))?.get(task as usize % PAGE_TASKS);
    Ok(Some(query.page(entries, |number| task(number).map(|task| &*task.id))))
}

fn finished_attempts(
    rows: StoredRows<'_>,
    workflow: WorkflowId,
    number: u32,
) -> Result<Option<Vec<Attempt>>, ReadError> {
    let Some(summary) = finished(rows, &At::Id(workflow))?.filter(|summary| number < summary.tasks) else {
        return Ok(None);
    };
    let began = summary.began.sequence;
    let tasks = tasks_of(rows, began, page_of(number))?;
    let task = tasks.get(number as usize % PAGE_TASKS).ok_or(Undecodable)?;
    let history = stored_attempts(rows, began, number, task)?;
    Ok(Some(history.over.into_iter().chain(history.open.into_values()).collect()))
}

/// The attempts of a task, as far as its timeline is stored: they lie between its first request and its end.
fn stored_attempts(
    rows: StoredRows<'_>,
    began: u64,
    number: u32,
    task: &Task,
) -> Result<AttemptHistory, ReadError> {
    let mut history = AttemptHistory::default();
    let Some(started) = task.started else { return Ok(history) };
    let end = task.ended.map_or(u64::MAX, |ended| ended.sequence);
    for page in timeline::pages_from(Timeline::pages(rows, began), started.sequence)? {
        let (first, bytes) = page?;
        if first > end {
            break;
        }
        for entry in Entries::of(&bytes).naming(number) {
            let record = entry?.into_record();
            if let Event::Execution(event) = &record.event {
                history.follow(&record, event).map_err(|_| Undecodable)?;
            }
        }
    }
    Ok(history)
}

fn tasks_of(rows: StoredRows<'_>, began: u64, page: u64) -> Result<Vec<Task>, ReadError> {
    RunGraph::pages(rows, began).get(page)
}

fn page_of(task: u32) -> u64 {
    u64::from(task) / PAGE_TASKS as u64
}

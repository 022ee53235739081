//! Everything that readers can see, gathered from wherever it comes, and as text.

use std::fmt::Write;

use triad_event::dag::TaskPhase;
use triad_event::ids::WorkflowId;

use crate::attempt_history::Attempt;
use crate::data_subject::DataSubject;
use crate::engine_state::EngineState;
use crate::ledger::Ledger;
use crate::negentropy::Negentropy;
use crate::run_graph::RunGraph;
use crate::run_list::{self, Summary};
use crate::timeline::{self, Line};
use crate::{Run, Views};

/// One workflow.
#[derive(Debug, PartialEq)]
pub(super) struct SeenRun {
    pub(super) graph: RunGraph,
    pub(super) attempts: Vec<Vec<Attempt>>,
    pub(super) lines: Vec<Line>,
}

/// All of it.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    pub(super) through: Option<u64>,
    pub(super) list: Vec<Summary>,
    pub(super) runs: Vec<SeenRun>,
    pub(super) engine: EngineState,
    pub(super) ledger: Ledger,
    pub(super) negentropy: Negentropy,
    /// Those of which something is recorded, in the order of the workflows.
    pub(super) subjects: Vec<DataSubject>,
}

impl Seen {
    /// What the views show now. Pages are small, so that there are several.
    pub(super) fn of(views: &Views) -> Self {
        let list = whole_list(views);
        let runs = list.iter().map(|row| SeenRun::of(views, row.id)).collect();
        let engine = views.engine_state();
        let subject = |row: &Summary| {
            let subject = views.data_subject(row.subject?).expect("a data subject can be read");
            subject.value
        };
        let subjects = list.iter().filter_map(subject).collect();
        let ledger = views.ledger(Ledger::clone).value;
        let negentropy = views.negentropy(Negentropy::clone).value;
        Self { through: engine.through, list, runs, engine: engine.value, ledger, negentropy, subjects }
    }
}

fn whole_list(views: &Views) -> Vec<Summary> {
    let mut rows = Vec::new();
    let mut query = run_list::Query { limit: 2, ..Default::default() };
    loop {
        let page = views.run_list(&query).expect("the list can be read").value;
        rows.extend(page.rows);
        match page.next {
            Some(next) => query.before = Some(next),
            None => return rows,
        }
    }
}

impl SeenRun {
    /// What the views show of a workflow.
    pub(super) fn of(views: &Views, workflow: WorkflowId) -> Self {
        let graph = views.run_graph(workflow).expect("the graph can be read").value;
        let graph = graph.expect("a workflow of the list has a graph");
        let attempts = (0..graph.summary().tasks).map(|task| {
            let attempts = views.attempt_history(workflow, task).expect("the attempts can be read");
            attempts.value.expect("a task of the graph has a history")
        });
        let attempts = attempts.collect();
        Self { graph, attempts, lines: whole_timeline(views, workflow) }
    }

    /// What the fold of the stream alone shows.
    pub(super) fn of_fold(run: &Run) -> Self {
        let tasks = 0..run.summary().tasks;
        Self {
            graph: run.graph().clone(),
            attempts: tasks.map(|task| run.attempts(task).cloned().collect()).collect(),
            lines: run.lines().collect(),
        }
    }

    /// As text.
    pub(super) fn show(&self) -> String {
        let mut out = String::new();
        show_run(&mut out, self).expect("a string takes any text");
        out
    }
}

fn whole_timeline(views: &Views, workflow: WorkflowId) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut query = timeline::Query { after: None, limit: 3 };
    loop {
        let page = views.timeline(workflow, &query).expect("the timeline can be read").value;
        let page = page.expect("a workflow of the list has a timeline");
        lines.extend(page.lines);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return lines,
        }
    }
}

fn show_run(out: &mut String, run: &SeenRun) -> std::fmt::Result {
    let summary = run.graph.summary();
    write!(out, "{:?} {:?}", summary.name, summary.phase)?;
    for phase in TaskPhase::ALL.iter().filter(|phase| summary.counts.of(**phase) > 0) {
        write!(out, ", {} {phase:?}", summary.counts.of(*phase))?;
    }
    writeln!(out)?;
    for (task, attempts) in run.graph.tasks().zip(&run.attempts) {
        write!(out, "  {} {:?}", task.id, task.phase)?;
        match task.last_ending {
            Some(ending) => writeln!(out, " {ending:?}")?,
            None => writeln!(out)?,
        }
        attempts.iter().try_for_each(|attempt| show_attempt(out, attempt))?;
    }
    run.lines.iter().try_for_each(|line| writeln!(out, "  {:>2} {}", line.entry.sequence, line.text))
}

fn show_attempt(out: &mut String, attempt: &Attempt) -> std::fmt::Result {
    write!(out, "    #{} of {} {:?}", attempt.number, attempt.requested.sequence, attempt.phase)?;
    if let Some(outcome) = attempt.end.as_ref().and_then(|end| end.outcome.as_ref()) {
        write!(out, " {:?} {}", outcome.exit_code, outcome.stdout.total)?;
    }
    writeln!(out)
}

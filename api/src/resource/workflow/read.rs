//! Everything of one workflow that is read from the views.

use super::outputs::TaskOutputs;
use super::wire::{Edges, Line, Task, Tasks, WorkflowSummary};
use crate::access::admitted::Admitted;
use crate::clock;
use crate::http::answer::json;
use crate::http::extract::{PathId, Query, unknown};
use crate::http::state::{AppState, blocking};
use crate::recorded::{FoldError, StreamRecords};
use crate::resource::price::usd;
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use triad_event::ids::WorkflowId;
use triad_event::quantity::MicroUsd;
use triad_projections::run_graph::RunGraph;
use triad_projections::run_list::FoundBy;
use triad_projections::{Run, run_list, timeline as view};

/// Rows of a page when nobody says how many.
const LIMIT_DEFAULT: usize = 100;
/// Rows of a page at most: more is a report, not a page.
pub(super) const LIMIT_MAX: usize = 1000;
/// The name of the route that shows a workflow.
pub(super) const SHOW: &str = "show_workflow";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowQuery {
    /// As it was when the record with that sequence had been written.
    as_of: Option<u64>,
    /// The number of the first task that is listed.
    tasks_from: Option<u32>,
    limit: Option<usize>,
    /// Whether the outputs of the tasks that are listed are wanted. That they are read is recorded.
    #[serde(default)]
    outputs: bool,
}

/// A workflow and some of its tasks.
#[derive(Serialize, JsonSchema)]
pub(super) struct Workflow<'a> {
    #[serde(flatten)]
    summary: WorkflowSummary,
    /// Seconds from its submission to its end, or to now.
    elapsed_seconds: f64,
    /// The newest workflows that go on with what failed in this one, the newest first; at most 100.
    retried_by: Vec<String>,
    /// What the energy of its runs cost so far, as far as there were prices.
    total_cost: Cost,
    /// The models that were invoked. No task there is invokes one.
    models_invoked: [&'static str; 0],
    /// What the tasks that are listed gave, by their ids, as far as they completed; null unless it was asked for.
    outputs: Option<TaskOutputs>,
    #[schemars(with = "Vec<Task>")]
    tasks: Tasks<'a>,
    /// The number of the next task; none when all are listed.
    next_tasks_from: Option<u32>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

/// An amount of money.
#[derive(Serialize, JsonSchema)]
struct Cost {
    /// A decimal number, as text so that no reader rounds it.
    amount: String,
    currency: &'static str,
}

pub(super) async fn show(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, Problem> {
    let (graph, through) = graph_of(&state, workflow, query.as_of).await?;
    // What was is not as old as what is.
    let now = query.as_of.map_or_else(clock::now_us, |_| graph.summary().last.at.0);
    let page = (query.tasks_from.unwrap_or(0), limit(query.limit)?);
    let outputs =
        state.outputs_at(&admitted, workflow, query.outputs.then_some(through).flatten(), page).await?;
    let retried_by = retried_by(&state, workflow).await?;
    Ok(json(StatusCode::OK, &Workflow { retried_by, outputs, ..Workflow::of(&graph, now, page, through) }))
}

impl AppState {
    /// What tasks of a workflow gave, as it was when the record with that sequence had been written, if there is one.
    async fn outputs_at(
        &self,
        admitted: &Admitted,
        workflow: WorkflowId,
        sequence: Option<u64>,
        page: (u32, usize),
    ) -> Result<Option<TaskOutputs>, Problem> {
        let Some(sequence) = sequence else { return Ok(None) };
        let run = run_as_of(self, workflow, sequence).await?;
        self.outputs_of(admitted, workflow, &run, page).await.map(Some)
    }
}

/// The workflows that go on with what failed in one.
async fn retried_by(state: &AppState, workflow: WorkflowId) -> Result<Vec<String>, Problem> {
    let found_by = vec![FoundBy::Retries(workflow)];
    let asked = run_list::Query { found_by, limit: LIMIT_DEFAULT, ..run_list::Query::default() };
    let page = state.view(move |views| views.run_list(&asked)).await?.value;
    Ok(page.rows.iter().map(|row| row.id.to_string()).collect())
}

/// The workflow as it is, answered as the caller says; with what its tasks gave, for somebody who asked for it.
pub(super) async fn show_now(
    state: &AppState,
    workflow: WorkflowId,
    outputs_for: Option<&Admitted>,
    answer: impl FnOnce(&Workflow<'_>) -> Response,
) -> Result<Response, Problem> {
    let (graph, through) = graph_of(state, workflow, None).await?;
    let page = (0, LIMIT_DEFAULT);
    let outputs = match outputs_for {
        Some(admitted) => state.outputs_at(admitted, workflow, through, page).await?,
        None => None,
    };
    let retried_by = retried_by(state, workflow).await?;
    let shown = Workflow::of(&graph, clock::now_us(), page, through);
    Ok(answer(&Workflow { retried_by, outputs, ..shown }))
}

impl<'a> Workflow<'a> {
    /// A page of tasks: the number of the first, and how many at most.
    fn of(graph: &'a RunGraph, now_us: i64, (from, limit): (u32, usize), as_of: Option<u64>) -> Self {
        let next = from.saturating_add(u32::try_from(limit).unwrap_or(u32::MAX));
        Self {
            summary: graph.summary().into(),
            elapsed_seconds: elapsed(graph.summary(), now_us).as_secs_f64(),
            retried_by: Vec::new(),
            total_cost: Cost { amount: amount(graph.summary().account.balance.money), currency: "USD" },
            models_invoked: [],
            outputs: None,
            tasks: Tasks { graph, from, limit },
            next_tasks_from: Some(next).filter(|next| graph.task(*next).is_some()),
            as_of,
        }
    }
}

/// Money as a decimal number.
fn amount(money: MicroUsd) -> String {
    if money == MicroUsd::ZERO { "0".to_owned() } else { usd(money.0) }
}

/// From the submission of a workflow to its end, or to now. Where the clock was set back meanwhile it is nothing.
fn elapsed(summary: &run_list::Summary, now_us: i64) -> Duration {
    let began = summary.submitted.unwrap_or(summary.began).at.0;
    let until = summary.ended.map_or(now_us, |ended| ended.at.0);
    Duration::from_micros(u64::try_from(until.saturating_sub(began)).unwrap_or(0))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GraphQuery {
    /// As it was when the record with that sequence had been written.
    as_of: Option<u64>,
}

/// All tasks of a workflow, and what depends on what.
#[derive(Serialize, JsonSchema)]
pub(super) struct WorkflowGraph<'a> {
    workflow_id: String,
    #[schemars(with = "Vec<Task>")]
    tasks: Tasks<'a>,
    /// The numbers of two tasks each: the one that comes first, the one that waits for it.
    #[schemars(with = "Vec<(u32, u32)>")]
    edges: Edges<'a>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

pub(super) async fn graph(
    State(state): State<AppState>,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<GraphQuery>,
) -> Result<Response, Problem> {
    let (graph, through) = graph_of(&state, workflow, query.as_of).await?;
    let body = WorkflowGraph {
        workflow_id: workflow.to_string(),
        tasks: Tasks { graph: &graph, from: 0, limit: usize::MAX },
        edges: Edges(&graph),
        as_of: through,
    };
    Ok(json(StatusCode::OK, &body))
}

async fn graph_of(
    state: &AppState,
    workflow: WorkflowId,
    as_of: Option<u64>,
) -> Result<(RunGraph, Option<u64>), Problem> {
    match as_of {
        Some(sequence) => Ok((run_as_of(state, workflow, sequence).await?.graph().clone(), as_of)),
        None => {
            let found = state.view(move |views| views.run_graph(workflow)).await?;
            Ok((found.value.ok_or_else(|| unknown(workflow))?, found.through))
        }
    }
}

/// A workflow as it was when the record with that sequence had been written.
async fn run_as_of(state: &AppState, workflow: WorkflowId, sequence: u64) -> Result<Run, Problem> {
    let end = state.durable().next_sequence;
    if sequence >= end {
        let detail = format!("the log is durable up to sequence {}", end.saturating_sub(1));
        return Err(Problem::new(Code::NotYetRecorded, detail));
    }
    let reader = state.reader.clone();
    let _place = state.reading.acquire().await;
    let fold = move || Run::as_of::<_, FoldError>(StreamRecords::new(reader, workflow.into()), sequence);
    let run = blocking(fold).await?;
    run.ok_or_else(|| unknown(workflow))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TimelineQuery {
    /// Where the page before ended.
    cursor: Option<u64>,
    limit: Option<usize>,
}

/// A page of what happened to a workflow.
#[derive(Serialize, JsonSchema)]
pub(super) struct WorkflowTimeline {
    workflow_id: String,
    lines: Vec<Line>,
    /// Where the next page begins; none when there is none.
    next_cursor: Option<u64>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

pub(super) async fn timeline(
    State(state): State<AppState>,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<TimelineQuery>,
) -> Result<Response, Problem> {
    let asked = view::Query { after: query.cursor, limit: limit(query.limit)? };
    let found = state.view(move |views| views.timeline(workflow, &asked)).await?;
    let page = found.value.ok_or_else(|| unknown(workflow))?;
    let body = WorkflowTimeline {
        workflow_id: workflow.to_string(),
        lines: page.lines.into_iter().map(Line::from).collect(),
        next_cursor: page.next,
        as_of: found.through,
    };
    Ok(json(StatusCode::OK, &body))
}

/// How many rows a page has, when so many are asked for.
pub(in crate::resource) fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::new(Code::InvalidQuery, format!("limit lies between 1 and {LIMIT_MAX}")))
}

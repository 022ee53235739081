//! `GET /v1/workflows` and everything below one workflow that is read from the views.

use super::wire::{Edges, Line, Task, Tasks, WorkflowSummary, phase_named};
use crate::access::admitted::Admitted;
use crate::access::judge::judge;
use crate::access::sight::tenant_of;
use crate::clock;
use crate::http::answer::json;
use crate::http::extract::{PathId, Query, unknown};
use crate::http::state::{AppState, blocking};
use crate::recorded::{FoldError, StreamRecords};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use triad_event::ids::WorkflowId;
use triad_projections::run_graph::RunGraph;
use triad_projections::{Answer, Run, run_list, timeline as view};

/// Rows of a page when nobody says how many.
const LIMIT_DEFAULT: usize = 100;
/// Rows of a page at most: more is a report, not a page.
const LIMIT_MAX: usize = 1000;
/// Rows that are looked at for one page of whoever sees some tenants only. Where most rows are of others, a page is short,
/// and says where the next begins.
const SCANNED_MAX: usize = 10_000;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    /// Only those in that status.
    status: Option<String>,
    /// Where the page before ended.
    cursor: Option<u64>,
    /// How many at most.
    limit: Option<usize>,
}

/// A page of workflows.
#[derive(Serialize, JsonSchema)]
pub(super) struct WorkflowPage {
    workflows: Vec<WorkflowSummary>,
    /// Where the next page begins; none when there is none.
    next_cursor: Option<u64>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let invalid = |detail: String| Problem::new(Code::InvalidQuery, detail);
    let phase = query.status.as_deref().map(phase_named).transpose().map_err(invalid)?;
    let asked = run_list::Query { phase, before: query.cursor, limit: limit(query.limit)? };
    let page = state.list_seen(admitted, asked).await?;
    let workflows = page.value.rows.iter().map(WorkflowSummary::from).collect();
    let body = WorkflowPage { workflows, next_cursor: page.value.next, as_of: page.through };
    Ok(json(StatusCode::OK, &body))
}

impl AppState {
    /// A page of what somebody sees.
    async fn list_seen(
        &self,
        admitted: Admitted,
        asked: run_list::Query,
    ) -> Result<Answer<run_list::Page>, Problem> {
        let known = self.door.known();
        if admitted.grants.is_none() {
            return self.view(move |views| views.run_list(&asked)).await;
        }
        let place = Arc::clone(&self.reading).acquire_owned().await;
        self.view(move |views| {
            let _place = place;
            let mut judged: BTreeMap<String, bool> = BTreeMap::new();
            let mut is_seen = |row: &run_list::Summary| {
                let tenant = tenant_of(&known.book, row.principal);
                *judged.entry(tenant.to_owned()).or_insert_with(|| {
                    let allowed = || {
                        judge(
                            &known.in_force,
                            &admitted,
                            admitted.action,
                            Some(tenant),
                            admitted.circumstances,
                        )
                    };
                    admitted.sees(tenant) && allowed().is_ok()
                })
            };
            let (mut rows, mut scanned, mut before) = (Vec::new(), 0, asked.before);
            loop {
                let wider = run_list::Query { before, limit: LIMIT_MAX, ..asked };
                let Answer { through, value: page } = views.run_list(&wider)?;
                for row in page.rows {
                    scanned += 1;
                    before = Some(row.began.sequence);
                    if is_seen(&row) {
                        rows.push(row);
                    }
                    if rows.len() == asked.limit || scanned == SCANNED_MAX {
                        return Ok(Answer { through, value: run_list::Page { rows, next: before } });
                    }
                }
                if page.next.is_none() {
                    return Ok(Answer { through, value: run_list::Page { rows, next: None } });
                }
            }
        })
        .await
    }
}

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
}

/// A workflow and some of its tasks.
#[derive(Serialize, JsonSchema)]
pub(super) struct Workflow<'a> {
    #[serde(flatten)]
    summary: WorkflowSummary,
    /// Seconds from its submission to its end, or to now.
    elapsed_seconds: f64,
    #[schemars(with = "Vec<Task>")]
    tasks: Tasks<'a>,
    /// The number of the next task; none when all are listed.
    next_tasks_from: Option<u32>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

pub(super) async fn show(
    State(state): State<AppState>,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, Problem> {
    let (graph, through) = graph_of(&state, workflow, query.as_of).await?;
    // What was is not as old as what is.
    let now = query.as_of.map_or_else(clock::now_us, |_| graph.summary().last.at.0);
    let page = (query.tasks_from.unwrap_or(0), limit(query.limit)?);
    Ok(json(StatusCode::OK, &Workflow::of(&graph, now, page, through)))
}

/// The workflow as it is, answered as the caller says.
pub(super) async fn show_now(
    state: &AppState,
    workflow: WorkflowId,
    answer: impl FnOnce(&Workflow<'_>) -> Response,
) -> Result<Response, Problem> {
    let (graph, through) = graph_of(state, workflow, None).await?;
    Ok(answer(&Workflow::of(&graph, clock::now_us(), (0, LIMIT_DEFAULT), through)))
}

impl<'a> Workflow<'a> {
    /// A page of tasks: the number of the first, and how many at most.
    fn of(graph: &'a RunGraph, now_us: i64, (from, limit): (u32, usize), as_of: Option<u64>) -> Self {
        let next = from.saturating_add(u32::try_from(limit).unwrap_or(u32::MAX));
        Self {
            summary: graph.summary().into(),
            elapsed_seconds: elapsed(graph.summary(), now_us).as_secs_f64(),
            tasks: Tasks { graph, from, limit },
            next_tasks_from: Some(next).filter(|next| graph.task(*next).is_some()),
            as_of,
        }
    }
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

fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::new(Code::InvalidQuery, format!("limit lies between 1 and {LIMIT_MAX}")))
}

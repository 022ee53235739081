//! `GET /v1/workflows` and everything below one workflow that is read from the views.

use super::door::Door;
use super::json;
use super::query::{Asked, Named, unknown};
use crate::wire::problem::{Code, Problem};
use crate::wire::workflow::{Edges, Tasks, line, phase_named, summary};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as document};
use triad_event::ids::WorkflowId;
use triad_projections::run_graph::RunGraph;
use triad_projections::{run_list, timeline};

/// Rows of a page when nobody says how many.
const LIMIT_DEFAULT: usize = 100;
/// Rows of a page at most: more is a report, not a page.
const LIMIT_MAX: usize = 1000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListQuery {
    status: Option<String>,
    cursor: Option<u64>,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(door): State<Door>,
    Asked(asked): Asked<ListQuery>,
) -> Result<Response, Problem> {
    let invalid = |detail: String| Problem::new(Code::InvalidQuery, detail);
    let phase = asked.status.as_deref().map(phase_named).transpose().map_err(invalid)?;
    let query = run_list::Query { phase, before: asked.cursor, limit: limit(asked.limit)? };
    let page = door.view(move |views| views.run_list(&query)).await?;
    let rows: Vec<Value> = page.value.rows.iter().map(summary).collect();
    let body = document!({ "workflows": rows, "next_cursor": page.value.next, "as_of": page.through });
    Ok(json(StatusCode::OK, &body))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowQuery {
    as_of: Option<u64>,
    tasks_from: Option<u32>,
    limit: Option<usize>,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    summary: Value,
    tasks: Tasks<'a>,
    next_tasks_from: Option<u32>,
    as_of: Option<u64>,
}

pub(super) async fn show(
    State(door): State<Door>,
    Named(workflow): Named,
    Asked(asked): Asked<ShowQuery>,
) -> Result<Response, Problem> {
    let (graph, through) = graph_of(&door, workflow, asked.as_of).await?;
    let (from, limit) = (asked.tasks_from.unwrap_or(0), limit(asked.limit)?);
    let next = from.saturating_add(u32::try_from(limit).unwrap_or(u32::MAX));
    let shown = Shown {
        summary: summary(graph.summary()),
        tasks: Tasks { graph: &graph, from, limit },
        next_tasks_from: Some(next).filter(|next| graph.task(*next).is_some()),
        as_of: through,
    };
    Ok(json(StatusCode::OK, &shown))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GraphQuery {
    as_of: Option<u64>,
}

#[derive(Serialize)]
struct Drawn<'a> {
    workflow_id: String,
    tasks: Tasks<'a>,
    edges: Edges<'a>,
    as_of: Option<u64>,
}

pub(super) async fn graph(
    State(door): State<Door>,
    Named(workflow): Named,
    Asked(asked): Asked<GraphQuery>,
) -> Result<Response, Problem> {
    let (graph, through) = graph_of(&door, workflow, asked.as_of).await?;
    let drawn = Drawn {
        workflow_id: workflow.to_string(),
        tasks: Tasks { graph: &graph, from: 0, limit: usize::MAX },
        edges: Edges(&graph),
        as_of: through,
    };
    Ok(json(StatusCode::OK, &drawn))
}

async fn graph_of(
    door: &Door,
    workflow: WorkflowId,
    as_of: Option<u64>,
) -> Result<(RunGraph, Option<u64>), Problem> {
    match as_of {
        Some(sequence) => Ok((door.run_as_of(workflow, sequence).await?.graph().clone(), as_of)),
        None => {
            let found = door.view(move |views| views.run_graph(workflow)).await?;
            Ok((found.value.ok_or_else(|| unknown(workflow))?, found.through))
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimelineQuery {
    cursor: Option<u64>,
    limit: Option<usize>,
}

pub(super) async fn timeline(
    State(door): State<Door>,
    Named(workflow): Named,
    Asked(asked): Asked<TimelineQuery>,
) -> Result<Response, Problem> {
    let query = timeline::Query { after: asked.cursor, limit: limit(asked.limit)? };
    let found = door.view(move |views| views.timeline(workflow, &query)).await?;
    let page = found.value.ok_or_else(|| unknown(workflow))?;
    let lines: Vec<Value> = page.lines.iter().map(line).collect();
    let body = document!({
        "workflow_id": workflow.to_string(), "lines": lines, "next_cursor": page.next, "as_of": found.through,
    });
    Ok(json(StatusCode::OK, &body))
}

fn limit(asked: Option<usize>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::new(Code::InvalidQuery, format!("limit lies between 1 and {LIMIT_MAX}")))
}

//! The routes of incidents, and of the fixes that people decide on.

use super::wire::{Incident, IncidentPage, ProposedFix};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::extract::{PathId, Query, page_limit, unknown};
use crate::http::fields::{Field, REASON};
use crate::http::state::AppState;
use crate::http::verdict::{Verdict, verdict};
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS};
use crate::resource::workflow::content::{TaskContent, no_task};
use crate::wire::problem::{Code, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_decide::{Input, healing};
use triad_event::Source;
use triad_event::healing::{FixApproved, FixDeclined};
use triad_event::ids::WorkflowId;

/// Incidents of a page when nobody says how many, and at most.
const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1000;

const VERDICT: Field = verdict("APPROVE, or DECLINE, after which the task fails for good.");

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/incidents",
        name: "list_incidents",
        summary: "tasks that failed and need a person, the newest first",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<ListQuery>(),
        gives: &[Gives::json::<IncidentPage>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/fixes/{name}",
        name: "show_fix",
        summary: "the fix that is proposed for a task, with what it follows from",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Workflow),
        takes: NOTHING,
        gives: &[Gives::json::<ProposedFix>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::WorkflowUnknown, Code::TaskUnknown, Code::NotWaiting]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/workflows/{id}/fixes/{name}",
        name: "decide_fix",
        summary: "approve or decline a fix that waits",
        source: Source::Client,
        need: Need::Right(Right::Approve, About::Workflow),
        takes: Takes { body: Some(Body::Fields(&[VERDICT, REASON])), ..NOTHING },
        gives: &[Gives::recorded::<ProposedFix>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, REFUSALS],
        handler: |method| on(method, decide),
    },
];

/// What may stand against a verdict.
const REFUSALS: &[Code] = &[
    Code::WorkflowUnknown,
    Code::WorkflowEnded,
    Code::TaskUnknown,
    Code::Quarantined,
    Code::NotWaiting,
    Code::RequesterDecides,
    Code::NotAnApprover,
    Code::InvalidValue,
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Where the page before ended.
    cursor: Option<u64>,
    /// How many at most.
    limit: Option<usize>,
}

async fn list(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let limit = page_limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let mut sight = state.sight_of(&admitted);
    let page = state
        .view(move |views| {
            let found = views.incidents(query.cursor, usize::MAX, |_| true);
            let (mut incidents, mut next_cursor, mut last) = (Vec::new(), None, None);
            for incident in found.value {
                let Some(graph) = views.run_graph(incident.workflow)?.value else { continue };
                let Some(task) = graph.task(incident.task) else { continue };
                if !sight.sees_of(graph.summary().principal) {
                    continue;
                }
                if incidents.len() == limit {
                    next_cursor = last;
                    break;
                }
                last = Some(incident.began.sequence);
                incidents.push(Incident::of(&incident, graph.summary(), task));
            }
            Ok(IncidentPage { incidents, next_cursor, as_of: found.through })
        })
        .await?;
    Ok(json(StatusCode::OK, &page))
}

async fn show(
    State(state): State<AppState>,
    PathId(workflow): PathId<WorkflowId>,
    Path((_, task_id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.proposed_fix(workflow, &task_id).await?))
}

async fn decide(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    Path((_, task_id)): Path<(String, String)>,
    verdict: Verdict,
) -> Result<Response, Problem> {
    let TaskContent { number: task, .. } = state.find_task(workflow, &task_id).await?;
    let Verdict { is_approval, reason } = verdict;
    let ask = match is_approval {
        true => healing::Ask::from(FixApproved { task, reason }),
        false => healing::Ask::from(FixDeclined { task, reason }),
    };
    let answer = state.ask(admitted.asker, Input::of(workflow, ask)).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.proposed_fix(workflow, &task_id).await?, answer.sequence))
}

impl AppState {
    async fn proposed_fix(&self, workflow: WorkflowId, task_id: &str) -> Result<ProposedFix, Problem> {
        let id = task_id.to_owned();
        let found = self.view(move |views| views.task(workflow, &id)).await?.value;
        let (summary, task) = found.ok_or_else(|| unknown(workflow))?;
        let (_, task) = task.ok_or_else(no_task)?;
        let none = || Problem::new(Code::NotWaiting, format!("no fix was proposed for task {task_id}"));
        ProposedFix::of(&summary, &task).ok_or_else(none)
    }
}

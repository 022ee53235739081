//! The routes of approvals.

use super::wire::{Approval, ApprovalPage};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::extract::{PathId, Query, page_limit, unknown};
use crate::http::fields::{Field, REASON};
use crate::http::state::AppState;
use crate::http::verdict::{Verdict, verdict};
use crate::resource::route::{ASKS, Body, Gives, Method, Need, Right, Route, Takes, VAULT, VIEWS};
use crate::resource::workflow::content::{TaskContent, no_task};
use crate::wire::content::{Content, Shown};
use crate::wire::problem::{Code, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_decide::{Input, gates};
use triad_event::Source;
use triad_event::gates::{ApprovalDeclined, ApprovalGiven, Wants};
use triad_event::ids::WorkflowId;
use triad_event::sealed::ContentClass;
use triad_projections::view::open_gates::OpenGate;

/// Approvals of a page when nobody says how many, and at most.
const LIMIT_DEFAULT: usize = 100;
const LIMIT_MAX: usize = 1000;

const VERDICT: Field = verdict(
    "APPROVE, or DECLINE, which ends the task as failed. A step that a rule of moderation holds is released by APPROVE with a reason.",
);

/// What may stand against a verdict.
const REFUSALS: &[Code] = &[
    Code::WorkflowUnknown,
    Code::WorkflowEnded,
    Code::TaskUnknown,
    Code::Quarantined,
    Code::NotWaiting,
    Code::RequesterDecides,
    Code::ApprovedAlready,
    Code::NotAnApprover,
    Code::InvalidValue,
];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/approvals",
        name: "list_approvals",
        summary: "what waits for people, the longest waiting first",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<ListQuery>(),
        gives: &[Gives::json::<ApprovalPage>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Get,
        path: "/v1/workflows/{id}/approvals/{name}",
        name: "show_approval",
        summary: "one approval with what those are asked who decide; that it was read is recorded",
        source: Source::Client,
        need: Need::Right(Right::Approve, About::Workflow),
        takes: crate::resource::route::NOTHING,
        gives: &[Gives::json::<Approval>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, &[Code::WorkflowUnknown, Code::TaskUnknown]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/workflows/{id}/approvals/{name}",
        name: "decide_approval",
        summary: "approve or decline a task that waits for it",
        source: Source::Client,
        need: Need::Right(Right::Approve, About::Workflow),
        takes: Takes { body: Some(Body::Fields(&[VERDICT, REASON])), ..crate::resource::route::NOTHING },
        gives: &[Gives::recorded::<Approval>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, REFUSALS],
        handler: |method| on(method, decide),
    },
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
    let is_approval = |gate: &OpenGate| matches!(gate.wants, Wants::Approval | Wants::Review);
    let (approvals, next_cursor, as_of) = state
        .view(move |views| {
            let (mut approvals, mut cursor) = (Vec::new(), query.cursor);
            loop {
                let open = views.open_gates(cursor, LIMIT_MAX, is_approval);
                let is_last = open.value.len() < LIMIT_MAX;
                for gate in open.value {
                    if approvals.len() == limit {
                        return Ok((approvals, cursor, open.through));
                    }
                    cursor = Some(gate.opened.sequence);
                    let Some(graph) = views.run_graph(gate.workflow)?.value else { continue };
                    if sight.sees_of(graph.summary().principal) {
                        let task = graph.task(gate.task);
                        approvals.extend(task.and_then(|task| Approval::of(graph.summary(), task, None)));
                    }
                }
                if is_last {
                    return Ok((approvals, None, open.through));
                }
            }
        })
        .await?;
    Ok(json(StatusCode::OK, &ApprovalPage { approvals, next_cursor, as_of }))
}

async fn show(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    Path((_, task_id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let task = state.find_task(workflow, &task_id).await?;
    let message = state.open_message(&admitted, task).await?;
    Ok(json(StatusCode::OK, &state.approval(workflow, &task_id, message).await?))
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
        true => gates::Ask::from(ApprovalGiven { task, reason }),
        false => gates::Ask::from(ApprovalDeclined { task, reason }),
    };
    let answer = state.ask(admitted.asker, Input::of(workflow, ask)).await?;
    state.gate_answer(workflow, answer.reply).await?;
    Ok(recorded(StatusCode::OK, &state.approval(workflow, &task_id, None).await?, answer.sequence))
}

impl AppState {
    async fn approval(
        &self,
        workflow: WorkflowId,
        task_id: &str,
        message: Option<Shown>,
    ) -> Result<Approval, Problem> {
        let id = task_id.to_owned();
        let found = self.view(move |views| views.task(workflow, &id)).await?.value;
        let (summary, task) = found.ok_or_else(|| unknown(workflow))?;
        let (_, task) = task.ok_or_else(no_task)?;
        let none = || Problem::new(Code::TaskUnknown, format!("task {task_id} is none that people approve"));
        Approval::of(&summary, &task, message).ok_or_else(none)
    }

    /// What those are asked who decide: content, so that it is read is recorded.
    async fn open_message(&self, admitted: &Admitted, task: TaskContent) -> Result<Option<Shown>, Problem> {
        if !task.has_input() {
            return Ok(None);
        }
        if let Some(erasure) = self.record_read(admitted.asker, &task, ContentClass::Input).await? {
            return Ok(Some(Shown::output(Content::Erased(erasure))));
        }
        let kind = task.kind;
        let content = self.open_text(task).await?;
        Ok(content.map(|content| Shown::input(kind, content)))
    }
}

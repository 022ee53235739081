//! Cancel, pause and resume.

use super::wire::WorkflowSummary;
use crate::http::answer::recorded;
use crate::http::extract::{Caller, PathId, Reason, unknown};
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::Words;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use triad_decide::{Input, Refusal, dag};
use triad_event::ids::WorkflowId;

/// Asks something of a workflow for a reason, and answers with the workflow as it is then.
pub(super) async fn change(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(workflow): PathId<WorkflowId>,
    Reason(reason): Reason,
    ask: fn(String) -> dag::Ask,
    code: StatusCode,
) -> Result<Response, Problem> {
    let answer = state.ask(asker, Input::of(workflow, ask(reason))).await?;
    let known = state.view(move |views| views.summary(workflow)).await?.value;
    match (answer.reply, known) {
        (Err(Refusal::Dag(dag::Refusal::WorkflowUnknown { .. })), Some(known)) => {
            let status = known.phase.word();
            let detail = format!("workflow {workflow} is {status}");
            Err(Problem::new(Code::WorkflowEnded, detail).with("workflow_status", status))
        }
        (Err(refusal), _) => Err(refusal.into()),
        (Ok(_), None) => Err(unknown(workflow)),
        (Ok(_), Some(known)) => Ok(recorded(code, &WorkflowSummary::from(&known), answer.sequence)),
    }
}

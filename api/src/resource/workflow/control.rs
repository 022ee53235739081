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
use triad_decide::{Accepted, Input, Refusal, dag, gates};
use triad_event::dag::WorkflowPhase;
use triad_event::ids::WorkflowId;
use triad_perform::Asker;
use triad_projections::run_list::Summary;

impl AppState {
    /// Has something done to a workflow: gives the workflow as it is then, and the sequence that is answered.
    pub(in crate::resource) async fn change_workflow(
        &self,
        asker: Asker,
        workflow: WorkflowId,
        ask: dag::Ask,
    ) -> Result<(Summary, u64), Problem> {
        let answer = self.ask(asker, Input::of(workflow, ask)).await?;
        let known = self.view(move |views| views.summary(workflow)).await?.value;
        match (answer.reply, known) {
            (Err(Refusal::Dag(dag::Refusal::WorkflowUnknown { .. })), Some(known)) => {
                Err(ended(workflow, known.phase))
            }
            (Err(refusal), _) => Err(refusal.into()),
            (Ok(_), None) => Err(unknown(workflow)),
            (Ok(_), Some(known)) => Ok((known, answer.sequence)),
        }
    }

    /// What came of something that was told to a workflow that waits: one that has ended is told apart from one that never was.
    pub(in crate::resource) async fn gate_answer(
        &self,
        workflow: WorkflowId,
        reply: Result<Accepted, Refusal>,
    ) -> Result<(), Problem> {
        let refusal = match reply {
            Ok(_) => return Ok(()),
            Err(refusal) => refusal,
        };
        let known = self.view(move |views| views.summary(workflow)).await?.value;
        match (&refusal, known) {
            (Refusal::Gates(gates::Refusal::WorkflowUnknown { .. }), Some(known)) => {
                Err(ended(workflow, known.phase))
            }
            _ => Err(refusal.into()),
        }
    }
}

fn ended(workflow: WorkflowId, phase: WorkflowPhase) -> Problem {
    let status = phase.word();
    Problem::new(Code::WorkflowEnded, format!("workflow {workflow} is {status}"))
        .with("workflow_status", status)
}

/// Asks something of a workflow for a reason, and answers with the workflow as it is then.
pub(super) async fn change(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(workflow): PathId<WorkflowId>,
    Reason(reason): Reason,
    ask: fn(String) -> dag::Ask,
    code: StatusCode,
) -> Result<Response, Problem> {
    let (known, sequence) = state.change_workflow(asker, workflow, ask(reason)).await?;
    Ok(recorded(code, &WorkflowSummary::from(&known), sequence))
}

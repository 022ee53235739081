//! Cancel, pause and resume: of a workflow, and of the engine.

use super::door::Door;
use super::fields::{Fields, REASON};
use super::json;
use super::query::{Named, unknown};
use super::submit::SEQUENCE_HEADER;
use crate::wire::problem::{Code, Problem};
use crate::wire::workflow::{status, summary};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::json as document;
use triad_decide::{Input, Refusal, dag, governance};
use triad_event::Source;
use triad_event::ids::WorkflowId;

pub(super) async fn cancel(
    State(door): State<Door>,
    Named(workflow): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let reason = reason(&door, &headers, body).await?;
    change(&door, workflow, dag::Input::Cancel { reason }, StatusCode::ACCEPTED).await
}

pub(super) async fn pause(
    State(door): State<Door>,
    Named(workflow): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let reason = reason(&door, &headers, body).await?;
    change(&door, workflow, dag::Input::Pause { reason }, StatusCode::OK).await
}

pub(super) async fn resume(
    State(door): State<Door>,
    Named(workflow): Named,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let reason = reason(&door, &headers, body).await?;
    change(&door, workflow, dag::Input::Resume { reason }, StatusCode::OK).await
}

pub(super) async fn pause_engine(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let reason = reason(&door, &headers, body).await?;
    turn_engine(&door, governance::Input::PauseEngine { reason }, true).await
}

pub(super) async fn resume_engine(
    State(door): State<Door>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let reason = reason(&door, &headers, body).await?;
    turn_engine(&door, governance::Input::ResumeEngine { reason }, false).await
}

async fn change(
    door: &Door,
    workflow: WorkflowId,
    input: dag::Input,
    code: StatusCode,
) -> Result<Response, Problem> {
    let answer = door.ask(Input::Dag { workflow, input }, Source::Client).await?;
    let known = door.view(move |views| views.summary(workflow)).await?.value;
    match (answer.reply, known) {
        (Err(Refusal::Dag(dag::Refusal::WorkflowUnknown { .. })), Some(known)) => {
            let detail = format!("workflow {workflow} is {}", status(known.phase));
            Err(Problem::new(Code::WorkflowEnded, detail).with("workflow_status", status(known.phase)))
        }
        (Err(refusal), _) => Err(refusal.into()),
        (Ok(_), None) => Err(unknown(workflow)),
        (Ok(_), Some(known)) => Ok(recorded(json(code, &summary(&known)), answer.sequence)),
    }
}

async fn turn_engine(door: &Door, input: governance::Input, is_paused: bool) -> Result<Response, Problem> {
    let answer = door.ask(input.into(), Source::Operator).await?;
    answer.reply?;
    let body = document!({ "paused": is_paused, "sequence": answer.sequence });
    Ok(recorded(json(StatusCode::OK, &body), answer.sequence))
}

fn recorded(mut response: Response, sequence: u64) -> Response {
    response.headers_mut().insert(SEQUENCE_HEADER, sequence.into());
    response
}

/// The reason in the body; none when there is no body.
async fn reason(door: &Door, headers: &HeaderMap, body: Body) -> Result<String, Problem> {
    Ok(Fields::read(door, headers, body, &[REASON]).await?.or_empty(REASON))
}

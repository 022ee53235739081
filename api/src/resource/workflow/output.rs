//! `GET /v1/workflows/{id}/output`: what an attempt wrote, byte by byte, of any length.

use super::content::{TaskContent, no_task};
use crate::access::admitted::Admitted;
use crate::access::lasting;
use crate::http::extract::{PathId, Query};
use crate::http::state::AppState;
use crate::wire::content::Content;
use crate::wire::problem::{Code, Problem};
use async_stream::stream;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use triad_event::Sealed;
use triad_event::execution::Ending;
use triad_event::ids::WorkflowId;
use triad_event::intake::{Form, Gave, Reused};
use triad_event::sealed::ContentClass;
use triad_perform::content::{binding, reference};
use triad_vault::{BlobReader, Vault};

/// Chunks of 64 KiB that wait for a client.
const CHUNKS_WAITING: usize = 4;

/// What may stand against an output, beside what stands against all content.
pub(super) const REFUSALS: &[Code] =
    &[Code::NoOutput, Code::Busy, Code::ContentErased, Code::ContentMissing, Code::ContentDamaged];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputQuery {
    /// The task's id.
    task: String,
    /// Its number; the last that has ended when nobody says.
    attempt: Option<u32>,
    #[serde(default)]
    stream: Stream,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Stream {
    #[default]
    Stdout,
    Stderr,
}

impl Stream {
    fn class(self) -> ContentClass {
        match self {
            Self::Stdout => ContentClass::Stdout,
            Self::Stderr => ContentClass::Stderr,
        }
    }
}

pub(super) async fn output(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<OutputQuery>,
) -> Result<Response, Problem> {
    let task = state.find_task(workflow, &query.task).await?;
    if let (Some(reused), Stream::Stdout) = (task.reused.clone(), query.stream) {
        return of_earlier(state, admitted, task, reused).await;
    }
    let number = task.number;
    let history = state.view(move |views| views.attempt_history(workflow, number)).await?;
    let attempts = history.value.ok_or_else(no_task)?;
    let is_meant = |number: u32| query.attempt.is_none_or(|asked| asked == number);
    let attempt = attempts.iter().rev().find(|attempt| is_meant(attempt.number) && attempt.end.is_some());
    let outcome = attempt.and_then(|attempt| attempt.end.as_ref()?.outcome.as_ref());
    let nothing = || Problem::new(Code::NoOutput, "no attempt that has ended left such output");
    let outcome = outcome.ok_or_else(nothing)?;
    let written = match query.stream {
        Stream::Stdout => &outcome.stdout,
        Stream::Stderr => &outcome.stderr,
    };
    if written.total.0 == 0 && has_run(outcome.ending) {
        return Ok(bytes(Body::empty()));
    }
    let kept = written.kept.as_deref().cloned().ok_or_else(nothing)?;
    send(state, admitted, task, (workflow, kept, query.stream.class())).await
}

/// What an earlier workflow gave, for a task for which that stands.
async fn of_earlier(
    state: AppState,
    admitted: Admitted,
    task: TaskContent,
    reused: Reused,
) -> Result<Response, Problem> {
    let Reused { workflow, gave, form } = reused;
    let [Gave { output, class, .. }] = gave.as_slice() else { return Err(is_a_list()) };
    if form == Form::List {
        return Err(is_a_list());
    }
    match output.clone() {
        Some(kept) => send(state, admitted, task, (workflow, kept, *class)).await,
        None => Ok(bytes(Body::empty())),
    }
}

fn is_a_list() -> Problem {
    let detail = "what stands for the task is a list: GET /v1/workflows/ID?outputs=true shows its entries";
    Problem::new(Code::NoOutput, detail)
}

/// Sends what was sealed for a workflow as content of some class, once it is recorded who reads it.
async fn send(
    state: AppState,
    admitted: Admitted,
    task: TaskContent,
    (workflow, kept, class): (WorkflowId, Sealed, ContentClass),
) -> Result<Response, Problem> {
    let busy = |_| Problem::new(Code::Busy, "as many outputs are being sent as may");
    let place = Arc::clone(&state.outputs).try_acquire_owned().map_err(busy)?;
    if let Some(erasure) = state.record_read(admitted.asker, &task, class).await? {
        return Err(unopened(Content::Erased(erasure)));
    }
    let reader = state.open(workflow, kept, class).await?;
    Ok(streamed(reader, state, admitted, place))
}

/// Whether all that it wrote is known, be it nothing.
fn has_run(ending: Ending) -> bool {
    match ending {
        Ending::Succeeded
        | Ending::Exited
        | Ending::Signalled
        | Ending::TimedOut
        | Ending::Cancelled
        | Ending::DeadlinePassed
        | Ending::Unverified
        | Ending::OutOfMemory => true,
        Ending::NotStarted
        | Ending::Lost
        | Ending::InputUnavailable
        | Ending::Declined
        | Ending::InputUnusable
        | Ending::PartFailed
        | Ending::NotEvaluated
        | Ending::Held => false,
    }
}

impl AppState {
    async fn open(
        &self,
        workflow: WorkflowId,
        kept: Sealed,
        class: ContentClass,
    ) -> Result<BlobReader, Problem> {
        let open = move |vault: &Vault| vault.reader(&reference(&kept), binding(workflow, class));
        let opened = self.in_vault(open).await?;
        opened.map_err(|why| unopened(why.into()))
    }
}

/// Why content cannot be handed out.
pub(super) fn unopened(content: Content) -> Problem {
    match content {
        Content::Missing { why } => Problem::new(Code::ContentMissing, why),
        Content::Damaged { why } => Problem::new(Code::ContentDamaged, why),
        Content::Erased(erasure) => Problem::new(Code::ContentErased, erasure.describe()),
        Content::Omitted | Content::Open(_) => unreachable!("invariant: it was not opened"),
    }
}

fn streamed(
    mut reader: BlobReader,
    state: AppState,
    admitted: Admitted,
    place: OwnedSemaphorePermit,
) -> Response {
    let (sender, mut receiver) = mpsc::channel(CHUNKS_WAITING);
    let parts = stream! {
        let opening = tokio::task::spawn_blocking(move || {
            let _place = place;
            loop {
                let chunk = match reader.next_chunk() {
                    Ok(Ok(Some(chunk))) => Bytes::copy_from_slice(&chunk),
                    Ok(Ok(None)) => return Ok(()),
                    Ok(Err(unopened)) => return Err(io::Error::other(unopened)),
                    Err(error) => return Err(io::Error::other(error)),
                };
                if sender.blocking_send(chunk).is_err() {
                    return Ok(());
                }
            }
        });
        let mut ends = pin!(lasting::ends(state, admitted));
        loop {
            let chunk = tokio::select! {
                chunk = receiver.recv() => chunk,
                () = &mut ends => {
                    yield Err(io::Error::other("whoever asked for the output counts no more"));
                    return;
                }
            };
            match chunk {
                Some(chunk) => yield Ok(chunk),
                None => break,
            }
        }
        match opening.await {
            Ok(Ok(())) => {}
            // Cut off in the middle, so that nobody takes the part for the whole.
            Ok(Err(error)) => {
                tracing::warn!("an output was cut off: {error}");
                yield Err(error);
            }
            Err(error) => yield Err(io::Error::other(error)),
        }
    };
    bytes(Body::from_stream(parts))
}

fn bytes(body: Body) -> Response {
    let mut response = body.into_response();
    let kind = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

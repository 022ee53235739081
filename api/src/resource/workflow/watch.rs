//! `GET /v1/workflows/{id}/events`

use crate::access::admitted::Admitted;
use crate::access::lasting;
use crate::feed::{Chunk, Watcher};
use crate::http::extract::{PathId, Query, unknown};
use crate::http::headers::single;
use crate::http::state::{AppState, internal};
use crate::wire::problem::{Code, Problem};
use async_stream::stream;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Deserialize;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use triad_event::ids::WorkflowId;

/// A comment goes out when nothing else did for so long, so that both sides notice when the other is gone.
const ALIVE_EVERY: Duration = Duration::from_secs(15);
/// Tells clients how long to wait, in milliseconds, before they connect again.
const GREETING: &[u8] = b"retry: 1000\n\n";
const ALIVE: &[u8] = b": alive\n\n";

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EventsQuery {
    /// The same as Last-Event-ID, for clients that cannot set a header.
    after: Option<u64>,
}

pub(super) async fn events(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let after = last_event_id(&headers)?.or(query.after);
    let from = after.map_or(0, |after| after.saturating_add(1));
    let (reader, reading) = (state.reader.clone(), Arc::clone(&state.reading));
    let mut watcher = Watcher::new(&state.feed, workflow.into(), from, reader, reading);
    let end = watcher.stream_end().await.map_err(|error| internal(&error))?;
    let end = end.ok_or_else(|| unknown(workflow))?;
    let durable = state.durable().next_sequence;
    if let Some(after) = after.filter(|after| *after >= durable) {
        let detail = format!("the log ends before sequence {durable}, and {after} lies behind it");
        return Err(Problem::new(Code::InvalidEventId, detail));
    }
    if end.is_closed && after.is_some_and(|after| after >= end.sequence) {
        // What makes a browser stop to connect again.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let busy = |_| Problem::new(Code::Busy, "as many clients watch as may");
    let place = Arc::clone(&state.watchers).try_acquire_owned().map_err(busy)?;
    Ok(streamed(watcher, state, admitted, place))
}

/// Only what is a sequence can be gone on from; anything else would silently begin at the start.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(text) = single(headers, "last-event-id")? else { return Ok(None) };
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let id = text.parse().ok().filter(|_| is_plain);
    id.map(Some).ok_or_else(|| {
        Problem::new(Code::InvalidEventId, "last-event-id is no sequence: digits alone were expected")
    })
}

fn streamed(
    mut watcher: Watcher,
    state: AppState,
    admitted: Admitted,
    place: OwnedSemaphorePermit,
) -> Response {
    let mut stopping = state.stopping.clone();
    let parts = stream! {
        let _place = place;
        let mut ends = pin!(lasting::ends(state, admitted));
        yield Ok::<Bytes, Infallible>(Bytes::from_static(GREETING));
        loop {
            let chunk = tokio::select! {
                chunk = tokio::time::timeout(ALIVE_EVERY, watcher.next_chunk()) => chunk,
                _ = stopping.wait_for(|stopping| *stopping) => break,
                // Whoever counts no more hears no more.
                () = &mut ends => break,
            };
            match chunk {
                Err(_) => yield Ok(Bytes::from_static(ALIVE)),
                Ok(Ok(Chunk { bytes, is_last })) => {
                    yield Ok(bytes);
                    if is_last {
                        break;
                    }
                }
                Ok(Err(error)) => {
                    tracing::warn!("a stream of events was cut off: {error}");
                    break;
                }
            }
        }
    };
    let mut response = Body::from_stream(parts).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

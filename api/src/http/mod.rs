//! HTTP: each handler parses, asks or views, and renders.

mod body;
mod connection;
mod control;
mod door;
mod events;
mod fields;
mod health;
pub(crate) mod listener;
mod log;
mod origin;
mod output;
mod query;
mod reading;
mod receipt;
mod runs;
mod sealing;
mod settings;
mod subjects;
mod submit;

pub(crate) use door::{Door, DoorParts};
pub(crate) use origin::Exposure;

use crate::wire::problem::{Code, Problem};
use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use serde::Serialize;

/// Every address that is served.
pub(crate) fn router(door: Door, exposure: Exposure) -> Router {
    Router::new()
        .route("/v1/workflows", post(submit::submit).get(runs::list))
        .route("/v1/workflows/{id}", get(runs::show))
        .route("/v1/workflows/{id}/graph", get(runs::graph))
        .route("/v1/workflows/{id}/timeline", get(runs::timeline))
        .route("/v1/workflows/{id}/attempts", get(reading::attempts))
        .route("/v1/workflows/{id}/inputs", get(reading::inputs))
        .route("/v1/workflows/{id}/output", get(output::output))
        .route("/v1/workflows/{id}/events", get(events::events))
        .route("/v1/workflows/{id}/receipt", get(receipt::receipt))
        .route("/v1/workflows/{id}/cancel", post(control::cancel))
        .route("/v1/workflows/{id}/pause", post(control::pause))
        .route("/v1/workflows/{id}/resume", post(control::resume))
        .route("/v1/subjects/{id}", get(subjects::show))
        .route("/v1/subjects/{id}/erase", post(subjects::erase))
        .route("/v1/subjects/{id}/holds", post(subjects::hold))
        .route("/v1/subjects/{id}/holds/{name}", delete(subjects::release))
        .route("/v1/settings", get(settings::list))
        .route("/v1/settings/{name}", post(settings::set))
        .route("/v1/engine/pause", post(control::pause_engine))
        .route("/v1/engine/resume", post(control::resume_engine))
        .route("/v1/health", get(health::health))
        .route("/v1/events", get(log::catalogue))
        .route("/v1/log/head", get(log::head))
        .route("/v1/log/copy", get(log::copy))
        .fallback(nothing_there)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(exposure, origin::refuse_foreign))
        .with_state(door)
}

async fn nothing_there(uri: axum::http::Uri) -> Problem {
    Problem::new(Code::NotFound, format!("nothing is served at {}", uri.path()))
}

async fn other_method(method: axum::http::Method) -> Problem {
    Problem::new(Code::MethodNotAllowed, format!("{method} means nothing here"))
}

/// An answer in JSON.
fn json(status: StatusCode, document: &impl Serialize) -> Response {
    match serde_json::to_vec(document) {
        Ok(bytes) => {
            let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            (status, [kind], bytes).into_response()
        }
        Err(error) => Problem::new(Code::Internal, error.to_string()).into_response(),
    }
}

/// A header that may stand once, as text.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = |what| Problem::new(Code::InvalidHeader, format!("{name} {what}"));
    if values.next().is_some() {
        return Err(wrong("stands more than once"));
    }
    value.to_str().map(Some).map_err(|_| wrong("holds other characters than visible ASCII"))
}

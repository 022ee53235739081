//! The OpenAPI document of this server.

use super::route::{Content, Gives, Method, NOTHING, Need, Resource, Route};
use crate::http::state::AppState;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use schemars::json_schema;
use triad_event::Source;

pub(super) const RESOURCE: Resource = Resource { name: "openapi", noun: None, routes: ROUTES };

const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/openapi.json",
    name: "describe_api",
    summary: "every address, for programs: an OpenAPI 3.1 document",
    source: Source::Client,
    need: Need::Nothing,
    takes: NOTHING,
    gives: &[Gives::content(Content::Json(|_| json_schema!({ "type": "object", "required": ["openapi"] })))],
    refuses: &[],
    handler: |method| on(method, openapi),
}];

async fn openapi(State(state): State<AppState>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], state.openapi.clone())
        .into_response()
}

//! A body that is a document of known members.

use crate::http::body;
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// Bytes of a body: policies at their longest, with what JSON escapes in them.
const BYTES_MAX: usize = 600 << 10;

/// A body with nothing in it that is not known, and nothing twice. What is wrong with it is told without repeating any of it.
pub(crate) struct Document<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for Document<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let received = body::read(&state.bodies, &parts.headers, body, BYTES_MAX).await?;
        serde_json::from_slice(&received.bytes).map(Self).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            let code = if error.is_data() { Code::InvalidBody } else { Code::MalformedJson };
            Problem::new(code, without_values(&error)).with("line", line).with("column", column)
        })
    }
}

/// What is wrong, without the values that stand there: one of them may be a secret.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let is_about_a_name = ["unknown field", "missing field", "duplicate field"];
    match is_about_a_name.iter().any(|begin| text.starts_with(begin)) {
        true => text,
        false => format!("line {}, column {}: not what is expected there", error.line(), error.column()),
    }
}

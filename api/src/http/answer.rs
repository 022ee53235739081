//! Answers in JSON.

use super::headers::SEQUENCE_HEADER;
use crate::wire::problem::{Code, Problem};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Response {
    match serde_json::to_vec(document) {
        Ok(bytes) => {
            let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            (status, [kind], bytes).into_response()
        }
        Err(error) => Problem::new(Code::Internal, error.to_string()).into_response(),
    }
}

/// An answer in JSON to what was recorded at a sequence.
pub(crate) fn recorded(status: StatusCode, document: &impl Serialize, sequence: u64) -> Response {
    let mut response = json(status, document);
    response.headers_mut().insert(SEQUENCE_HEADER, sequence.into());
    response
}

//! What stands behind the question mark, and the id in the path.

use crate::wire::problem::{Code, Problem};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use triad_event::ids::WorkflowId;

/// The query, with nothing in it that is not known.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(rejection) => {
                let mut detail = rejection.body_text();
                if let Some(cause) = std::error::Error::source(&rejection) {
                    detail = cause.to_string();
                }
                Err(Problem::new(Code::InvalidQuery, detail))
            }
        }
    }
}

/// The workflow that the path names. Its id never becomes part of a file's name.
pub(super) struct Named(pub(super) WorkflowId);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = |detail: String| Problem::new(Code::WorkflowUnknown, detail);
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| unknown(rejection.body_text()))?;
        match text.parse() {
            // All zero is the log's own stream.
            Ok(id) if id != WorkflowId::ZERO => Ok(Self(id)),
            Ok(_) => Err(unknown("all zero is no id of a workflow".to_owned())),
            Err(error) => Err(unknown(error.to_string())),
        }
    }
}

/// There is no such workflow.
pub(super) fn unknown(workflow: WorkflowId) -> Problem {
    Problem::new(Code::WorkflowUnknown, format!("there is no workflow {workflow}"))
}

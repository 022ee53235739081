//! What handlers take out of a request: the query, the id that the path names, who asks, and the reason.

use super::fields::{Fields, REASON, STATED_REASON};
use super::state::AppState;
use crate::access::admitted::Admitted;
use crate::wire::problem::{Code, Problem};
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use std::convert::Infallible;
use std::fmt::Display;
use std::str::FromStr;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_perform::Asker;

/// The query, with nothing in it that is not known.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let cause = std::error::Error::source(&rejection).map(ToString::to_string);
                Err(Problem::new(Code::InvalidQuery, cause.unwrap_or_else(|| rejection.body_text())))
            }
        }
    }
}

/// How many rows a page has when so many are asked for.
pub(crate) fn page_limit(asked: Option<usize>, default: usize, max: usize) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(default);
    if (1..=max).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::new(Code::InvalidQuery, format!("limit lies between 1 and {max}, not {limit}")))
}

/// What a path can name under `{id}`. An id never becomes part of a file's name.
pub(crate) trait Named: FromStr<Err: Display> + PartialEq {
    /// All zero, which nothing has.
    const ZERO: Self;
    /// What it is the id of.
    const OF: &'static str;
    /// What is said when it is no id, or nothing has it.
    const UNKNOWN: Code;
}

impl Named for WorkflowId {
    /// The log's own stream.
    const ZERO: Self = Self::ZERO;
    const OF: &'static str = "workflow";
    const UNKNOWN: Code = Code::WorkflowUnknown;
}

impl Named for DataSubjectId {
    const ZERO: Self = Self::ZERO;
    const OF: &'static str = "data subject";
    const UNKNOWN: Code = Code::SubjectUnknown;
}

/// What the path names under `{id}`.
pub(crate) struct PathId<T>(pub(crate) T);

impl<T: Named, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = |detail: String| Problem::new(T::UNKNOWN, detail);
        let Path(segments) = Path::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| unknown(rejection.body_text()))?;
        let id = segments.into_iter().find(|(name, _)| name == "id");
        match id.map(|(_, text)| text).unwrap_or_default().parse() {
            Ok(id) if id != T::ZERO => Ok(Self(id)),
            Ok(_) => Err(unknown(format!("all zero is no id of a {}", T::OF))),
            Err(error) => Err(unknown(error.to_string())),
        }
    }
}

/// Who asks, and by which way.
pub(crate) struct Caller(pub(crate) Asker);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        Ok(Self(Admitted::from_request_parts(parts, state).await?.asker))
    }
}

/// Why something is asked, when the body says nothing else; empty when there is no body.
pub(crate) struct Reason(pub(crate) String);

impl FromRequest<AppState> for Reason {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let mut fields = Fields::read(&state.bodies, &parts.headers, body, &[REASON]).await?;
        Ok(Self(fields.or_empty(REASON)))
    }
}

/// Why something is asked that nobody does without a reason.
pub(crate) struct StatedReason(pub(crate) String);

impl FromRequest<AppState> for StatedReason {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let mut fields = Fields::read(&state.bodies, &parts.headers, body, &[STATED_REASON]).await?;
        let reason = fields.required(STATED_REASON)?;
        if reason.trim().is_empty() {
            return Err(Problem::new(Code::InvalidValue, "the reason says nothing"));
        }
        Ok(Self(reason))
    }
}

/// There is no such workflow.
pub(crate) fn unknown(workflow: WorkflowId) -> Problem {
    Problem::new(Code::WorkflowUnknown, format!("there is no workflow {workflow}"))
}

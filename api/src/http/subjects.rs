//! `/v1/subjects/{id}`: what is known of a data subject, its erasure, and the legal holds on it.

use super::door::Door;
use super::fields::{Field, Fields, REASON};
use super::json;
use super::sealing::KnownSubject;
use super::submit::SEQUENCE_HEADER;
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use crate::wire::subject::subject as describe;
use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::Value;
use std::time::Duration;
use tokio::time::timeout;
use triad_decide::{Refusal, subjects};
use triad_event::Source;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::subjects::Subject;
use triad_perform::Answer;

/// How long an erasure is waited for: it takes a few syncs.
const ERASURE_PATIENCE: Duration = Duration::from_secs(10);
/// How often the vault is asked again because more was erased meanwhile than the engine remembers.
const LOOKUPS_MAX: usize = 3;
const NAME: Field = ("name", Kind::Text);

/// The data subject that the path names first. The id of a workflow names the one that it is by itself.
pub(super) struct NamedSubject(DataSubjectId);

impl<S: Send + Sync> FromRequestParts<S> for NamedSubject {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = |detail: String| Problem::new(Code::SubjectUnknown, detail);
        let Path(named) = Path::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|rejection| unknown(rejection.body_text()))?;
        let text = named.into_iter().find(|(name, _)| name == "id").map(|(_, text)| text).unwrap_or_default();
        match text.parse() {
            Ok(id) if id != DataSubjectId::ZERO => Ok(Self(id)),
            Ok(_) => Err(unknown("all zero is no id of a data subject".to_owned())),
            Err(error) => Err(unknown(error.to_string())),
        }
    }
}

pub(super) async fn show(
    State(door): State<Door>,
    NamedSubject(id): NamedSubject,
) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &door.describe(id).await?))
}

pub(super) async fn erase(
    State(door): State<Door>,
    NamedSubject(id): NamedSubject,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let reason = Fields::read(&door, &headers, body, &[REASON]).await?.or_empty(REASON);
    let ask = || async {
        let KnownSubject { subject, last_accepted } = door.know(id).await?;
        Ok(subjects::Input::RequestErasure { subject, last_accepted, reason: reason.clone() })
    };
    let answer = door.ask_about(id, ask).await?;
    let code = if door.is_erased_in_time(id).await? { StatusCode::OK } else { StatusCode::ACCEPTED };
    door.answered(code, id, answer.sequence).await
}

pub(super) async fn hold(
    State(door): State<Door>,
    NamedSubject(id): NamedSubject,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = Fields::read(&door, &headers, body, &[NAME, REASON]).await?;
    let (hold, reason) = (fields.required(NAME)?, fields.or_empty(REASON));
    let ask = || async {
        let Subject { standing, looked_up_through, .. } = door.know_standing(id).await?;
        let (hold, reason) = (hold.clone(), reason.clone());
        Ok(subjects::Input::PlaceHold { subject: id, standing, looked_up_through, hold, reason })
    };
    let answer = door.ask_about(id, ask).await?;
    door.answered(StatusCode::CREATED, id, answer.sequence).await
}

pub(super) async fn release(
    State(door): State<Door>,
    NamedSubject(id): NamedSubject,
    Path((_, hold)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let reason = Fields::read(&door, &headers, body, &[REASON]).await?.or_empty(REASON);
    let input = subjects::Input::ReleaseHold { subject: id, hold, reason };
    let answer = door.ask(input.into(), Source::Operator).await?;
    answer.reply?;
    door.answered(StatusCode::OK, id, answer.sequence).await
}

impl Door {
    /// Asks something for which the vault is asked first, and again when that was too long ago.
    async fn ask_about<Input: Future<Output = Result<subjects::Input, Problem>>>(
        &self,
        id: DataSubjectId,
        input: impl Fn() -> Input,
    ) -> Result<Answer, Problem> {
        let mut lookup = 1;
        loop {
            let answer = self.ask(input().await?.into(), Source::Operator).await?;
            match answer.reply {
                Err(Refusal::Subjects(subjects::Refusal::LookupTooOld { .. })) if lookup < LOOKUPS_MAX => {
                    lookup += 1;
                }
                Err(Refusal::Subjects(subjects::Refusal::SubjectUnknown { .. })) => {
                    return Err(self.unknown_subject(id).await?);
                }
                Err(refusal) => return Err(refusal.into()),
                Ok(_) => return Ok(answer),
            }
        }
    }

    async fn describe(&self, id: DataSubjectId) -> Result<Value, Problem> {
        let recorded = self.view(move |views| views.data_subject(id)).await?.value;
        let known = self.in_vault(move |vault| vault.subject(id.0)).await?;
        let is_used = self.subject_of(id).await? == Some(id);
        match describe(id, known, recorded.as_ref(), is_used) {
            Some(document) => Ok(document),
            None => Err(self.unknown_subject(id).await?),
        }
    }

    /// Whose the content of the workflow is that has the same id.
    async fn subject_of(&self, id: DataSubjectId) -> Result<Option<DataSubjectId>, Problem> {
        let summary = self.view(move |views| views.summary(WorkflowId(id.0))).await?.value;
        Ok(summary.and_then(|summary| summary.subject))
    }

    async fn unknown_subject(&self, id: DataSubjectId) -> Result<Problem, Problem> {
        Ok(Problem::new(
            Code::SubjectUnknown,
            match self.subject_of(id).await? {
                Some(other) if other != id => {
                    format!("the content of workflow {id} is of data subject {other}")
                }
                Some(_) => format!("workflow {id} has no content"),
                None => format!("nothing was ever accepted for data subject {id}"),
            },
        ))
    }

    async fn answered(
        &self,
        code: StatusCode,
        id: DataSubjectId,
        sequence: u64,
    ) -> Result<Response, Problem> {
        let mut response = json(code, &self.describe(id).await?);
        response.headers_mut().insert(SEQUENCE_HEADER, sequence.into());
        Ok(response)
    }

    /// Waits, not for ever, until the key is destroyed and that is recorded.
    async fn is_erased_in_time(&self, id: DataSubjectId) -> Result<bool, Problem> {
        let mut applied = self.views.subscribe();
        let waiting = async {
            loop {
                let known = self.view(move |views| views.data_subject(id)).await?.value;
                if known.is_some_and(|known| known.erased.is_some()) {
                    return Ok(true);
                }
                if applied.changed().await.is_err() {
                    return Ok(false);
                }
            }
        };
        timeout(ERASURE_PATIENCE, waiting).await.unwrap_or(Ok(false))
    }
}

//! The routes of data subjects: what is known of one, its erasure, and the legal holds on it.

use super::known::KnownSubject;
use super::wire::Subject;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::extract::{Caller, PathId, Reason};
use crate::http::fields::{Field, Fields, REASON};
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Gives, Method, NOTHING, Need, Right, Route, Takes, VAULT, VIEWS};
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::on;
use std::time::Duration;
use tokio::time::timeout;
use triad_decide::{Refusal, subjects};
use triad_event::Source;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::subjects::{PlaceHold, ReleaseHold, RequestErasure};
use triad_perform::{Answer, Asker};

/// How long an erasure is waited for: it takes a few syncs.
const ERASURE_PATIENCE: Duration = Duration::from_secs(10);
/// How often the vault is asked again because more was erased meanwhile than the engine remembers.
const LOOKUPS_MAX: usize = 3;

const NAME: Field = Field {
    name: "name",
    kind: Kind::Text,
    is_required: true,
    doc: "A name for the hold, unique on the data subject: 1 to 64 of a-z, 0-9, _ and -.",
};
const HOLD: &[Field] = &[NAME, REASON];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/subjects/{id}",
        name: "show_subject",
        summary: "a data subject: its holds, its erasure, reads of its content",
        source: Source::Operator,
        need: Need::Right(Right::Audit, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<Subject>(StatusCode::OK)],
        refuses: &[VIEWS, VAULT, &[Code::SubjectUnknown]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/subjects/{id}/erase",
        name: "erase_subject",
        summary: "destroy its key",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[
            Gives::recorded::<Subject>(StatusCode::OK),
            Gives::recorded::<Subject>(StatusCode::ACCEPTED),
        ],
        refuses: &[ASKS, VIEWS, VAULT, SUBJECT, &[Code::LegalHold, Code::Retention, Code::SubjectInUse]],
        handler: |method| on(method, erase),
    },
    Route {
        method: Method::Post,
        path: "/v1/subjects/{id}/holds",
        name: "place_hold",
        summary: "place a legal hold",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes::fields(HOLD),
        gives: &[Gives::recorded::<Subject>(StatusCode::CREATED)],
        refuses: &[ASKS, VIEWS, VAULT, SUBJECT, &[Code::HoldExists, Code::TooManyHolds]],
        handler: |method| on(method, hold),
    },
    Route {
        method: Method::Delete,
        path: "/v1/subjects/{id}/holds/{name}",
        name: "release_hold",
        summary: "release it",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Subject>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, SUBJECT, &[Code::HoldUnknown]],
        handler: |method| on(method, release),
    },
];

/// What may stand against anything that is asked about a data subject.
const SUBJECT: &[Code] = &[
    Code::SubjectUnknown,
    Code::SubjectErased,
    Code::ErasureUnderWay,
    Code::InvalidValue,
    Code::ViewsBehind,
];

async fn show(State(state): State<AppState>, PathId(id): PathId<DataSubjectId>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.describe(id).await?))
}

async fn erase(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(id): PathId<DataSubjectId>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let ask = || async {
        let KnownSubject { subject, last_accepted } = state.know(id).await?;
        Ok(subjects::Ask::from(RequestErasure { subject, last_accepted, reason: reason.clone() }))
    };
    let answer = state.ask_about(asker, id, ask).await?;
    let code = if state.is_erased_in_time(id).await? { StatusCode::OK } else { StatusCode::ACCEPTED };
    state.answered(code, id, answer.sequence).await
}

async fn hold(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(id): PathId<DataSubjectId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = Fields::read(&state.bodies, &headers, body, HOLD).await?;
    let (hold, reason) = (fields.required(NAME)?, fields.or_empty(REASON));
    let ask = || async {
        let known = state.know_standing(id).await?;
        let (standing, looked_up_through) = (known.standing, known.looked_up_through);
        let (hold, reason) = (hold.clone(), reason.clone());
        Ok(subjects::Ask::from(PlaceHold { subject: id, standing, looked_up_through, hold, reason }))
    };
    let answer = state.ask_about(asker, id, ask).await?;
    state.answered(StatusCode::CREATED, id, answer.sequence).await
}

async fn release(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(id): PathId<DataSubjectId>,
    Path((_, hold)): Path<(String, String)>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let input = subjects::Ask::from(ReleaseHold { subject: id, hold, reason });
    let answer = state.ask(asker, input.into()).await?;
    answer.reply?;
    state.answered(StatusCode::OK, id, answer.sequence).await
}

impl AppState {
    /// Asks something for which the vault is asked first, and again when that was too long ago.
    async fn ask_about<Ask: Future<Output = Result<subjects::Ask, Problem>>>(
        &self,
        asker: Asker,
        id: DataSubjectId,
        ask: impl Fn() -> Ask,
    ) -> Result<Answer, Problem> {
        let mut lookup = 1;
        loop {
            let answer = self.ask(asker, ask().await?.into()).await?;
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

    async fn describe(&self, id: DataSubjectId) -> Result<Subject, Problem> {
        let history = self.view(move |views| views.data_subject(id)).await?.value;
        let known = self.in_vault(move |vault| vault.subject(id.0)).await?;
        let is_used = self.subject_of(id).await? == Some(id);
        match Subject::of(id, known, history.as_ref(), is_used) {
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
        Ok(recorded(code, &self.describe(id).await?, sequence))
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

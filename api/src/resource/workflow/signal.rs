//! `POST /v1/workflows/{id}/signals/{name}`: tells a workflow what a task of it waits for.

use super::wire::WorkflowSummary;
use crate::http::answer::recorded;
use crate::http::document::Document;
use crate::http::extract::{Caller, PathId, unknown};
use crate::http::state::{AppState, blocking};
use crate::resource::subject::known::{KnownSubject, SealError, know};
use crate::wire::problem::{Code, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::convert::Infallible;
use triad_decide::limits::TEXT_BYTES_MAX;
use triad_decide::{Input, gates};
use triad_event::gates::{SignalContent, SignalReceived};
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::sealed::ContentClass;
use triad_event::subjects::Standing;
use triad_perform::content::{binding, sealed};
use triad_vault::{Attachment, NoKey};

/// What may stand against a signal.
pub(super) const REFUSALS: &[Code] = &[
    Code::WorkflowUnknown,
    Code::WorkflowEnded,
    Code::Quarantined,
    Code::SignalUnknown,
    Code::TooManySignals,
    Code::InvalidValue,
    Code::SubjectErased,
    Code::ErasureUnderWay,
    Code::UploadChanged,
];

/// A signal.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignalDocument {
    /// What comes with it: any JSON, of at most 64 KiB. It becomes the output of the task that waits; text becomes that text.
    #[schemars(with = "Option<serde_json::Value>")]
    payload: Option<Box<RawValue>>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

pub(super) async fn send(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(workflow): PathId<WorkflowId>,
    Path((_, name)): Path<(String, String)>,
    Document(asked): Document<SignalDocument>,
) -> Result<Response, Problem> {
    let SignalDocument { payload, reason } = asked;
    let summary = state.view(move |views| views.summary(workflow)).await?.value;
    let summary = summary.ok_or_else(|| unknown(workflow))?;
    let subject = summary.subject.unwrap_or(workflow.into());
    let (content, attachments) = match payload {
        None => (None, Vec::new()),
        Some(payload) => {
            let (content, attachment) = state.seal_signal(workflow, subject, payload).await?;
            (Some(content), vec![attachment])
        }
    };
    let sealed_for = content.as_ref().map(|content| content.subject.clone());
    let received = SignalReceived { name, content: content.map(Into::into), reason };
    let answer = state.ask_with(asker, Input::of(workflow, gates::Ask::from(received)), attachments).await?;
    if let (Err(_), Some(subject)) = (&answer.reply, sealed_for) {
        state.give_back(&subject).await?;
    }
    state.gate_answer(workflow, answer.reply).await?;
    let known = state.view(move |views| views.summary(workflow)).await?.value;
    let known = known.ok_or_else(|| unknown(workflow))?;
    Ok(recorded(StatusCode::ACCEPTED, &WorkflowSummary::from(&known), answer.sequence))
}

impl AppState {
    async fn seal_signal(
        &self,
        workflow: WorkflowId,
        id: DataSubjectId,
        payload: Box<RawValue>,
    ) -> Result<(SignalContent, Attachment), Problem> {
        let bytes = match serde_json::from_str::<String>(payload.get()) {
            Ok(text) => text.into_bytes(),
            Err(_) => payload.get().as_bytes().to_vec(),
        };
        if bytes.len() > TEXT_BYTES_MAX {
            let detail = format!("payload has at most {TEXT_BYTES_MAX} bytes");
            return Err(Problem::new(Code::InvalidValue, detail));
        }
        let (vault, looked_up_through) = (self.vault.clone(), self.newest_durable());
        let work = move || -> Result<(SignalContent, Attachment), SealError> {
            let KnownSubject { subject, .. } = know(&vault, id, looked_up_through)?;
            if subject.standing == Standing::Erased {
                return Err(NoKey::Erased { slot: subject.slot }.into());
            }
            let made = vault.seal(subject.slot, binding(workflow, ContentClass::Signal), &bytes)??;
            Ok((SignalContent { subject, sealed: sealed(made.reference) }, made.attachment))
        };
        let done = blocking(move || Ok::<_, Infallible>(work())).await?;
        done.map_err(|error| self.unsealed(id, error))
    }
}

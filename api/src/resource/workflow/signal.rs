//! `POST /v1/workflows/{id}/signals/{name}`: tells a workflow what a task of it waits for.

use super::wire::WorkflowSummary;
use crate::http::answer::recorded;
use crate::http::document::Document;
use crate::http::extract::{Caller, PathId, unknown};
use crate::http::state::{AppState, blocking};
use crate::resource::subject::known::{KnownSubject, SealError, know};
use crate::wire::payload_schema;
use crate::wire::problem::{Code, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::convert::Infallible;
use triad_decide::limits::TEXT_BYTES_MAX;
use triad_decide::{Input, gates};
use triad_event::dag::TaskPhase;
use triad_event::gates::{SignalContent, SignalReceived};
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::sealed::ContentClass;
use triad_event::subjects::Standing;
use triad_perform::content::{binding, sealed};
use triad_projections::run_graph::RunGraph;
use triad_vault::{Attachment, NoKey};

/// What may stand against a signal.
pub(super) const REFUSALS: &[Code] = &[
    Code::WorkflowUnknown,
    Code::WorkflowEnded,
    Code::Quarantined,
    Code::SignalUnknown,
    Code::TooManySignals,
    Code::InvalidValue,
    Code::InvalidPayload,
    Code::SubjectErased,
    Code::ErasureUnderWay,
    Code::UploadChanged,
];

/// Bytes of a payload as it is written: text may be escaped, six bytes for one.
const WRITTEN_BYTES_MAX: usize = 6 * TEXT_BYTES_MAX;

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
    state.check_payload(workflow, &name, payload.as_deref()).await?;
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

/// A task that waits for a signal with a payload that it refuses.
struct Waiting {
    number: u32,
    id: String,
    schema: String,
}

impl AppState {
    /// Refuses a payload that is not what each task wants that waits for the signal, or still will. None is the same as null.
    async fn check_payload(
        &self,
        workflow: WorkflowId,
        name: &str,
        payload: Option<&RawValue>,
    ) -> Result<(), Problem> {
        let graph = self.view(move |views| views.run_graph(workflow)).await?.value;
        let waiting = graph.map(|graph| waiting(&graph, name)).unwrap_or_default();
        if waiting.is_empty() {
            return Ok(());
        }
        let written = payload.map_or("null", RawValue::get).to_owned();
        // What is too long is refused for that, and no work is made of it before.
        if written.len() > WRITTEN_BYTES_MAX {
            let detail = format!("payload has at most {TEXT_BYTES_MAX} bytes");
            return Err(Problem::new(Code::InvalidValue, detail));
        }
        let check = move || Ok::<_, Infallible>(refused(&waiting, &written));
        let (faults, total) = blocking(check).await??;
        if total == 0 {
            return Ok(());
        }
        let plural = if total == 1 { "fault" } else { "faults" };
        let problem = Problem::new(Code::InvalidPayload, format!("the payload has {total} {plural}"));
        Err(problem.with("faults", faults).with("fault_count", total))
    }

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

/// The tasks with a schema that wait for a signal, or will.
fn waiting(graph: &RunGraph, name: &str) -> Vec<Waiting> {
    let numbered = (0..).zip(graph.tasks());
    let open = numbered.filter(|(_, task)| !task.phase.is_some_and(TaskPhase::is_terminal));
    let wanting = open.filter_map(|(number, task)| {
        let gate = task.gate.as_deref().filter(|gate| gate.signal.as_deref() == Some(name))?;
        let (id, schema) = (task.id.to_string(), gate.schema.to_string());
        Some(Waiting { number, id, schema }).filter(|waiting| !waiting.schema.is_empty())
    });
    wanting.collect()
}

/// What of a payload tasks refuse, and how much that is. Where tasks have one schema it is told of the first.
fn refused(waiting: &[Waiting], written: &str) -> Result<(Vec<Value>, usize), Problem> {
    let read: Result<Value, _> = serde_json::from_str(written);
    let payload = read.map_err(|error| Problem::new(Code::InvalidValue, format!("payload: {error}")))?;
    let mut told = BTreeSet::new();
    let mut faults = Vec::new();
    for Waiting { number, id, schema } in waiting {
        if !told.insert(schema) {
            continue;
        }
        let flaws = payload_schema::flaws(schema, &payload).map_err(|why| {
            let detail = format!("the schema of {id} cannot be read by this program: {why}");
            Problem::new(Code::Internal, detail)
        })?;
        faults.extend(flaws.into_iter().map(|flaw| {
            let path = format!("payload{}", flaw.at);
            json!({ "path": path, "task": number, "task_id": id, "problem": flaw.problem })
        }));
    }
    let total = faults.len();
    Ok((faults, total))
}

//! `POST /v1/workflows`

use super::sealing::{Piece, SealedDefinition};
use super::wait::{Patience, SubmitQuery};
use super::wire::{Submitted, cancel_url, stream_url, url};
use crate::access::admitted::{Admitted, TENANT_DEFAULT};
use crate::access::sight::subject_of;
use crate::entropy;
use crate::http::answer::{json, recorded};
use crate::http::body;
use crate::http::extract::{Query, unknown};
use crate::http::headers::single;
use crate::http::state::{AppState, blocking};
use crate::wire::definition::{Definition, Purpose, schema};
use crate::wire::problem::{Code, Problem};
use crate::wire::words::Word;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use schemars::{Schema, SchemaGenerator};
use triad_decide::intake::{self, Submission};
use triad_decide::limits::SCHEDULE_BYTES_MAX;
use triad_decide::{Accepted, Input, Refusal, subjects};
use triad_event::dag::WorkflowPhase;
use triad_event::ids::WorkflowId;
use triad_event::intake::{ChunkStaged, Earlier};
use triad_event::subjects::Subject;
use triad_perform::Asker;

/// The name of the route that submits a workflow, which is what policies allow.
pub(in crate::resource) const SUBMIT: &str = "submit_workflow";
/// Bytes of a client's idempotency key: room for any kind of id, none for a document.
const KEY_BYTES_MAX: usize = 255;
/// What the digest of an idempotency key is for, so that it coincides with no other.
const KEY_CONTEXT: &str = "triad 2026-11 idempotency key of a workflow";
/// The same for a tenant other than the one that was there before there were tenants. No name of a tenant has a slash.
const KEY_OF_TENANT_CONTEXT: &str = "triad 2026-11 idempotency key of a workflow of a tenant";
/// What may stand against a submission, beside what stands against every question.
pub(super) const REFUSALS: &[Code] = &[
    Code::MalformedYaml,
    Code::InvalidDefinition,
    Code::IdempotencyConflict,
    Code::WorkflowExists,
    Code::UploadChanged,
    Code::TooManyAlive,
    Code::SubjectErased,
    Code::ErasureUnderWay,
    Code::SubjectInUse,
];
/// How often a submission is tried again whose key had to be looked up in an index that was behind.
const LOOKUPS_MAX: usize = 3;

pub(super) async fn submit(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<SubmitQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers, admitted.home())?;
    let patience = state.patience(&admitted, query).await?;
    let received = body::read_written(&state.bodies, &headers, body, body::SUBMISSION_BYTES_MAX).await?;
    let (language, received) = received;
    // A schedule keeps the text; a longer one cannot be that of one.
    let text = (received.bytes.len() <= SCHEDULE_BYTES_MAX).then(|| received.bytes.clone());
    let definition = state.read_definition(&admitted, language, received.bytes, Purpose::Run).await?;
    if definition.recurrence.is_some() {
        if patience.is_some() {
            let detail = "there is nothing to wait for: a task says when the workflow is submitted";
            return Err(Problem::new(Code::InvalidQuery, detail));
        }
        let too_large = || {
            let detail = format!("the document of a schedule has at most {SCHEDULE_BYTES_MAX} bytes");
            Problem::new(Code::TooLarge, detail)
        };
        let text = text.ok_or_else(too_large)?;
        return state.set_as_submitted(&admitted, definition.name, language, text).await;
    }
    let (accepted, sequence) = state.submit_for(&admitted, definition, key).await?;
    state.answer_submitted(accepted, sequence, patience).await
}

/// Whose in accounts and budgets is what somebody submits.
pub(super) fn owner_of(admitted: &Admitted) -> String {
    admitted.grants.as_ref().map(|grants| grants.owner.clone()).unwrap_or_default()
}

pub(super) fn definition_shape(_: &mut SchemaGenerator) -> Schema {
    schema().try_into().unwrap_or_default()
}

/// `GET /v1/schemas/workflow.json`
pub(super) async fn show_schema() -> Response {
    json(StatusCode::OK, &schema())
}

fn render(code: StatusCode, workflow: WorkflowId, phase: WorkflowPhase, sequence: u64) -> Response {
    let here = url(workflow);
    let submitted = Submitted {
        workflow_id: workflow.to_string(),
        status: Word(phase),
        sequence,
        url: here.clone(),
        stream_url: stream_url(workflow),
        cancel_url: cancel_url(workflow),
    };
    let mut response = recorded(code, &submitted, sequence);
    if let Ok(location) = HeaderValue::try_from(here) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The digest under which a client's key is kept: whoever reads the log cannot repeat the key. What two tenants call the same is
/// not the same.
pub(super) fn idempotency_key(headers: &HeaderMap, tenant: &str) -> Result<Option<[u8; 32]>, Problem> {
    let Some(key) = single(headers, "idempotency-key")? else { return Ok(None) };
    if !(1..=KEY_BYTES_MAX).contains(&key.len()) {
        let detail = format!("idempotency-key has 1 to {KEY_BYTES_MAX} characters");
        return Err(Problem::new(Code::InvalidHeader, detail));
    }
    if tenant == TENANT_DEFAULT {
        return Ok(Some(blake3::derive_key(KEY_CONTEXT, key.as_bytes())));
    }
    let mut hasher = blake3::Hasher::new_derive_key(KEY_OF_TENANT_CONTEXT);
    hasher.update(tenant.as_bytes()).update(b"/").update(key.as_bytes());
    Ok(Some(*hasher.finalize().as_bytes()))
}

impl AppState {
    /// What came of a submission: the workflow as it is, or, for whoever waits, as it has become.
    pub(super) async fn answer_submitted(
        &self,
        accepted: Accepted,
        sequence: u64,
        patience: Option<Patience>,
    ) -> Result<Response, Problem> {
        let (code, workflow, phase, sequence) = match accepted {
            Accepted::Repeated { workflow } => {
                let (phase, first) = self.submitted(workflow).await?;
                (StatusCode::OK, workflow, phase, first.unwrap_or(sequence))
            }
            Accepted::Submitted { workflow, .. } => {
                (StatusCode::ACCEPTED, workflow, WorkflowPhase::Running, sequence)
            }
            Accepted::Recorded | Accepted::Staged { .. } => {
                let detail = "a submission was answered as if it were something else";
                return Err(Problem::new(Code::Internal, detail));
            }
        };
        match patience {
            None => Ok(render(code, workflow, phase, sequence)),
            Some(patience) => self.wait(workflow, patience, sequence).await,
        }
    }

    /// Submits what somebody wants submitted: in their tenant, and on their account.
    pub(in crate::resource) async fn submit_for(
        &self,
        admitted: &Admitted,
        mut definition: Definition,
        idempotency_key: Option<[u8; 32]>,
    ) -> Result<(Accepted, u64), Problem> {
        definition.subject = definition.subject.map(|named| subject_of(admitted, named));
        self.submit(admitted.asker, definition, owner_of(admitted), idempotency_key).await
    }

    /// Seals what is content, stages what does not fit one record, then submits the rest. A staged part whose rest never
    /// comes expires.
    pub(super) async fn submit(
        &self,
        asker: Asker,
        definition: Definition,
        owner: String,
        idempotency_key: Option<[u8; 32]>,
    ) -> Result<(Accepted, u64), Problem> {
        let workflow = WorkflowId(entropy::id());
        let mut definition = self.seal(workflow, definition, idempotency_key).await?;
        let rest = definition.pieces.pop().unwrap_or_default();
        let pieces = std::mem::take(&mut definition.pieces);
        let staged_tasks = self.stage(asker, workflow, &mut definition.subject, pieces).await?;
        let SealedDefinition { name, mut subject, content, terms, .. } = definition;
        let (mut earlier, mut looked_up_through) = (None, 0);
        for lookup in 1..=LOOKUPS_MAX {
            if let Some(key) = idempotency_key {
                (earlier, looked_up_through) = self.look_up(key).await?;
            }
            let submission = Submission {
                name: name.clone(),
                idempotency_key,
                earlier: earlier.clone(),
                looked_up_through,
                subject: subject.clone(),
                owner: owner.clone(),
                content,
                staged_tasks,
                tasks: rest.tasks.clone(),
                terms: terms.clone().map(Into::into),
            };
            let input = Input::of(workflow, intake::Ask::from(submission));
            let answer = self.ask_with(asker, input, rest.attachments.clone()).await?;
            match answer.reply {
                Err(Refusal::Intake(intake::Refusal::LookupTooOld { needed, .. }))
                    if lookup < LOOKUPS_MAX =>
                {
                    self.views_know(needed + 1).await?;
                }
                Err(Refusal::Subjects(subjects::Refusal::LookupTooOld { .. })) if lookup < LOOKUPS_MAX => {
                    subject = self.know_again(&subject).await?;
                }
                reply => {
                    let is_taken = matches!(reply, Ok(Accepted::Submitted { .. })) || staged_tasks > 0;
                    if !is_taken {
                        self.give_back(&subject).await?;
                    }
                    return Ok((reply?, answer.sequence));
                }
            }
        }
        Err(Problem::new(Code::ViewsBehind, "the index of idempotency keys is behind"))
    }

    async fn stage(
        &self,
        asker: Asker,
        workflow: WorkflowId,
        subject: &mut Subject,
        pieces: Vec<Piece>,
    ) -> Result<u32, Problem> {
        let mut first_task = 0;
        for piece in pieces {
            first_task += self.stage_one(asker, workflow, subject, first_task, piece).await?;
        }
        Ok(first_task)
    }

    /// How many tasks were staged.
    async fn stage_one(
        &self,
        asker: Asker,
        workflow: WorkflowId,
        subject: &mut Subject,
        first_task: u32,
        piece: Piece,
    ) -> Result<u32, Problem> {
        let count = u32::try_from(piece.tasks.len()).unwrap_or(u32::MAX);
        for lookup in 1..=LOOKUPS_MAX {
            let chunk = ChunkStaged { first_task, subject: subject.clone(), tasks: piece.tasks.clone() };
            let input = Input::of(workflow, intake::Ask::StageChunk(chunk));
            match self.ask_with(asker, input, piece.attachments.clone()).await?.reply {
                Err(Refusal::Subjects(subjects::Refusal::LookupTooOld { .. })) if lookup < LOOKUPS_MAX => {
                    *subject = self.know_again(subject).await?;
                }
                reply => return reply.map(|_| count).map_err(Problem::from),
            }
        }
        Err(Problem::new(Code::ViewsBehind, "more was erased meanwhile than the engine remembers"))
    }

    /// The workflow that was submitted under a key, however long ago.
    pub(in crate::resource) async fn submitted_under(
        &self,
        key: [u8; 32],
    ) -> Result<Option<WorkflowId>, Problem> {
        let found = self.view(move |views| views.idempotency(&key)).await?;
        Ok(found.value.map(|accepted| accepted.workflow))
    }

    /// What the persisted index knows of a key, and how far it has read.
    async fn look_up(&self, key: [u8; 32]) -> Result<(Option<Earlier>, u64), Problem> {
        let views = self.views.clone();
        let found = blocking(move || views.idempotency(&key)).await?;
        Ok((found.value.map(|accepted| accepted.earlier()), found.through.unwrap_or(0)))
    }

    /// Where a workflow stands, and the sequence that was answered when it was submitted.
    async fn submitted(&self, workflow: WorkflowId) -> Result<(WorkflowPhase, Option<u64>), Problem> {
        let summary = self.view(move |views| views.summary(workflow)).await?;
        let summary = summary.value.ok_or_else(|| unknown(workflow))?;
        Ok((summary.phase, summary.submitted.map(|submitted| submitted.sequence)))
    }
}

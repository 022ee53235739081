//! What was given: to one task, or to the workflow as values of its inputs.

use super::content::TaskContent;
use crate::access::admitted::Admitted;
use crate::http::answer::json;
use crate::http::extract::{PathId, Query, unknown};
use crate::http::state::{AppState, blocking};
use crate::recorded::{FoldError, StreamRecords};
use crate::wire::content::{Content, Given};
use crate::wire::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{self, Submission};
use triad_event::sealed::ContentClass;
use triad_event::subjects::PayloadRead;
use triad_event::{Event, Recorded, Sealed};
use triad_perform::Asker;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InputQuery {
    /// The task's id; without it the values of the workflow's inputs are meant.
    task: Option<String>,
    /// Whether content is wanted, and not only where it lies. That it is read is recorded.
    #[serde(default)]
    content: bool,
}

/// What one task was given, or the workflow.
#[derive(Serialize, JsonSchema)]
pub(super) struct Input {
    workflow_id: String,
    /// Its place in the definition; none for the workflow.
    task: Option<u32>,
    task_id: Option<String>,
    /// Of the workflow: one JSON object, by the names of its inputs.
    input: Given,
}

pub(super) async fn input(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<InputQuery>,
) -> Result<Response, Problem> {
    let asker = state.reader_of(&admitted, query.content).await?;
    let workflow_id = workflow.to_string();
    let body = match query.task {
        Some(id) => {
            let task = state.find_task(workflow, &id).await?;
            let (number, kind, sealed) = (task.number, task.kind, task.input.clone());
            let content = if query.content { state.open_input(asker, task).await? } else { None };
            let input = Given::of(sealed.as_ref(), kind, content);
            Input { workflow_id, task: Some(number), task_id: Some(id), input }
        }
        None => {
            let values = state.find_values(workflow).await?;
            let content = match &values {
                Some(values) if query.content => Some(state.open_values(asker, workflow, values).await?),
                _ => None,
            };
            let input = Given::values(values.as_ref().map(|values| &values.sealed), content);
            Input { workflow_id, task: None, task_id: None, input }
        }
    };
    Ok(json(StatusCode::OK, &body))
}

/// The values of a workflow's inputs, and whose they are.
struct Values {
    sealed: Sealed,
    subject: DataSubjectId,
}

impl AppState {
    /// What a task was given; none when it has no input.
    async fn open_input(&self, asker: Asker, task: TaskContent) -> Result<Option<Content>, Problem> {
        if !task.has_input() {
            return Ok(None);
        }
        if let Some(erasure) = self.record_read(asker, &task, ContentClass::Input).await? {
            return Ok(Some(Content::Erased(erasure)));
        }
        self.open_text(task).await
    }

    /// None when the workflow has no inputs.
    async fn find_values(&self, workflow: WorkflowId) -> Result<Option<Values>, Problem> {
        let summary = self.view(move |views| views.summary(workflow)).await?.value;
        summary.ok_or_else(|| unknown(workflow))?;
        let reader = self.reader.clone();
        let _place = self.reading.acquire().await;
        let submission = blocking(move || submission(StreamRecords::new(reader, workflow.into()))).await?;
        Ok(submission.and_then(|submission| {
            let sealed = submission.terms.as_deref()?.inputs.clone()?;
            Some(Values { sealed, subject: submission.subject.id })
        }))
    }

    async fn open_values(
        &self,
        asker: Asker,
        workflow: WorkflowId,
        values: &Values,
    ) -> Result<Content, Problem> {
        let read = PayloadRead { workflow, subject: values.subject, task: 0, class: ContentClass::Inputs };
        if let Some(erasure) = self.record_reading(asker, read).await? {
            return Ok(Content::Erased(erasure));
        }
        self.open_sealed(workflow, values.sealed.clone(), ContentClass::Inputs).await
    }
}

/// What was submitted; none while it is still being uploaded.
fn submission(
    records: impl Iterator<Item = Result<Recorded<Event>, FoldError>>,
) -> Result<Option<Submission>, FoldError> {
    for record in records {
        if let Event::Intake(intake::Event::WorkflowSubmitted(submitted)) = record?.event {
            return Ok(Some(submitted.asked));
        }
    }
    Ok(None)
}

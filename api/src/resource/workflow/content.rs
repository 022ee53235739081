//! Content in the clear: opened from the vault, once it is recorded who reads it.

use super::wire::{Attempt, Outputs};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::json;
use crate::http::extract::{PathId, Query, unknown};
use crate::http::state::AppState;
use crate::resource::READ_TASK_CONTENT;
use crate::wire::content::{Content, Erasure};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_decide::{Refusal, subjects};
use triad_event::Sealed;
use triad_event::execution::Captured;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{Reused, TaskKind};
use triad_event::sealed::ContentClass;
use triad_event::subjects::PayloadRead;
use triad_perform::Asker;
use triad_perform::content::{binding, reference};
use triad_projections::attempt_history;
use triad_vault::{Vault, VaultError};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskQuery {
    /// The task's id.
    task: String,
    /// Whether content is wanted, and not only where it lies. That it is read is recorded.
    #[serde(default)]
    content: bool,
}

/// The attempts of one task.
#[derive(Serialize, JsonSchema)]
pub(super) struct TaskAttempts {
    workflow_id: String,
    /// Its place in the definition.
    task: u32,
    task_id: String,
    attempts: Vec<Attempt>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

/// Content that one answer holds: JSON may need six times as much. What is larger is streamed.
pub(super) const OPENED_BYTES_MAX: u64 = 4 << 20;

/// The task that is asked about, and what is needed to open what belongs to it.
pub(in crate::resource) struct TaskContent {
    pub(super) workflow: WorkflowId,
    pub(in crate::resource) number: u32,
    subject: DataSubjectId,
    pub(in crate::resource) kind: TaskKind,
    pub(super) input: Option<Sealed>,
    /// What of an earlier workflow stands for it.
    pub(super) reused: Option<Reused>,
}

impl TaskContent {
    /// Whether it was given anything.
    pub(in crate::resource) fn has_input(&self) -> bool {
        self.input.is_some()
    }
}

pub(super) async fn attempts(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<TaskQuery>,
) -> Result<Response, Problem> {
    let asker = state.reader_of(&admitted, query.content).await?;
    let task = state.find_task(workflow, &query.task).await?;
    let number = task.number;
    let history = state.view(move |views| views.attempt_history(workflow, number)).await?;
    let attempts = history.value.ok_or_else(no_task)?;
    let opened = if query.content { state.open_outputs(asker, task, &attempts).await? } else { Vec::new() };
    let opened = opened.into_iter().chain(std::iter::repeat_with(Outputs::default));
    let body = TaskAttempts {
        workflow_id: workflow.to_string(),
        task: number,
        task_id: query.task,
        attempts: attempts.iter().zip(opened).map(|(one, opened)| Attempt::of(one, opened)).collect(),
        as_of: history.through,
    };
    Ok(json(StatusCode::OK, &body))
}

impl AppState {
    /// Who reads; where content is wanted, whether they may see it.
    pub(super) async fn reader_of(&self, admitted: &Admitted, content: bool) -> Result<Asker, Problem> {
        if content {
            self.allow(admitted, READ_TASK_CONTENT, About::Workflow).await?;
        }
        Ok(admitted.asker)
    }

    pub(in crate::resource) async fn find_task(
        &self,
        workflow: WorkflowId,
        id: &str,
    ) -> Result<TaskContent, Problem> {
        let id = id.to_owned();
        let found = self.view(move |views| views.task(workflow, &id)).await?.value;
        let (summary, task) = found.ok_or_else(|| unknown(workflow))?;
        let (number, task) = task.ok_or_else(no_task)?;
        let subject = summary.subject.unwrap_or(workflow.into());
        let input = task.input.map(|input| *input);
        let reused = task.course.and_then(|course| course.reused).map(|reused| *reused);
        Ok(TaskContent { workflow, subject, number, kind: task.kind, input, reused })
    }

    /// What the attempts wrote, and what was found of them, in their order.
    async fn open_outputs(
        &self,
        asker: Asker,
        task: TaskContent,
        attempts: &[attempt_history::Attempt],
    ) -> Result<Vec<Outputs>, Problem> {
        let kept: Vec<_> = attempts.iter().map(kept_of).collect();
        let classes = [ContentClass::Stdout, ContentClass::Stderr, ContentClass::Findings];
        let written = |class: usize| kept.iter().any(|kept| kept[class].is_some());
        let Some(first) = (0..classes.len()).find(|class| written(*class)) else { return Ok(Vec::new()) };
        let erasure = self.record_read(asker, &task, classes[first]).await?;
        let _place = self.reading.acquire().await;
        self.in_vault(move |vault| {
            let mut room = OPENED_BYTES_MAX;
            let mut open = |sealed: &Option<Sealed>, class| match (sealed, erasure) {
                (None, _) => Ok(None),
                (Some(_), Some(erasure)) => Ok(Some(Content::Erased(erasure))),
                (Some(sealed), None) if sealed.length.0 > room => Ok(Some(Content::Omitted)),
                (Some(sealed), None) => {
                    room -= sealed.length.0;
                    open(vault, task.workflow, sealed, class).map(Some)
                }
            };
            let mut outputs = |[stdout, stderr, said]: &[Option<Sealed>; 3]| {
                let [out, err, found] = classes;
                // What was found is short, and says most.
                let said = open(said, found)?;
                Ok::<_, VaultError>(Outputs { stdout: open(stdout, out)?, stderr: open(stderr, err)?, said })
            };
            // The newest first: where there is no room for all, they say most.
            let mut opened: Vec<Outputs> = kept.iter().rev().map(&mut outputs).collect::<Result<_, _>>()?;
            opened.reverse();
            Ok(opened)
        })
        .await
    }

    /// The text that a task was given, once it is recorded who reads it.
    pub(in crate::resource) async fn open_text(&self, task: TaskContent) -> Result<Option<Content>, Problem> {
        let Some(sealed) = task.input.clone() else { return Ok(None) };
        self.open_sealed(task.workflow, sealed, ContentClass::Input).await.map(Some)
    }

    /// Content of a workflow, once it is recorded who reads it.
    pub(super) async fn open_sealed(
        &self,
        workflow: WorkflowId,
        sealed: Sealed,
        class: ContentClass,
    ) -> Result<Content, Problem> {
        let _place = self.reading.acquire().await;
        self.in_vault(move |vault| open(vault, workflow, &sealed, class)).await
    }

    /// Records that somebody is about to be given content, and comes back when that is durable; or with the erasure that
    /// stands against it.
    pub(in crate::resource) async fn record_read(
        &self,
        asker: Asker,
        task: &TaskContent,
        class: ContentClass,
    ) -> Result<Option<Erasure>, Problem> {
        let TaskContent { workflow, subject, number, .. } = *task;
        self.record_reading(asker, PayloadRead { workflow, subject, task: number, class }).await
    }

    /// The same of any content of a workflow.
    pub(super) async fn record_reading(
        &self,
        asker: Asker,
        read: PayloadRead,
    ) -> Result<Option<Erasure>, Problem> {
        match self.ask(asker, subjects::Ask::RecordRead(read).into()).await?.reply {
            Ok(_) => Ok(None),
            Err(Refusal::Subjects(subjects::Refusal::ErasureUnderWay { .. })) => Ok(Some(Erasure::UnderWay)),
            Err(Refusal::Subjects(subjects::Refusal::SubjectErased { .. })) => Ok(Some(Erasure::Done)),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

fn open(
    vault: &Vault,
    workflow: WorkflowId,
    sealed: &Sealed,
    class: ContentClass,
) -> Result<Content, VaultError> {
    let binding = binding(workflow, class);
    Ok(vault.unseal(&reference(sealed), binding)?.map_or_else(Content::from, Content::Open))
}

/// What of an attempt lies in the vault: standard output, standard error, what was found of it.
pub(super) fn kept_of(attempt: &attempt_history::Attempt) -> [Option<Sealed>; 3] {
    let outcome = attempt.end.as_ref().and_then(|end| end.outcome.as_ref());
    let kept = |captured: &Captured| captured.kept.as_deref().cloned();
    outcome.map_or([None, None, None], |outcome| {
        let said = outcome.findings.as_deref().and_then(|found| found.said.as_deref().cloned());
        [kept(&outcome.stdout), kept(&outcome.stderr), said]
    })
}

pub(in crate::resource) fn no_task() -> Problem {
    Problem::new(Code::TaskUnknown, "the workflow has no task with that id")
}

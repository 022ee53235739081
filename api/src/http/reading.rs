//! Content in the clear: opened from the vault, once it is recorded who reads it.

use super::door::Door;
use super::json;
use super::query::{Asked, Named, unknown};
use crate::wire::content::{Content, Erasure, input as input_members, sealed};
use crate::wire::problem::{Code, Problem};
use crate::wire::workflow::{Outputs, attempt};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json as document};
use triad_decide::{Refusal, subjects};
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::TaskKind;
use triad_event::sealed::ContentClass;
use triad_event::{Sealed, Source};
use triad_perform::content::{binding, reference};
use triad_projections::attempt_history::Attempt;
use triad_vault::{Vault, VaultError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaskQuery {
    task: String,
    /// Whether content is wanted, and not only where it lies.
    #[serde(default)]
    content: bool,
}

/// Content that one answer holds: JSON may need six times as much. What is larger is streamed.
const OPENED_BYTES_MAX: u64 = 4 << 20;

/// The task that is asked about, and what is needed to open what belongs to it.
pub(super) struct Found {
    pub(super) workflow: WorkflowId,
    pub(super) number: u32,
    subject: DataSubjectId,
    kind: TaskKind,
    input: Option<Sealed>,
}

pub(super) async fn attempts(
    State(door): State<Door>,
    Named(workflow): Named,
    Asked(asked): Asked<TaskQuery>,
) -> Result<Response, Problem> {
    let task = door.find_task(workflow, &asked.task).await?;
    let number = task.number;
    let found = door.view(move |views| views.attempt_history(workflow, number)).await?;
    let attempts = found.value.ok_or_else(no_task)?;
    let outputs = if asked.content { door.open_outputs(task, &attempts).await? } else { Vec::new() };
    let outputs = outputs.into_iter().chain(std::iter::repeat_with(Outputs::default));
    let attempts: Vec<Value> = attempts.iter().zip(outputs).map(|(one, of)| attempt(one, &of)).collect();
    let body = document!({
        "workflow_id": workflow.to_string(), "task": number, "task_id": asked.task,
        "attempts": attempts, "as_of": found.through,
    });
    Ok(json(StatusCode::OK, &body))
}

pub(super) async fn inputs(
    State(door): State<Door>,
    Named(workflow): Named,
    Asked(asked): Asked<TaskQuery>,
) -> Result<Response, Problem> {
    let task = door.find_task(workflow, &asked.task).await?;
    let (number, kind) = (task.number, task.kind);
    let mut input = document!({ "kept": task.input.as_ref().map(sealed) });
    if asked.content
        && let Some(content) = door.open_input(task).await?
        && let Some(members) = input.as_object_mut()
    {
        members.extend(input_members(kind, &content));
    }
    let body = document!({
        "workflow_id": workflow.to_string(), "task": number, "task_id": asked.task, "input": input,
    });
    Ok(json(StatusCode::OK, &body))
}

impl Door {
    pub(super) async fn find_task(&self, workflow: WorkflowId, id: &str) -> Result<Found, Problem> {
        let graph = self.view(move |views| views.run_graph(workflow)).await?.value;
        let graph = graph.ok_or_else(|| unknown(workflow))?;
        let (number, task) =
            (0..).zip(graph.tasks()).find(|(_, task)| *task.id == *id).ok_or_else(no_task)?;
        let subject = graph.summary().subject.unwrap_or(workflow.into());
        let input = task.input.as_deref().cloned();
        Ok(Found { workflow, subject, number, kind: task.kind, input })
    }

    /// What the attempts wrote, in their order.
    async fn open_outputs(&self, task: Found, attempts: &[Attempt]) -> Result<Vec<Outputs>, Problem> {
        let kept: Vec<_> = attempts.iter().map(kept_of).collect();
        let classes = [ContentClass::Stdout, ContentClass::Stderr];
        let written = |class: usize| kept.iter().any(|kept| kept[class].is_some());
        let Some(first) = [0, 1].into_iter().find(|class| written(*class)) else { return Ok(Vec::new()) };
        let erasure = self.record_read(&task, classes[first]).await?;
        let _place = self.reading.acquire().await;
        self.in_vault(move |vault| {
            let mut room = OPENED_BYTES_MAX;
            let mut open = |sealed: &Option<Sealed>, class| match (sealed, erasure) {
                (None, _) => Ok(None),
                (Some(_), Some(erasure)) => Ok(Some(Content::Erased(erasure))),
                (Some(sealed), None) if sealed.length.0 > room => Ok(Some(Content::Omitted)),
                (Some(sealed), None) => {
                    room -= sealed.length.0;
                    open(vault, &task, sealed, class).map(Some)
                }
            };
            let mut outputs = |[stdout, stderr]: &[Option<Sealed>; 2]| {
                let [out, err] = classes;
                Ok::<_, VaultError>(Outputs { stdout: open(stdout, out)?, stderr: open(stderr, err)? })
            };
            // The newest first: where there is no room for all, they say most.
            let mut opened: Vec<Outputs> = kept.iter().rev().map(&mut outputs).collect::<Result<_, _>>()?;
            opened.reverse();
            Ok(opened)
        })
        .await
    }

    /// What a task was given; none when it has no input.
    async fn open_input(&self, task: Found) -> Result<Option<Content>, Problem> {
        let Some(sealed) = task.input.clone() else { return Ok(None) };
        if let Some(erasure) = self.record_read(&task, ContentClass::Input).await? {
            return Ok(Some(Content::Erased(erasure)));
        }
        let _place = self.reading.acquire().await;
        self.in_vault(move |vault| open(vault, &task, &sealed, ContentClass::Input).map(Some)).await
    }

    /// Records that somebody is about to be given content, and comes back when that is durable; or with the erasure that
    /// stands against it.
    pub(super) async fn record_read(
        &self,
        task: &Found,
        class: ContentClass,
    ) -> Result<Option<Erasure>, Problem> {
        let Found { workflow, subject, number, .. } = *task;
        let input = subjects::Input::RecordRead { workflow, subject, task: number, class };
        match self.ask(input.into(), Source::Client).await?.reply {
            Ok(_) => Ok(None),
            Err(Refusal::Subjects(subjects::Refusal::ErasureUnderWay { .. })) => Ok(Some(Erasure::UnderWay)),
            Err(Refusal::Subjects(subjects::Refusal::SubjectErased { .. })) => Ok(Some(Erasure::Done)),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

fn open(vault: &Vault, task: &Found, sealed: &Sealed, class: ContentClass) -> Result<Content, VaultError> {
    let binding = binding(task.workflow, class);
    Ok(vault.unseal(&reference(sealed), binding)?.map_or_else(Content::from, Content::Open))
}

/// What of an attempt lies in the vault: standard output, standard error.
pub(super) fn kept_of(attempt: &Attempt) -> [Option<Sealed>; 2] {
    let outcome = attempt.end.as_ref().and_then(|end| end.outcome.as_ref());
    outcome.map_or([None, None], |outcome| [outcome.stdout.kept.clone(), outcome.stderr.kept.clone()])
}

pub(super) fn no_task() -> Problem {
    Problem::new(Code::TaskUnknown, "the workflow has no task with that id")
}

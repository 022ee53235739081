//! The outputs of many tasks at once, in the clear: what a workflow gave, by task.

use super::content::OPENED_BYTES_MAX;
use super::gave::gave;
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::state::AppState;
use crate::resource::READ_TASK_CONTENT;
use crate::wire::content::{Content, Erasure, Shown};
use crate::wire::problem::Problem;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use triad_event::ids::WorkflowId;
use triad_event::intake::{Form, Gave, Reused};
use triad_event::subjects::PayloadRead;
use triad_perform::content::{binding, reference};
use triad_projections::Run;
use triad_vault::{Vault, VaultError};

/// What one task gave; null where it gave nothing.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum TaskOutput {
    One(Option<Shown>),
    /// Of a task that was run for each entry of a list: what each part gave, in their order.
    List(Vec<Option<Shown>>),
}

/// Outputs by the id of their task.
pub(super) type TaskOutputs = BTreeMap<String, TaskOutput>;

impl AppState {
    /// What completed tasks gave, of those from a number on. That it is read is recorded first. Parts of a task stand in its
    /// list.
    pub(super) async fn outputs_of(
        &self,
        admitted: &Admitted,
        workflow: WorkflowId,
        run: &Run,
        (from, limit): (u32, usize),
    ) -> Result<TaskOutputs, Problem> {
        self.allow(admitted, READ_TASK_CONTENT, About::Workflow).await?;
        let places = places(run, workflow, from, limit);
        let mut all = places.iter().flat_map(|(_, _, reused)| &reused.gave);
        let erasure = match (all.find(|gave| gave.output.is_some()), places.first()) {
            (Some(gave), Some((number, ..))) => {
                let subject = run.summary().subject.unwrap_or(workflow.into());
                let read = PayloadRead { workflow, subject, task: *number, class: gave.class };
                self.record_reading(admitted.asker, read).await?
            }
            _ => None,
        };
        let _place = self.reading.acquire().await;
        self.in_vault(move |vault| {
            let mut room = OPENED_BYTES_MAX;
            let opened = places
                .into_iter()
                .map(|(_, id, reused)| Ok::<_, VaultError>((id, shown(vault, &reused, erasure, &mut room)?)));
            opened.collect()
        })
        .await
    }
}

/// Number, id and what was given, for each task that completed.
fn places(run: &Run, workflow: WorkflowId, from: u32, limit: usize) -> Vec<(u32, String, Reused)> {
    let is_part = |number: u32| {
        let whole = run.graph().task(number).and_then(|task| run.graph().task(task.part_of?));
        whole.and_then(|whole| whole.course.as_deref()).is_some_and(|course| course.at_once.is_some())
    };
    let until = from.saturating_add(u32::try_from(limit).unwrap_or(u32::MAX)).min(run.summary().tasks);
    let numbers = (from..until).filter(|number| !is_part(*number));
    let place = |number| {
        let task = run.graph().task(number)?;
        Some((number, task.id.to_string(), gave(run, workflow, number)?))
    };
    numbers.filter_map(place).collect()
}

fn shown(
    vault: &Vault,
    reused: &Reused,
    erasure: Option<Erasure>,
    room: &mut u64,
) -> Result<TaskOutput, VaultError> {
    let mut opened = reused.gave.iter().map(|gave| open(vault, reused.workflow, gave, erasure, room));
    Ok(match reused.form {
        Form::One => TaskOutput::One(opened.next().transpose()?.flatten()),
        Form::List => TaskOutput::List(opened.collect::<Result<_, _>>()?),
    })
}

fn open(
    vault: &Vault,
    workflow: WorkflowId,
    gave: &Gave,
    erasure: Option<Erasure>,
    room: &mut u64,
) -> Result<Option<Shown>, VaultError> {
    let Some(sealed) = &gave.output else { return Ok(None) };
    let content = match (erasure, room.checked_sub(sealed.length.0)) {
        (Some(erasure), _) => Content::Erased(erasure),
        (None, None) => Content::Omitted,
        (None, Some(left)) => {
            *room = left;
            let opened = vault.unseal(&reference(sealed), binding(workflow, gave.class))?;
            opened.map_or_else(Content::from, Content::Open)
        }
    };
    Ok(Some(Shown::output(content)))
}

//! What the dag tells other domains about tasks.

use triad_event::dag::WorkflowPhase;
use triad_event::ids::WorkflowId;
use triad_event::intake::{Form, Gave, HealingPolicy, Priority, Reused};
use triad_event::quantity::{Micros, MilliwattHours};

use super::state::State;
use super::task::TaskState;
use super::workflow::{Output, Workflow};
use crate::effect::{Ended, Entry, Given, Taken};
use crate::plan::{Plan, Spec, Worth};
use crate::ports::durations::Known;

/// What other domains may ask about tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tasks<'a>(&'a State);

impl<'a> Tasks<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self(state)
    }

    /// What a workflow that is alive is made of.
    pub(crate) fn plan(self, workflow: WorkflowId) -> Option<&'a Plan> {
        self.0.get(workflow).map(|alive| &*alive.plan)
    }

    /// How many attempts of a task were requested, and what it asks for.
    pub(crate) fn attempts(self, workflow: WorkflowId, task: u32) -> Option<(u32, &'a Spec)> {
        let alive = self.0.get(workflow)?;
        Some((alive.task(task)?.attempts, alive.spec(task)?))
    }

    /// What a task asks for.
    pub(crate) fn spec(self, workflow: WorkflowId, task: u32) -> Option<&'a Spec> {
        self.0.get(workflow)?.spec(task)
    }

    /// How urgent a task is.
    pub(crate) fn priority(self, workflow: WorkflowId, task: u32) -> Priority {
        let of = |alive: &Workflow| alive.plan.priority(alive.template(task));
        self.0.get(workflow).map_or(Priority::Normal, of)
    }

    /// How many tasks a workflow has by now, with the parts of those that were fanned out or will be.
    pub(crate) fn count(self, workflow: WorkflowId) -> usize {
        self.0.get(workflow).map_or(0, |alive| alive.tasks.len() + alive.fans.to_come())
    }

    /// What a task takes from others, in the order in which its definition names them.
    pub(crate) fn taken(self, workflow: WorkflowId, task: u32) -> Vec<Taken> {
        let Some(alive) = self.0.get(workflow) else { return Vec::new() };
        let takes = alive.flow(task).map_or(&[][..], |flow| &flow.takes);
        takes.iter().map(|from| taken(alive, *from)).collect()
    }

    /// The entry of the list that a task is a part for.
    pub(crate) fn entry(self, workflow: WorkflowId, task: u32) -> Option<Entry> {
        let alive = self.0.get(workflow)?;
        if (task as usize) < alive.plan.task_count() {
            return None;
        }
        let (number, fan) = alive.fans.of_part(task)?;
        let (page, place) = fan.entry(number)?;
        Some(Entry { page: page.sealed.clone(), place, number })
    }

    /// Whether a task could run, and has not been offered yet.
    pub(crate) fn is_ready(self, workflow: WorkflowId, task: u32) -> bool {
        self.0.get(workflow).is_some_and(|alive| {
            alive.task(task).is_some_and(|task| task.state.may_run())
                && alive.phase() != WorkflowPhase::Cancelling
        })
    }

    /// For what price a task waits, if for any.
    pub(crate) fn worth(self, workflow: WorkflowId, task: u32) -> Option<&'a Worth> {
        self.spec(workflow, task)?.worth.as_deref().filter(|worth| worth.may_wait_for_price())
    }

    /// How a task is healed that fails, if it is.
    pub(crate) fn healing(self, workflow: WorkflowId, task: u32) -> Option<HealingPolicy> {
        self.spec(workflow, task)?.worth.as_deref()?.healing
    }

    /// What a task is known by from one workflow to the next.
    pub(crate) fn known_by(self, workflow: WorkflowId, task: u32) -> Option<Known> {
        self.0.get(workflow)?.known_by(task)
    }

    /// How much energy a task is thought to take.
    pub(crate) fn energy_estimate(self, workflow: WorkflowId, task: u32) -> Option<MilliwattHours> {
        self.spec(workflow, task)?.worth.as_deref()?.energy
    }

    /// Whether a task could run, and nothing was decided by price.
    pub(crate) fn is_undecided(self, workflow: WorkflowId, task: u32) -> bool {
        let state = self.0.get(workflow).and_then(|alive| alive.task(task)).map(|task| task.state);
        self.is_ready(workflow, task) && state != Some(TaskState::Released)
    }

    /// When a task must have ended, in the time that has passed for the log.
    pub(crate) fn due(self, workflow: WorkflowId, task: u32) -> Option<Micros> {
        self.0.get(workflow)?.due(task)
    }

    /// Whether a task must have ended by now, so that nothing of it begins any more.
    pub(crate) fn is_late(self, workflow: WorkflowId, task: u32, elapsed: Micros) -> bool {
        self.0.get(workflow).is_some_and(|alive| alive.is_late(task, elapsed))
    }

    /// Whether somebody released its step, so that no rule of moderation holds it any more.
    pub(crate) fn is_released(self, workflow: WorkflowId, task: u32) -> bool {
        self.0.get(workflow).is_some_and(|alive| alive.released.contains_key(&task))
    }

    /// Whether a workflow was asked to stop.
    pub(crate) fn is_cancelling(self, workflow: WorkflowId) -> bool {
        self.0.get(workflow).is_some_and(|alive| alive.phase() == WorkflowPhase::Cancelling)
    }
}

fn taken(alive: &Workflow, from: u32) -> Taken {
    let id = alive.plan.task_id(from).expect("invariant: a plan has every task that it takes from");
    let state = alive.task(from).map(|task| task.state);
    Taken { id: id.to_owned(), ended: ended(state), given: given(alive, from) }
}

/// How a task ended whose output is taken. None is taken of one that has not.
fn ended(state: Option<TaskState>) -> Ended {
    match state {
        Some(TaskState::Completed) => Ended::Completed,
        Some(TaskState::Failed) => Ended::Failed,
        Some(
            TaskState::Pending { .. }
            | TaskState::Queued
            | TaskState::Running { .. }
            | TaskState::Settling { .. }
            | TaskState::Waiting { .. }
            | TaskState::Skipped
            | TaskState::LeftOut
            | TaskState::Cancelled
            | TaskState::Awaiting
            | TaskState::Evaluating
            | TaskState::Evaluated { .. }
            | TaskState::Deferred
            | TaskState::Released
            | TaskState::Proposed { .. }
            | TaskState::Held
            | TaskState::Spread { .. },
        )
        | None => Ended::Skipped,
    }
}

fn given(alive: &Workflow, from: u32) -> Given {
    if let Some(reused) = alive.plan.rules(from).and_then(|rules| rules.reused.as_ref()) {
        return of_earlier(reused);
    }
    let is_fanned_out = alive.plan.rules(from).is_some_and(|rules| rules.fan_out.is_some());
    if !is_fanned_out {
        return Given::One(alive.outputs.get(&from).cloned());
    }
    // One that was left out, or failed before, has no parts, and gave nothing.
    let parts = alive.contents(from);
    let is_completed = alive.task(from).is_some_and(|task| task.state == TaskState::Completed);
    if parts.is_empty() && !is_completed {
        return Given::One(None);
    }
    Given::List(parts.iter().map(|part| alive.outputs.get(part).cloned()).collect())
}

/// What an earlier workflow gave.
fn of_earlier(reused: &Reused) -> Given {
    let output = |gave: &Gave| {
        let Gave { output, class, total } = gave;
        let of = Some(reused.workflow);
        output.clone().map(|content| Output { is_cut: *total > content.length, content, class: *class, of })
    };
    match reused.form {
        Form::One => Given::One(reused.gave.first().and_then(output)),
        Form::List => Given::List(reused.gave.iter().map(output).collect()),
    }
}

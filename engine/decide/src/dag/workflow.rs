//! A workflow that is alive: where it stands, and where its tasks do.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::dag::{Tally, TaskPhase, WorkflowPhase};
use triad_event::ids::WorkflowId;
use triad_event::intake::{Priority, TaskFlow, TaskKind, TaskRules};
use triad_event::sealed::ContentClass;
use triad_event::{Event as AnyEvent, Recorded, Sealed};

use super::deadlines::Began;
use super::fans::Fans;
use super::reaction::Reaction;
use super::stood::Stood;
use super::task::{Seen, Task, TaskState};
use crate::evaluation::reaction::Reaction as OfEvaluation;
use crate::execution::reaction::Reaction as OfExecution;
use crate::fold_error::FoldError;
use crate::gates::reaction::Reaction as OfGates;
use crate::image::{length, structs};
use crate::plan::{Definition, Plan, Spec, Worth};
use crate::ports::Ports;
use crate::ports::durations::{Known, known_by};
use crate::ports::prices::Prices;
use crate::ports::reactions::Reactions;
use crate::prices::reaction::Reaction as OfPrices;

structs! {
    Workflow { plan, phase, tasks, tally, open, outputs, fans, began, stood, released }
    Output { content, class, is_cut, of }
}

/// A workflow that is alive.
#[derive(Debug, Clone)]
pub struct Workflow {
    pub(crate) plan: Arc<Plan>,
    pub(crate) phase: WorkflowPhase,
    /// Those of the plan, and behind them the parts of those that were fanned out.
    pub(crate) tasks: Vec<Task>,
    pub(crate) tally: Tally,
    /// How many tasks have not ended.
    pub(crate) open: u32,
    /// The outputs that other tasks take, as far as there are any, by task.
    pub(crate) outputs: BTreeMap<u32, Output>,
    pub(crate) fans: Fans,
    pub(crate) began: Began,
    /// How long runs that were suspended stood still, by task.
    pub(super) stood: BTreeMap<u32, Stood>,
    /// How often steps of tasks were held and somebody released them, by task.
    pub(super) released: BTreeMap<u32, u32>,
}

/// The output of a task, where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The content.
    pub content: Sealed,
    /// As what it was sealed.
    pub class: ContentClass,
    /// Whether there was more than is kept.
    pub is_cut: bool,
    /// The workflow for which it was sealed, when that is an earlier one.
    pub of: Option<WorkflowId>,
}

impl Workflow {
    /// What it is made of.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where it stands.
    pub fn phase(&self) -> WorkflowPhase {
        self.phase
    }

    /// What is remembered of a task.
    pub fn task(&self, task: u32) -> Option<&Task> {
        self.tasks.get(task as usize)
    }

    /// How many of its tasks have ended in which way.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The task of the plan that says what a task is: itself, or that of which it is a part.
    pub(crate) fn template(&self, task: u32) -> u32 {
        if (task as usize) < self.plan.task_count() {
            return task;
        }
        self.fans.of_part(task).map_or(task, |(_, fan)| fan.task)
    }

    /// What a task asks for.
    pub(crate) fn spec(&self, task: u32) -> Option<&Spec> {
        self.plan.spec(self.template(task))
    }

    /// What a task waits for, and whose outputs it takes.
    pub(crate) fn flow(&self, task: u32) -> Option<&TaskFlow> {
        self.plan.flow(self.template(task))
    }

    /// How a task is called: a part by the task and its number.
    pub fn task_id(&self, task: u32) -> Option<Cow<'_, str>> {
        if let Some(id) = self.plan.task_id(task) {
            return Some(Cow::Borrowed(id));
        }
        let (number, fan) = self.fans.of_part(task)?;
        Some(Cow::Owned(format!("{}.{number}", self.plan.task_id(fan.task)?)))
    }

    /// The task whose end a task is waited for by: that of which it is a part, or the sub-workflow whose task it is.
    pub(crate) fn container(&self, task: u32) -> Option<u32> {
        if (task as usize) < self.plan.task_count() {
            return self.plan.rules(task)?.part_of;
        }
        Some(self.fans.of_part(task)?.1.task)
    }

    /// The tasks whose end a task waits for: its parts, or the tasks of the sub-workflow that it is.
    pub(crate) fn contents(&self, task: u32) -> Vec<u32> {
        match self.fans.of_task(task) {
            Some((first, fan)) => (first..first + fan.parts).collect(),
            None => self.plan.members.get(&task).cloned().unwrap_or_default(),
        }
    }

    /// A workflow that was accepted, and what its tasks do first.
    pub(super) fn begin(definition: Definition, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Self {
        let Definition { plan, waits } = definition;
        let mut tasks: Vec<Task> = waits.into_iter().map(pending).collect();
        for (task, _) in plan.ruled().filter(|(_, rules)| rules.part_of.is_some()) {
            if let TaskState::Pending { missing, .. } = &mut tasks[task as usize].state {
                *missing += 1;
            }
        }
        let alive = Self {
            plan: Arc::new(plan),
            phase: WorkflowPhase::Running,
            open: length(tasks.len()),
            tasks,
            tally: Tally { completed: 0, failed: 0, skipped: 0, cancelled: 0 },
            outputs: BTreeMap::new(),
            fans: Fans::default(),
            began: Began { at: record.at, elapsed: record.elapsed },
            stood: BTreeMap::new(),
            released: BTreeMap::new(),
        };
        for (state, task) in alive.tasks.iter().zip(0..) {
            if alive.is_reused(task) {
                let workflow = record.stream.into();
                ports.reactions.push(Reaction::Reuse { workflow, task }, record.sequence);
            } else if state.state == TaskState::READY {
                alive.go_on(record, task, ports);
            }
        }
        alive.watch_deadlines(record.stream, &mut ports.wakes);
        alive
    }

    /// Whether what an earlier workflow did stands for it.
    pub(super) fn is_reused(&self, task: u32) -> bool {
        self.plan.rules(task).is_some_and(|rules| rules.reused.is_some())
    }

    /// Moves a task, as the grammar allows, and says where it stood.
    pub(super) fn set(
        &mut self,
        task: u32,
        event: &AnyEvent,
        next: TaskState,
    ) -> Result<TaskState, FoldError> {
        let task = self.tasks.get_mut(task as usize).ok_or(FoldError::UnknownTask)?;
        if TaskPhase::after(Some(task.state.phase()), event) != Some(next.phase()) {
            return Err(FoldError::Grammar);
        }
        Ok(std::mem::replace(&mut task.state, next))
    }

    /// A task whose dependencies have all ended is evaluated first if there is something to evaluate, and else taken over by
    /// whoever
    /// goes on with tasks of its kind.
    pub(super) fn go_on(&self, record: &Recorded<AnyEvent>, task: u32, ports: &mut Ports) {
        let is_evaluated = self.plan.rules(task).is_some_and(TaskRules::is_evaluated);
        match is_evaluated {
            true => {
                let workflow = record.stream.into();
                ports.reactions.push(OfEvaluation { workflow, task }, record.sequence);
            }
            false => self.offer(record, task, ports),
        }
    }

    /// A task on which nothing stands in the way is taken over by whoever goes on with tasks of its kind; before that, by whoever
    /// decides whether it waits for a price.
    pub(super) fn offer(&self, record: &Recorded<AnyEvent>, task: u32, ports: &mut Ports) {
        let (workflow, cause) = (record.stream.into(), record.sequence);
        let is_priced = self.may_wait_for_price(task, ports.prices);
        let reactions = &mut ports.reactions;
        match self.spec(task).map(|spec| spec.kind) {
            Some(TaskKind::Group) => reactions.push(Reaction::Begin { workflow, task }, cause),
            Some(TaskKind::Wait | TaskKind::Signal | TaskKind::Approval) => {
                reactions.push(OfGates::Open { workflow, task }, cause);
            }
            Some(TaskKind::Noop | TaskKind::Process) | None if is_priced => {
                reactions.push(OfPrices::Decide { workflow, task }, cause);
            }
            Some(TaskKind::Noop | TaskKind::Process) | None => {
                reactions.push(OfExecution::Offer { workflow, task }, cause);
            }
        }
    }

    /// What a task is known by from one workflow to the next, all parts of a list by the same.
    pub(crate) fn known_by(&self, task: u32) -> Option<Known> {
        let id = self.plan.task_id(self.template(task))?;
        Some(known_by(self.plan.requester(), self.plan.name(), id))
    }

    /// Whether a task waits for a price unless it is critical.
    pub(super) fn is_priced(&self, task: u32) -> bool {
        let worth = self.spec(task).and_then(|spec| spec.worth.as_deref());
        worth.is_some_and(Worth::may_wait_for_price)
    }

    /// Whether a task waits for a price or for less carbon that comes from somewhere, and is not critical.
    pub(super) fn may_wait_for_price(&self, task: u32, prices: Prices) -> bool {
        let worth = self.spec(task).and_then(|spec| spec.worth.as_deref());
        worth.is_some_and(|worth| prices.decide(worth))
            && self.plan.priority(self.template(task)) != Priority::Critical
    }

    pub(super) fn finish_when_done(&self, record: &Recorded<AnyEvent>, reactions: &mut Reactions) {
        if self.open == 0 {
            let workflow = record.stream.into();
            reactions.push(Reaction::Finish { workflow }, record.sequence);
        }
    }
}

fn pending(missing: u32) -> Task {
    let seen = Seen { ran: missing == 0, astray: false };
    Task { state: TaskState::Pending { missing, seen }, attempts: 0 }
}

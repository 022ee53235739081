//! Decides on an input: which room it goes to, and what that room may know.

use triad_event::Event;
use triad_event::ids::{StreamId, WorkflowId};

use crate::due::next_wake;
use crate::group::Stamp;
use crate::input::Input;
use crate::refusal::{Accepted, Refusal};
use crate::world::World;
use crate::{dag, execution, governance, intake, subjects};

/// What was decided on an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The first event of the group; none when nothing is recorded.
    pub(crate) event: Option<(StreamId, Event)>,
    /// The record that led to it, when it was not the input alone.
    pub(crate) cause: Option<u64>,
    /// What is answered. A refusal that matters as evidence is recorded and answered.
    pub(crate) reply: Result<Accepted, Refusal>,
}

impl Decision {
    fn recorded(stream: StreamId, event: impl Into<Event>) -> Self {
        Self { event: Some((stream, event.into())), cause: None, reply: Ok(Accepted::Recorded) }
    }
}

/// Decides on an input without changing anything.
pub(crate) fn decide(world: &World, input: Input, stamp: Stamp) -> Result<Decision, Refusal> {
    let at = stamp.at;
    if at < world.now() {
        return Err(governance::Refusal::TimeWentBack { now: world.now(), given: at }.into());
    }
    match input {
        Input::Governance(input) => decide_governance(world, input, stamp),
        Input::Intake { workflow, input } => {
            let stream = accessible(world, workflow)?;
            subjects::admit(&world.subjects, input.subject())?;
            let facts = intake::Facts {
                state: &world.intake,
                settings: &world.governance.settings,
                at,
                alive: world.alive(),
                exists: world.dag.get(workflow).is_some(),
            };
            let (event, reply) = intake::decide(&facts, workflow, input)?;
            Ok(Decision { event: event.map(|event| (stream, event.into())), cause: None, reply: Ok(reply) })
        }
        Input::Dag { workflow, input } => {
            let stream = accessible(world, workflow)?;
            let alive = world.dag.get(workflow).ok_or(dag::Refusal::WorkflowUnknown { workflow })?;
            Ok(Decision::recorded(stream, dag::decide(alive, input)?))
        }
        Input::Execution(input) => decide_execution(world, input),
        Input::Subjects(input) => decide_subjects(world, input, stamp),
    }
}

fn decide_governance(world: &World, input: governance::Input, stamp: Stamp) -> Result<Decision, Refusal> {
    let workflow = input.stream().map(WorkflowId::from);
    let alive = |workflow| world.dag.get(workflow).is_some() || world.intake.get(workflow).is_some();
    let facts = governance::Facts {
        state: &world.governance,
        at: stamp.at,
        last_sequence: world.next_sequence().checked_sub(1),
        next_wake: next_wake(world),
        alive: workflow.is_some_and(alive),
    };
    Ok(Decision::recorded(StreamId::LOG, governance::decide(&facts, input)?))
}

fn decide_execution(world: &World, input: execution::Input) -> Result<Decision, Refusal> {
    let request = input.request();
    let Some(attempt) = world.execution.get(request) else {
        let is_past = request < world.next_sequence();
        let over = execution::Refusal::AttemptOver { request };
        return Err(if is_past { over } else { execution::Refusal::AttemptUnknown { request } }.into());
    };
    let stream = accessible(world, attempt.workflow)?;
    let event = execution::decide(attempt, input)?;
    Ok(Decision { cause: Some(request), ..Decision::recorded(stream, event) })
}

fn decide_subjects(world: &World, input: subjects::Input, stamp: Stamp) -> Result<Decision, Refusal> {
    if world.governance.phase.is_none() {
        return Err(governance::Refusal::NotStarted.into());
    }
    let cause = match &input {
        subjects::Input::EndErasure(erased) => Some(erased.request),
        subjects::Input::RequestErasure { .. }
        | subjects::Input::PlaceHold { .. }
        | subjects::Input::ReleaseHold { .. }
        | subjects::Input::RecordRead { .. } => None,
    };
    let facts = subjects::Facts {
        state: &world.subjects,
        settings: &world.governance.settings,
        at: stamp.at,
        principal: stamp.principal,
        next_sequence: world.next_sequence(),
    };
    let (event, said) = subjects::decide(&facts, input)?;
    let event = event.map(|event| (StreamId::LOG, event.into()));
    Ok(Decision { event, cause, reply: said.map(|()| Accepted::Recorded).map_err(Refusal::from) })
}

/// The stream of a workflow, if inputs on it are decided at all now.
fn accessible(world: &World, workflow: WorkflowId) -> Result<StreamId, Refusal> {
    let stream = StreamId::from(workflow);
    if world.governance.phase.is_none() {
        return Err(governance::Refusal::NotStarted.into());
    }
    if world.governance.is_quarantined(stream) {
        return Err(governance::Refusal::Quarantined { stream }.into());
    }
    Ok(stream)
}

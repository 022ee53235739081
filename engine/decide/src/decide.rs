//! Decides on an input: which room it goes to, and what that room may know.

use triad_event::Event;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::Micros;

use crate::due::next_wake;
use crate::input::Input;
use crate::refusal::{Accepted, Refusal};
use crate::world::World;
use crate::{dag, execution, governance, intake};

/// What was decided on an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    /// The first event of the group; none when nothing is recorded.
    pub(crate) event: Option<(StreamId, Event)>,
    /// The record that led to it, when it was not the input alone.
    pub(crate) cause: Option<u64>,
    /// What is answered.
    pub(crate) reply: Accepted,
}

impl Decision {
    fn recorded(stream: StreamId, event: impl Into<Event>) -> Self {
        Self { event: Some((stream, event.into())), cause: None, reply: Accepted::Recorded }
    }
}

/// Decides on an input without changing anything.
pub(crate) fn decide(world: &World, input: Input, at: Micros) -> Result<Decision, Refusal> {
    if at < world.now() {
        return Err(governance::Refusal::TimeWentBack { now: world.now(), given: at }.into());
    }
    match input {
        Input::Governance(input) => decide_governance(world, input, at),
        Input::Intake { workflow, input } => {
            let stream = accessible(world, workflow)?;
            let facts = intake::Facts {
                state: &world.intake,
                settings: &world.governance.settings,
                at,
                alive: world.alive(),
                exists: world.dag.get(workflow).is_some(),
            };
            let (event, reply) = intake::decide(&facts, workflow, input)?;
            Ok(Decision { event: event.map(|event| (stream, event.into())), cause: None, reply })
        }
        Input::Dag { workflow, input } => {
            let stream = accessible(world, workflow)?;
            let alive = world.dag.get(workflow).ok_or(dag::Refusal::WorkflowUnknown { workflow })?;
            Ok(Decision::recorded(stream, dag::decide(alive, input)?))
        }
        Input::Execution(input) => decide_execution(world, input),
    }
}

fn decide_governance(world: &World, input: governance::Input, at: Micros) -> Result<Decision, Refusal> {
    let workflow = input.stream().map(WorkflowId::from);
    let alive = |workflow| world.dag.get(workflow).is_some() || world.intake.get(workflow).is_some();
    let facts = governance::Facts {
        state: &world.governance,
        at,
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

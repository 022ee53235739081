//! Which domain decides on what: each `match` here is closed, so that nothing can be forgotten.

use triad_event::governance::WakeReason;
use triad_event::ids::StreamId;
use triad_event::{Ask, Domain, Event};

use crate::decision::Decision;
use crate::domains::for_each_domain;
use crate::effect::Effect;
use crate::place::Place;
use crate::ports::reactions::Reaction;
use crate::ports::wakes::Wake;
use crate::refusal::Refusal;
use crate::world::World;
use crate::{dag, execution, intake, subjects};

macro_rules! decide {
    ($( $domain:ident($module:ident) )+) => {
        /// Decides on something that is asked of a stream.
        pub(crate) fn decide(
            world: &World,
            stream: StreamId,
            ask: Ask,
            place: &Place,
        ) -> Result<Decision, Refusal> {
            match ask {
                Ask::Log(ask) => match ask {},
                $(
                    Ask::$domain(ask) => {
                        let facts = crate::$module::coupling::facts(world, place);
                        Ok(crate::$module::decide::decide(&facts, stream, ask)?)
                    }
                )+
            }
        }
    };
}

for_each_domain! { decide }

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(world: &World, reaction: Reaction, place: &Place) -> bool {
    match reaction {
        Reaction::Intake(of) => intake::decide::owes(&intake::coupling::facts(world, place), of),
        Reaction::Dag(of) => dag::decide::owes(&dag::coupling::facts(world, place), of),
        Reaction::Execution(of) => execution::decide::owes(&execution::coupling::facts(world, place), of),
        Reaction::Drain => world.ports.wakes.first_reached().is_some(),
    }
}

/// Decides on something that is owed. Each decision makes it owed no longer, or brings that nearer.
pub(crate) fn react(world: &World, reaction: Reaction, place: &Place) -> Option<(StreamId, Event)> {
    match reaction {
        Reaction::Intake(of) => {
            let event = intake::decide::react(&intake::coupling::facts(world, place), of)?;
            Some((reaction.stream()?, event.into()))
        }
        Reaction::Dag(of) => {
            let event = dag::decide::react(&dag::coupling::facts(world, place), of)?;
            Some((reaction.stream()?, event.into()))
        }
        Reaction::Execution(of) => execution::decide::react(&execution::coupling::facts(world, place), of),
        Reaction::Drain => {
            let first = world.ports.wakes.first_reached()?;
            Some((first.stream, wake(world, first, place)?))
        }
    }
}

/// The stream that a decision on something that is owed concerns.
pub(crate) fn stream_of(world: &World, reaction: Reaction) -> StreamId {
    let concerned = match reaction {
        Reaction::Intake(_) | Reaction::Dag(_) => None,
        Reaction::Execution(_) => world.execution.queue.first().map(|(workflow, _)| workflow.into()),
        Reaction::Drain => world.ports.wakes.first_reached().map(|wake| wake.stream),
    };
    reaction.stream().or(concerned).unwrap_or(StreamId::LOG)
}

/// What a moment means that has come.
fn wake(world: &World, wake: &Wake, place: &Place) -> Option<Event> {
    match wake.reason {
        WakeReason::Owed => None,
        WakeReason::UploadExpiry => {
            intake::decide::wake(&intake::coupling::facts(world, place), wake).map(Event::from)
        }
        WakeReason::Retry | WakeReason::Timeout | WakeReason::CancelGrace | WakeReason::Stall => {
            execution::decide::wake(&execution::coupling::facts(world, place), wake)
        }
    }
}

/// The effect of one request, if it is still owed and its stream goes on.
pub fn effect(world: &World, request: u64) -> Option<Effect> {
    let owed = world.ports.effects.get(request)?;
    if world.ports.streams.is_aside(owed.stream) {
        return None;
    }
    let place = &world.here();
    match owed.domain {
        Domain::Execution => execution::decide::effect(&execution::coupling::facts(world, place), request),
        Domain::Subjects => subjects::decide::effect(&subjects::coupling::facts(world, place), request),
        Domain::Log | Domain::Governance | Domain::Intake | Domain::Dag => None,
    }
}

/// Every effect that is owed, in the order of the requests: for a process that has just folded the log.
pub fn effects(world: &World) -> impl Iterator<Item = Effect> {
    world.ports.effects.owed.keys().filter_map(|request| effect(world, *request))
}

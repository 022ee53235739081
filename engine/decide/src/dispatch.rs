//! Which domain decides on what, from the tables of domains.

use triad_event::ids::StreamId;
use triad_event::{Ask, Domain, Event};

use crate::decision::Decision;
use crate::domains::{for_each_acting_domain, for_each_domain, for_each_reacting_domain};
use crate::effect::Effect;
use crate::place::Place;
use crate::ports::effects::Acting;
use crate::ports::reactions::Reaction;
use crate::ports::wakes::Wake;
use crate::refusal::Refusal;
use crate::world::World;

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

macro_rules! react {
    ($( $number:literal $domain:ident($module:ident) )+) => {
        /// Whether the world still shows that a reaction is owed.
        pub(crate) fn owes(world: &World, reaction: Reaction, place: &Place) -> bool {
            match reaction {
                Reaction::Drain => world.ports.wakes.first_reached().is_some(),
                Reaction::DrainBackground => world.ports.wakes.first_reached_of_background().is_some(),
                $(
                    Reaction::$domain(of) => {
                        crate::$module::decide::owes(&crate::$module::coupling::facts(world, place), of)
                    }
                )+
            }
        }

        /// Decides on something that is owed. Each decision makes it owed no longer, or brings that nearer.
        pub(crate) fn react(world: &World, reaction: Reaction, place: &Place) -> Option<(StreamId, Event)> {
            match reaction {
                Reaction::Drain => drain(world, world.ports.wakes.first_reached()?, place),
                Reaction::DrainBackground => {
                    drain(world, world.ports.wakes.first_reached_of_background()?, place)
                }
                $(
                    Reaction::$domain(of) => {
                        crate::$module::decide::react(&crate::$module::coupling::facts(world, place), of)
                    }
                )+
            }
        }

        /// What a moment means that has come.
        fn wake(world: &World, wake: &Wake, place: &Place) -> Option<Event> {
            $(
                if wake.reason.domain() == Domain::$domain {
                    return crate::$module::decide::wake(&crate::$module::coupling::facts(world, place), wake);
                }
            )+
            None
        }
    };
}

for_each_reacting_domain! { react }

fn drain(world: &World, first: &Wake, place: &Place) -> Option<(StreamId, Event)> {
    Some((first.stream, wake(world, first, place)?))
}

/// The stream that a decision on something that is owed concerns.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what names no stream otherwise is about who waits for a place"
)]
pub(crate) fn stream_of(world: &World, reaction: Reaction) -> StreamId {
    let wakes = &world.ports.wakes;
    let concerned = || match reaction {
        Reaction::Drain => wakes.first_reached().map(|wake| wake.stream),
        Reaction::DrainBackground => wakes.first_reached_of_background().map(|wake| wake.stream),
        Reaction::Execution(crate::execution::reaction::Reaction::Admit) => {
            let facts = crate::execution::coupling::facts(world, &world.here());
            crate::execution::turn::turn(&facts).map(|turn| turn.workflow.into())
        }
        _ => None,
    };
    reaction.stream().or_else(concerned).unwrap_or(StreamId::LOG)
}

macro_rules! act {
    ($( $domain:ident($module:ident) )+) => {
        /// The effect of one request, if it is still owed and its stream goes on.
        pub fn effect(world: &World, request: u64) -> Option<Effect> {
            let owed = world.ports.effects.get(request)?;
            if world.ports.streams.is_aside(owed.stream) {
                return None;
            }
            let place = &world.here();
            match owed.domain {
                $(
                    Acting::$domain => {
                        crate::$module::decide::effect(&crate::$module::coupling::facts(world, place), request)
                    }
                )+
            }
        }
    };
}

for_each_acting_domain! { act }

/// Every effect that is owed, in the order of the requests: for a process that has just folded the log.
pub fn effects(world: &World) -> impl Iterator<Item = Effect> {
    world.ports.effects.owed.keys().filter_map(|request| effect(world, request))
}

#[cfg(test)]
mod tests {
    use triad_event::governance::WakeReason;

    use super::*;

    macro_rules! reacting {
        ($( $number:literal $domain:ident($module:ident) )+) => { [$(Domain::$domain),+] };
    }

    #[test]
    fn every_moment_belongs_to_a_domain_that_reacts() {
        let reacting = for_each_reacting_domain! { reacting };
        let homeless = |reason: &&WakeReason| !reacting.contains(&reason.domain());
        let homeless: Vec<_> = WakeReason::ALL.iter().filter(homeless).collect();
        assert_eq!(homeless, [&WakeReason::Owed], "nobody would act on these moments");
    }
}

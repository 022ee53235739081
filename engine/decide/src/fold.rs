//! It happened: the fold of one record into the world.

use triad_event::ids::StreamId;
use triad_event::{Event, Recorded, log};

use crate::dispatch::owes;
use crate::fold_error::{FoldError, Illegal};
use crate::ports::reactions::Pending;
use crate::world::World;

/// Folds one record. Live and in recovery alike, this is the only way in which the world changes. After an
/// error the world is not to be used any more.
pub fn evolve(world: &mut World, record: &Recorded<Event>) -> Result<(), Illegal> {
    world.ports.effects.forget_changes();
    fold(world, record)
}

/// The same as one of several steps, whose changes of effects add up.
pub(crate) fn fold(world: &mut World, record: &Recorded<Event>) -> Result<(), Illegal> {
    apply(world, record).map_err(|error| Illegal { sequence: record.sequence, error })
}

fn apply(world: &mut World, record: &Recorded<Event>) -> Result<(), FoldError> {
    world.position.advance(record)?;
    let is_open = world.ports.streams.advance(record)?;
    if let Event::Log(event) = &record.event {
        if record.stream != StreamId::LOG {
            return Err(FoldError::Stream);
        }
        if let log::Event::Created(created) = event {
            world.position.log_id = created.log_id;
        }
    }
    world.fold_domains(record)?;
    if !is_open && world.ports.streams.get(record.stream).is_none() {
        return Err(FoldError::StreamUnknown);
    }
    if record.event.closes_stream() {
        world.ports.streams.close(record.stream);
    }
    drop_settled(world);
    Ok(())
}

/// Takes what is no longer owed from the front of each lane, and keeps aside what belongs to a stream in quarantine.
fn drop_settled(world: &mut World) {
    while let Some((pending, aside)) = first_settled(world) {
        world.ports.reactions.pop(&pending.reaction);
        if let Some(stream) = aside {
            world.ports.streams.keep_aside(stream, pending);
        }
    }
}

/// One that is not owed now, and the stream with which it is kept aside.
fn first_settled(world: &World) -> Option<(Pending, Option<StreamId>)> {
    world.ports.reactions.fronts().into_iter().flatten().copied().find_map(|pending| {
        let aside = pending.reaction.stream().filter(|stream| world.ports.streams.is_aside(*stream));
        let is_owed = || owes(world, pending.reaction, &world.here());
        (aside.is_some() || !is_owed()).then_some((pending, aside))
    })
}

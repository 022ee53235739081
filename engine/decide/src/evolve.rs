//! It happened: the fold of one record into the world.

use std::sync::Arc;

use thiserror::Error;
use triad_event::dag::WorkflowPhase;
use triad_event::governance::{Event as GovernanceEvent, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use crate::governance::Parked;
use crate::react::{drop_settled, react};
use crate::world::World;

/// Folds one record. Live and in recovery alike, this is the only way in which the world changes. After an
/// error the world is not to be used any more.
pub fn evolve(world: &mut World, record: &Recorded<Event>) -> Result<(), Illegal> {
    fold(world, record).map_err(|because| Illegal { sequence: record.sequence, because })
}

/// A record that cannot follow those before it. The log was not written by this core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("record {sequence} cannot follow those before it: {because}")]
pub struct Illegal {
    /// The record.
    pub sequence: u64,
    /// Why.
    pub because: Because,
}

/// Why a record cannot follow those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Because {
    /// Its sequence.
    #[error("its sequence should be {expected}")]
    Sequence {
        /// The sequence that comes next.
        expected: u64,
    },
    /// Its group.
    #[error("its group should be {expected} or its own sequence")]
    Group {
        /// The group of the record before.
        expected: u64,
    },
    /// Its time.
    #[error("it is earlier than {earliest}")]
    Time {
        /// The time of the record before.
        earliest: Micros,
    },
    /// Its ordinal in the stream.
    #[error("its ordinal should be {expected}")]
    Ordinal {
        /// The ordinal that comes next.
        expected: u64,
    },
    /// Its stream.
    #[error("it belongs to another stream")]
    Stream,
    /// The grammar forbids it.
    #[error("the grammar forbids it")]
    Grammar,
    /// It names a workflow that is not alive.
    #[error("its workflow is not alive")]
    UnknownWorkflow,
    /// It names a task that does not exist.
    #[error("its task does not exist")]
    UnknownTask,
    /// It names an attempt that does not run.
    #[error("its attempt does not run")]
    UnknownAttempt,
    /// It ends an erasure that is not under way.
    #[error("its erasure is not under way")]
    UnknownErasure,
    /// It names another data subject than the records before it, or one whose content is accepted no more.
    #[error("nothing can be accepted for its data subject")]
    Subject,
}

fn fold(world: &mut World, record: &Recorded<Event>) -> Result<(), Because> {
    world.position.advance(record)?;
    let settings = &world.governance.settings;
    match &record.event {
        Event::Log(event) => {
            on_log_stream(record)?;
            world.position.evolve(event);
        }
        Event::Governance(event) => {
            on_log_stream(record)?;
            world.governance.evolve(record, event)?;
            govern(world, record, event);
        }
        Event::Intake(event) => {
            let rooms = (&mut world.dag, &mut world.subjects);
            world.intake.evolve(record, event, rooms, settings, &mut world.wakes)?;
        }
        Event::Dag(event) => {
            world.dag.evolve(record, &mut world.subjects, &mut world.wakes)?;
            let is_held = world.governance.is_quarantined(record.stream);
            world.execution.evolve_dag(record, event, is_held);
        }
        Event::Execution(event) => {
            world.dag.evolve(record, &mut world.subjects, &mut world.wakes)?;
            world.execution.evolve(record, event, settings, &mut world.wakes)?;
        }
        Event::Subjects(event) => {
            on_log_stream(record)?;
            world.subjects.evolve(record, event)?;
        }
    }
    react(world, record);
    drop_settled(world);
    Ok(())
}

fn on_log_stream(record: &Recorded<Event>) -> Result<(), Because> {
    if record.stream == StreamId::LOG { Ok(()) } else { Err(Because::Stream) }
}

/// What governance changes in other rooms.
fn govern(world: &mut World, record: &Recorded<Event>, event: &GovernanceEvent) {
    match event {
        GovernanceEvent::EngineStarted(_) | GovernanceEvent::ClockAccepted(_) => {
            let is_set_aside = |workflow| world.governance.holds(workflow);
            let settings = &world.governance.settings;
            world
                .execution
                .restart(record.at, settings, &mut world.wakes, |workflow| !is_set_aside(workflow));
        }
        GovernanceEvent::StreamQuarantined(set_aside) => quarantine(world, set_aside.quarantined),
        GovernanceEvent::StreamReleased(released) => release(world, released.released, record.at),
        GovernanceEvent::SettingChanged(_)
        | GovernanceEvent::EnginePaused(_)
        | GovernanceEvent::EngineResumed(_)
        | GovernanceEvent::TimerFired(_)
        | GovernanceEvent::ClockStepped(_)
        | GovernanceEvent::SnapshotTaken(_) => {}
    }
}

fn quarantine(world: &mut World, stream: StreamId) {
    let mut wakes = world.wakes.take(stream);
    // Attempts begin anew at the release, so their moments are not kept.
    wakes.retain(|wake| matches!(wake.reason, WakeReason::Retry | WakeReason::UploadExpiry));
    let parked = Parked { debts: Vec::new(), wakes };
    Arc::make_mut(&mut world.governance.quarantined).insert(stream, parked);
    world.execution.hold(stream, true);
}

fn release(world: &mut World, stream: StreamId, at: Micros) {
    let parked = Arc::make_mut(&mut world.governance.quarantined).remove(&stream);
    let Parked { debts, wakes } = parked.unwrap_or_default();
    wakes.into_iter().for_each(|wake| world.wakes.insert(wake));
    debts.into_iter().for_each(|debt| world.owed.add(debt));
    let id = WorkflowId::from(stream);
    let settings = &world.governance.settings;
    world.execution.restart(at, settings, &mut world.wakes, |workflow| workflow == id);
    let is_paused = world.dag.get(id).is_some_and(|alive| alive.phase() == WorkflowPhase::Paused);
    world.execution.hold(stream, is_paused);
}

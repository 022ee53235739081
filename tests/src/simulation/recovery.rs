//! From a disk to the next life: the fold of the log, from a trusted snapshot on or from the first record, and the first
//! records of a life, by the rules of `engine/perform/src/start.rs` and `recover.rs`.

use super::clock::{Clocks, LifeClock};
use super::life::{Life, SYSTEM};
use super::listed::Counts;
use super::performer::Performer;
use super::plant::Plant;
use super::probe::Probe;
use super::violation::{Violation, broken};
use fixtures::twin_log::TwinLog;
use std::collections::{BTreeMap, VecDeque};
use triad_decide::{DECIDE_VERSION, Effect, Group, World, effects, evolve, governance, snapshot};
use triad_event::Source;
use triad_event::governance::{EngineStarted, StreamQuarantined};
use triad_event::ids::{NodeId, StreamId};
use triad_event::log::TailDropped;
use triad_log::LogRead;
use triad_log::records::blocks;
use triad_log::twin::TwinReader;
use triad_perform::recover::recorded;
use triad_proof::Block;

/// Snapshots that are kept.
const SNAPSHOTS_KEPT: usize = 2;
/// Panics on one stream before the next start sets it aside.
const PANICS_MAX: u32 = 2;
/// The input that panics, as a note says.
const PANICKED_ON: &str = "simulated";
/// The node that writes, as the fixtures' logs have it.
pub(crate) const NODE: NodeId = NodeId([1; 16]);

/// Files of snapshots, which outlive the process.
#[derive(Debug, Default)]
pub(crate) struct SnapshotFiles(BTreeMap<u64, Vec<u8>>);

impl SnapshotFiles {
    pub(crate) fn keep(&mut self, through: u64, bytes: Vec<u8>) {
        self.0.insert(through, bytes);
        while self.0.len() > SNAPSHOTS_KEPT {
            self.0.pop_first();
        }
    }

    pub(crate) fn damage_newest(&mut self) {
        if let Some(mut newest) = self.0.last_entry() {
            let middle = newest.get().len() / 2;
            newest.get_mut()[middle] ^= 1;
        }
    }

    /// The world of the newest snapshot whose digest the log holds.
    pub(crate) fn newest_trusted(
        &self,
        next_sequence: u64,
        logged: &BTreeMap<u64, [u8; 32]>,
        probes: &mut Counts<Probe>,
    ) -> Option<World> {
        for (through, bytes) in self.0.iter().rev().filter(|(through, _)| **through < next_sequence) {
            if logged.get(through) == Some(blake3::hash(bytes).as_bytes())
                && let Ok(world) = snapshot::decode(bytes)
            {
                probes.count(Probe::SnapshotUsed);
                return Some(world);
            }
            probes.count(Probe::SnapshotPassedOver);
        }
        probes.count(Probe::WholeLogFolded);
        None
    }
}

/// Notes of panics, which outlive the process.
#[derive(Debug, Default)]
pub(crate) struct Poison(BTreeMap<StreamId, u32>);

impl Poison {
    pub(crate) fn note(&mut self, stream: StreamId) {
        *self.0.entry(stream).or_default() += 1;
    }

    fn take_poisoned(&mut self) -> Vec<StreamQuarantined> {
        let poisoned: Vec<_> = self.0.extract_if(.., |_, panics| *panics >= PANICS_MAX).collect();
        let quarantine = |(stream, panics)| StreamQuarantined {
            quarantined: stream,
            panics,
            input: PANICKED_ON.to_owned(),
        };
        poisoned.into_iter().map(quarantine).collect()
    }
}

/// Folds what is on disk into a world.
pub(crate) fn fold(disk: &TwinReader, from: Option<World>) -> Result<World, Box<Violation>> {
    let unreadable = |why: String| broken("invariant_the_disk_can_be_folded", why);
    let mut world = from.unwrap_or_default();
    let first = world.next_sequence();
    let Some(newest) = disk.last_block().map_err(|error| unreadable(error.to_string()))? else {
        return Ok(world);
    };
    let last = Block::decode(&newest).map_err(|error| unreadable(error.to_string()))?.last_sequence();
    for bytes in blocks(disk, first, last) {
        let bytes = bytes.map_err(|error| unreadable(error.to_string()))?;
        let block = Block::decode(&bytes).map_err(|error| unreadable(error.to_string()))?;
        for record in block.records() {
            let record = record.map_err(|error| unreadable(error.to_string()))?;
            if record.header.sequence >= first {
                let record = recorded(&record).map_err(|error| unreadable(error.to_string()))?;
                evolve(&mut world, &record).map_err(|illegal| unreadable(illegal.to_string()))?;
            }
        }
    }
    Ok(world)
}

/// A life over a world that was recovered from this disk; its first records are still to come.
pub(crate) fn open(
    disk: TwinReader,
    world: World,
    now: Clocks,
    plant: Plant,
) -> Result<Life, Box<Violation>> {
    let log = TwinLog::on(disk).map_err(|error| broken("invariant_the_log_opens", error.to_string()))?;
    Ok(Life {
        persisted: (world.clone(), Vec::new()),
        world,
        log,
        now,
        clock: LifeClock::new(now),
        group: Group::default(),
        open: Default::default(),
        flights: VecDeque::new(),
        called_for: VecDeque::new(),
        performer: Performer::default(),
        failure: None,
        outputs: Vec::new(),
        probes: Counts::default(),
        is_read_along: false,
        plant,
        chances: 0,
        payload: Vec::new(),
    })
}

impl Life {
    /// The first records of a life: what opening found, that the engine started, what is set aside; then what is owed.
    pub(crate) fn begin(&mut self, dropped: Option<TailDropped>, poison: &mut Poison) {
        if let Some(dropped) = dropped {
            self.write(triad_event::log::Event::TailDropped(dropped));
        }
        let started = EngineStarted { build_digest: [0; 32], decide_version: DECIDE_VERSION, node: NODE };
        let started = governance::Ask::StartEngine(started).into();
        self.step(started, SYSTEM, Source::Engine).expect("invariant: a core starts its own version");
        for quarantined in poison.take_poisoned() {
            let stream = quarantined.quarantined;
            let running = effects(&self.world).any(
                |effect| matches!(effect, Effect::Perform(one) if StreamId::from(one.workflow) == stream),
            );
            let input = governance::Ask::QuarantineStream(quarantined).into();
            // A stream that has ended meanwhile needs no setting aside.
            let said = self.step(input, SYSTEM, Source::Engine);
            self.probe(&said);
            if running && said.is_ok() {
                self.probes.count(Probe::QuarantineWithAttempts);
            }
        }
        let from = self.world.next_sequence() - 1;
        self.called_for = effects(&self.world).map(|effect| (from, effect.request())).collect();
    }
}

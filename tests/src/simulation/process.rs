//! One life of the process that runs the engine: the shell that ships, over storage that does what the script says.

use super::setup::Setup;
use super::violation::{Violation, broken};
use fixtures::twin_log::TwinLog;
use std::collections::VecDeque;
use std::sync::mpsc::Receiver;
use triad_decide::World;
use triad_event::ids::BootId;
use triad_event::{Event, Recorded};
use triad_log::storage::Completion;
use triad_log::twin::{Fault, Twin, TwinReader};
use triad_perform::shell::in_flight::InFlight;
use triad_perform::shell::planted::Planted;
use triad_perform::shell::recover::Recovered;
use triad_perform::shell::time::Reading;
use triad_perform::shell::{self, Shell};

/// One life. Tickets are where answers go.
pub(crate) struct Process {
    pub(crate) shell: Shell<Twin, u64>,
    completions: Receiver<Completion>,
    /// What was decided and has met no fate.
    decided: VecDeque<Recorded<Event>>,
    /// The world of each commit in flight.
    submitted: VecDeque<Box<World>>,
}

/// A commit that has met its fate.
pub(crate) struct Completed {
    pub(crate) completion: Completion,
    /// Its records.
    pub(crate) records: Vec<Recorded<Event>>,
    /// The world when it was submitted.
    pub(crate) world: Box<World>,
}

impl Process {
    /// A life over a world that was recovered from this disk; its first records are still to come.
    pub(crate) fn new(
        disk: TwinReader,
        recovered: Recovered,
        setup: &Setup,
        (boot, now): (BootId, Reading),
    ) -> Result<Self, Box<Violation>> {
        let log = TwinLog::on(disk).map_err(|error| broken("invariant_the_log_opens", error.to_string()))?;
        let TwinLog { writer, completions, .. } = log;
        let mut shell = Shell::new(shell::Setup {
            recovered,
            writer,
            in_flight: InFlight::default(),
            counted: None,
            records_per_snapshot: setup.snapshot_every,
            boot,
            now,
            is_watched: true,
        });
        *shell.planted() = Planted::new(setup.plant);
        Ok(Self { shell, completions, decided: VecDeque::new(), submitted: VecDeque::new() })
    }

    /// A group was decided.
    pub(crate) fn decided(&mut self, records: Vec<Recorded<Event>>) {
        self.decided.extend(records);
    }

    /// The open block was submitted.
    pub(crate) fn submitted(&mut self, world: Box<World>) {
        self.submitted.push_back(world);
    }

    /// Commits in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.submitted.len()
    }

    /// Whether something is decided or in flight that is not durable.
    pub(crate) fn has_undurable(&self) -> bool {
        !self.decided.is_empty()
    }

    /// The oldest commit in flight meets its fate. Nobody has heard of it yet.
    ///
    /// # Panics
    /// When the twin does not say what became of a commit.
    pub(crate) fn complete(&mut self, fault: Fault) -> Option<Completed> {
        let world = self.submitted.pop_front()?;
        self.shell.storage_mut().step(fault);
        let completion = self.completions.try_recv();
        let completion = completion.expect("invariant: every commit in flight is with the twin");
        let last = completion.last_sequence;
        let count = self.decided.partition_point(|record| record.sequence <= last);
        let records = self.decided.drain(..count).collect();
        Some(Completed { completion, records, world })
    }
}

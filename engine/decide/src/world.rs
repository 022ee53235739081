//! The world: what is alive, as a fold of the records. What has ended leaves it.

use triad_event::ids::{LogId, StreamId, WorkflowId};
use triad_event::quantity::Micros;
use triad_event::{ClockState, Event, Recorded, log};

use crate::evolve::Because;
use crate::governance::Settings;
use crate::owed::Owed;
use crate::wakes::Wakes;
use crate::{dag, execution, governance, intake, subjects};

/// Everything on which a decision may depend. It clones in constant time and a clone never sees later writes,
/// so a snapshot or a preview costs nothing.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) position: Position,
    pub(crate) governance: governance::State,
    pub(crate) intake: intake::State,
    pub(crate) dag: dag::State,
    pub(crate) execution: execution::State,
    pub(crate) subjects: subjects::State,
    pub(crate) wakes: Wakes,
    pub(crate) owed: Owed,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// The world before the first record.
    pub fn new() -> Self {
        Self {
            position: Position::default(),
            governance: governance::State::new(),
            intake: intake::State::new(),
            dag: dag::State::new(),
            execution: execution::State::default(),
            subjects: subjects::State::new(),
            wakes: Wakes::default(),
            owed: Owed::default(),
        }
    }

    /// Sequence of the record that comes next.
    pub fn next_sequence(&self) -> u64 {
        self.position.next_sequence
    }

    /// Time of the last record. No input may be earlier.
    pub fn now(&self) -> Micros {
        self.position.now
    }

    /// The log, all zero before its first record.
    pub fn log_id(&self) -> LogId {
        self.position.log_id
    }

    /// Ordinal of the next record of the log's own stream, for records that the shell writes itself.
    pub fn next_log_ordinal(&self) -> u64 {
        self.position.next_log_ordinal
    }

    /// Whether the wall clock can be believed; the clock state of the records to come.
    pub fn clock_state(&self) -> ClockState {
        self.governance.clock
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.governance.settings
    }

    /// How many workflows and unfinished uploads are alive.
    pub fn alive(&self) -> usize {
        self.dag.alive() + self.intake.uploads()
    }

    /// How many attempts run.
    pub fn attempts_running(&self) -> usize {
        self.execution.running_count()
    }

    /// How many data subjects are in use by workflows and uploads that are alive.
    pub fn subjects_in_use(&self) -> usize {
        self.subjects.used.len()
    }

    /// How many legal holds stand.
    pub fn holds(&self) -> u64 {
        self.subjects.holds_total
    }

    /// How many erasures were requested and have not ended.
    pub fn erasures_under_way(&self) -> usize {
        self.subjects.erasing.len()
    }

    /// Whether more was set off than fitted into one group, so that it goes on in the next.
    pub fn owes_work(&self) -> bool {
        !self.owed.is_empty()
    }

    /// A workflow that is alive.
    pub fn workflow(&self, workflow: WorkflowId) -> Option<&dag::Workflow> {
        self.dag.get(workflow)
    }

    /// The ordinal of the next record of a stream.
    pub(crate) fn next_ordinal(&self, stream: StreamId) -> u64 {
        if stream == StreamId::LOG {
            return self.position.next_log_ordinal;
        }
        let workflow = WorkflowId::from(stream);
        match self.dag.get(workflow) {
            Some(alive) => alive.next_ordinal(),
            None => self.intake.next_ordinal(workflow),
        }
    }
}

/// Where in the log the world stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) log_id: LogId,
    pub(crate) next_sequence: u64,
    pub(crate) group: u64,
    pub(crate) now: Micros,
    pub(crate) next_log_ordinal: u64,
}

impl Default for Position {
    fn default() -> Self {
        Self { log_id: LogId::ZERO, next_sequence: 0, group: 0, now: Micros(i64::MIN), next_log_ordinal: 0 }
    }
}

impl Position {
    /// Moves past a record, or says what about its place in the log is wrong.
    pub(crate) fn advance(&mut self, record: &Recorded<Event>) -> Result<(), Because> {
        if record.sequence != self.next_sequence {
            return Err(Because::Sequence { expected: self.next_sequence });
        }
        if record.group != record.sequence && record.group != self.group {
            return Err(Because::Group { expected: self.group });
        }
        if record.at < self.now {
            return Err(Because::Time { earliest: self.now });
        }
        if record.stream == StreamId::LOG {
            expect_ordinal(record, &mut self.next_log_ordinal)?;
        }
        self.next_sequence += 1;
        self.group = record.group;
        self.now = record.at;
        Ok(())
    }

    /// What the log's own records mean: only the first names the log.
    pub(crate) fn evolve(&mut self, event: &log::Event) {
        match event {
            log::Event::Created(created) => self.log_id = created.log_id,
            log::Event::TailDropped(_)
            | log::Event::Repaired(_)
            | log::Event::NoteRecorded(_)
            | log::Event::KeyEpochBegan(_)
            | log::Event::CheckpointAttested(_) => {}
        }
    }
}

/// Counts a record of a stream, or says which ordinal it should have.
pub(crate) fn expect_ordinal(record: &Recorded<Event>, next: &mut u64) -> Result<(), Because> {
    if record.ordinal != *next {
        return Err(Because::Ordinal { expected: *next });
    }
    *next += 1;
    Ok(())
}

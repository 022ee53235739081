//! What is in memory: the workflows that are alive, and what has happened since the database was written
//! last.

use std::collections::BTreeMap;

use triad_event::dag::WorkflowPhase;
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_event::{Event, Recorded, intake, subjects};

use super::CHECKPOINT_RECORDS;
use super::dirty_pages::DirtyPages;
use super::store::Stored;
use crate::engine_state::EngineState;
use crate::projection::{Before, Projection, ViewError};
use crate::run::Run;
use crate::run_list::{self, Summary};
use crate::subject;
use crate::subjects::DataSubject;
use crate::views::ReadError;

/// Memory and database together are the state at `next_sequence`. `stored` is what the database held when it
/// was written last, so the two complement each other: what is taken out of memory is in `stored` from the
/// same moment on.
pub(crate) struct Memory {
    /// How many records were applied.
    pub(crate) next_sequence: u64,
    /// What the caller gave as the chain value of the last of them.
    pub(crate) chain: [u8; 32],
    pub(crate) engine: EngineState,
    /// Workflows that are alive, or have been since the database was written last.
    pub(crate) runs: BTreeMap<WorkflowId, Box<Held>>,
    /// The same by their first record, each with its phase, so that a filtered list need not visit them.
    pub(crate) order: BTreeMap<u64, (WorkflowId, WorkflowPhase)>,
    /// Idempotency keys, each with the newest workflow that was accepted under it, while that is in memory.
    pub(crate) keys: BTreeMap<[u8; 32], WorkflowId>,
    /// Data subjects of which something was recorded since the database was written last.
    pub(crate) subjects: BTreeMap<DataSubjectId, DataSubject>,
    /// Workflows that changed since the database was written last.
    pub(crate) touched: Vec<WorkflowId>,
    /// How many records had been applied when the database was written last.
    pub(crate) stored_sequence: u64,
    /// Records since then.
    pub(crate) pending_records: usize,
    pub(crate) stored: Stored,
}

/// A workflow in memory.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) run: Run,
    /// Whether the database holds any of it.
    pub(crate) is_stored: bool,
    pub(crate) is_touched: bool,
    pub(crate) dirty: DirtyPages,
}

/// Why a record was not applied.
pub(crate) enum NotApplied {
    /// It cannot follow. It counts as applied: it will not be offered again.
    View(ViewError),
    /// The database could not be asked. The record is to be offered again.
    Read(ReadError),
}

impl Memory {
    /// Nothing applied yet.
    pub(super) fn new(stored: Stored) -> Self {
        Self {
            next_sequence: 0,
            chain: [0; 32],
            engine: EngineState::default(),
            runs: BTreeMap::new(),
            order: BTreeMap::new(),
            keys: BTreeMap::new(),
            subjects: BTreeMap::new(),
            touched: Vec::new(),
            stored_sequence: 0,
            pending_records: 0,
            stored,
        }
    }

    /// Whether so much is new that it should be written.
    pub(super) fn is_checkpoint_due(&self) -> bool {
        self.pending_records >= CHECKPOINT_RECORDS
    }

    pub(crate) fn apply(&mut self, record: &Recorded<Event>) -> Result<(), NotApplied> {
        let applied = match &record.event {
            Event::Log(_) | Event::Governance(_) => self.engine.apply(record).map_err(NotApplied::View),
            Event::Subjects(event) => self.follow_subject(record, event),
            Event::Intake(_) | Event::Dag(_) | Event::Execution(_) => self.follow(record),
        };
        if !matches!(applied, Err(NotApplied::Read(_))) {
            self.next_sequence = record.sequence + 1;
            self.pending_records += 1;
        }
        applied
    }

    fn follow(&mut self, record: &Recorded<Event>) -> Result<(), NotApplied> {
        if record.stream == StreamId::LOG {
            return Err(NotApplied::View(ViewError::misplaced(record)));
        }
        let id = WorkflowId::from(record.stream);
        let Some(held) = self.runs.get_mut(&id) else { return self.begin(id, record) };
        held.touch(id, &mut self.touched);
        let before = held.run.summary().phase;
        held.apply(record).map_err(NotApplied::View)?;
        let summary = held.run.summary();
        if summary.phase != before {
            self.order.insert(summary.began.sequence, (id, summary.phase));
        }
        if let Event::Intake(intake::Event::WorkflowAccepted(_)) = &record.event
            && let Some(key) = summary.idempotency_key
        {
            self.claim(key, id);
        }
        Ok(())
    }

    /// A record of a data subject, which is of the log's own stream.
    fn follow_subject(
        &mut self,
        record: &Recorded<Event>,
        event: &subjects::Event,
    ) -> Result<(), NotApplied> {
        if record.stream != StreamId::LOG {
            return Err(NotApplied::View(ViewError::misplaced(record)));
        }
        let id = event.subject();
        let mut subject = match self.subjects.remove(&id) {
            Some(subject) => subject,
            None => self.stored.data_subject(id).map_err(NotApplied::Read)?.unwrap_or_default(),
        };
        let applied = subject.apply(record).and_then(|()| self.engine.apply(record));
        if subject.records > 0 {
            self.subjects.insert(id, subject);
        }
        applied.map_err(NotApplied::View)
    }

    /// The newest workflow under a key is another one from here on.
    fn claim(&mut self, key: [u8; 32], id: WorkflowId) {
        if let Some(earlier) = self.keys.insert(key, id)
            && let Some(held) = self.runs.get_mut(&earlier)
        {
            held.touch(earlier, &mut self.touched);
        }
    }

    fn begin(&mut self, id: WorkflowId, record: &Recorded<Event>) -> Result<(), NotApplied> {
        if let Some(settled) = self.stored.summary(id).map_err(NotApplied::Read)? {
            return Err(NotApplied::View(after_end(record, &settled)));
        }
        let mut held = Box::new(Held { is_touched: true, ..Held::default() });
        held.apply(record).map_err(NotApplied::View)?;
        self.touched.push(id);
        self.add(id, held);
        Ok(())
    }

    pub(super) fn add(&mut self, id: WorkflowId, held: Box<Held>) {
        let summary = held.run.summary();
        self.order.insert(summary.began.sequence, (id, summary.phase));
        self.runs.insert(id, held);
    }

    pub(crate) fn get(&self, workflow: WorkflowId) -> Option<&Held> {
        self.runs.get(&workflow).map(|held| &**held)
    }

    /// Whether it is the newest workflow that was accepted under its idempotency key.
    pub(super) fn holds_key(&self, summary: &Summary) -> bool {
        summary.idempotency_key.is_some_and(|key| self.keys.get(&key) == Some(&summary.id))
    }

    pub(crate) fn keyed(&self, key: &[u8; 32]) -> Option<Summary> {
        self.summary(*self.keys.get(key)?)
    }

    pub(crate) fn summary(&self, workflow: WorkflowId) -> Option<Summary> {
        self.get(workflow).map(|held| held.run.summary().clone())
    }

    /// Workflows in memory that a page of the list asks for, one more than it holds if there are as many.
    pub(crate) fn held_for(&self, query: &run_list::Query) -> Vec<Summary> {
        let newest_first = self.order.range(..query.bound()).rev();
        let admitted = newest_first.filter(|(_, (_, phase))| query.admits(*phase));
        admitted.take(query.rows() + 1).filter_map(|(_, (id, _))| self.summary(*id)).collect()
    }
}

impl Held {
    /// Something that is stored of the workflow changes.
    fn touch(&mut self, id: WorkflowId, touched: &mut Vec<WorkflowId>) {
        if !std::mem::replace(&mut self.is_touched, true) {
            touched.push(id);
        }
    }

    /// What a record changes. From one that cannot follow on, the views stand still.
    fn apply(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        if let Some(fault) = self.run.summary().fault {
            return Err(after_fault(record, fault));
        }
        let tasks_before = self.run.summary().tasks as usize;
        let applied = self.run.apply(record);
        self.mark(&record.event, tasks_before);
        if applied.is_err() {
            self.run.graph.summary.fault = Some(record.sequence);
        }
        applied
    }

    fn mark(&mut self, event: &Event, tasks_before: usize) {
        match event {
            Event::Intake(event) => match event {
                intake::Event::ChunkStaged(_) | intake::Event::WorkflowSubmitted(_) => {
                    self.dirty.mark_tasks(tasks_before..self.run.summary().tasks as usize);
                }
                intake::Event::WorkflowAccepted(_) => self.dirty.mark_tasks(0..tasks_before),
                intake::Event::UploadExpired(_) => {}
            },
            Event::Dag(_)
            | Event::Execution(_)
            | Event::Log(_)
            | Event::Governance(_)
            | Event::Subjects(_) => {
                let task = subject::task(event).map(|task| task as usize);
                if let Some(task) = task.filter(|task| *task < tasks_before) {
                    self.dirty.mark(task);
                }
            }
        }
    }
}

/// A record of a stream that is closed.
fn after_end(record: &Recorded<Event>, settled: &Summary) -> ViewError {
    match settled.fault {
        Some(fault) => after_fault(record, fault),
        None => ViewError::forbidden(record, Before::Workflow(Some(settled.phase))),
    }
}

fn after_fault(record: &Recorded<Event>, fault: u64) -> ViewError {
    ViewError::AfterFault { sequence: record.sequence, kind: record.event.kind(), fault }
}

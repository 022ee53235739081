//! How workflows are kept: alive ones in memory, and of all of them what nothing changes any more in the database.

mod index;
mod reads;

use std::collections::BTreeMap;

use triad_event::dag::WorkflowPhase;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::{Event, Recorded, economics, governance, healing, prices};

use crate::fold::ViewError;
use crate::host::batch::NewRows;
use crate::host::kept::{Hears, Kept, View};
use crate::host::keys::{Key, last_number};
use crate::host::stored::StoredRows;
use crate::read_error::ReadError;
use crate::row::{Layout, decode};
use crate::view::run::{Alive, Run};
use crate::view::run_list::{FoundBy, Query, Summary};
use index::Index;

impl View for Run {
    const NAME: &'static str = "run";
    const FOLD: u32 = 9;
    type Kept = Runs;
}

/// Workflows that are alive, or have been since the last checkpoint.
#[derive(Debug, Default)]
pub struct Runs {
    by_id: BTreeMap<WorkflowId, Box<Held>>,
    /// The same by their first record, each with its phase, so that a filtered list need not visit them.
    order: BTreeMap<u64, (WorkflowId, WorkflowPhase)>,
    /// Idempotency keys, each with the newest workflow that was accepted under it, while that is in memory.
    keys: BTreeMap<[u8; 32], WorkflowId>,
    /// What they are found by.
    index: Index,
    /// Workflows that changed since the last checkpoint.
    touched: Vec<WorkflowId>,
}

/// A workflow in memory.
#[derive(Debug, Default)]
struct Held {
    run: Run,
    /// Whether the database holds any of it.
    is_stored: bool,
    is_touched: bool,
}

/// What a workflow that is alive has beside its pages, and whether it is the newest that was accepted under its
/// idempotency key.
type AliveRow = (Alive, bool);

/// Where the rows of workflows lie. Names lead to the first record of a finished one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    /// One that is alive, by its first record.
    Alive(u64),
    /// The finished one with that id.
    Id(WorkflowId),
    /// The newest one that was accepted under an idempotency key, once it is finished.
    IdempotencyKey([u8; 32]),
    /// A finished one, by phase and first record.
    Phase(WorkflowPhase, u64),
    /// A finished one, by what it is found by and its first record.
    FoundBy(FoundBy, u64),
}

impl Key for At {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Alive(began) => [b"l".as_slice(), &began.to_be_bytes()].concat(),
            Self::Id(workflow) => [b"i".as_slice(), &workflow.0].concat(),
            Self::IdempotencyKey(key) => [b"k".as_slice(), key].concat(),
            Self::Phase(phase, began) => [b"p".as_slice(), &[phase.number()], &began.to_be_bytes()].concat(),
            Self::FoundBy(by, began) => [b"f".as_slice(), &index::bytes(by), &began.to_be_bytes()].concat(),
        }
    }
}

impl Runs {
    fn get(&self, workflow: WorkflowId) -> Option<&Run> {
        self.by_id.get(&workflow).map(|held| &held.run)
    }

    fn add(&mut self, id: WorkflowId, held: Box<Held>) {
        let summary = held.run.summary();
        self.order.insert(summary.began.sequence, (id, summary.phase));
        self.index.add(summary);
        self.by_id.insert(id, held);
    }

    fn begin(&mut self, id: WorkflowId, record: &Recorded<Event>) -> Result<(), ViewError> {
        let mut held = Box::new(Held { is_touched: true, ..Held::default() });
        held.follow(record)?;
        self.touched.push(id);
        self.add(id, held);
        Ok(())
    }

    /// The newest workflow under a key is another one from here on.
    fn claim(&mut self, key: [u8; 32], id: WorkflowId) {
        if let Some(earlier) = self.keys.insert(key, id)
            && let Some(held) = self.by_id.get_mut(&earlier)
        {
            held.touch(earlier, &mut self.touched);
        }
    }

    /// Whether it is the newest workflow that was accepted under its idempotency key.
    fn holds_key(&self, summary: &Summary) -> bool {
        summary.idempotency_key.is_some_and(|key| self.keys.get(&key) == Some(&summary.id))
    }

    /// Workflows that a page of the list asks for, one more than it holds if there are as many.
    fn listed(&self, query: &Query) -> Vec<Summary> {
        let wanted = query.rows() + 1;
        let of = |(id, phase): &(WorkflowId, WorkflowPhase)| {
            query.admits(*phase).then(|| self.get(*id)).flatten().map(|run| run.summary().clone())
        };
        if query.found_by.is_empty() {
            return self
                .order
                .range(..query.bound())
                .rev()
                .filter_map(|(_, row)| of(row))
                .take(wanted)
                .collect();
        }
        let found = self.index.newest_first(&query.found_by, query.bound());
        found.filter_map(|began| of(self.order.get(&began)?)).take(wanted).collect()
    }

    fn fill_finished(&self, summary: &Summary, rows: &mut NewRows<'_, '_>) {
        let began = summary.began.sequence;
        rows.finish(began, summary);
        rows.insert(&At::Id(summary.id), &began);
        rows.insert(&At::Phase(summary.phase, began), &());
        summary.found_by().for_each(|by| rows.insert(&At::FoundBy(by, began), &()));
        // A newer workflow under the same key has the row, or will have it.
        if let Some(key) = summary.idempotency_key.filter(|_| self.holds_key(summary)) {
            rows.insert(&At::IdempotencyKey(key), &began);
        }
    }
}

impl Kept for Runs {
    /// The workflow, when it is finished and takes no more records.
    type Loaded = Option<Box<Summary>>;

    fn describe(out: &mut String) {
        <(AliveRow, Summary)>::describe(out);
        Run::describe(out);
    }

    fn fill(&self, mut rows: NewRows<'_, '_>) {
        for held in self.touched.iter().filter_map(|id| self.by_id.get(id)) {
            let summary = held.run.summary();
            let began = summary.began.sequence;
            if !summary.is_final() {
                rows.insert(&At::Alive(began), &(held.run.alive(), self.holds_key(summary)));
            } else {
                self.fill_finished(summary, &mut rows);
                if held.is_stored {
                    rows.remove(&At::Alive(began));
                }
            }
            held.run.fill(began, &mut rows);
        }
    }

    fn evict(&mut self) -> Self {
        let mut finished = Self::default();
        for id in std::mem::take(&mut self.touched) {
            let Some(held) = self.by_id.get_mut(&id) else { continue };
            let summary = held.run.summary();
            if !summary.is_final() {
                held.is_stored = true;
                held.is_touched = false;
                held.run.evict();
                continue;
            }
            self.order.remove(&summary.began.sequence);
            self.index.remove(summary);
            if let Some(key) = summary.idempotency_key
                && self.keys.get(&key) == Some(&id)
            {
                self.keys.remove(&key);
            }
            finished.by_id.extend(self.by_id.remove_entry(&id));
        }
        finished
    }

    fn recall(rows: StoredRows<'_>) -> Result<Self, ReadError> {
        let mut runs = Self::default();
        for row in rows.range(&At::Alive(0), &At::Alive(u64::MAX)) {
            let (key, row) = row?;
            let (alive, holds_key): AliveRow = decode(&row)?;
            let run = Run::recall(last_number(&key)?, alive, rows)?;
            let summary = run.summary();
            let id = summary.id;
            if let Some(key) = summary.idempotency_key.filter(|_| holds_key) {
                runs.keys.insert(key, id);
            }
            runs.add(id, Box::new(Held { run, is_stored: true, is_touched: false }));
        }
        Ok(runs)
    }
}

impl<E> Hears<E> for Runs {
    fn load(
        &self,
        record: &Recorded<Event>,
        _: &E,
        rows: StoredRows<'_>,
    ) -> Result<Option<Box<Summary>>, ReadError> {
        let id = WorkflowId::from(record.stream);
        if self.by_id.contains_key(&id) || is_of_no_workflow(record) {
            Ok(None)
        } else {
            Ok(finished(rows, &At::Id(id))?.map(Box::new))
        }
    }

    fn hear(
        &mut self,
        record: &Recorded<Event>,
        _: &E,
        finished: Option<Box<Summary>>,
    ) -> Result<(), ViewError> {
        if is_of_no_workflow(record) {
            return Ok(());
        }
        if record.stream == StreamId::LOG {
            return Err(ViewError::misplaced(record));
        }
        if let Some(finished) = finished {
            return Err(after_end(record, &finished));
        }
        let id = WorkflowId::from(record.stream);
        let Some(held) = self.by_id.get_mut(&id) else {
            // The stream of an alert can be closed as well.
            let is_other = matches!(record.event, Event::Governance(_));
            return if is_other { Ok(()) } else { self.begin(id, record) };
        };
        held.touch(id, &mut self.touched);
        let before = held.run.summary();
        let (phase, was_accepted) = (before.phase, before.accepted.is_some());
        let was_submitted = before.submitted.is_some();
        held.follow(record)?;
        let summary = held.run.summary();
        if summary.phase != phase {
            self.order.insert(summary.began.sequence, (id, summary.phase));
        }
        if summary.submitted.is_some() && !was_submitted {
            self.index.add(summary);
        }
        if summary.accepted.is_some()
            && !was_accepted
            && let Some(key) = summary.idempotency_key
        {
            self.claim(key, id);
        }
        Ok(())
    }
}

impl Held {
    /// Something that is stored of the workflow changes.
    fn touch(&mut self, id: WorkflowId, touched: &mut Vec<WorkflowId>) {
        if !std::mem::replace(&mut self.is_touched, true) {
            touched.push(id);
        }
    }

    /// It happened. From a record that cannot follow on, the views stand still.
    fn follow(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        if let Some(fault) = self.run.summary().fault {
            return Err(after_fault(record, fault));
        }
        let followed = self.run.follow(record);
        if followed.is_err() {
            self.run.graph.summary.fault = Some(record.sequence);
        }
        followed
    }
}

/// Of governance only the closing of its stream is of a workflow.
fn is_of_no_workflow(record: &Recorded<Event>) -> bool {
    if let Event::Prices(event) = &record.event {
        return !matches!(
            event,
            prices::Event::TaskDeferred(_)
                | prices::Event::TaskReleased(_)
                | prices::Event::RunSuspended(_)
                | prices::Event::RunContinued(_)
        );
    }
    if let Event::Healing(event) = &record.event {
        return matches!(
            event,
            healing::Event::RulesSet(_)
                | healing::Event::RulesRemoved(_)
                | healing::Event::ConfigurationOffered(_)
        );
    }
    // Budgets are of accounts.
    if let Event::Economics(event) = &record.event {
        return !matches!(event, economics::Event::RunCharged(_));
    }
    let Event::Governance(event) = &record.event else { return false };
    !matches!(event, governance::Event::StreamClosed(_))
}

/// The finished workflow that a row leads to.
fn finished(rows: StoredRows<'_>, at: &At) -> Result<Option<Summary>, ReadError> {
    rows.get(at)?.map(|began| rows.finished(began)).transpose()
}

/// A record of a stream that is closed.
fn after_end(record: &Recorded<Event>, finished: &Summary) -> ViewError {
    match finished.fault {
        Some(fault) => after_fault(record, fault),
        None => ViewError::forbidden(record, "its workflow", Some(finished.phase)),
    }
}

fn after_fault(record: &Recorded<Event>, fault: u64) -> ViewError {
    ViewError::AfterFault { sequence: record.sequence, kind: record.event.kind(), fault }
}

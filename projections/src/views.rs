//! Reads the views while they are kept: every answer is of one moment, and says of which.

use std::io;
use std::sync::{Arc, PoisonError};

use fjall::Error as DatabaseError;
use thiserror::Error;
use tokio::sync::watch;
use triad_event::ids::{DataSubjectId, WorkflowId};

use crate::attempt_history::Attempt;
use crate::engine_state::EngineState;
use crate::host::{Memory, Shared, Stored};
use crate::run_graph::RunGraph;
use crate::run_list::{self, Summary};
use crate::stored::Undecodable;
use crate::subject;
use crate::subjects::DataSubject;
use crate::task_pages::PAGE_TASKS;
use crate::timeline::{self, Entry, Line};

/// A handle for readers, cheap to clone. Reads may wait for the disk, so an async caller makes them where it
/// may block.
#[derive(Clone)]
pub struct Views {
    shared: Arc<Shared>,
    applied: watch::Receiver<u64>,
}

/// An answer and the moment of which it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<T> {
    /// Sequence of the last record that the answer knows of; none when it knows of none.
    pub through: Option<u64>,
    /// The answer.
    pub value: T,
}

/// Why a question could not be answered.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The database cannot be used, through no fault of its own.
    #[error("failed to use the database of the views")]
    Database(#[source] DatabaseError),
    /// The database is damaged. The host begins again when it is given the next records.
    #[error("the views are damaged: {why}")]
    Damaged {
        /// What was found.
        why: String,
    },
}

/// The host is gone and will apply no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the views are closed")]
pub struct Closed;

impl Views {
    pub(crate) fn new(shared: Arc<Shared>, applied: watch::Receiver<u64>) -> Self {
        Self { shared, applied }
    }

    /// How many records were applied: the sequence of the next one.
    pub fn applied(&self) -> u64 {
        *self.applied.borrow()
    }

    /// Follows [`Self::applied`].
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.applied.clone()
    }

    /// Waits until the record with that sequence was applied. A read from then on knows of it.
    pub async fn reached(&self, sequence: u64) -> Result<(), Closed> {
        let mut applied = self.applied.clone();
        applied.wait_for(|applied| *applied > sequence).await.map(|_| ()).map_err(|_| Closed)
    }

    /// Which workflows are there? The newest first.
    pub fn run_list(&self, query: &run_list::Query) -> Result<Answer<run_list::Page>, ReadError> {
        let (through, stored, held) = self.look(|memory| memory.held_for(query));
        let settled = self.note(&stored, stored.settled_for(query))?;
        Ok(Answer { through, value: query.merge(held, settled) })
    }

    /// How does a workflow stand? None when there is no such workflow.
    pub fn run_graph(&self, workflow: WorkflowId) -> Result<Answer<Option<RunGraph>>, ReadError> {
        self.read(
            |memory| memory.get(workflow).map(|held| held.run.graph().clone()),
            |stored| stored.summary(workflow)?.map(|summary| stored.graph(summary)).transpose(),
        )
    }

    /// What happened in a workflow, in order? None when there is no such workflow.
    pub fn timeline(
        &self,
        workflow: WorkflowId,
        query: &timeline::Query,
    ) -> Result<Answer<Option<timeline::Page>>, ReadError> {
        let (through, stored, held) = self.look(|memory| {
            let run = &memory.get(workflow)?.run;
            Some((run.graph.clone(), run.timeline.clone()))
        });
        let page = match held {
            Some((graph, newest)) => living_page(&stored, &graph, &newest, query).map(Some),
            None => settled_page(&stored, workflow, query),
        };
        let value = self.note(&stored, page)?;
        Ok(Answer { through, value })
    }

    /// How did a task go, attempt by attempt? None when there is no such workflow or task.
    pub fn attempt_history(
        &self,
        workflow: WorkflowId,
        task: u32,
    ) -> Result<Answer<Option<Vec<Attempt>>>, ReadError> {
        let (through, stored, held) = self.look(|memory| {
            let run = &memory.get(workflow)?.run;
            Some((run.summary().clone(), run.attempts(task).cloned().collect::<Vec<_>>()))
        });
        let attempts = match held {
            Some((summary, newest)) => attempts_of_living(&stored, &summary, task, newest),
            None => attempts_of_settled(&stored, workflow, task),
        };
        let value = self.note(&stored, attempts)?;
        Ok(Answer { through, value })
    }

    /// What became of a data subject? None when nothing was recorded of it beyond its use.
    pub fn data_subject(&self, subject: DataSubjectId) -> Result<Answer<Option<DataSubject>>, ReadError> {
        self.read(|memory| memory.subjects.get(&subject).cloned(), |stored| stored.data_subject(subject))
    }

    /// How does the engine itself stand?
    pub fn engine_state(&self) -> Answer<EngineState> {
        let (through, _, value) = self.look(|memory| memory.engine.clone());
        Answer { through, value }
    }

    /// How many workflows are in memory: those alive, and those that ended since the last checkpoint.
    pub fn held(&self) -> usize {
        self.look(|memory| memory.runs.len()).2
    }

    /// Something that is either in memory or stored.
    pub(crate) fn read<T>(
        &self,
        in_memory: impl FnOnce(&Memory) -> Option<T>,
        in_database: impl FnOnce(&Stored) -> Result<Option<T>, ReadError>,
    ) -> Result<Answer<Option<T>>, ReadError> {
        let (through, stored, found) = self.look(in_memory);
        let value = match found {
            Some(found) => Some(found),
            None => self.note(&stored, in_database(&stored))?,
        };
        Ok(Answer { through, value })
    }

    /// Looks into memory, and takes what is stored along, which goes with what is in memory at this moment.
    fn look<T>(&self, look: impl FnOnce(&Memory) -> T) -> (Option<u64>, Stored, T) {
        let memory = self.shared.memory();
        (memory.next_sequence.checked_sub(1), memory.stored.clone(), look(&memory))
    }

    /// Tells the writer when something is damaged.
    fn note<T>(&self, stored: &Stored, read: Result<T, ReadError>) -> Result<T, ReadError> {
        if let Err(ReadError::Damaged { why }) = &read {
            let damage = (stored.store.generation, why.clone());
            *self.shared.damage.lock().unwrap_or_else(PoisonError::into_inner) = Some(damage);
        }
        read
    }
}

/// Attempts that are not over are in memory, whatever is stored of them.
fn attempts_of_living(
    stored: &Stored,
    summary: &Summary,
    task: u32,
    newest: Vec<Attempt>,
) -> Result<Option<Vec<Attempt>>, ReadError> {
    if task >= summary.tasks {
        return Ok(None);
    }
    let mut attempts = stored.attempts(summary.began.sequence, task)?.over;
    attempts.extend(newest);
    Ok(Some(attempts))
}

fn attempts_of_settled(
    stored: &Stored,
    workflow: WorkflowId,
    task: u32,
) -> Result<Option<Vec<Attempt>>, ReadError> {
    let Some(summary) = stored.summary(workflow)?.filter(|summary| task < summary.tasks) else {
        return Ok(None);
    };
    let history = stored.attempts(summary.began.sequence, task)?;
    Ok(Some(history.over.into_iter().chain(history.open.into_values()).collect()))
}

/// A page of a timeline whose newest entries are in memory.
fn living_page(
    stored: &Stored,
    graph: &RunGraph,
    newest: &timeline::Timeline,
    query: &timeline::Query,
) -> Result<timeline::Page, ReadError> {
    let wanted = query.lines() + 1;
    let mut entries = stored.entries(graph.summary.began.sequence, query.from(), wanted)?;
    for entry in newest.0.entries() {
        let entry = entry?;
        if entries.len() < wanted && entry.sequence >= query.from() {
            entries.push(entry);
        }
    }
    Ok(page(entries, query, |task| graph.task(task).map(|task| &*task.id)))
}

/// A page of a timeline that is stored. Only the tasks that it names are read.
fn settled_page(
    stored: &Stored,
    workflow: WorkflowId,
    query: &timeline::Query,
) -> Result<Option<timeline::Page>, ReadError> {
    let Some(summary) = stored.summary(workflow)? else { return Ok(None) };
    let began = summary.began.sequence;
    let entries = stored.entries(began, query.from(), query.lines() + 1)?;
    let named = entries.iter().flat_map(|entry| subject::tasks(&entry.event));
    let pages = stored.pages_of(began, named.filter(|task| *task < summary.tasks))?;
    let id_of = |task: u32| pages.get(&(task / PAGE_TASKS as u32))?.get(task as usize % PAGE_TASKS);
    Ok(Some(page(entries, query, |task| id_of(task).map(|task| &*task.id))))
}

fn page<'a>(
    mut entries: Vec<Entry>,
    query: &timeline::Query,
    id_of: impl Fn(u32) -> Option<&'a str>,
) -> timeline::Page {
    let is_more = entries.len() > query.lines();
    entries.truncate(query.lines());
    let next = entries.last().filter(|_| is_more).map(|entry| entry.sequence);
    let lines = entries.into_iter().map(|entry| Line::of(entry, &id_of)).collect();
    timeline::Page { lines, next }
}

impl From<Undecodable> for ReadError {
    fn from(undecodable: Undecodable) -> Self {
        Self::Damaged { why: undecodable.to_string() }
    }
}

impl From<DatabaseError> for ReadError {
    fn from(error: DatabaseError) -> Self {
        if is_of_the_system(&error) {
            Self::Database(error)
        } else {
            Self::Damaged { why: error.to_string() }
        }
    }
}

/// Too many open files, in this process and in the system, as Linux numbers them.
const OPEN_FILES_ERRORS: [i32; 2] = [24, 23];

/// Whether the fault lies with the operating system, so that the same database may be fine later. Anything
/// else that a database says of itself, or of files that are not as it left them, is damage.
fn is_of_the_system(error: &DatabaseError) -> bool {
    let io = match error {
        DatabaseError::Locked | DatabaseError::Poisoned => return true,
        DatabaseError::Io(io) | DatabaseError::Storage(fjall::LsmError::Io(io)) => io,
        _ => return false,
    };
    let is_of_files = io.raw_os_error().is_some_and(|number| OPEN_FILES_ERRORS.contains(&number));
    is_of_files
        || matches!(
            io.kind(),
            io::ErrorKind::PermissionDenied
                | io::ErrorKind::StorageFull
                | io::ErrorKind::QuotaExceeded
                | io::ErrorKind::ReadOnlyFilesystem
                | io::ErrorKind::OutOfMemory
                | io::ErrorKind::Interrupted
        )
}

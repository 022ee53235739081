//! How did a task go, attempt by attempt? When each was asked for, how it ended, and what it printed.

use std::collections::BTreeMap;

use triad_event::execution::{
    AttemptAbandoned, AttemptEnded, AttemptRequested, CancelReason, Captured, Ending, Phase,
};
use triad_event::ids::AttemptKey;
use triad_event::intake::TaskKind;
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::{Event, Recorded, execution};

use crate::projection::{Before, Moment, Projection, ViewError};
use crate::stored::ByNumber;

/// The attempts of all tasks of a workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptHistory {
    /// By task: a task has at most one attempt that is not over.
    pub(crate) open: BTreeMap<u32, Attempt>,
    /// In the order in which they ended. The host takes them out as it stores them: nothing changes them any more.
    pub(crate) over: Vec<Attempt>,
}

/// One attempt of a task.
#[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct Attempt {
    /// The task.
    pub task: u32,
    /// The number of the attempt, from 1.
    pub number: u32,
    /// Where it stands.
    #[rkyv(with = ByNumber)]
    pub phase: Phase,
    /// Its request: the name of the attempt, and when it started.
    pub requested: Moment,
    /// What performing it means.
    pub kind: TaskKind,
    /// What was handed to whatever was called.
    pub key: AttemptKey,
    /// How long it may take.
    pub timeout: Option<Millis>,
    /// How much memory its process may have.
    pub memory_max: Option<Bytes>,
    /// When it was asked to stop, and why.
    pub stop: Option<(Moment, CancelReason)>,
    /// How often it was silent for too long.
    pub stalls: u32,
    /// When it was last heard of before its end, and how much it had written by then.
    pub progress: Option<(Moment, Bytes)>,
    /// Its end. None while it is not over.
    pub end: Option<End>,
}

/// The end of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct End {
    /// The record that says so.
    pub moment: Moment,
    /// What came of it; none when it was given up.
    pub outcome: Option<Outcome>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// Exit code of the process.
    pub exit_code: Option<i32>,
    /// Signal that ended the process.
    pub signal: Option<i32>,
    /// How long it took.
    pub duration: Micros,
    /// What it wrote to standard output, as far as it was kept.
    pub stdout: Captured,
    /// What it wrote to standard error, as far as it was kept.
    pub stderr: Captured,
}

impl AttemptHistory {
    /// The attempts of a task, in their order.
    pub fn of_task(&self, task: u32) -> impl Iterator<Item = &Attempt> {
        self.over.iter().filter(move |attempt| attempt.task == task).chain(self.open.get(&task))
    }

    fn request(&mut self, record: &Recorded<Event>, requested: &AttemptRequested) -> Result<(), ViewError> {
        if let Some(open) = self.open.get(&requested.task) {
            let before = Before::Attempt { request: open.requested.sequence, phase: Some(open.phase) };
            return Err(ViewError::forbidden(record, before));
        }
        let attempt = Attempt {
            task: requested.task,
            number: requested.attempt,
            phase: Phase::Running,
            requested: Moment::of(record),
            kind: requested.kind,
            key: requested.key,
            timeout: requested.timeout,
            memory_max: requested.memory_max,
            stop: None,
            stalls: 0,
            progress: None,
            end: None,
        };
        self.open.insert(requested.task, attempt);
        Ok(())
    }

    fn end(
        &mut self,
        record: &Recorded<Event>,
        event: &execution::Event,
        ended: &AttemptEnded,
    ) -> Result<(), ViewError> {
        self.advance(record, event, ended.task, ended.request)?;
        let outcome = Outcome {
            ending: ended.ending,
            exit_code: ended.exit_code,
            signal: ended.signal,
            duration: ended.duration,
            stdout: ended.stdout.clone(),
            stderr: ended.stderr.clone(),
        };
        self.close(ended.task, End { moment: Moment::of(record), outcome: Some(outcome) });
        Ok(())
    }

    fn abandon(
        &mut self,
        record: &Recorded<Event>,
        event: &execution::Event,
        abandoned: &AttemptAbandoned,
    ) -> Result<(), ViewError> {
        self.advance(record, event, abandoned.task, abandoned.request)?;
        self.close(abandoned.task, End { moment: Moment::of(record), outcome: None });
        Ok(())
    }

    fn close(&mut self, task: u32, end: End) {
        if let Some(attempt) = self.open.remove(&task) {
            self.over.push(Attempt { end: Some(end), ..attempt });
        }
    }

    /// The attempt that the record names, in the phase that the record brings it to.
    fn advance(
        &mut self,
        record: &Recorded<Event>,
        event: &execution::Event,
        task: u32,
        request: u64,
    ) -> Result<&mut Attempt, ViewError> {
        let named = self.open.get_mut(&task).filter(|attempt| attempt.requested.sequence == request);
        let before = named.as_ref().map(|attempt| attempt.phase);
        match (Phase::after(before, event), named) {
            (Some(after), Some(attempt)) => {
                attempt.phase = after;
                Ok(attempt)
            }
            (None, _) | (_, None) => {
                Err(ViewError::forbidden(record, Before::Attempt { request, phase: before }))
            }
        }
    }

    fn follow(&mut self, record: &Recorded<Event>, event: &execution::Event) -> Result<(), ViewError> {
        match event {
            execution::Event::AttemptRequested(requested) => self.request(record, requested)?,
            execution::Event::AttemptEnded(ended) => self.end(record, event, ended)?,
            execution::Event::AttemptAbandoned(abandoned) => self.abandon(record, event, abandoned)?,
            execution::Event::AttemptProgressed(progressed) => {
                let attempt = self.advance(record, event, progressed.task, progressed.request)?;
                attempt.progress = Some((Moment::of(record), progressed.output));
            }
            execution::Event::AttemptCancelRequested(stop) => {
                let attempt = self.advance(record, event, stop.task, stop.request)?;
                attempt.stop = Some((Moment::of(record), stop.reason));
            }
            execution::Event::AttemptStalled(stalled) => {
                self.advance(record, event, stalled.task, stalled.request)?.stalls += 1;
            }
        }
        Ok(())
    }
}

impl Projection for AttemptHistory {
    const NAME: &'static str = "attempt_history";
    const VERSION: u32 = 1;

    fn apply(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        match &record.event {
            Event::Execution(event) => self.follow(record, event),
            Event::Intake(_) | Event::Dag(_) => Ok(()),
            Event::Log(_) | Event::Governance(_) => Err(ViewError::misplaced(record)),
        }
    }
}

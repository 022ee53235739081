//! How did a task go, attempt by attempt? When each was asked for, how it ended, and where lies what it printed.

use std::collections::BTreeMap;

use triad_event::execution::{
    AttemptEnded, AttemptRequested, CancelReason, Captured, Ending, Findings, Phase,
};
use triad_event::ids::AttemptKey;
use triad_event::intake::TaskKind;
use triad_event::quantity::{Bytes, Microjoules, Micros, Millis};
use triad_event::{Event, Recorded, execution};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::batch::NewPages;
use crate::host::stored::StoredPages;
use crate::read_error::ReadError;
use crate::row::{stored, vocabulary};
use crate::view::part::Part;

vocabulary! { CancelReason, Captured, Phase }

/// The attempts of all tasks of a workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttemptHistory {
    /// By task: a task has at most one attempt that is not over.
    pub(crate) open: BTreeMap<u32, Attempt>,
    /// In the order in which they ended. The host takes them out as it stores them: nothing changes them any
    /// more.
    pub(crate) over: Vec<Attempt>,
}

stored! {
    /// One attempt of a task.
    pub struct Attempt {
        /// The task.
        pub task: u32,
        /// The number of the attempt, from 1.
        pub number: u32,
        /// Where it stands.
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
}

stored! {
    /// The end of an attempt.
    pub struct End {
        /// The record that says so.
        pub moment: Moment,
        /// What came of it; none when it was given up or lost.
        pub outcome: Option<Outcome>,
        /// How often it was cut off with the server; zero when it is not lost for that.
        pub cut_off: u32,
    }
}

stored! {
    /// What came of an attempt.
    pub struct Outcome {
        /// How it ended.
        pub ending: Ending,
        /// Exit code of the process.
        pub exit_code: Option<i32>,
        /// Signal that ended the process.
        pub signal: Option<i32>,
        /// How long it took.
        pub duration: Micros,
        /// How long processors were busy with all that it ran; none where that was not measured.
        pub processor_time: Option<Micros>,
        /// Its share of what the processors of the machine counted meanwhile, where that can be read.
        pub package_energy: Option<Microjoules>,
        /// What it wrote to standard output: how much, and where what was kept of it lies in the vault.
        pub stdout: Captured,
        /// What it wrote to standard error, likewise.
        pub stderr: Captured,
        /// What was found of it once it had ended.
        pub findings: Option<Box<Findings>>,
    }
}

impl AttemptHistory {
    /// The attempts of a task, in their order.
    pub fn of_task(&self, task: u32) -> impl Iterator<Item = &Attempt> {
        self.over.iter().filter(move |attempt| attempt.task == task).chain(self.open.get(&task))
    }

    fn phase_after(&self, record: &Recorded<Event>, event: &execution::Event) -> Result<Phase, ViewError> {
        let open = event.task().and_then(|task| self.open.get(&task));
        let named = event.request();
        let named = named.map_or(open, |named| open.filter(|open| open.requested.sequence == named));
        let phase = named.map(|attempt| attempt.phase);
        Phase::after(phase, event).ok_or_else(|| {
            let request = event.request().unwrap_or(record.sequence);
            ViewError::forbidden(record, format_args!("attempt {request}"), phase)
        })
    }

    fn request(&mut self, record: &Recorded<Event>, requested: &AttemptRequested, phase: Phase) {
        let attempt = Attempt {
            task: requested.task,
            number: requested.attempt,
            phase,
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
    }

    fn close(&mut self, task: u32, phase: Phase, end: End) {
        if let Some(attempt) = self.open.remove(&task) {
            self.over.push(Attempt { phase, end: Some(end), ..attempt });
        }
    }
}

impl Outcome {
    fn of(ended: &AttemptEnded) -> Self {
        Self {
            ending: ended.ending,
            exit_code: ended.exit_code,
            signal: ended.signal,
            duration: ended.duration,
            processor_time: ended.used.as_deref().map(|used| used.processor_time),
            package_energy: ended.used.as_deref().and_then(|used| used.package_energy),
            stdout: ended.stdout.clone(),
            stderr: ended.stderr.clone(),
            findings: ended.findings.as_deref().cloned().map(Box::new),
        }
    }
}

impl Follows<execution::Event> for AttemptHistory {
    fn check(&self, record: &Recorded<Event>, event: &execution::Event) -> Result<(), ViewError> {
        self.phase_after(record, event).map(|_| ())
    }

    fn follow(&mut self, record: &Recorded<Event>, event: &execution::Event) -> Result<(), ViewError> {
        let phase = self.phase_after(record, event)?;
        let moment = Moment::of(record);
        let end = End { moment, outcome: None, cut_off: 0 };
        let mut change = |task, change: &dyn Fn(&mut Attempt)| {
            if let Some(attempt) = self.open.get_mut(&task) {
                attempt.phase = phase;
                change(attempt);
            }
        };
        match event {
            execution::Event::AttemptStarted(started) => change(started.task, &|_| ()),
            execution::Event::AttemptProgressed(progressed) => {
                change(progressed.task, &|attempt| attempt.progress = Some((moment, progressed.output)));
            }
            execution::Event::AttemptCancelRequested(stop) => {
                change(stop.task, &|attempt| attempt.stop = Some((moment, stop.reason)));
            }
            execution::Event::AttemptStalled(stalled) => {
                change(stalled.task, &|attempt| attempt.stalls += 1);
            }
            execution::Event::AttemptRequested(requested) => self.request(record, requested, phase),
            execution::Event::AttemptEnded(ended) => {
                self.close(ended.task, phase, End { outcome: Some(Outcome::of(ended)), ..end });
            }
            execution::Event::AttemptAbandoned(abandoned) => self.close(abandoned.task, phase, end),
            execution::Event::AttemptLost(lost) => {
                self.close(lost.task, phase, End { cut_off: lost.cut_off, ..end });
            }
        }
        Ok(())
    }
}

/// Attempts that are over are in the timeline, so there are no pages of them.
impl Part for AttemptHistory {
    const FOLD: u32 = 4;
    type Alive = Vec<Attempt>;
    type Page = ();

    fn alive(&self) -> Vec<Attempt> {
        self.open.values().cloned().collect()
    }

    fn fill(&self, _: NewPages<'_, '_>) {}

    fn evict(&mut self) {
        self.over = Vec::new();
    }

    fn recall(open: Vec<Attempt>, _: StoredPages<'_>) -> Result<Self, ReadError> {
        let open = open.into_iter().map(|attempt| (attempt.task, attempt)).collect();
        Ok(Self { open, over: Vec::new() })
    }
}

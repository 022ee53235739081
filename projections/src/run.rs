//! Everything that is shown of one workflow: its views side by side, following the same records.

use triad_event::{Event, Recorded};

use crate::attempt_history::{Attempt, AttemptHistory};
use crate::projection::{Projection, ViewError};
use crate::run_graph::RunGraph;
use crate::run_list::Summary;
use crate::stored::Undecodable;
use crate::timeline::{Line, Timeline};

/// The views of one workflow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    pub(crate) graph: RunGraph,
    pub(crate) attempts: AttemptHistory,
    pub(crate) timeline: Timeline,
}

impl Run {
    /// The workflow at a glance.
    pub fn summary(&self) -> &Summary {
        &self.graph.summary
    }

    /// Its tasks and what depends on what.
    pub fn graph(&self) -> &RunGraph {
        &self.graph
    }

    /// The attempts of a task, in their order.
    pub fn attempts(&self, task: u32) -> impl Iterator<Item = &Attempt> {
        self.attempts.of_task(task)
    }

    /// What happened, in order.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        // These bytes were written by this process a moment ago.
        let entry = |entry: Result<_, Undecodable>| entry.expect("invariant: what is written can be read");
        let entries = self.timeline.0.entries().map(entry);
        entries.map(|entry| Line::of(entry, |task| self.graph.task(task).map(|task| &*task.id)))
    }
}

impl Projection for Run {
    const NAME: &'static str = "run";
    const VERSION: u32 = 2;

    fn apply(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        // A record that one of the views cannot follow must change none of them.
        if let Event::Execution(event) = &record.event {
            self.attempts.phase_after(record, event)?;
        }
        self.graph.apply(record)?;
        self.attempts.apply(record)?;
        self.timeline.apply(record)
    }
}

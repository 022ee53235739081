//! The runs that are to be charged, and how long tasks waited for a price.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::economics::Event;
use triad_event::execution::{AttemptEnded, Event as ExecutionEvent};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::prices::Event as PricesEvent;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

use super::reaction::Reaction;
use crate::fold_error::FoldError;
use crate::image::structs;
use crate::ports::Ports;
use crate::ports::reactions::Reactions;
use crate::shared::SharedMap;

structs! {
    State { runs, waited }
    Run { task, processor_time, began, ended }
    Waited { since, until }
}

/// What economics remembers.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// The runs that are to be charged, each by the workflow and the sequence of its request. Shared until written.
    pub(crate) runs: Arc<BTreeMap<(WorkflowId, u64), Run>>,
    /// The tasks that waited for a price, of workflows that are alive.
    waited: SharedMap<WorkflowId, Arc<BTreeMap<u32, Waited>>>,
}

/// A run that has ended and is to be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) task: u32,
    pub(crate) processor_time: Micros,
    /// From when to when it ran, by the wall clock.
    pub(crate) began: Micros,
    pub(crate) ended: Micros,
}

/// From when to when a task waited for a price, in the time that has passed for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waited {
    since: Micros,
    until: Micros,
}

impl Default for State {
    fn default() -> Self {
        Self { runs: Arc::default(), waited: SharedMap::new() }
    }
}

impl State {
    /// How long a task waited for a price; none when it did not.
    pub(crate) fn waited(&self, workflow: WorkflowId, task: u32) -> Option<Micros> {
        let Waited { since, until } = self.waited.get(&workflow)?.get(&task)?;
        Some(Micros(until.0 - since.0))
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Economics(event) = &record.event {
            return self.evolve(record, event);
        }
        if let AnyEvent::Execution(ExecutionEvent::AttemptEnded(ended)) = &record.event {
            self.end(record, ended, &mut ports.reactions);
        }
        if let AnyEvent::Prices(event) = &record.event {
            self.hear_prices(record, event);
        }
        if record.event.closes_stream() {
            self.close(record.stream);
        }
        Ok(())
    }

    fn evolve(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Result<(), FoldError> {
        let Event::RunCharged(charged) = event;
        let run = Arc::make_mut(&mut self.runs).remove(&(record.stream.into(), charged.request));
        run.filter(|run| run.task == charged.task).map(drop).ok_or(FoldError::UnknownAttempt)
    }

    /// A run of which nobody knows what it used is not charged.
    fn end(&mut self, record: &Recorded<AnyEvent>, ended: &AttemptEnded, reactions: &mut Reactions) {
        let Some(processor_time) = ended.processor_time else { return };
        let (workflow, request) = (WorkflowId::from(record.stream), ended.request);
        let run = Run {
            task: ended.task,
            processor_time,
            began: Micros(record.at.0.saturating_sub(ended.duration.0)),
            ended: record.at,
        };
        Arc::make_mut(&mut self.runs).insert((workflow, request), run);
        reactions.push(Reaction { workflow, request }, record.sequence);
    }

    fn hear_prices(&mut self, record: &Recorded<AnyEvent>, event: &PricesEvent) {
        let workflow = WorkflowId::from(record.stream);
        match event {
            PricesEvent::TaskDeferred(deferred) => {
                if self.waited.get(&workflow).is_none() {
                    self.waited.insert(workflow, Arc::default());
                }
                let Some(tasks) = self.waited.get_mut(&workflow).map(Arc::make_mut) else { return };
                let begun = Waited { since: record.elapsed, until: record.elapsed };
                tasks.entry(deferred.task).or_insert(begun);
            }
            PricesEvent::TaskReleased(released) => {
                let tasks = self.waited.get_mut(&workflow).map(Arc::make_mut);
                if let Some(waited) = tasks.and_then(|tasks| tasks.get_mut(&released.task)) {
                    waited.until = record.elapsed;
                }
            }
            PricesEvent::SourceSet(_) | PricesEvent::PricesPublished(_) | PricesEvent::SourceRemoved(_) => {}
        }
    }

    /// What was not charged of a stream that an operator closes never is.
    fn close(&mut self, stream: StreamId) {
        let workflow = WorkflowId::from(stream);
        self.waited.remove(&workflow);
        let of_stream = self.runs.range((workflow, 0)..=(workflow, u64::MAX));
        let left: Vec<_> = of_stream.map(|(run, _)| *run).collect();
        for run in left {
            Arc::make_mut(&mut self.runs).remove(&run);
        }
    }
}

//! What waits for time, a signal or people, in all workflows? The tasks whose gates are open, the longest waiting first.

use triad_event::gates::{self, GateOpened, Wants};
use triad_event::ids::WorkflowId;
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, dag, governance};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{stored, vocabulary};
use crate::views::{Answer, Views};

vocabulary! { Wants }

stored! {
    /// The gates that are open, by workflow and task.
    #[derive(Default)]
    pub struct OpenGates {
        /// All of them.
        pub open: Vec<OpenGate>,
    }
}

stored! {
    /// A task that waits.
    pub struct OpenGate {
        /// Its workflow.
        pub workflow: WorkflowId,
        /// Its number in the definition.
        pub task: u32,
        /// What it waits for.
        pub wants: Wants,
        /// The name of the signal, when it waits for one.
        pub signal: Option<String>,
        /// Since when.
        pub opened: Moment,
        /// When it ends by itself, by the calendar as it stood then.
        pub due: Option<Micros>,
        /// How many approved so far.
        pub approvals: u32,
    }
}

/// A moment of the time that passed for a log, by the calendar as it stood at a record.
pub(crate) fn by_calendar(record: &Recorded<Event>, due: Micros) -> Micros {
    Micros(record.at.0.saturating_add(due.0.saturating_sub(record.elapsed.0)))
}

impl OpenGates {
    fn place(&self, workflow: WorkflowId, task: u32) -> Result<usize, usize> {
        self.open.binary_search_by_key(&(workflow, task), |gate| (gate.workflow, gate.task))
    }

    fn begin(&mut self, record: &Recorded<Event>, opened: &GateOpened) {
        let GateOpened { task, wants, signal, due } = opened.clone();
        let workflow = WorkflowId::from(record.stream);
        let due = due.map(|due| by_calendar(record, due));
        let gate = OpenGate { workflow, task, wants, signal, opened: Moment::of(record), due, approvals: 0 };
        if let Err(place) = self.place(workflow, task) {
            self.open.insert(place, gate);
        }
    }

    fn end(&mut self, workflow: WorkflowId, task: u32) {
        if let Ok(place) = self.place(workflow, task) {
            self.open.remove(place);
        }
    }
}

impl Follows<gates::Event> for OpenGates {
    fn follow(&mut self, record: &Recorded<Event>, event: &gates::Event) -> Result<(), ViewError> {
        let workflow = WorkflowId::from(record.stream);
        match event {
            gates::Event::GateOpened(opened) => self.begin(record, opened),
            gates::Event::ApprovalGiven(given) => {
                if let Ok(place) = self.place(workflow, given.task) {
                    self.open[place].approvals += 1;
                }
            }
            gates::Event::GateClosed(closed) => self.end(workflow, closed.task),
            gates::Event::SignalReceived(_) | gates::Event::ApprovalDeclined(_) => {}
        }
        Ok(())
    }
}

impl Follows<dag::Event> for OpenGates {
    fn follow(&mut self, record: &Recorded<Event>, event: &dag::Event) -> Result<(), ViewError> {
        // Its workflow was cancelled, or its deadline passed.
        if let dag::Event::TaskCancelled(dag::TaskCancelled { task })
        | dag::Event::TaskFailed(dag::TaskFailed { task, .. }) = event
        {
            self.end(record.stream.into(), *task);
        }
        Ok(())
    }
}

/// A stream that was set aside can be closed for ever, with its gates open.
impl Follows<governance::Event> for OpenGates {
    fn follow(&mut self, record: &Recorded<Event>, event: &governance::Event) -> Result<(), ViewError> {
        if let governance::Event::StreamClosed(_) = event {
            let closed = WorkflowId::from(record.stream);
            self.open.retain(|gate| gate.workflow != closed);
        }
        Ok(())
    }
}

impl View for OpenGates {
    const NAME: &'static str = "open_gates";
    const FOLD: u32 = 2;
    type Kept = One<Self>;
}

impl<T: Holds<OpenGates>> Views<T> {
    /// The open gates that `is_wanted` says are, the longest open first, as many as `limit` behind the one that a record opened.
    pub fn open_gates(
        &self,
        after: Option<u64>,
        limit: usize,
        is_wanted: impl Fn(&OpenGate) -> bool,
    ) -> Answer<Vec<OpenGate>> {
        self.look(|kept: &One<OpenGates>| {
            let is_behind = |gate: &&OpenGate| after.is_none_or(|after| gate.opened.sequence > after);
            let found = kept.0.open.iter().filter(is_behind).filter(|gate| is_wanted(gate));
            let mut found: Vec<&OpenGate> = found.collect();
            found.sort_unstable_by_key(|gate| gate.opened.sequence);
            found.into_iter().take(limit).cloned().collect()
        })
    }
}

//! What needs a person, in all workflows? The fixes that wait for approval, and the tasks that nothing heals by itself, the
//! newest.

use triad_event::execution::FailureClass;
use triad_event::healing::{self, FixKind, FixProposed, HealingEnded, NotHealed};
use triad_event::ids::WorkflowId;
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, dag, governance};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{stored, vocabulary};
use crate::view::open_gates::by_calendar;
use crate::views::{Answer, Views};

vocabulary! { FixKind }

/// Tasks that nothing heals which are shown: more is not for people to read, and the log has all.
const ENDED_MAX: usize = 1000;

stored! {
    /// The incidents, by the record that they began with.
    #[derive(Default)]
    pub struct IncidentBoard {
        /// All of them, the oldest first.
        pub incidents: Vec<Incident>,
    }
}

stored! {
    /// A task that needs a person.
    pub struct Incident {
        /// Its workflow.
        pub workflow: WorkflowId,
        /// Its number in the definition.
        pub task: u32,
        /// Why it failed.
        pub class: FailureClass,
        /// The kind of the fix that waits; none when nothing heals it.
        pub proposed: Option<FixKind>,
        /// When the fix is given up, by the calendar as it stood then.
        pub due: Option<Micros>,
        /// Why nothing heals it; none while a fix waits.
        pub why: Option<NotHealed>,
        /// Since when.
        pub began: Moment,
    }
}

impl IncidentBoard {
    fn propose(&mut self, record: &Recorded<Event>, proposed: &FixProposed) {
        self.incidents.push(Incident {
            workflow: record.stream.into(),
            task: proposed.task,
            class: proposed.grounds.class,
            proposed: Some(proposed.fix.kind),
            due: Some(by_calendar(record, proposed.due)),
            why: None,
            began: Moment::of(record),
        });
    }

    fn give_up(&mut self, record: &Recorded<Event>, ended: &HealingEnded) {
        let HealingEnded { task, class, why } = *ended;
        let workflow = WorkflowId::from(record.stream);
        self.withdraw(workflow, task);
        let began = Moment::of(record);
        let incident = Incident { workflow, task, class, proposed: None, due: None, why: Some(why), began };
        self.incidents.push(incident);
        let of_kind = self.incidents.iter().filter(|incident| incident.why.is_some()).count();
        if of_kind > ENDED_MAX
            && let Some(oldest) = self.incidents.iter().position(|incident| incident.why.is_some())
        {
            self.incidents.remove(oldest);
        }
    }

    /// No fix of the task waits any more.
    fn withdraw(&mut self, workflow: WorkflowId, task: u32) {
        let is_it = |incident: &Incident| (incident.workflow, incident.task) == (workflow, task);
        self.incidents.retain(|incident| !is_it(incident) || incident.proposed.is_none());
    }
}

impl Follows<healing::Event> for IncidentBoard {
    fn follow(&mut self, record: &Recorded<Event>, event: &healing::Event) -> Result<(), ViewError> {
        match event {
            healing::Event::FixProposed(proposed) => self.propose(record, proposed),
            healing::Event::FixApplied(applied) => self.withdraw(record.stream.into(), applied.task),
            healing::Event::HealingEnded(ended) => self.give_up(record, ended),
            healing::Event::FixApproved(_)
            | healing::Event::FixDeclined(_)
            | healing::Event::RulesSet(_)
            | healing::Event::RulesRemoved(_)
            | healing::Event::ConfigurationOffered(_) => {}
        }
        Ok(())
    }
}

impl Follows<dag::Event> for IncidentBoard {
    fn follow(&mut self, record: &Recorded<Event>, event: &dag::Event) -> Result<(), ViewError> {
        // Its workflow was cancelled, or its deadline passed.
        if let dag::Event::TaskCancelled(dag::TaskCancelled { task })
        | dag::Event::TaskFailed(dag::TaskFailed { task, .. }) = event
        {
            self.withdraw(record.stream.into(), *task);
        }
        Ok(())
    }
}

/// A stream that was set aside can be closed for ever, with its fixes waiting.
impl Follows<governance::Event> for IncidentBoard {
    fn follow(&mut self, record: &Recorded<Event>, event: &governance::Event) -> Result<(), ViewError> {
        if let governance::Event::StreamClosed(_) = event {
            let closed = WorkflowId::from(record.stream);
            self.incidents.retain(|incident| incident.workflow != closed || incident.proposed.is_none());
        }
        Ok(())
    }
}

impl View for IncidentBoard {
    const NAME: &'static str = "incident_board";
    const FOLD: u32 = 1;
    type Kept = One<Self>;
}

impl<T: Holds<IncidentBoard>> Views<T> {
    /// The incidents that `is_wanted` says are, the newest first, as many as `limit` before the one that a record began.
    pub fn incidents(
        &self,
        before: Option<u64>,
        limit: usize,
        is_wanted: impl Fn(&Incident) -> bool,
    ) -> Answer<Vec<Incident>> {
        self.look(|kept: &One<IncidentBoard>| {
            let is_before =
                |incident: &&Incident| before.is_none_or(|before| incident.began.sequence < before);
            let found =
                kept.0.incidents.iter().rev().filter(is_before).filter(|incident| is_wanted(incident));
            found.take(limit).cloned().collect()
        })
    }
}

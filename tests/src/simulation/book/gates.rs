//! What the book reads of tasks that wait for time, a signal or people.

use super::Book;
use super::course::Course;
use crate::simulation::stage::CLIENT;
use crate::simulation::violation::{Verdict, broken, hold};
use std::collections::{BTreeMap, BTreeSet};
use triad_event::gates::{Closing, Event, GateClosed, Wants};
use triad_event::ids::PrincipalId;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

/// A gate that is open, as the records tell of it.
#[derive(Debug, Clone)]
pub(crate) struct GateLine {
    pub(crate) wants: Wants,
    due: Option<Micros>,
    pub(crate) approved: BTreeSet<PrincipalId>,
    is_declined: bool,
}

/// What the records tell of the gates of one workflow.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    pub(crate) open: BTreeMap<u32, GateLine>,
    /// Signals that came in, less those that were taken.
    untaken: u64,
}

impl Book {
    pub(super) fn take_gate(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        let course = self.course(record)?;
        match event {
            Event::GateOpened(opened) => {
                course.invariant_nothing_starts_before_what_it_depends_on(record, opened.task)?;
                course.invariant_nothing_begins_after_its_deadline(record, opened.task)?;
                course.invariant_tasks_obey_their_grammar(record, opened.task)?;
                let (approved, is_declined) = (BTreeSet::new(), false);
                let line = GateLine { wants: opened.wants, due: opened.due, approved, is_declined };
                course.gates.open.insert(opened.task, line);
                Ok(())
            }
            Event::SignalReceived(_) => {
                course.gates.untaken += 1;
                Ok(())
            }
            Event::ApprovalGiven(given) => {
                course.invariant_tasks_obey_their_grammar(record, given.task)?;
                let gate = course.gates.open.get_mut(&given.task);
                let is_new = gate.is_some_and(|gate| gate.approved.insert(record.principal));
                let holds = is_new && record.principal != CLIENT;
                hold("invariant_everybody_but_the_requester_approves_once", holds, || {
                    format!("record {} is of {}", record.sequence, record.principal)
                })
            }
            Event::ApprovalDeclined(declined) => {
                course.invariant_tasks_obey_their_grammar(record, declined.task)?;
                if let Some(gate) = course.gates.open.get_mut(&declined.task) {
                    gate.is_declined = true;
                }
                Ok(())
            }
            Event::GateClosed(closed) => {
                let line = course.invariant_tasks_obey_their_grammar(record, closed.task)?;
                line.ending = Some(closed.how.ending());
                line.held += u32::from(closed.how == Closing::Released);
                course.invariant_a_gate_closes_for_what_it_waited_for(record, closed)
            }
        }
    }
}

impl Course {
    fn invariant_a_gate_closes_for_what_it_waited_for(
        &mut self,
        record: &Recorded<AnyEvent>,
        closed: &GateClosed,
    ) -> Verdict {
        let needed = self.tasks.get(closed.task as usize).map_or(0, |line| line.approvals_needed);
        let Some(gate) = self.gates.open.remove(&closed.task) else {
            let what = format!("record {} closes a gate that is not open", record.sequence);
            return Err(broken("invariant_a_gate_closes_once", what));
        };
        let is_due = gate.due.is_some_and(|due| due <= record.elapsed);
        let holds = match closed.how {
            Closing::Elapsed => gate.wants == Wants::Time && is_due,
            Closing::Expired => !matches!(gate.wants, Wants::Time | Wants::Review) && is_due,
            Closing::Approved => gate.approved.len() == needed as usize && !gate.is_declined,
            Closing::Declined => gate.is_declined,
            Closing::Released => {
                gate.wants == Wants::Review && !gate.approved.is_empty() && !gate.is_declined
            }
            Closing::Signalled => gate.wants == Wants::Signal && self.gates.untaken > 0,
        };
        self.gates.untaken -= u64::from(closed.how == Closing::Signalled && self.gates.untaken > 0);
        hold("invariant_a_gate_closes_for_what_it_waited_for", holds, || {
            format!("record {} closes {gate:?}: {:?}", record.sequence, closed.how)
        })
    }
}

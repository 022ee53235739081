//! People: they send signals, approve and decline, and now and then what they may not.

use super::action::Request;
use super::agenda::Happening;
use super::chance::Chance;
use super::driver::Driver;
use super::fault::Fault;
use super::violation::Verdict;
use triad_event::gates::Wants;
use triad_event::ids::{PrincipalId, StreamId, WorkflowId};

/// Thinking times between two looks of a person.
const LOOKS_EVERY: u64 = 4;
/// How many people there are who may approve.
const PEOPLE: u64 = 4;
/// Looks at which the server offers other variables to fixes, in ten thousand.
const OFFERS: u64 = 500;
/// Declined instead of approved, in ten thousand.
const DECLINED: u64 = 1_500;

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.people
}

/// Who approves: the person with that number. Zero is whoever submits.
pub(crate) fn person(number: u8) -> PrincipalId {
    match number {
        0 => super::stage::CLIENT,
        _ => PrincipalId([0xa0 + number; 16]),
    }
}

impl Driver {
    /// Somebody looks what waits.
    pub(crate) fn people_act(&mut self) -> Verdict {
        if self.is_healing {
            return Ok(());
        }
        let in_us = Self::around(&mut self.people, self.swarm.think_us * LOOKS_EVERY);
        self.at(in_us, Happening::People);
        self.decide_on_a_fix()?;
        if self.swarm.healed > 0 && self.healers.hits(OFFERS) {
            self.offer_configuration()?;
        }
        let Some((workflow, task, wants)) = self.some_gate() else { return Ok(()) };
        if self.strikes(Fault::GateBad, chance) {
            return self.ask_amiss(workflow, task);
        }
        match wants {
            Wants::Time => Ok(()),
            Wants::Signal => self.ask(Request::Signal(workflow)),
            Wants::Approval | Wants::Review => {
                let by = 1 + self.people.below(PEOPLE) as u8;
                let declines = self.people.hits(DECLINED);
                self.ask(if declines {
                    Request::Decline { workflow, task, by }
                } else {
                    Request::Approve { workflow, task, by }
                })
            }
        }
    }

    /// Everybody who may approves, and every signal comes.
    pub(crate) fn let_gates_go(&mut self) -> Verdict {
        let waiting = self.stage.book.running().find_map(|(stream, course)| {
            let may_go = !self.stage.book.quarantined.contains(stream);
            let mut open = course.gates.open.iter().filter(|(_, gate)| may_go && gate.wants != Wants::Time);
            let (task, gate) = open.next()?;
            Some((WorkflowId::from(*stream), *task, gate.clone()))
        });
        let Some((workflow, task, gate)) = waiting else { return Ok(()) };
        if gate.wants == Wants::Signal {
            return self.ask(Request::Signal(workflow));
        }
        let by = (1..=PEOPLE as u8).find(|by| !gate.approved.contains(&person(*by))).unwrap_or(1);
        self.ask(Request::Approve { workflow, task, by })
    }

    /// Something that is refused wherever it is asked.
    fn ask_amiss(&mut self, workflow: WorkflowId, task: u32) -> Verdict {
        match self.people.below(3) {
            0 => self.ask(Request::Approve { workflow, task, by: 0 }),
            1 => self.ask(Request::Approve { workflow, task: task + 1, by: 1 }),
            _ => {
                // The same person twice: the second time it is too late.
                self.ask(Request::Approve { workflow, task, by: 2 })?;
                self.ask(Request::Approve { workflow, task, by: 2 })
            }
        }
    }

    fn some_gate(&mut self) -> Option<(WorkflowId, u32, Wants)> {
        let mut from = [0; 16];
        from[..8].copy_from_slice(&self.people.any().to_be_bytes());
        let waits = |(stream, course): (&StreamId, &super::book::Course)| {
            let (task, gate) = course.gates.open.iter().next()?;
            Some((WorkflowId::from(*stream), *task, gate.wants))
        };
        let courses = &self.stage.book.courses;
        courses.range(StreamId(from)..).find_map(waits).or_else(|| courses.iter().find_map(waits))
    }
}

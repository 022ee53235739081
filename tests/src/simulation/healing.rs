//! Tasks that are healed when they fail: which are, why they fail, and who decides on fixes.

use super::action::Request;
use super::chance::Chance;
use super::driver::Driver;
use super::swarm::Swarm;
use super::violation::Verdict;
use triad_event::execution::{Diagnosed, Ending, FailureClass, Findings};
use triad_event::healing::{Ask, ConfigurationOffered, OfferedVariable};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::{HealingPolicy, TaskDefinition, TaskKind, TaskTerms};
use triad_event::quantity::Bytes;

/// Of ten thousand tasks that are healed, those of which a person decides on each fix.
const ASKS: u64 = 3_000;
/// People who may decide on fixes.
const PEOPLE: u64 = 4;
/// Declined instead of approved, in ten thousand.
const DECLINED: u64 = 2_500;
/// Variables that can be offered, and that tasks can lack.
const VARIABLES: [&str; 3] = ["QUEUE", "REGION", "TOKEN"];

/// Gives processes of a definition a policy by which they are healed.
pub(super) fn heal(tasks: &mut [TaskDefinition], swarm: &Swarm, seed: u64) {
    if swarm.healed == 0 {
        return;
    }
    let mut chance = Chance::new(seed, "healing of a definition");
    for task in tasks.iter_mut().filter(|task| task.kind == TaskKind::Process) {
        if chance.hits(swarm.healed) {
            let mut terms = task.terms.as_deref().cloned().unwrap_or_else(TaskTerms::nothing);
            let asks = chance.hits(ASKS);
            terms.healing =
                Some(if asks { HealingPolicy::DiagnoseAndAsk } else { HealingPolicy::DiagnoseAndRetry });
            task.terms = Some(terms.into());
        }
    }
}

/// What is found of an attempt that failed by itself. It follows from the attempt, so that a life that performs it again finds
/// the
/// same.
pub(super) fn findings(request: u64, task: u32, ending: Ending) -> Option<Findings> {
    let failed = matches!(
        ending,
        Ending::Exited | Ending::Signalled | Ending::TimedOut | Ending::OutOfMemory | Ending::NotStarted
    );
    let mut chance = Chance::new(request ^ u64::from(task) << 32, "why it failed");
    let class = chance.pick(FailureClass::ALL).copied().unwrap_or(FailureClass::Unknown);
    let lacks = VARIABLES.iter().filter(|_| chance.hits(4_000)).map(|name| (*name).to_owned()).collect();
    let rule = format!("rule-{}", chance.below(8));
    let confidence_pm = chance.between(100, 990) as u32;
    let diagnosed = Diagnosed {
        class,
        confidence_pm,
        rule,
        rules_version: 1,
        operator_version: None,
        rules_digest: [7; 32],
        shown_in: None,
        from: Bytes(0),
        to: Bytes(0),
        lacks,
    };
    failed.then_some(Findings { verified: None, diagnosed: Some(diagnosed), said: None, held: None })
}

/// What a server offers to fixes, by the bits of a number.
pub(super) fn offered(bits: u8) -> Ask {
    let named = VARIABLES.iter().zip(0_u8..).filter(|(_, bit)| bits >> bit & 1 == 1);
    let variable = |name: &str| OfferedVariable { name: name.to_owned(), digest: [bits; 16] };
    Ask::OfferConfiguration(ConfigurationOffered {
        variables: named.map(|(name, _)| variable(name)).collect(),
    })
}

impl Driver {
    /// Somebody decides on a fix, if one waits; now and then somebody who may not.
    pub(super) fn decide_on_a_fix(&mut self) -> Verdict {
        let Some((workflow, task)) = self.some_fix() else { return Ok(()) };
        let by = self.healers.below(1 + PEOPLE) as u8;
        let approves = !self.healers.hits(DECLINED);
        self.ask(Request::DecideFix { workflow, task, by, approves })
    }

    /// The operator starts the server with another configuration.
    pub(super) fn offer_configuration(&mut self) -> Verdict {
        let bits = self.healers.below(1 << VARIABLES.len()) as u8;
        self.ask(Request::Offer(bits))
    }

    /// Every fix that waits is approved.
    pub(super) fn let_fixes_go(&mut self) -> Verdict {
        let Some((workflow, task)) = self.some_fix() else { return Ok(()) };
        self.ask(Request::DecideFix { workflow, task, by: 1, approves: true })
    }

    fn some_fix(&self) -> Option<(WorkflowId, u32)> {
        let waits = |(stream, course): (&StreamId, &super::book::Course)| {
            let may_go = !self.stage.book.quarantined.contains(stream);
            Some((WorkflowId::from(*stream), course.waiting_fix().filter(|_| may_go)?))
        };
        self.stage.book.running().find_map(waits)
    }
}

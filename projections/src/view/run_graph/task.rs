//! A task as the graph of its workflow shows it.

use triad_event::dag::{QueueReason, TaskPhase};
use triad_event::execution::{Ending, Findings, HeldBy};
use triad_event::gates::{Closing, REVIEW_ROLES};
use triad_event::ids::PrincipalId;
use triad_event::intake::{TaskDefinition, TaskKind};
use triad_event::quantity::{Micros, Millis, MilliwattHours};
use triad_event::{Event, Recorded, Sealed};

use super::course::Course;
use super::healing::Healing;
use crate::fold::Moment;
use crate::row::{stored, vocabulary};
use crate::view::ledger::Account;

vocabulary! { Ending, HeldBy, Closing, QueueReason, TaskKind, TaskPhase }

stored! {
    /// A task of a workflow.
    pub struct Task {
        /// Its id in the definition.
        pub id: Box<str>,
        /// Its display name; may be empty.
        pub name: Box<str>,
        /// What performing it means.
        pub kind: TaskKind,
        /// What people call it; empty when they did not.
        pub category: Box<str>,
        /// The tasks that must be completed first, by number, ascending.
        pub dependencies: Box<[u32]>,
        /// Where its input lies in the vault.
        pub input: Option<Box<Sealed>>,
        /// How many attempts it has in all.
        pub attempts_max: u32,
        /// Where it stands; none until its workflow is accepted.
        pub phase: Option<TaskPhase>,
        /// How many attempts were requested.
        pub attempts: u32,
        /// How the last attempt that is over ended.
        pub last_ending: Option<Ending>,
        /// What it waits for while it is queued.
        pub waits_for: Option<QueueReason>,
        /// When its next attempt is due while it waits for a retry.
        pub retry_at: Option<Micros>,
        /// What it waits for beside its dependencies, or waited for, when it is a task that waits.
        pub gate: Option<Box<Gate>>,
        /// What its rules say and what came of them.
        pub course: Option<Box<Course>>,
        /// The task that it is a part of: the sub-workflow, or that which is run for each entry of a list.
        pub part_of: Option<u32>,
        /// The dependency because of which it was skipped.
        pub skipped_because: Option<u32>,
        /// How much energy it is thought to take, when that was said; of a part as of the whole.
        pub estimate: Option<MilliwattHours>,
        /// What its runs used, once one is charged.
        pub account: Option<Box<Account>>,
        /// The request of its first attempt.
        pub started: Option<Moment>,
        /// Its end.
        pub ended: Option<Moment>,
    }
}

stored! {
    /// What a task waits for beside its dependencies.
    pub struct Gate {
        /// The roles whose holders approve; empty when it waits for something else.
        pub roles: Vec<String>,
        /// How many approvals it needs; zero when it waits for something else.
        pub needed: u32,
        /// The name of the signal that it waits for.
        pub signal: Option<String>,
        /// The JSON Schema of what comes with that; empty when anything may.
        pub schema: Box<str>,
        /// How long it waits, when it waits for time.
        pub wait: Option<Millis>,
        /// Since when it waits.
        pub opened: Option<Moment>,
        /// When that ends by itself, by the calendar as it stood then.
        pub due: Option<Micros>,
        /// What people decided, in order.
        pub verdicts: Vec<Verdict>,
        /// What ended it.
        pub how: Option<Closing>,
        /// What came with the signal.
        pub output: Option<Box<Sealed>>,
        /// Why its step was held, when it waits for a review.
        pub held: Option<Box<HeldBy>>,
    }
}

stored! {
    /// What somebody decided on an approval.
    pub struct Verdict {
        /// Who.
        pub principal: PrincipalId,
        /// Whether they approved.
        pub is_approval: bool,
        /// Why.
        pub reason: String,
        /// When.
        pub given: Moment,
    }
}

impl Gate {
    fn defined(definition: &TaskDefinition) -> Option<Box<Self>> {
        let flow = definition.flow.as_deref().filter(|_| definition.kind.is_gate())?;
        let approval = flow.approval.as_ref();
        Some(Box::new(Self {
            roles: approval.map(|gate| gate.roles.clone()).unwrap_or_default(),
            needed: approval.map_or(0, |gate| gate.needed),
            signal: flow.signal.as_ref().map(|gate| gate.name.clone()),
            schema: definition.rules.as_deref().map_or("", |rules| &rules.signal_schema).into(),
            wait: flow.wait,
            opened: None,
            due: None,
            verdicts: Vec::new(),
            how: None,
            output: None,
            held: None,
        }))
    }

    /// A step that a rule of moderation holds.
    fn review(held: &HeldBy) -> Box<Self> {
        Box::new(Self {
            roles: REVIEW_ROLES.map(str::to_owned).to_vec(),
            needed: 1,
            signal: None,
            schema: Box::default(),
            wait: None,
            opened: None,
            due: None,
            verdicts: Vec::new(),
            how: None,
            output: None,
            held: Some(Box::new(held.clone())),
        })
    }
}

impl Task {
    /// A task as its definition has it, before its workflow is accepted.
    pub(super) fn defined(definition: &TaskDefinition) -> Self {
        Self {
            id: definition.id.as_str().into(),
            name: definition.name.as_str().into(),
            kind: definition.kind,
            category: definition.flow.as_deref().map_or("", |flow| &flow.category).into(),
            dependencies: definition.dependencies.as_slice().into(),
            input: definition.input.clone().map(Box::new),
            attempts_max: definition.options.attempts_max,
            phase: None,
            attempts: 0,
            last_ending: None,
            waits_for: None,
            retry_at: None,
            gate: Gate::defined(definition),
            course: Course::defined(definition),
            part_of: definition.rules.as_deref().and_then(|rules| rules.part_of),
            skipped_because: None,
            estimate: definition.terms.as_deref().and_then(|terms| terms.energy_estimate),
            account: None,
            started: None,
            ended: None,
        }
    }

    /// A part of a task that is run for each entry of a list, as it begins.
    pub(super) fn part(&self, number: u32, of: u32, phase: Option<TaskPhase>) -> Self {
        Self {
            id: format!("{}.{number}", self.id).into(),
            name: self.name.clone(),
            kind: self.kind,
            category: self.category.clone(),
            dependencies: Box::default(),
            input: self.input.clone(),
            attempts_max: self.attempts_max,
            phase,
            attempts: 0,
            last_ending: None,
            waits_for: None,
            retry_at: None,
            gate: None,
            course: None,
            part_of: Some(of),
            skipped_because: None,
            estimate: self.estimate,
            account: None,
            started: None,
            ended: None,
        }
    }

    /// Its attempt is over: a run of it that was suspended stands still no longer.
    pub(super) fn stands_no_longer(&mut self, record: &Recorded<Event>) {
        if let Some(pacing) = self.course.as_deref_mut().and_then(|course| course.pacing.as_deref_mut()) {
            pacing.end(record.at);
        }
    }

    /// An attempt ended: what was found of it replaces what was found of the one before.
    pub(super) fn find(&mut self, findings: Option<&Findings>) {
        if let Some(held) = findings.and_then(|findings| findings.held.as_ref()) {
            self.gate = Some(Gate::review(held));
            return;
        }
        let knows = self.course.as_deref().is_some_and(|course| course.healing.is_some());
        if knows || findings.is_some() {
            self.healing().found = findings.cloned().map(Box::new);
        }
    }

    pub(super) fn healing(&mut self) -> &mut Healing {
        self.course().healing.get_or_insert_with(|| Box::new(Healing::nothing()))
    }

    pub(super) fn course(&mut self) -> &mut Course {
        self.course.get_or_insert_with(|| Box::new(Course::nothing()))
    }
}

//! What the rules of a task say, and what came of them.

use triad_event::dag::LeftOut;
use triad_event::evaluation::{EvaluationEnded, Verdict};
use triad_event::intake::{
    Deadline, Edge, EdgeOn, HealingPolicy, Priority, Reused, TaskDefinition, TaskRules, TaskTerms,
};
use triad_event::quantity::{MicroUsd, MilliwattHours, PartsPerMillion};

use super::deferral::Deferral;
use super::healing::Healing;
use super::pacing::Pacing;
use crate::row::{stored, vocabulary};

vocabulary! {
    Deadline, Edge, EdgeOn, HealingPolicy, LeftOut, Priority, Reused, TaskTerms, Verdict,
    MicroUsd, MilliwattHours, PartsPerMillion,
}

stored! {
    /// What the rules of a task say, and what came of them. Most tasks have none.
    pub struct Course {
        /// Whether it has a condition.
        pub is_conditional: bool,
        /// How many of its parts are under way at once, when it is run for each entry of a list.
        pub at_once: Option<u32>,
        /// The dependencies that it wants to end otherwise than completed.
        pub edges: Vec<Edge>,
        /// When it must have ended.
        pub deadline: Option<Deadline>,
        /// How urgent it is; none for as urgent as its workflow.
        pub priority: Option<Priority>,
        /// What of an earlier workflow stands for it.
        pub reused: Option<Box<Reused>>,
        /// What it is worth and what it needs.
        pub terms: Option<Box<TaskTerms>>,
        /// What its expressions came to, once they were evaluated.
        pub verdict: Option<Verdict>,
        /// Why they could not be evaluated; empty when they could.
        pub detail: String,
        /// Digest of what came of them.
        pub digest: Option<[u8; 32]>,
        /// The number of its first part, once there are any.
        pub first_part: Option<u32>,
        /// How many parts it has.
        pub parts: u32,
        /// Why it was left out, when it was.
        pub left_out: Option<LeftOut>,
        /// What was decided of it by what electricity costs, if something was.
        pub deferral: Option<Box<Deferral>>,
        /// When its run stood still and why, of one that may be suspended.
        pub pacing: Option<Box<Pacing>>,
        /// What was found of its attempts, and what was done about its failures.
        pub healing: Option<Box<Healing>>,
    }
}

impl Course {
    pub(super) fn defined(definition: &TaskDefinition) -> Option<Box<Self>> {
        let TaskDefinition { rules, terms, .. } = definition;
        if rules.is_none() && terms.is_none() {
            return None;
        }
        let rules = rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
        Some(Box::new(Self {
            is_conditional: rules.condition.is_some(),
            at_once: rules.fan_out.as_ref().map(|fan| fan.at_once),
            edges: rules.edges,
            deadline: rules.deadline,
            priority: rules.priority,
            reused: rules.reused.map(Box::new),
            terms: terms.as_deref().cloned().map(Box::new),
            ..Self::nothing()
        }))
    }

    /// Of a task whose rules say nothing.
    pub(super) fn nothing() -> Self {
        Self {
            is_conditional: false,
            at_once: None,
            edges: Vec::new(),
            deadline: None,
            priority: None,
            reused: None,
            terms: None,
            verdict: None,
            detail: String::new(),
            digest: None,
            first_part: None,
            parts: 0,
            left_out: None,
            deferral: None,
            pacing: None,
            healing: None,
        }
    }

    pub(super) fn evaluate(&mut self, ended: &EvaluationEnded) {
        self.verdict = Some(ended.verdict);
        self.detail.clone_from(&ended.detail);
        self.digest = ended.value.as_deref().map(|value| value.digest);
    }
}

//! The course of one task.

use triad_event::dag::TaskPhase;
use triad_event::evaluation::Verdict;
use triad_event::execution::Ending;
use triad_event::intake::{EdgeOn, HealingPolicy, Priority, TaskDefinition, TaskKind, TaskRules, TaskTerms};
use triad_event::quantity::{Micros, Millis};

/// The course of one task.
#[derive(Debug)]
pub(crate) struct TaskLine {
    pub(crate) phase: TaskPhase,
    pub(crate) attempts: u32,
    pub(super) attempts_max: u32,
    /// When its retry is due.
    pub(super) due: Micros,
    pub(super) dependencies: Box<[u32]>,
    pub(super) approvals_needed: u32,
    pub(super) kind: TaskKind,
    /// The longest that an attempt may take, when that is said.
    pub(super) timeout: Option<Millis>,
    /// What it waits for, and what it is worth. Those of a part are those of the task that was fanned out.
    pub(super) terms: Option<Box<TaskTerms>>,
    /// None of a part.
    pub(super) id: Option<Box<str>>,
    /// None for a part: they are those of the task that was fanned out.
    pub(super) rules: Option<Box<TaskRules>>,
    /// The sub-workflow that it is in, or the task that it is a part of.
    pub(super) container: Option<u32>,
    pub(super) end: Option<End>,
    /// How its last attempt ended.
    pub(super) ending: Option<Ending>,
    /// The request of the evaluation that is under way.
    pub(super) evaluation: Option<u64>,
    /// What its expressions came to, and how many entries its list has.
    pub(super) verdict: Option<(Verdict, u32)>,
    /// Fixes that were applied to it.
    pub(super) fixes: u32,
    /// Attempts that were held and whose step was released.
    pub(super) held: u32,
    /// Whether somebody approved the fix that waits.
    pub(super) is_approved: bool,
    /// Whether nothing heals it any more.
    pub(super) is_given_up: bool,
    /// Whether it began to be performed, as whatever it is.
    pub(super) has_begun: bool,
}

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed,
    /// For something that failed.
    Skipped,
    LeftOut,
    Cancelled,
}

impl TaskLine {
    pub(super) fn of(task: &TaskDefinition) -> Self {
        let rules = task.rules.as_deref().cloned().map(Box::new);
        Self {
            phase: TaskPhase::Pending,
            attempts: 0,
            attempts_max: task.options.attempts_max,
            due: Micros(i64::MIN),
            dependencies: task.dependencies.as_slice().into(),
            approvals_needed: task
                .flow
                .as_deref()
                .and_then(|flow| flow.approval.as_ref())
                .map_or(0, |gate| gate.needed),
            kind: task.kind,
            timeout: task.options.timeout,
            terms: task.terms.as_deref().cloned().map(Box::new),
            id: Some(task.id.as_str().into()),
            container: rules.as_ref().and_then(|rules| rules.part_of),
            rules,
            end: None,
            ending: None,
            evaluation: None,
            verdict: None,
            fixes: 0,
            held: 0,
            is_approved: false,
            is_given_up: false,
            has_begun: false,
        }
    }

    /// A part of that task, which waits for nothing but its turn.
    pub(super) fn part_of(&self, task: u32) -> Self {
        Self {
            phase: TaskPhase::Pending,
            attempts: 0,
            attempts_max: self.attempts_max,
            due: Micros(i64::MIN),
            dependencies: Box::default(),
            approvals_needed: 0,
            kind: self.kind,
            timeout: self.timeout,
            terms: self.terms.clone(),
            id: None,
            rules: None,
            container: Some(task),
            end: None,
            ending: None,
            evaluation: None,
            verdict: None,
            fixes: 0,
            held: 0,
            is_approved: false,
            is_given_up: false,
            has_begun: false,
        }
    }

    /// How it wants a dependency to end; none for completed.
    pub(super) fn edge(&self, dependency: u32) -> Option<EdgeOn> {
        let edges = &self.rules.as_ref()?.edges;
        edges.iter().find(|edge| edge.dependency == dependency).map(|edge| edge.on)
    }

    pub(super) fn has_condition(&self) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.condition.is_some())
    }

    pub(super) fn has_list(&self) -> bool {
        self.at_once().is_some()
    }

    /// Whether expressions are evaluated before it begins.
    pub(super) fn is_evaluated(&self) -> bool {
        self.has_condition() || self.has_list()
    }

    /// How many of its parts may be under way at once; none when it has no list.
    pub(super) fn at_once(&self) -> Option<u32> {
        Some(self.rules.as_ref()?.fan_out.as_ref()?.at_once)
    }

    pub(super) fn is_reused(&self) -> bool {
        self.rules.as_ref().is_some_and(|rules| rules.reused.is_some())
    }

    /// What is done about it by itself when it fails.
    pub(super) fn policy(&self) -> Option<HealingPolicy> {
        self.terms.as_ref()?.healing
    }

    pub(super) fn priority(&self) -> Option<Priority> {
        self.rules.as_ref()?.priority
    }
}

//! The course of a workflow and its tasks.

use super::gates::Gates;
use super::line::{End, TaskLine};
use crate::simulation::violation::{Verdict, Violation, broken, hold};
use std::collections::{BTreeMap, BTreeSet};
use triad_event::dag::{Tally, TaskPhase, WorkflowPhase};
use triad_event::intake::{Deadline, Priority, TaskDefinition, WorkflowTerms};
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

/// The course of one workflow.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) phase: WorkflowPhase,
    pub(crate) next_ordinal: u64,
    /// Those of the definition, and behind them the parts of those that were fanned out.
    pub(crate) tasks: Vec<TaskLine>,
    /// Tasks that have not ended.
    pub(crate) open: usize,
    pub(super) tally: Tally,
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) digest: [u8; 32],
    pub(crate) gates: Gates,
    /// What is in each sub-workflow, and in each task that was fanned out.
    pub(super) contents: BTreeMap<u32, Contents>,
    /// How urgent its tasks are that say nothing of it.
    pub(super) priority: Priority,
    /// When all of it must have ended.
    pub(super) deadline: Option<Deadline>,
    /// When it was accepted, by both clocks.
    pub(super) accepted: (Micros, Micros),
    /// Whose deadlines have passed; none for its own.
    pub(super) passed: BTreeSet<Option<u32>>,
}

/// What is in a sub-workflow, or in a task that was fanned out.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// How many have not ended.
    pub(super) left: u32,
    /// Whether one failed, or was skipped for what failed.
    pub(super) has_failed: bool,
    /// Of a task that was fanned out.
    pub(super) window: Option<Window>,
}

/// The parts of a task that are under way.
#[derive(Debug)]
pub(super) struct Window {
    pub(super) first: u32,
    pub(super) parts: u32,
    pub(super) at_once: u32,
    /// How many began.
    pub(super) begun: u32,
    /// How many of those have not ended.
    pub(super) under_way: u32,
}

impl Course {
    pub(super) fn new(phase: WorkflowPhase) -> Self {
        Self {
            phase,
            next_ordinal: 1,
            tasks: Vec::new(),
            open: 0,
            tally: Tally { completed: 0, failed: 0, skipped: 0, cancelled: 0 },
            key: None,
            digest: [0; 32],
            gates: Gates::default(),
            contents: BTreeMap::new(),
            priority: Priority::Normal,
            deadline: None,
            accepted: (Micros(0), Micros(0)),
            passed: BTreeSet::new(),
        }
    }

    pub(super) fn define(&mut self, tasks: &[TaskDefinition]) {
        self.tasks.extend(tasks.iter().map(TaskLine::of));
    }

    /// What is said of it as a whole.
    pub(super) fn submit(&mut self, key: Option<[u8; 32]>, terms: Option<&WorkflowTerms>) {
        self.key = key;
        self.priority = terms.and_then(|terms| terms.priority).unwrap_or(Priority::Normal);
        self.deadline = terms.and_then(|terms| terms.deadline.clone());
    }

    pub(super) fn accept(&mut self, record: &Recorded<AnyEvent>) {
        self.open = self.tasks.len();
        self.accepted = (record.at, record.elapsed);
        for container in self.tasks.iter().filter_map(|line| line.container) {
            self.contents.entry(container).or_default().left += 1;
        }
    }

    /// What the records say of a task.
    pub(super) fn line(&self, task: u32) -> Option<&TaskLine> {
        self.tasks.get(task as usize)
    }

    /// Moves a task as the grammar says, and gives it back.
    pub(super) fn invariant_tasks_obey_their_grammar(
        &mut self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Result<&mut TaskLine, Box<Violation>> {
        let forbidden = |before: Option<TaskPhase>| {
            let what = format!("record {} follows {before:?}: {:?}", record.sequence, record.event);
            broken("invariant_tasks_obey_their_grammar", what)
        };
        let line = self.tasks.get_mut(task as usize).ok_or_else(|| forbidden(None))?;
        if line.phase.is_terminal() {
            let what = format!("record {} follows {:?}: {:?}", record.sequence, line.phase, record.event);
            return Err(broken("invariant_a_task_ends_once", what));
        }
        let before = line.phase;
        line.phase = TaskPhase::after(Some(before), &record.event).ok_or_else(|| forbidden(Some(before)))?;
        let begins = matches!(before, TaskPhase::Pending | TaskPhase::Evaluated)
            && !line.phase.is_terminal()
            && line.phase != TaskPhase::Evaluating;
        if begins {
            hold("invariant_a_join_fires_once", !line.has_begun, || {
                format!("record {} begins task {task} again", record.sequence)
            })?;
            line.has_begun = true;
            self.begin_part(record, task)?;
        }
        Ok(&mut self.tasks[task as usize])
    }

    /// A task has ended: what it is in has one less to wait for.
    pub(super) fn end(&mut self, task: u32, end: End) {
        let counted = match end {
            End::Completed => &mut self.tally.completed,
            End::Failed => &mut self.tally.failed,
            End::Skipped | End::LeftOut => &mut self.tally.skipped,
            End::Cancelled => &mut self.tally.cancelled,
        };
        *counted += 1;
        self.open -= 1;
        self.gates.open.remove(&task);
        let Some(line) = self.tasks.get_mut(task as usize) else { return };
        line.end = Some(end);
        let (container, has_begun) = (line.container, line.has_begun);
        let Some(contents) = container.and_then(|container| self.contents.get_mut(&container)) else {
            return;
        };
        contents.left -= 1;
        contents.has_failed |= matches!(end, End::Failed | End::Skipped);
        if let Some(window) = contents.window.as_mut().filter(|_| has_begun) {
            window.under_way -= 1;
        }
    }

    /// A part begins, if the task is one.
    fn begin_part(&mut self, record: &Recorded<AnyEvent>, task: u32) -> Verdict {
        let container = self.line(task).and_then(|line| line.container);
        let contents = container.and_then(|container| self.contents.get_mut(&container));
        let Some(window) = contents.and_then(|contents| contents.window.as_mut()) else { return Ok(()) };
        window.under_way += 1;
        window.begun += 1;
        let in_turn = task == window.first + window.begun - 1;
        hold("invariant_no_more_parts_are_under_way_than_may", window.under_way <= window.at_once, || {
            format!("record {} begins part {task}: {window:?}", record.sequence)
        })?;
        hold("invariant_parts_begin_in_their_order", in_turn, || {
            format!("record {} begins part {task}: {window:?}", record.sequence)
        })
    }

    /// By what a task is known from one workflow to the next, all parts of a list by the same.
    pub(super) fn id(&self, task: u32) -> Option<&str> {
        let line = self.line(task)?;
        line.id.as_deref().or_else(|| self.line(line.container?)?.id.as_deref())
    }

    /// Whether the definition has become a workflow.
    pub(crate) const fn is_accepted(&self) -> bool {
        !matches!(self.phase, WorkflowPhase::Staging | WorkflowPhase::Submitted)
    }
}

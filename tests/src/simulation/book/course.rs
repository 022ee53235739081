//! The course of a workflow and its tasks.

use super::gates::Gates;
use crate::simulation::violation::{Verdict, Violation, broken, hold};
use triad_event::dag::{Tally, TaskPhase, WorkflowPhase};
use triad_event::intake::TaskDefinition;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

/// The course of one workflow.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) phase: WorkflowPhase,
    pub(crate) next_ordinal: u64,
    pub(crate) tasks: Vec<TaskLine>,
    /// Tasks that have not ended.
    pub(crate) open: usize,
    pub(super) tally: Tally,
    pub(crate) key: Option<[u8; 32]>,
    pub(crate) digest: [u8; 32],
    pub(crate) gates: Gates,
}

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
}

impl Course {
    pub(super) fn new(phase: WorkflowPhase) -> Self {
        let tally = Tally { completed: 0, failed: 0, skipped: 0, cancelled: 0 };
        let (tasks, gates) = (Vec::new(), Gates::default());
        Self { phase, next_ordinal: 1, tasks, open: 0, tally, key: None, digest: [0; 32], gates }
    }

    pub(super) fn define(&mut self, tasks: &[TaskDefinition], key: Option<[u8; 32]>) {
        self.key = key;
        self.tasks.extend(tasks.iter().map(|task| TaskLine {
            phase: TaskPhase::Pending,
            attempts: 0,
            attempts_max: task.options.attempts_max,
            due: Micros(i64::MIN),
            dependencies: task.dependencies.as_slice().into(),
            approvals_needed:
                task.flow.as_deref().and_then(|flow| flow.approval.as_ref()).map_or(0, |gate| gate.needed),
        }));
    }

    pub(super) fn accept(&mut self) {
        self.open = self.tasks.len();
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
        line.phase =
            TaskPhase::after(Some(line.phase), &record.event).ok_or_else(|| forbidden(Some(line.phase)))?;
        Ok(line)
    }

    /// Whether the definition has become a workflow.
    pub(crate) const fn is_accepted(&self) -> bool {
        !matches!(self.phase, WorkflowPhase::Staging | WorkflowPhase::Submitted)
    }

    /// Whether all that a task depends on is completed.
    pub(super) fn is_ready(&self, task: u32) -> bool {
        let completed = |other: &u32| {
            self.tasks.get(*other as usize).is_some_and(|other| other.phase == TaskPhase::Completed)
        };
        self.tasks.get(task as usize).is_some_and(|line| line.dependencies.iter().all(completed))
    }

    pub(super) fn invariant_only_what_can_never_run_is_skipped(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
        because: u32,
    ) -> Verdict {
        let depends = self.tasks.get(task as usize).is_some_and(|line| line.dependencies.contains(&because));
        let ended = self.tasks.get(because as usize).is_some_and(|line| {
            matches!(line.phase, TaskPhase::Failed | TaskPhase::Skipped | TaskPhase::Cancelled)
        });
        hold("invariant_only_what_can_never_run_is_skipped", depends && ended, || {
            format!("record {} skips {task} because of {because}", record.sequence)
        })
    }
}

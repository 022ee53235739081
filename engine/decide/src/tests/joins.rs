//! Reads a whole log with nothing but definitions and how tasks ended: each task begins once, when all that it depends on has
//! ended
//! as it wants, and is skipped or left out only when it has not.

use std::collections::{BTreeMap, BTreeSet};

use triad_event::dag::{Event as DagEvent, LeftOut};
use triad_event::evaluation::{Event as EvaluationEvent, Verdict};
use triad_event::execution::{Ending, Event as ExecutionEvent};
use triad_event::gates::{Event as GatesEvent, Wants};
use triad_event::ids::StreamId;
use triad_event::intake::{EdgeOn, Event as IntakeEvent, TaskDefinition, TaskRules};
use triad_event::{Event, Recorded};

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    Completed,
    Failed,
    Skipped,
    LeftOut,
    Cancelled,
}

/// What a log says of one workflow.
#[derive(Default)]
struct Told {
    tasks: Vec<TaskDefinition>,
    ended: BTreeMap<u32, Ended>,
    /// Those that were evaluated, or began to run, to wait or to be many.
    begun: BTreeSet<u32>,
    /// Those of which the parts or the tasks of the sub-workflow are there.
    spread: BTreeSet<u32>,
    /// For each part, the task.
    parts: BTreeMap<u32, u32>,
    verdicts: BTreeMap<u32, Verdict>,
}

/// Reads all workflows of a log.
pub(super) fn check_joins(log: &[Recorded<Event>]) {
    let mut workflows: BTreeMap<StreamId, Told> = BTreeMap::new();
    for record in log {
        let told = workflows.entry(record.stream).or_default();
        match &record.event {
            Event::Intake(IntakeEvent::ChunkStaged(chunk)) => told.tasks.extend(chunk.tasks.iter().cloned()),
            Event::Intake(IntakeEvent::WorkflowSubmitted(submitted)) => {
                told.tasks.extend(submitted.asked.tasks.iter().cloned());
            }
            Event::Evaluation(event) => told.hear_evaluation(event),
            Event::Dag(event) => told.hear_dag(event),
            Event::Gates(GatesEvent::GateOpened(opened)) if opened.wants != Wants::Review => {
                told.goes_on(opened.task);
            }
            Event::Execution(ExecutionEvent::AttemptRequested(requested)) => {
                if requested.attempt == 1 {
                    told.goes_on(requested.task);
                }
            }
            Event::Log(_)
            | Event::Governance(_)
            | Event::Intake(_)
            | Event::Execution(_)
            | Event::Subjects(_)
            | Event::Alerts(_)
            | Event::Access(_)
            | Event::Definitions(_)
            | Event::Bulk(_)
            | Event::Schedules(_)
            | Event::Prices(_)
            | Event::Economics(_)
            | Event::Healing(_)
            | Event::Moderation(_)
            | Event::Gates(_) => {}
        }
    }
}

impl Told {
    fn rules(&self, task: u32) -> Option<&TaskRules> {
        self.tasks.get(task as usize)?.rules.as_deref()
    }

    fn is_evaluated(&self, task: u32) -> bool {
        self.rules(task).is_some_and(TaskRules::is_evaluated)
    }

    fn hear_evaluation(&mut self, event: &EvaluationEvent) {
        match event {
            EvaluationEvent::EvaluationRequested(requested) => self.begins(requested.task),
            EvaluationEvent::EvaluationEnded(ended) => {
                assert_eq!(self.verdicts.insert(ended.task, ended.verdict), None, "it is evaluated once");
            }
        }
    }

    fn hear_dag(&mut self, event: &DagEvent) {
        match event {
            DagEvent::TaskCompleted(completed) => self.end(completed.task, Ended::Completed),
            DagEvent::TaskReused(reused) => {
                assert!(self.rules(reused.task).is_some_and(|rules| rules.reused.is_some()));
                self.end(reused.task, Ended::Completed);
            }
            DagEvent::TaskFailed(failed) => {
                let was_known = self.verdicts.get(&failed.task).is_some_and(|verdict| *verdict as u8 >= 4);
                let is_late = failed.ending == Ending::DeadlinePassed;
                assert!(!was_known || is_late || failed.ending == Ending::NotEvaluated);
                self.end(failed.task, Ended::Failed);
            }
            DagEvent::TaskSkipped(skipped) => {
                assert!(self.is_doomed(skipped.task, skipped.because), "{} is skipped", skipped.task);
                self.end(skipped.task, Ended::Skipped);
            }
            DagEvent::TaskLeftOut(left) => {
                self.is_left_out(left.task, left.why);
                self.end(left.task, Ended::LeftOut);
            }
            DagEvent::TaskCancelled(cancelled) => self.end(cancelled.task, Ended::Cancelled),
            DagEvent::TaskFannedOut(fanned) => {
                self.goes_on(fanned.task);
                assert_eq!(self.verdicts.get(&fanned.task), Some(&Verdict::List));
                self.spread.insert(fanned.task);
                self.parts
                    .extend((fanned.first..fanned.first + fanned.parts).map(|part| (part, fanned.task)));
            }
            DagEvent::GroupBegan(began) => {
                self.goes_on(began.task);
                assert!(self.spread.insert(began.task), "it begins once");
            }
            DagEvent::TaskQueued(_)
            | DagEvent::RetryScheduled(_)
            | DagEvent::CancelRequested(_)
            | DagEvent::WorkflowPaused(_)
            | DagEvent::WorkflowResumed(_)
            | DagEvent::WorkflowCompleted(_)
            | DagEvent::WorkflowFailed(_)
            | DagEvent::WorkflowCancelled(_)
            | DagEvent::DeadlinePassed(_) => {}
        }
    }

    fn end(&mut self, task: u32, ended: Ended) {
        assert_eq!(self.ended.insert(task, ended), None, "task {task} ends once");
    }

    /// A task is evaluated, or goes on at once when there is nothing to evaluate.
    fn begins(&mut self, task: u32) {
        assert!(self.begun.insert(task), "task {task} begins once");
        if self.parts.contains_key(&task) {
            return;
        }
        let definition = &self.tasks[task as usize];
        let met: Vec<_> = definition.dependencies.iter().map(|other| self.met(task, *other)).collect();
        assert!(met.iter().all(|met| *met != Met::Open && *met != Met::Doomed), "task {task}: {met:?}");
        assert!(!met.contains(&Met::Astray), "task {task}: {met:?}");
        assert!(met.is_empty() || met.contains(&Met::AsWanted), "task {task}: {met:?}");
        let group = self.rules(task).and_then(|rules| rules.part_of);
        assert!(
            group.is_none_or(|group| self.spread.contains(&group)),
            "the sub-workflow of {task} has begun"
        );
    }

    /// A task is performed in the way of its kind.
    fn goes_on(&mut self, task: u32) {
        if !self.is_evaluated(task) {
            self.begins(task);
        }
        let verdict = self.verdicts.get(&task);
        assert_eq!(verdict.is_some(), self.is_evaluated(task));
        assert!(verdict.is_none_or(|verdict| matches!(verdict, Verdict::Holds | Verdict::List)));
    }

    /// Whether a task is skipped for good reason.
    fn is_doomed(&self, task: u32, because: u32) -> bool {
        let is_its_group = self.rules(task).and_then(|rules| rules.part_of) == Some(because);
        if is_its_group {
            let ended = self.ended.get(&because);
            return !self.spread.contains(&because) && matches!(ended, Some(Ended::Failed | Ended::Skipped));
        }
        self.met(task, because) == Met::Doomed
    }

    fn is_left_out(&self, task: u32, why: LeftOut) {
        let definition = &self.tasks[task as usize];
        let met: Vec<_> = definition.dependencies.iter().map(|other| self.met(task, *other)).collect();
        let is_open = met.contains(&Met::Open) || met.contains(&Met::Doomed);
        match why {
            LeftOut::Condition => assert_eq!(self.verdicts.get(&task), Some(&Verdict::DoesNotHold)),
            LeftOut::Edge => assert!(!is_open && met.contains(&Met::Astray), "task {task}: {met:?}"),
            LeftOut::Branch => {
                assert!(
                    !met.is_empty() && met.iter().all(|met| *met == Met::LeftOut),
                    "task {task}: {met:?}"
                );
            }
            LeftOut::Group => {
                let group = self.rules(task).and_then(|rules| rules.part_of).expect("it has a group");
                let ended = self.ended.get(&group);
                assert!(
                    matches!(ended, Some(Ended::LeftOut | Ended::Completed)) && !self.spread.contains(&group)
                );
            }
        }
    }

    fn met(&self, task: u32, dependency: u32) -> Met {
        let edges = self.rules(task).map_or(&[][..], |rules| &rules.edges);
        let edge = edges.iter().find(|edge| edge.dependency == dependency).map(|edge| edge.on);
        let Some(ended) = self.ended.get(&dependency) else { return Met::Open };
        match (edge, ended) {
            (_, Ended::Cancelled) => Met::Open,
            (None, Ended::Completed) | (Some(EdgeOn::Failed), Ended::Failed) | (Some(EdgeOn::Ended), _) => {
                Met::AsWanted
            }
            (None, Ended::Failed | Ended::Skipped) => Met::Doomed,
            (None, Ended::LeftOut) => Met::LeftOut,
            (Some(EdgeOn::Failed), Ended::Completed | Ended::Skipped | Ended::LeftOut) => Met::Astray,
        }
    }
}

/// What the end of a dependency means for a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    Open,
    AsWanted,
    LeftOut,
    Astray,
    Doomed,
}

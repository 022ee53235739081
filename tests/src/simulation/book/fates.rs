//! What becomes of a task when others end: the rule by which it runs, is skipped, or is left out. Read from the definition and
//! from how the others ended, each time anew.

use super::course::Course;
use super::line::{End, TaskLine};
use crate::simulation::violation::{Verdict as Held, hold};
use triad_event::dag::{LeftOut, TaskPhase, TaskSkipped};
use triad_event::evaluation::Verdict;
use triad_event::intake::EdgeOn;
use triad_event::{Event as AnyEvent, Recorded};

/// What becomes of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It waits.
    Waits,
    /// Nothing stands in its way but its condition.
    Runs,
    /// It will never run, for something that failed.
    Skipped,
    /// It is left out.
    LeftOut(LeftOut),
}

impl Course {
    /// What becomes of a task, as far as others have ended.
    pub(super) fn fate(&self, task: u32) -> Fate {
        let Some(line) = self.line(task) else { return Fate::Waits };
        let own = self.fate_by_dependencies(line);
        let around = line.container.and_then(|container| self.line(container));
        match (own, around) {
            // What failed is known before the sub-workflow begins.
            (Fate::Skipped, _) | (_, None) => own,
            (_, Some(around)) if around.has_begun => own,
            (_, Some(around)) => match around.end {
                None | Some(End::Cancelled) => Fate::Waits,
                Some(End::Failed | End::Skipped) => Fate::Skipped,
                Some(End::LeftOut | End::Completed) => Fate::LeftOut(LeftOut::Group),
            },
        }
    }

    fn fate_by_dependencies(&self, line: &TaskLine) -> Fate {
        let ends = || {
            let end = |dependency: &u32| self.line(*dependency).and_then(|other| other.end);
            line.dependencies.iter().map(move |dependency| (line.edge(*dependency), end(dependency)))
        };
        let stops = |(edge, end): (Option<EdgeOn>, Option<End>)| {
            edge.is_none() && matches!(end, Some(End::Failed | End::Skipped))
        };
        if ends().any(stops) {
            return Fate::Skipped;
        }
        if ends().any(|(_, end)| matches!(end, None | Some(End::Cancelled))) {
            return Fate::Waits;
        }
        let wants_failed = |edge: Option<EdgeOn>| edge == Some(EdgeOn::Failed);
        if ends().any(|(edge, end)| wants_failed(edge) && end != Some(End::Failed)) {
            return Fate::LeftOut(LeftOut::Edge);
        }
        // One that wants no more than that the other ended takes what was left out as well.
        let is_left_out =
            |(edge, end): (Option<EdgeOn>, Option<End>)| edge.is_none() && end == Some(End::LeftOut);
        if !line.dependencies.is_empty() && ends().all(is_left_out) {
            return Fate::LeftOut(LeftOut::Branch);
        }
        Fate::Runs
    }

    /// Whether a task may begin to be performed.
    pub(super) fn is_ready(&self, task: u32) -> bool {
        let Some(line) = self.line(task) else { return false };
        let is_wanted = match line.verdict {
            None => !line.is_evaluated(),
            Some((verdict, _)) => verdict == Verdict::Holds && line.is_evaluated(),
        };
        self.fate(task) == Fate::Runs && is_wanted
    }

    /// Whether one of those that it depends on ended so.
    pub(super) fn is_after(&self, task: u32, end: End) -> bool {
        let ended = |other: &u32| self.line(*other).is_some_and(|other| other.end == Some(end));
        self.line(task).is_some_and(|line| line.dependencies.iter().any(ended))
    }

    pub(super) fn invariant_nothing_starts_before_what_it_depends_on(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Held {
        hold("invariant_nothing_starts_before_what_it_depends_on", self.is_ready(task), || {
            let verdict = self.line(task).and_then(|line| line.verdict);
            format!("record {} begins task {task}: {:?}, {verdict:?}", record.sequence, self.fate(task))
        })
    }

    pub(super) fn invariant_only_what_can_never_run_is_skipped(
        &self,
        record: &Recorded<AnyEvent>,
        skipped: &TaskSkipped,
    ) -> Held {
        let TaskSkipped { task, because } = *skipped;
        let failed = |other: &TaskLine| matches!(other.end, Some(End::Failed | End::Skipped));
        let holds = self.line(task).zip(self.line(because)).is_some_and(|(line, other)| {
            let depends = line.dependencies.contains(&because) && line.edge(because).is_none();
            let is_in = line.container == Some(because) && !other.has_begun;
            failed(other) && (depends || is_in)
        });
        hold("invariant_only_what_can_never_run_is_skipped", holds, || {
            format!("record {} skips {task} because of {because}", record.sequence)
        })
    }

    pub(super) fn invariant_a_task_is_left_out_for_what_did_not_come_about(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
        why: LeftOut,
    ) -> Held {
        let line = self.line(task);
        let verdict = line.and_then(|line| line.verdict).map(|(verdict, _)| verdict);
        let is_evaluated = line.is_some_and(|line| line.phase == TaskPhase::Evaluated);
        let holds = match why {
            LeftOut::Condition => is_evaluated && verdict == Some(Verdict::DoesNotHold),
            LeftOut::Edge | LeftOut::Branch => self.fate(task) == Fate::LeftOut(why),
            // Something that it depends on may have failed by the time that its turn comes.
            LeftOut::Group => {
                let around = line.and_then(|line| line.container).and_then(|around| self.line(around));
                around.is_some_and(|around| {
                    !around.has_begun && matches!(around.end, Some(End::LeftOut | End::Completed))
                })
            }
        };
        hold("invariant_a_task_is_left_out_for_what_did_not_come_about", holds, || {
            format!(
                "record {} leaves out {task} for {why:?}: {:?}, {verdict:?}",
                record.sequence,
                self.fate(task)
            )
        })
    }
}

//! What must hold whenever the engine owes nothing: whatever waits has a reason to.

use super::Book;
use super::course::Course;
use super::fates::Fate;
use crate::simulation::violation::{Verdict, hold};
use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::execution::Phase;
use triad_event::governance::{Phase as EnginePhase, Setting};
use triad_event::ids::StreamId;

impl Book {
    /// When nothing is owed any more: whatever waits has a reason to.
    pub(crate) fn invariants_at_rest(&self) -> Verdict {
        for (stream, course) in self.running().filter(|(stream, _)| !self.quarantined.contains(*stream)) {
            invariant_nothing_waits_without_a_reason(*stream, course)?;
            invariant_nothing_is_open_after_its_deadline(*stream, course)?;
        }
        self.schedules.invariant_each_run_that_ended_is_followed()?;
        self.invariant_waits_have_reasons_at_rest()?;
        self.invariant_suspensions_have_reasons_at_rest()?;
        self.invariant_all_that_was_measured_is_charged()?;
        self.invariant_what_runs_late_or_for_nothing_is_asked_to_stop()?;
        self.invariant_no_place_is_free_while_a_task_waits_for_one()
    }

    fn invariant_what_runs_late_or_for_nothing_is_asked_to_stop(&self) -> Verdict {
        let is_over = |stream: &StreamId, task: u32| {
            let course = self.courses.get(stream).filter(|_| !self.quarantined.contains(stream));
            course.is_some_and(|course| course.phase == WorkflowPhase::Cancelling || course.is_late(task))
        };
        let goes_on = self
            .attempts
            .iter()
            .find(|(_, line)| line.phase != Phase::Stopping && is_over(&line.stream, line.task));
        hold("invariant_what_runs_late_or_for_nothing_is_asked_to_stop", goes_on.is_none(), || {
            format!("nobody stops {goes_on:?}")
        })
    }

    fn invariant_no_place_is_free_while_a_task_waits_for_one(&self) -> Verdict {
        let places = self.setting(Setting::AttemptsRunningMax);
        // Those that were suspended and would go on come first.
        let taken = self.places_taken() + self.places_wanted();
        if self.engine != Some(EnginePhase::Running) || taken >= places {
            return Ok(());
        }
        let waiting = self.first_waiting();
        hold("invariant_no_place_is_free_while_a_task_waits_for_one", waiting.is_none(), || {
            format!("{waiting:?} waits beside {taken} attempts of {places}")
        })
    }

    /// Whether nobody holds the attempts of a workflow.
    pub(super) fn may_start(&self, stream: &StreamId) -> bool {
        let is_running =
            self.courses.get(stream).is_some_and(|course| course.phase == WorkflowPhase::Running);
        is_running && !self.quarantined.contains(stream)
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others wait for a place, for their moment, for an answer"
)]
fn invariant_nothing_waits_without_a_reason(stream: StreamId, course: &Course) -> Verdict {
    let is_cancelled = course.phase == WorkflowPhase::Cancelling;
    let reason = |task: u32, phase: TaskPhase| match phase {
        TaskPhase::Running => true,
        _ if phase.is_terminal() => true,
        _ if is_cancelled => false,
        TaskPhase::Pending => course.waits_for_others(task),
        TaskPhase::Spread => course.spread(task).is_some_and(|contents| contents.left > 0),
        TaskPhase::Settling | TaskPhase::Evaluated | TaskPhase::Released => false,
        TaskPhase::Proposed => course.tasks.get(task as usize).is_some_and(|line| !line.is_approved),
        TaskPhase::Awaiting | TaskPhase::Held => course.gates.open.contains_key(&task),
        _ => true,
    };
    let idle = (0..).zip(&course.tasks).find(|(task, line)| !reason(*task, line.phase));
    hold("invariant_nothing_waits_without_a_reason", idle.is_none() && course.open > 0, || {
        format!("of workflow {stream}, {:?}, {} are open, and {idle:?} waits", course.phase, course.open)
    })
}

fn invariant_nothing_is_open_after_its_deadline(stream: StreamId, course: &Course) -> Verdict {
    // What runs is stopped first, and what consists of others ends with the last of them.
    let ends_by_others = |phase| matches!(phase, TaskPhase::Running | TaskPhase::Spread);
    let is_over =
        |task, phase: TaskPhase| phase.is_terminal() || ends_by_others(phase) || !course.is_late(task);
    let open = (0..).zip(&course.tasks).find(|(task, line)| !is_over(*task, line.phase));
    hold("invariant_nothing_is_open_after_its_deadline", open.is_none(), || {
        format!("of workflow {stream} {open:?} is, and {:?} have passed", course.passed)
    })
}

impl Course {
    /// Whether a task that has not begun waits for the end of others, or for its turn among the parts of a list.
    fn waits_for_others(&self, task: u32) -> bool {
        let container = self.line(task).and_then(|line| line.container);
        let contents = container.and_then(|container| self.contents.get(&container));
        match contents.and_then(|contents| contents.window.as_ref()) {
            Some(window) => window.under_way == window.at_once && window.begun < window.parts,
            None => self.fate(task) == Fate::Waits,
        }
    }
}

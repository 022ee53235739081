//! Operators: they pause and resume, change settings, accept the clock and release or close what was set aside.

use super::action::{Action, Request};
use super::chance::Chance;
use super::driver::Driver;
use super::fault::Fault;
use super::names::workflow_named;
use super::violation::Verdict;
use triad_decide::limits::REASON_BYTES_MAX;
use triad_event::ClockState;
use triad_event::dag::WorkflowPhase;
use triad_event::governance::{Phase, Setting};
use triad_event::ids::WorkflowId;

/// What operators change, and between which values.
const CHANGED: [(Setting, u64, u64); 11] = [
    (Setting::AttemptsRunningMax, 1, 1_000),
    (Setting::WorkflowsAliveMax, 8, 1_000),
    (Setting::IdempotencyExpiry, 60_000, 86_400_000),
    (Setting::TasksPerWorkflowMax, 8, 100_000),
    (Setting::TimeoutDefault, 100, 3_600_000),
    (Setting::RetryDelayMax, 1, 600_000),
    (Setting::CancelGrace, 1_000, 60_000),
    (Setting::StallAfter, 1_000, 120_000),
    (Setting::UploadExpiry, 10_000, 3_600_000),
    (Setting::ClockStepMax, 100, 60_000),
    (Setting::RetentionMin, 1, 20_000),
];

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.operators
}

impl Driver {
    /// An operator looks after the engine.
    pub(crate) fn operator_acts(&mut self) -> Verdict {
        if self.strikes(Fault::AcknowledgeAlert, |driver| &mut driver.reviews) {
            return self.acknowledge();
        }
        if self.strikes(Fault::PauseEngine, chance) {
            return self.ask(Request::PauseEngine);
        }
        if self.strikes(Fault::ChangeSetting, chance) {
            return self.change_setting();
        }
        if self.strikes(Fault::RequestBad, chance) {
            return self.ask_nonsense();
        }
        if self.operators.hits(3_000) { self.remove_obstacles() } else { Ok(()) }
    }

    /// Whatever keeps workflows from going on, as the log shows it, is removed.
    pub(crate) fn remove_obstacles(&mut self) -> Verdict {
        if self.stage.world().clock_state() == ClockState::Stepped {
            self.ask(Request::AcceptClock)?;
        }
        if self.stage.book.engine == Some(Phase::Paused) && !self.stage.has_undurable() {
            self.ask(Request::ResumeEngine)?;
        }
        if !self.stage.book.quarantined.is_empty() && !self.stage.has_undurable() {
            for stream in self.stage.book.quarantined.clone() {
                let turn = if self.is_given_up() { Request::Close } else { Request::Release };
                self.ask(turn(stream.into()))?;
            }
        }
        // That a key is destroyed was never said in this life: the next one destroys it again, and says so.
        if self.is_healing && !self.stage.has_undurable() && self.keepers.waits_in_vain() {
            self.act(Action::Restart)?;
        }
        if self.is_healing && !self.stage.has_undurable() {
            let running = self.stage.book.running();
            let paused = running.filter(|(_, course)| course.phase == WorkflowPhase::Paused);
            let paused: Vec<WorkflowId> = paused.map(|(stream, _)| (*stream).into()).collect();
            paused.into_iter().try_for_each(|workflow| self.ask(Request::Resume(workflow)))?;
            if !self.stage.has_undurable() {
                self.let_gates_go()?;
                self.let_fixes_go()?;
            }
        }
        Ok(())
    }

    /// Whether a stream that is set aside is closed: that ends it as well, so it also happens where everything is to end.
    fn is_given_up(&mut self) -> bool {
        let is_given_up = self.reviews.hits(self.swarm.rate(Fault::CloseStream));
        if is_given_up {
            self.faults.count(Fault::CloseStream);
        }
        is_given_up
    }

    /// A paused workflow is resumed, whether it still is or not.
    pub(crate) fn resume(&mut self, workflow: WorkflowId) -> Verdict {
        self.ask(Request::Resume(workflow))
    }

    pub(crate) fn ask(&mut self, request: Request) -> Verdict {
        self.act(Action::Ask { request, reason_bytes: 0 })
    }

    /// Now and then an alert that is resolved, or was acknowledged before.
    fn acknowledge(&mut self) -> Verdict {
        let alerts = &self.stage.book.alerts;
        let alert = if self.reviews.below(8) == 0 { alerts.some_resolved() } else { alerts.some_open() };
        alert.map_or(Ok(()), |alert| self.ask(Request::Acknowledge(alert)))
    }

    fn change_setting(&mut self) -> Verdict {
        let Some((setting, low, high)) = self.operators.pick(&CHANGED).copied() else { return Ok(()) };
        let value = self.operators.magnitude(low, high);
        self.ask(Request::Set(setting, value.cast_signed()))
    }

    fn ask_nonsense(&mut self) -> Verdict {
        let nobody = workflow_named("nobody");
        let alive = self.stage.book.courses.first_key_value().map_or(nobody, |(stream, _)| (*stream).into());
        let request = match self.operators.below(8) {
            0 => Request::Cancel(nobody),
            1 => Request::Resume(alive),
            2 => Request::ResumeEngine,
            3 => Request::AcceptClock,
            4 => Request::Release(alive),
            5 => Request::Set(Setting::AttemptsRunningMax, 0),
            6 => Request::PauseEngine,
            _ => {
                let request = if self.stage.book.engine == Some(Phase::Paused) {
                    Request::ResumeEngine
                } else {
                    Request::PauseEngine
                };
                return self.act(Action::Ask { request, reason_bytes: REASON_BYTES_MAX + 1 });
            }
        };
        self.ask(request)
    }
}

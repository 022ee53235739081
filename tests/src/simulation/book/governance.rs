//! What the book reads of governance.

use super::{Book, Course};
use crate::simulation::violation::{Verdict, hold};
use triad_event::governance::{Event, Phase, StreamClosed, WakeReason};
use triad_event::schedules::RunEnd;
use triad_event::{ClockState, Event as AnyEvent, Recorded};

impl Book {
    pub(super) fn govern(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        if !matches!(event, Event::StreamClosed(_)) {
            self.invariant_ordinals_of_the_log_are_contiguous(record)?;
        }
        self.engine = Phase::after(self.engine, event);
        match event {
            Event::SettingChanged(changed) => {
                self.settings[usize::from(changed.asked.setting.number())] = changed.asked.value;
                Ok(())
            }
            Event::TimerFired(fired) => {
                if fired.reason != WakeReason::Owed {
                    self.invariant_no_deadline_is_forgotten(record, fired.due)?;
                    self.invariant_no_look_is_forgotten(record, fired.due)?;
                    self.invariant_nothing_is_suspended_past_its_last_safe_start(record, fired.due)?;
                }
                self.invariant_timers_fire_in_time(record, fired.due.0)
            }
            Event::ClockStepped(_) => {
                self.clock_stepped = true;
                Ok(())
            }
            Event::ClockAgreed(_) => {
                self.clock_stepped = false;
                Ok(())
            }
            Event::ClockAccepted(accepted) => {
                self.clock_stepped = false;
                self.waits_until = (accepted.found < record.at).then_some(record.at);
                Ok(())
            }
            Event::StreamQuarantined(set_aside) => {
                let is_open = self.courses.contains_key(&set_aside.quarantined);
                let is_new = self.quarantined.insert(set_aside.quarantined);
                self.hold_queue(set_aside.quarantined);
                self.want_no_place(set_aside.quarantined);
                hold("invariant_only_open_streams_are_set_aside", is_open && is_new, || {
                    format!("record {} sets aside {}", record.sequence, set_aside.quarantined)
                })
            }
            Event::StreamReleased(released) => {
                let was_held = self.quarantined.remove(&released.released);
                self.hold_queue(released.released);
                self.see_waits(released.released, record.at);
                hold("invariant_only_streams_set_aside_are_released", was_held, || {
                    format!("record {} releases {}", record.sequence, released.released)
                })
            }
            Event::StreamClosed(closed) => {
                self.close_for_ever(record, closed)?;
                self.schedules.end_run(record, RunEnd::Closed);
                Ok(())
            }
            Event::SnapshotTaken(taken) => {
                self.snapshots.insert(taken.through_sequence, taken.digest);
                Ok(())
            }
            Event::EngineStarted(_)
            | Event::EngineStopped(_)
            | Event::EnginePaused(_)
            | Event::EngineResumed(_) => {
                self.turn_engine(event);
                hold("invariant_the_engine_obeys_its_grammar", self.engine.is_some(), || {
                    format!("record {} is forbidden: {event:?}", record.sequence)
                })
            }
        }
    }

    /// Whatever of it runs or waits is over with it.
    pub(super) fn close_for_ever(&mut self, record: &Recorded<AnyEvent>, closed: &StreamClosed) -> Verdict {
        let was_held = self.quarantined.remove(&closed.closed) && closed.closed == record.stream;
        hold("invariant_only_streams_set_aside_are_closed", was_held, || {
            format!("record {} closes {}", record.sequence, closed.closed)
        })?;
        let was_accepted = self.courses.get(&record.stream).is_some_and(Course::is_accepted);
        self.course(record)?;
        self.courses.remove(&record.stream);
        self.attempts.retain(|_, line| line.stream != record.stream);
        self.evaluations.retain(|_, (stream, _)| *stream != record.stream);
        self.queue.remove(record.stream);
        self.forget_waits(record.stream);
        self.close_account(record.stream);
        self.unwatch_all(record.stream);
        self.subjects.close(record.stream);
        self.closed.insert(record.stream, was_accepted);
        Ok(())
    }

    /// What the beginning, the end and the pauses of a process mean for attempts.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other event means anything for them")]
    fn turn_engine(&mut self, event: &Event) {
        match event {
            Event::EngineStarted(_) => {
                let is_paused = self.engine == Some(Phase::Paused);
                let ended_well = std::mem::take(&mut self.ended_well);
                for line in self.attempts.values_mut() {
                    // Nobody performed what is in quarantine.
                    let is_spared = ended_well || self.quarantined.contains(&line.stream);
                    line.begin_life(is_spared, is_paused);
                }
            }
            Event::EngineStopped(_) => self.ended_well = true,
            Event::EngineResumed(_) => self.attempts.values_mut().for_each(|line| line.is_held = false),
            _ => {}
        }
    }

    /// Whether the wall clock can be believed.
    pub(crate) fn clock(&self) -> ClockState {
        match (self.clock_stepped, self.waits_until) {
            (true, _) => ClockState::Stepped,
            (false, Some(until)) if self.now <= until => ClockState::Waiting,
            (false, _) => ClockState::Steady,
        }
    }

    fn invariant_timers_fire_in_time(&self, record: &Recorded<AnyEvent>, due: i64) -> Verdict {
        hold("invariant_timers_fire_in_time", due <= record.elapsed.0, || {
            format!("record {} fires for {due} at {}", record.sequence, record.elapsed)
        })
    }
}

//! What the book reads of attempts.

use super::Book;
use super::attempt_line::{AttemptLine, Stretch};
use super::line::End;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict, broken, hold};
use triad_decide::limits::CUT_OFF_MAX;
use triad_event::execution::{
    AttemptEnded, AttemptLost, AttemptRequested, CancelReason, Ending, Event, Phase,
};
use triad_event::governance::{Phase as EnginePhase, Setting};
use triad_event::intake::TaskKind;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

impl Book {
    pub(super) fn take_attempt(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        let (request, task) = match event {
            Event::AttemptRequested(requested) => return self.request(record, requested),
            Event::AttemptEnded(ended) => {
                self.invariant_one_outcome_per_attempt(record, ended.request)?;
                self.endings[ended.ending.number() as usize] += 1;
                self.measure(record, ended);
                self.observe_duration(record, ended);
                if ended.has_content() {
                    self.subjects.accept_content(record.stream, record.at);
                }
                (ended.request, ended.task)
            }
            Event::AttemptStarted(started) => {
                self.forget_pace(started.request);
                if let Some(line) = self.attempts.get_mut(&started.request) {
                    line.start(record.elapsed);
                }
                (started.request, started.task)
            }
            Event::AttemptProgressed(progressed) => (progressed.request, progressed.task),
            Event::AttemptCancelRequested(stop) => {
                if stop.reason == CancelReason::DeadlinePassed {
                    self.probes.count(Probe::StoppedByDeadline);
                    self.invariant_only_what_is_late_is_stopped_for_its_deadline(record, stop.task)?;
                }
                self.invariant_no_deadline_before_its_time(record, stop.request, stop.reason)?;
                (stop.request, stop.task)
            }
            Event::AttemptStalled(stalled) => (stalled.request, stalled.task),
            Event::AttemptAbandoned(abandoned) => (abandoned.request, abandoned.task),
            Event::AttemptLost(lost) => {
                self.invariant_what_is_lost_was_cut_off_as_often_as_may_be(record, lost)?;
                (lost.request, lost.task)
            }
        };
        let line = self.course(record)?.invariant_tasks_obey_their_grammar(record, task)?;
        line.ending = ending_of(event).or(line.ending);
        self.invariant_attempts_obey_their_grammar(record, event, request, task)
    }

    fn request(&mut self, record: &Recorded<AnyEvent>, requested: &AttemptRequested) -> Verdict {
        let places = self.setting(Setting::AttemptsRunningMax);
        let is_running = self.engine == Some(EnginePhase::Running);
        hold("invariant_nothing_starts_while_the_engine_is_paused", is_running, || {
            format!("record {} requests an attempt", record.sequence)
        })?;
        let taken = self.places_taken();
        hold("invariant_no_more_run_than_may", taken < places, || {
            format!("record {} requests an attempt beside {taken} of {places}", record.sequence)
        })?;
        self.invariant_nobody_starves(record, requested.task)?;
        self.invariant_prices_are_asked(record, requested.task)?;
        self.invariant_what_was_let_go_long_ago_is_asked_about_again(record, requested.task)?;
        self.leave_queue(record.stream, requested.task, true);
        let course = self.course(record)?;
        course.invariant_nothing_starts_before_what_it_depends_on(record, requested.task)?;
        course.invariant_nothing_begins_after_its_deadline(record, requested.task)?;
        let after_failure = course.is_after(requested.task, End::Failed);
        let beside_left_out = course.is_after(requested.task, End::LeftOut);
        let line = course.invariant_tasks_obey_their_grammar(record, requested.task)?;
        line.attempts += 1;
        let is_bounded = line.attempts <= line.attempts_max + line.fixes + line.held;
        let counted = line.attempts == requested.attempt && is_bounded;
        hold("invariant_attempts_are_counted_and_bounded", counted, || {
            format!("record {} requests attempt {}", record.sequence, requested.attempt)
        })?;
        hold("invariant_no_retry_before_it_is_due", record.elapsed >= line.due, || {
            format!("record {} requests what is due at {}", record.sequence, line.due)
        })?;
        let line = AttemptLine {
            stream: record.stream,
            task: requested.task,
            attempt: requested.attempt,
            key: requested.key,
            phase: Phase::Running,
            is_process: requested.kind == TaskKind::Process,
            is_held: false,
            cut_off: 0,
            runs_since: None,
            timeout: requested.timeout,
            stretch: Stretch::default(),
        };
        self.attempts.insert(record.sequence, line);
        for (is_so, probe) in
            [(after_failure, Probe::RanAfterFailure), (beside_left_out, Probe::RanBesideLeftOut)]
        {
            if is_so {
                self.probes.count(probe);
            }
        }
        Ok(())
    }

    /// How long tasks that may wait for prices took is known from those that succeeded.
    fn observe_duration(&mut self, record: &Recorded<AnyEvent>, ended: &AttemptEnded) {
        let Some(course) = self.courses.get(&record.stream) else { return };
        let takes_time = course.line(ended.task).is_some_and(|line| line.kind == TaskKind::Process);
        let id = course.id(ended.task).filter(|_| takes_time && course.waits_for_prices(ended.task));
        if let Some(id) = id.filter(|_| ended.ending == Ending::Succeeded) {
            let stood = self.attempts.get(&ended.request).and_then(|line| {
                let whole = record.elapsed.0 - line.runs_since?.0;
                Some(whole - line.stretch.ran_by(record.elapsed).0)
            });
            let ran = Micros((ended.duration.0 - stood.unwrap_or(0)).max(0));
            self.prices.observe(id, ran);
        }
    }

    fn invariant_one_outcome_per_attempt(&self, record: &Recorded<AnyEvent>, request: u64) -> Verdict {
        hold("invariant_one_outcome_per_attempt", self.attempts.contains_key(&request), || {
            format!("record {} ends attempt {request}, which is over", record.sequence)
        })
    }

    fn invariant_only_what_is_late_is_stopped_for_its_deadline(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Verdict {
        let is_late = self.courses.get(&record.stream).is_some_and(|course| course.is_late(task));
        hold("invariant_only_what_is_late_is_stopped_for_its_deadline", is_late, || {
            format!("record {} stops task {task}", record.sequence)
        })
    }

    fn invariant_no_deadline_before_its_time(
        &self,
        record: &Recorded<AnyEvent>,
        request: u64,
        reason: CancelReason,
    ) -> Verdict {
        let attempt = self.attempts.get(&request).filter(|_| reason == CancelReason::TimedOut);
        let Some(attempt) = attempt else { return Ok(()) };
        let deadline = attempt.stretch.resumed.zip(attempt.timeout);
        let deadline =
            deadline.map(|(since, timeout)| Micros(since.after(timeout).0 - attempt.stretch.ran.0));
        let holds = deadline.is_some_and(|deadline| record.elapsed >= deadline);
        hold("invariant_no_deadline_before_its_time", holds, || {
            format!("record {} stops for {deadline:?} at {}", record.sequence, record.elapsed)
        })
    }

    fn invariant_what_is_lost_was_cut_off_as_often_as_may_be(
        &self,
        record: &Recorded<AnyEvent>,
        lost: &AttemptLost,
    ) -> Verdict {
        let counted = self.attempts.get(&lost.request).map(|line| line.cut_off);
        let holds = counted == Some(lost.cut_off) && lost.cut_off == CUT_OFF_MAX;
        hold("invariant_what_is_lost_was_cut_off_as_often_as_may_be", holds, || {
            format!("record {} says {}, and the log {counted:?}", record.sequence, lost.cut_off)
        })
    }

    fn invariant_attempts_obey_their_grammar(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        request: u64,
        task: u32,
    ) -> Verdict {
        let attempt = self.attempts.get_mut(&request);
        let attempt = attempt.filter(|attempt| attempt.stream == record.stream && attempt.task == task);
        let after = attempt.as_ref().and_then(|attempt| Phase::after(Some(attempt.phase), event));
        match (attempt, after) {
            (Some(_), Some(Phase::Ended | Phase::Abandoned | Phase::Lost)) => {
                self.attempts.remove(&request);
                Ok(())
            }
            (Some(attempt), Some(phase)) => {
                attempt.phase = phase;
                Ok(())
            }
            (attempt, _) => {
                let what = format!("record {} after {attempt:?}: {event:?}", record.sequence);
                Err(broken("invariant_attempts_obey_their_grammar", what))
            }
        }
    }
}

/// How a record says that an attempt ended, if it does.
fn ending_of(event: &Event) -> Option<Ending> {
    match event {
        Event::AttemptEnded(ended) => Some(ended.ending),
        Event::AttemptAbandoned(abandoned) => Some(match abandoned.reason {
            CancelReason::WorkflowCancelled => Ending::Cancelled,
            CancelReason::TimedOut => Ending::TimedOut,
            CancelReason::DeadlinePassed => Ending::DeadlinePassed,
        }),
        Event::AttemptLost(_) => Some(Ending::Lost),
        Event::AttemptRequested(_)
        | Event::AttemptStarted(_)
        | Event::AttemptProgressed(_)
        | Event::AttemptCancelRequested(_)
        | Event::AttemptStalled(_) => None,
    }
}

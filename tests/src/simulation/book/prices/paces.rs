//! Runs that may be suspended: why they are, until when at the latest, and that they take no place meanwhile.

use super::Book;
use super::curve::ms;
use super::rule::Rule;
use super::waits::MARGIN;
use crate::simulation::book::attempt_line::AttemptLine;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict, Violation, hold};
use triad_event::dag::WorkflowPhase;
use triad_event::execution::Phase;
use triad_event::governance::Setting;
use triad_event::ids::StreamId;
use triad_event::prices::{DeferReason, ReleaseReason, RunContinued, RunSuspended};
use triad_event::quantity::{Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

/// How long what remains of a run is thought to take at least.
const REMAINS: Millis = Millis(60_000);

/// What a record says of a run.
struct Said {
    request: u64,
    task: u32,
    ran: Micros,
    last_safe_start: Micros,
}

/// How far a run is, as the book has it.
struct Found {
    rule: Rule,
    was_suspended: bool,
    /// When it goes on whatever the price, by the calendar.
    last_ms: i64,
}

impl Book {
    /// How many places are taken: of what is suspended none.
    pub(in crate::simulation::book) fn places_taken(&self) -> i64 {
        self.attempts.values().filter(|line| !line.stretch.is_suspended).count() as i64
    }

    /// How many runs that are suspended would go on if there were a place.
    pub(in crate::simulation::book) fn places_wanted(&self) -> i64 {
        self.attempts.values().filter(|line| line.stretch.wants_place).count() as i64
    }

    /// What stands aside keeps no place from others.
    pub(in crate::simulation::book) fn want_no_place(&mut self, stream: StreamId) {
        let lines = self.attempts.values_mut().filter(|line| line.stream == stream);
        lines.for_each(|line| line.stretch.wants_place = false);
    }

    pub(super) fn suspend(&mut self, record: &Recorded<AnyEvent>, event: &RunSuspended) -> Verdict {
        let RunSuspended { request, task, reason, ran, last_safe_start, look_again, .. } = *event;
        let found = self.find(record, &Said { request, task, ran, last_safe_start })?;
        let now_ms = ms(record.at);
        let has_reason = match reason {
            DeferReason::NoPlace => {
                let places = self.setting(Setting::AttemptsRunningMax);
                let taken = self.places_taken() + i64::from(found.was_suspended);
                matches!(found.rule, Rule::Goes(_)) && taken > places
            }
            DeferReason::AboveBid
            | DeferReason::NoPrice
            | DeferReason::CheaperLater
            | DeferReason::AboveThreshold => found.rule == Rule::Waits(reason),
        };
        hold("invariant_a_run_is_suspended_only_for_a_reason", has_reason, || {
            format!("record {} and {:?}: {event:?}", record.sequence, found.rule)
        })?;
        let in_time = now_ms < found.last_ms && ms(look_again) <= found.last_ms;
        hold("invariant_nothing_is_suspended_past_its_last_safe_start", in_time, || {
            format!(
                "record {} at {now_ms} ms, {} ms at the latest: {event:?}",
                record.sequence, found.last_ms
            )
        })?;
        let last = Micros(record.elapsed.0 + (found.last_ms - now_ms) * 1000);
        let wants_place = reason == DeferReason::NoPlace;
        self.probes.count(if wants_place { Probe::SuspendedWithoutPlace } else { Probe::RunSuspended });
        self.stand(record, request, ran);
        self.change(request, |line| {
            line.stretch.ran = ran;
            line.stretch.resumed = None;
            line.stretch.is_suspended = true;
            line.stretch.wants_place = wants_place;
            line.stretch.last = Some(last);
        });
        Ok(())
    }

    pub(super) fn resume(&mut self, record: &Recorded<AnyEvent>, event: &RunContinued) -> Verdict {
        let RunContinued { request, task, reason, ran, last_safe_start, .. } = *event;
        let found = self.find(record, &Said { request, task, ran, last_safe_start })?;
        let is_last = ms(record.at) >= found.last_ms;
        let has_source = found.rule != Rule::Goes(ReleaseReason::NoSource);
        let holds = if has_source && is_last {
            reason == ReleaseReason::LastSafeStart
        } else {
            found.rule == Rule::Goes(reason)
        };
        hold("invariant_a_run_goes_on_only_for_a_reason", holds, || {
            format!("record {} and {:?}: {event:?}", record.sequence, found.rule)
        })?;
        let places = self.setting(Setting::AttemptsRunningMax);
        let has_place = is_last || self.places_taken() + i64::from(found.was_suspended) <= places;
        hold("invariant_what_goes_on_has_a_place", has_place, || {
            format!("record {} beside {} of {places}: {event:?}", record.sequence, self.places_taken())
        })?;
        self.go_on(record, request);
        if found.was_suspended {
            let is_last_start = reason == ReleaseReason::LastSafeStart;
            self.probes.count(if is_last_start {
                Probe::ContinuedAtLastSafeStart
            } else {
                Probe::RunContinued
            });
            let now = record.elapsed;
            self.change(request, |line| {
                line.stretch.resumed = Some(now);
                (line.stretch.is_suspended, line.stretch.wants_place) = (false, false);
                line.stretch.last = None;
            });
        }
        Ok(())
    }

    /// What is decided of a run is decided of one that goes on, and adds up.
    fn find(&mut self, record: &Recorded<AnyEvent>, said: &Said) -> Result<Found, Box<Violation>> {
        self.course(record)?.invariant_tasks_obey_their_grammar(record, said.task)?;
        let case = self.case(record, said.task);
        let attempt = self.attempts.get(&said.request).filter(|line| {
            (line.stream, line.task, line.phase) == (record.stream, said.task, Phase::Running)
        });
        let started = attempt.and_then(|line| line.runs_since);
        let known = attempt.zip(started).zip(case);
        hold("invariant_a_run_is_suspended_only_for_a_reason", known.is_some(), || {
            format!("record {} is of no run that could be suspended", record.sequence)
        })?;
        let ((line, started), case) = known.expect("it was held to be there");
        let (stretch, now) = (line.stretch, record.elapsed);
        hold("invariant_the_time_that_ran_adds_up", stretch.ran_by(now) == said.ran, || {
            format!("record {} says {}, and {stretch:?} by {now}", record.sequence, said.ran)
        })?;
        let least = Millis(REMAINS.0.min(case.longest.0.0));
        let left = Millis(case.longest.0.0.saturating_sub(said.ran.0.unsigned_abs() / 1000).max(least.0));
        let stood = now.0 - started.0 - said.ran.0;
        let course = self.courses.get(&record.stream);
        let last = match course.and_then(|course| course.due(said.task)) {
            Some(due) => Micros(due.0.saturating_sub(left.to_micros().later(MARGIN.to_micros()).0)),
            None => {
                let whole = Millis(self.setting(Setting::DeferralMax).unsigned_abs());
                Micros((now.after(whole).0 - stood).max(now.0))
            }
        };
        let last_ms = ms(record.at) + ms(Micros(last.0 - now.0));
        let agrees = last_ms == ms(said.last_safe_start);
        hold("invariant_nothing_is_suspended_past_its_last_safe_start", agrees, || {
            let said_ms = ms(said.last_safe_start);
            format!("record {} says {said_ms} ms at the latest, and it is {last_ms} ms", record.sequence)
        })?;
        let rule = self.prices.rule(&case.wants, ms(record.at));
        Ok(Found { rule, was_suspended: stretch.is_suspended, last_ms })
    }

    fn change(&mut self, request: u64, change: impl FnOnce(&mut AttemptLine)) {
        if let Some(line) = self.attempts.get_mut(&request) {
            change(line);
        }
    }

    /// A timer fired for a moment: whatever was to go on before that does.
    pub(in crate::simulation::book) fn invariant_nothing_is_suspended_past_its_last_safe_start(
        &self,
        record: &Recorded<AnyEvent>,
        due: Micros,
    ) -> Verdict {
        let is_forgotten = |line: &AttemptLine| {
            let is_over = line.phase != Phase::Running || self.quarantined.contains(&line.stream);
            !is_over && line.stretch.last.is_some_and(|last| last < due)
        };
        let forgotten = self.attempts.iter().find(|(_, line)| is_forgotten(line));
        hold("invariant_nothing_is_suspended_past_its_last_safe_start", forgotten.is_none(), || {
            format!("record {} fires for {due}, and {forgotten:?} stands still", record.sequence)
        })
    }

    /// When nothing is owed: what stands still for want of a place has none.
    pub(in crate::simulation::book) fn invariant_suspensions_have_reasons_at_rest(&self) -> Verdict {
        let places = self.setting(Setting::AttemptsRunningMax);
        let is_cancelling = |line: &AttemptLine| {
            let course = self.courses.get(&line.stream);
            course.is_none_or(|course| course.phase == WorkflowPhase::Cancelling)
        };
        let wants = |line: &&AttemptLine| {
            line.stretch.wants_place && line.phase == Phase::Running && !is_cancelling(line)
        };
        let wanting = self.attempts.values().find(wants);
        let holds = wanting.is_none() || self.places_taken() >= places;
        hold("invariant_no_place_is_free_while_a_run_waits_for_one", holds, || {
            format!("{wanting:?} beside {} of {places}", self.places_taken())
        })
    }
}

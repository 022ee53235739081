//! Tasks that wait for a price: why, until when at the latest, and what lets them go.

use super::Book;
use super::curve::ms;
use super::rule::Rule;
use crate::simulation::book::Course;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict, hold};
use triad_event::dag::WorkflowPhase;
use triad_event::governance::Setting;
use triad_event::ids::StreamId;
use triad_event::intake::{Priority, TaskKind};
use triad_event::prices::{
    DeferReason, EstimatedBy, Grounds, MissingPrice, PriceOrigin, PriceTaken, ReleaseReason, TaskDeferred,
    TaskReleased,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

/// How much earlier than a deadline a task is let go whose estimate says how long it takes.
pub(super) const MARGIN: Millis = Millis(10_000);
/// How long a task is not looked at again while recorded time stands still.
const STANDS_STILL: Millis = Millis(60_000);
/// For how long it stands that a task was let go.
const HOLDS: Millis = Millis(60_000);
const MEDIAN: u64 = 500_000;
const NINE_TENTHS: u64 = 900_000;

/// For what a task waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::simulation::book) struct Wants {
    pub(super) bid: Option<MicroUsd>,
    pub(super) is_cheapest: bool,
    pub(super) missing: Option<MissingPrice>,
}

/// A task that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    wants: Wants,
    since: Micros,
    /// When it is looked at again, in the time that passes for the log and by the calendar.
    due: Micros,
    look_again_ms: i64,
    /// When it goes on whatever the price.
    last: Micros,
    /// By how many runs it is known how long it takes.
    runs: u32,
    /// When it was last held against prices.
    pub(super) seen_ms: i64,
}

/// What is decided of a task, and by what.
pub(super) struct Case {
    pub(super) wants: Wants,
    priority: Priority,
    since: Micros,
    /// How long it takes: most often, and when it takes long, with the number of runs that say so.
    usual: (Millis, u32),
    pub(super) longest: (Millis, u32),
    /// When it goes on whatever the price, by the calendar.
    last_ms: i64,
}

impl Case {
    fn is_last(&self, record: &Recorded<AnyEvent>) -> bool {
        self.last_ms <= ms(record.at)
    }
}

impl Book {
    /// How long a task takes at most, if it does not know better.
    pub(in crate::simulation::book) fn timeout(&self, kind: TaskKind, named: Option<Millis>) -> Millis {
        match kind {
            TaskKind::Process => {
                named.unwrap_or(Millis(self.setting(Setting::TimeoutDefault).unsigned_abs()))
            }
            TaskKind::Noop | TaskKind::Wait | TaskKind::Signal | TaskKind::Approval | TaskKind::Group => {
                Millis(0)
            }
        }
    }

    pub(super) fn case(&self, record: &Recorded<AnyEvent>, task: u32) -> Option<Case> {
        let course = self.courses.get(&record.stream)?;
        let line = course.line(task)?;
        let wants = course.wants(task)?;
        let timeout = self.timeout(line.kind, line.timeout);
        let source = self.prices.source.as_ref();
        let is_by_runs = source.is_some_and(|source| source.estimates == EstimatedBy::Runs);
        let taken = |ppm| {
            let known = self.prices.quantile_ms(course.id(task)?, ppm).filter(|_| is_by_runs)?;
            Some((Millis(known.0.min(timeout.0)), known.1))
        };
        let usual = taken(MEDIAN).unwrap_or((timeout, 0));
        let longest = taken(NINE_TENTHS).unwrap_or((timeout, 0));
        let waiting = self.prices.waiting.get(&(record.stream, task));
        let let_go = self.prices.let_go.get(&(record.stream, task)).map(|(_, since)| *since);
        let since = waiting.map(|waiting| waiting.since).or(let_go).unwrap_or(record.elapsed);
        let last = self.last_safe_start(course, task, since, longest.0);
        let last_ms = ms(record.at) + ms(Micros(last.0 - record.elapsed.0));
        let priority = course.priority(task);
        Some(Case { wants, priority, since, usual, longest, last_ms })
    }

    /// When a task goes on whatever the price: so that it can take long before its deadline, or without one as long
    /// after it first
    /// waited as the setting says.
    fn last_safe_start(&self, course: &Course, task: u32, since: Micros, longest: Millis) -> Micros {
        match course.due(task) {
            Some(due) => Micros(due.0.saturating_sub(longest.to_micros().later(MARGIN.to_micros()).0)),
            None => since.after(Millis(self.setting(Setting::DeferralMax).unsigned_abs())),
        }
    }

    pub(super) fn defer(&mut self, record: &Recorded<AnyEvent>, deferred: &TaskDeferred) -> Verdict {
        self.leave_queue(record.stream, deferred.task, true);
        let course = self.course(record)?;
        course.invariant_nothing_starts_before_what_it_depends_on(record, deferred.task)?;
        course.invariant_nothing_begins_after_its_deadline(record, deferred.task)?;
        course.invariant_tasks_obey_their_grammar(record, deferred.task)?;
        let case = self.case(record, deferred.task);
        hold("invariant_a_task_waits_only_for_a_reason", case.is_some(), || {
            format!("record {} defers {}, which waits for no price", record.sequence, deferred.task)
        })?;
        let Some(case) = case else { return Ok(()) };
        self.invariant_a_task_waits_only_for_a_reason(record, deferred, &case)?;
        let keeps = ms(deferred.last_safe_start) == case.last_ms
            && !case.is_last(record)
            && deferred.look_again <= deferred.last_safe_start;
        hold("invariant_no_task_begins_later_than_its_last_safe_start", keeps, || {
            let (last_ms, sequence) = (case.last_ms, record.sequence);
            format!("record {sequence} defers until {last_ms} ms at the latest: {deferred:?}")
        })?;
        invariant_estimates_are_those_of_runs(record, deferred.grounds.as_deref(), &case)?;
        self.invariant_what_was_let_go_waits_again_only_after_long(record, deferred.task)?;
        self.wait_on(record, deferred, &case);
        self.count_price(deferred.price.as_ref());
        self.probes.count(match deferred.reason {
            DeferReason::AboveBid => Probe::DeferredAboveBid,
            DeferReason::NoPrice => Probe::DeferredWithoutPrice,
            DeferReason::CheaperLater => Probe::DeferredForCheaper,
            DeferReason::AboveThreshold => Probe::DeferredAboveThreshold,
            DeferReason::NoPlace => unreachable!("it was held to be a reason for which tasks wait"),
        });
        if case.longest.1 > 0 {
            self.probes.count(Probe::EstimatedByRuns);
        }
        Ok(())
    }

    /// It waits, from the first time on that it does.
    fn wait_on(&mut self, record: &Recorded<AnyEvent>, deferred: &TaskDeferred, case: &Case) {
        let (stream, task, look_again_ms) = (record.stream, deferred.task, ms(deferred.look_again));
        let prices = &mut self.prices;
        let before = prices.waiting.remove(&(stream, task));
        let in_elapsed = |at_ms: i64| Micros(record.elapsed.0 + (at_ms - ms(record.at)) * 1000);
        let (mut due, last) = (in_elapsed(look_again_ms), in_elapsed(case.last_ms));
        if let Some(before) = &before {
            prices.looks.remove(&(before.due, stream, task));
            // Recorded time stands still while the wall clock is behind it.
            if before.look_again_ms == look_again_ms && before.due <= record.elapsed {
                due = due.max(record.elapsed.after(STANDS_STILL)).min(last);
            }
        }
        let (wants, since, runs, seen_ms) = (case.wants, case.since, case.longest.1, ms(record.at));
        prices.looks.insert((due, stream, task));
        prices.waited.entry((stream, task)).or_insert((record.elapsed, record.elapsed));
        let waiting = Waiting { wants, since, due, look_again_ms, last, runs, seen_ms };
        prices.waiting.insert((stream, task), waiting);
    }

    /// A deferral within its bid, while critical, or without a source is none.
    fn invariant_a_task_waits_only_for_a_reason(
        &self,
        record: &Recorded<AnyEvent>,
        deferred: &TaskDeferred,
        case: &Case,
    ) -> Verdict {
        let rule = self.prices.rule(&case.wants, ms(record.at));
        let price = self.prices.present(ms(record.at), case.wants.missing);
        let has_reason = match rule {
            Rule::Goes(_) => false,
            Rule::Waits(reason) => deferred.reason == reason,
            Rule::Plans { is_above_bid: true, .. } => deferred.reason == DeferReason::AboveBid,
            Rule::Plans { is_above_bid: false, is_blind } => {
                self.may_plan_to_wait(record, deferred, case, is_blind)
            }
        };
        let holds = has_reason
            && case.priority != Priority::Critical
            && deferred.bid == case.wants.bid
            && deferred.price == price;
        hold("invariant_a_task_waits_only_for_a_reason", holds, || {
            format!("record {} defers, and {rule:?} at {price:?}: {deferred:?}", record.sequence)
        })
    }

    /// Whether what a plan or a threshold says can be: dearer than a later time, or than what is known of prices.
    fn may_plan_to_wait(
        &self,
        record: &Recorded<AnyEvent>,
        deferred: &TaskDeferred,
        case: &Case,
        is_blind: bool,
    ) -> bool {
        let now_ms = ms(record.at);
        let grounds = deferred.grounds.as_deref();
        match deferred.reason {
            DeferReason::AboveBid | DeferReason::NoPlace => false,
            // There is a price, and nothing was published that a plan could be made of.
            DeferReason::NoPrice => self.prices.curve.after(now_ms).next().is_none(),
            DeferReason::AboveThreshold => {
                let most = grounds.and_then(|grounds| grounds.threshold.as_ref());
                let price = deferred.price.as_ref();
                is_blind && most.zip(price).is_some_and(|(most, price)| price.per_kwh > most.price_max)
            }
            DeferReason::CheaperLater => {
                let Some(plan) = grounds.and_then(|grounds| grounds.plan.as_ref()) else { return false };
                let length_ms = case.length_ms();
                let start_ms = ms(plan.start);
                let as_known = |from_ms: i64, mean: MicroUsd| {
                    let known = self.prices.curve.mean(from_ms, from_ms + length_ms);
                    known.is_none_or(|(known, _)| known == mean.0)
                };
                (now_ms + 1..=case.last_ms).contains(&start_ms)
                    && plan.mean_now.0 - plan.mean.0 >= 1_000
                    && as_known(now_ms, plan.mean_now)
                    && as_known(start_ms, plan.mean)
            }
        }
    }

    pub(super) fn release(&mut self, record: &Recorded<AnyEvent>, released: &TaskReleased) -> Verdict {
        let course = self.course(record)?;
        course.invariant_nothing_starts_before_what_it_depends_on(record, released.task)?;
        course.invariant_nothing_begins_after_its_deadline(record, released.task)?;
        course.invariant_tasks_obey_their_grammar(record, released.task)?;
        let case = self.case(record, released.task);
        hold("invariant_only_what_waits_for_prices_is_released", case.is_some(), || {
            format!("record {} releases {}, which waits for none", record.sequence, released.task)
        })?;
        let Some(case) = case else { return Ok(()) };
        self.invariant_what_is_above_its_bid_does_not_begin(record, released, &case)?;
        let is_said = ms(released.last_safe_start) == case.last_ms;
        hold("invariant_no_task_begins_later_than_its_last_safe_start", is_said, || {
            format!("record {} releases by {} ms at the latest: {released:?}", record.sequence, case.last_ms)
        })?;
        invariant_estimates_are_those_of_runs(record, released.grounds.as_deref(), &case)?;
        self.forget_wait(record.stream, released.task);
        self.prices.let_go.insert((record.stream, released.task), (record.elapsed, case.since));
        if let Some((_, until)) = self.prices.waited.get_mut(&(record.stream, released.task)) {
            *until = record.elapsed;
        }
        self.count_price(released.price.as_ref());
        self.probes.count(match released.reason {
            ReleaseReason::WithinBid => Probe::ReleasedWithinBid,
            ReleaseReason::LastSafeStart => Probe::ReleasedAtLastSafeStart,
            ReleaseReason::NoPrice => Probe::ReleasedWithoutPrice,
            ReleaseReason::NoSource => Probe::ReleasedWithoutSource,
            ReleaseReason::CheapestNow => Probe::ReleasedAtCheapest,
            ReleaseReason::NotWorthWaiting => Probe::ReleasedForTooLittle,
            ReleaseReason::WithinThreshold => Probe::ReleasedWithinThreshold,
            ReleaseReason::NoSlotToSpare => Probe::ReleasedWithoutSlotToSpare,
        });
        Ok(())
    }

    /// Before its last safe start a task goes on for what the rule says alone, and what is above its bid not at all,
    /// unless it has
    /// no cheaper time, or prices come from nowhere.
    fn invariant_what_is_above_its_bid_does_not_begin(
        &self,
        record: &Recorded<AnyEvent>,
        released: &TaskReleased,
        case: &Case,
    ) -> Verdict {
        let now_ms = ms(record.at);
        let (rule, reason) = (self.prices.rule(&case.wants, now_ms), released.reason);
        let runs = || self.prices.known_runs(now_ms, case.last_ms, case.length_ms());
        let is_best = || runs().is_none_or(|runs| runs.now == runs.least);
        let holds = match rule {
            Rule::Goes(ReleaseReason::NoSource) => reason == ReleaseReason::NoSource,
            _ if case.is_last(record) => reason == ReleaseReason::LastSafeStart,
            Rule::Goes(goes) => reason == goes,
            Rule::Waits(_) => false,
            Rule::Plans { is_above_bid: true, .. } => reason == ReleaseReason::CheapestNow && is_best(),
            Rule::Plans { is_blind, .. } => match reason {
                ReleaseReason::CheapestNow => is_best(),
                ReleaseReason::NotWorthWaiting => runs().is_none_or(|runs| runs.is_best_now()),
                ReleaseReason::WithinThreshold => is_blind && within_threshold(released) == Some(true),
                ReleaseReason::NoSlotToSpare => is_blind && within_threshold(released) == Some(false),
                ReleaseReason::WithinBid
                | ReleaseReason::LastSafeStart
                | ReleaseReason::NoPrice
                | ReleaseReason::NoSource => false,
            },
        };
        hold("invariant_what_is_above_its_bid_does_not_begin", holds, || {
            let (runs, last_ms) = (runs(), case.last_ms);
            format!(
                "record {} at {now_ms} ms, {last_ms} at the latest, {rule:?}, {runs:?}: {released:?}",
                record.sequence
            )
        })
    }

    fn count_price(&mut self, price: Option<&PriceTaken>) {
        match price.map(|price| price.origin) {
            Some(PriceOrigin::LastKnown) => self.probes.count(Probe::LastKnownPriceTaken),
            Some(PriceOrigin::Typical) => self.probes.count(Probe::TypicalPriceTaken),
            Some(PriceOrigin::Published) | None => {}
        }
    }

    /// A task waits for a price no longer, if it did.
    pub(in crate::simulation::book) fn forget_wait(&mut self, stream: StreamId, task: u32) {
        self.prices.let_go.remove(&(stream, task));
        if let Some(waiting) = self.prices.waiting.remove(&(stream, task)) {
            self.prices.looks.remove(&(waiting.due, stream, task));
        }
    }

    /// Nothing of a workflow waits any more, nor is it known how long it did.
    pub(in crate::simulation::book) fn forget_waits(&mut self, stream: StreamId) {
        let tasks: Vec<u32> =
            self.prices.waiting.range((stream, 0)..=(stream, u32::MAX)).map(|((_, task), _)| *task).collect();
        tasks.into_iter().for_each(|task| self.forget_wait(stream, task));
        self.prices.waited.retain(|(waited, _), _| *waited != stream);
        self.prices.let_go.retain(|(waited, _), _| *waited != stream);
    }

    /// Those that wait in a stream were held against prices now.
    pub(in crate::simulation::book) fn see_waits(&mut self, stream: StreamId, at: Micros) {
        for (_, waiting) in self.prices.waiting.range_mut((stream, 0)..=(stream, u32::MAX)) {
            waiting.seen_ms = ms(at);
        }
    }

    /// What was let go goes on for a minute, whatever is published.
    fn invariant_what_was_let_go_waits_again_only_after_long(
        &mut self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Verdict {
        let Some((at, _)) = self.prices.let_go.remove(&(record.stream, task)) else { return Ok(()) };
        self.probes.count(Probe::DeferredAgain);
        hold(
            "invariant_what_was_let_go_waits_again_only_after_long",
            at.after(HOLDS) <= record.elapsed,
            || format!("record {} defers {task}, which was let go at {at}", record.sequence),
        )
    }

    /// What gets its turn long after it was let go was asked about again. What begins waits for no price any more.
    pub(in crate::simulation::book) fn invariant_what_was_let_go_long_ago_is_asked_about_again(
        &mut self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Verdict {
        let Some((at, _)) = self.prices.let_go.get(&(record.stream, task)).copied() else { return Ok(()) };
        let case = self.case(record, task).filter(|case| case.priority != Priority::Critical);
        self.prices.let_go.remove(&(record.stream, task));
        let is_long = at.after(HOLDS) <= record.elapsed;
        let Some(case) = case.filter(|case| is_long && !case.is_last(record)) else { return Ok(()) };
        let rule = self.prices.rule(&case.wants, ms(record.at));
        hold("invariant_what_is_above_its_bid_does_not_begin", !matches!(rule, Rule::Waits(_)), || {
            format!("record {} begins {task}, which was let go at {at}, and {rule:?}", record.sequence)
        })
    }

    /// A timer fired for a moment: whatever was to be looked at before that was, its last safe start among it.
    pub(in crate::simulation::book) fn invariant_no_look_is_forgotten(
        &self,
        record: &Recorded<AnyEvent>,
        due: Micros,
    ) -> Verdict {
        let mut looks = self.prices.looks.iter().filter(|(_, stream, _)| !self.quarantined.contains(stream));
        let forgotten = looks.next().filter(|(at, _, _)| *at < due);
        hold("invariant_no_task_begins_later_than_its_last_safe_start", forgotten.is_none(), || {
            format!("record {} fires for {due}, and {forgotten:?} was before", record.sequence)
        })
    }

    /// What was begun without a decision was not to be decided by prices.
    pub(in crate::simulation::book) fn invariant_prices_are_asked(
        &self,
        record: &Recorded<AnyEvent>,
        task: u32,
    ) -> Verdict {
        let Some(course) = self.courses.get(&record.stream) else { return Ok(()) };
        let waits = course.wants(task).is_some() && course.priority(task) != Priority::Critical;
        let is_asked = waits && course.is_undecided(task) && self.prices.had_source(record.cause);
        hold("invariant_what_is_above_its_bid_does_not_begin", !is_asked, || {
            format!("record {} begins {task}, and nothing was decided by prices", record.sequence)
        })
    }

    /// When nothing is owed: whoever waits for a price has a reason to, and is looked at when that may change.
    pub(in crate::simulation::book) fn invariant_waits_have_reasons_at_rest(&self) -> Verdict {
        for ((stream, task), waiting) in &self.prices.waiting {
            let course = self.courses.get(stream).filter(|_| !self.quarantined.contains(stream));
            let course = course.filter(|course| course.phase != WorkflowPhase::Cancelling);
            let Some(course) = course else { continue };
            self.invariant_a_wait_has_a_reason(*stream, *task, waiting)?;
            self.invariant_a_wait_has_its_end(course, *task, waiting)?;
        }
        Ok(())
    }

    fn invariant_a_wait_has_a_reason(&self, stream: StreamId, task: u32, waiting: &Waiting) -> Verdict {
        let rule = self.prices.rule(&waiting.wants, waiting.seen_ms);
        let changes_ms = self.prices.changes_after(&waiting.wants, waiting.seen_ms);
        let is_by_bid = matches!(rule, Rule::Waits(_));
        let is_looked_at = changes_ms.is_none_or(|at_ms| waiting.look_again_ms <= at_ms) || !is_by_bid;
        let holds = !matches!(rule, Rule::Goes(_)) && is_looked_at;
        hold("invariant_a_task_waits_only_for_a_reason", holds, || {
            format!("{stream} {task} waits, and {rule:?} until {changes_ms:?} ms: {waiting:?}")
        })
    }

    /// Last safe starts follow from deadlines and settings as they are.
    fn invariant_a_wait_has_its_end(&self, course: &Course, task: u32, waiting: &Waiting) -> Verdict {
        let Some(line) = course.line(task).filter(|_| waiting.runs == 0) else { return Ok(()) };
        let timeout = self.timeout(line.kind, line.timeout);
        let last = self.last_safe_start(course, task, waiting.since, timeout);
        let holds = (0..1_000).contains(&(last.0 - waiting.last.0));
        hold("invariant_no_task_begins_later_than_its_last_safe_start", holds, || {
            format!("{task} is to go on at {last} at the latest: {waiting:?}")
        })
    }
}

impl Case {
    /// What a plan is made for.
    fn length_ms(&self) -> i64 {
        self.usual.0.0.min(self.longest.0.0).max(1).cast_signed()
    }
}

/// Whether the price of a decision by a threshold is not above that.
fn within_threshold(released: &TaskReleased) -> Option<bool> {
    let threshold = released.grounds.as_deref()?.threshold.as_ref()?;
    Some(released.price.as_ref()?.per_kwh <= threshold.price_max)
}

fn invariant_estimates_are_those_of_runs(
    record: &Recorded<AnyEvent>,
    grounds: Option<&Grounds>,
    case: &Case,
) -> Verdict {
    let holds = match grounds {
        None => !case.wants.is_cheapest && case.wants.missing.is_none() && case.longest.1 == 0,
        Some(grounds) => {
            let (usual, longest) = (&grounds.estimate.usual, &grounds.estimate.longest);
            (usual.length, usual.runs) == case.usual && (longest.length, longest.runs) == case.longest
        }
    };
    hold("invariant_estimates_are_those_of_runs", holds, || {
        format!("record {}: {grounds:?}, and {:?}, {:?}", record.sequence, case.usual, case.longest)
    })
}

impl Course {
    /// Whether a task waits for a price unless it is critical.
    pub(in crate::simulation::book) fn waits_for_prices(&self, task: u32) -> bool {
        self.wants(task).is_some()
    }

    /// For what a task waits, if it waits for a price unless it is critical.
    fn wants(&self, task: u32) -> Option<Wants> {
        let terms = self.line(task)?.terms.as_deref()?;
        let (bid, is_cheapest) = (terms.bid_price_max, !terms.optimise.is_empty());
        (bid.is_some() || is_cheapest).then_some(Wants { bid, is_cheapest, missing: terms.missing_price })
    }
}

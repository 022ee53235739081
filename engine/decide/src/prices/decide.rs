//! Decides what is asked about prices, and whether a task runs or waits for one.

use triad_deferral::{
    Bounds, Decision as Decided, DeferReason as Waits, ExecuteReason, PLAN_PPM, Price, SAFE_PPM,
    Source as From, Verdict,
};
use triad_event::Event as AnyEvent;
use triad_event::apart::Apart;
use triad_event::dag::{TaskCancelled, TaskFailed};
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::plain::is_plain;
use triad_event::prices::{
    Ask, DeferReason, DurationTaken, Estimate, EstimatedBy, Grounds, Planned, PriceOrigin, PriceStep,
    PriceTaken, PricesPublished, ReleaseReason, SourceKind, SourceSet, TaskDeferred, TaskReleased,
    ThresholdTaken, USD,
};
use triad_event::quantity::{MicroUsd, Micros, Millis, PartsPerMillion};

use super::facts::Facts;
use super::question::{Answer, Wants};
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::{in_usd, ms, us};
use crate::decision::Decision;
use crate::limits::{
    NAME_BYTES_MAX, PRICE_AGE_MS_MAX, PRICE_MICRO_MAX, PRICE_STEPS_MAX, PRICES_AHEAD_DAYS_MAX,
    PRICES_KEPT_DAYS, RATE_MICRO_MAX, START_MARGIN_MS, check_reason,
};
use crate::ports::wakes::Wake;

const DAY_US: i64 = 86_400_000_000;

/// Decides on what is asked about prices, which is asked of the installation.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let event: AnyEvent = match ask {
        Ask::SetSource(set) => check_source(*set)?.into(),
        Ask::Publish(published) => check_publication(facts, &published).map(|()| published)?.into(),
        Ask::RemoveSource(removed) => {
            facts.state.source.as_ref().ok_or(Refusal::NoSource)?;
            check_reason(&removed.reason)?;
            removed.into()
        }
    };
    Ok(Decision::recorded(StreamId::LOG, event))
}

fn check_source(mut set: SourceSet) -> Result<SourceSet, Refusal> {
    set.usd_per_unit = rate(&set.currency, set.usd_per_unit)?;
    let SourceSet { source, fixed_per_kwh, area, age_max, bounds, usd_per_unit: rate, reason, .. } = &set;
    if area.len() > NAME_BYTES_MAX || !area.chars().all(is_plain) {
        return Err(Refusal::AreaUnusable);
    }
    let is_fixed = *source == SourceKind::Fixed;
    if is_fixed != fixed_per_kwh.is_some() {
        return Err(Refusal::FixedPriceMismatch);
    }
    if is_fixed && age_max.is_some() {
        return Err(Refusal::FixedPriceAges);
    }
    if age_max.is_some_and(|age| !(1..=PRICE_AGE_MS_MAX).contains(&age.0)) {
        return Err(Refusal::AgeOutOfBounds);
    }
    if let Some(bounds) = bounds {
        if is_fixed {
            return Err(Refusal::FixedPriceBounds);
        }
        let (low, high) = (in_usd(bounds.low, *rate), in_usd(bounds.high, *rate));
        let is_spread = low < high && Bounds::new(low.0, high.0).is_some();
        is_spread.then_some(()).ok_or(Refusal::BoundsUnusable)?;
        check_price(bounds.high)?;
    }
    fixed_per_kwh.map_or(Ok(()), check_price)?;
    check_reason(reason)?;
    Ok(set)
}

/// What one unit of a currency is worth; none of US dollars, which need none.
fn rate(currency: &str, stated: Option<MicroUsd>) -> Result<Option<MicroUsd>, Refusal> {
    if currency == USD {
        let is_one = stated.is_none_or(|rate| rate == MicroUsd(1_000_000));
        return if is_one { Ok(None) } else { Err(Refusal::DollarRate) };
    }
    let rate = stated.ok_or_else(|| Refusal::CurrencyWithoutRate { currency: currency.to_owned() })?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Refusal::CurrencyUnusable);
    }
    let is_rate = (1..=RATE_MICRO_MAX).contains(&rate.0);
    if is_rate { Ok(Some(rate)) } else { Err(Refusal::RateOutOfBounds) }
}

fn check_price(MicroUsd(price): MicroUsd) -> Result<(), Refusal> {
    if price.unsigned_abs() > PRICE_MICRO_MAX { Err(Refusal::PriceOutOfBounds) } else { Ok(()) }
}

fn check_publication(facts: &Facts<'_>, published: &PricesPublished) -> Result<(), Refusal> {
    let source = facts.state.source.as_ref().ok_or(Refusal::NoSource)?;
    if source.kind == SourceKind::Fixed {
        return Err(Refusal::PriceIsFixed);
    }
    if published.currency != source.currency {
        let (found, currency) = (published.currency.clone(), source.currency.clone());
        return Err(Refusal::CurrencyMismatch { found, currency });
    }
    let (at, now) = (published.published, facts.place.at);
    if at > now {
        return Err(Refusal::PublishedLater { published: at });
    }
    if let Some(latest) = facts.state.published.filter(|latest| at < *latest) {
        return Err(Refusal::PublishedBefore { latest });
    }
    if !(1..=PRICE_STEPS_MAX).contains(&published.steps.len()) {
        return Err(Refusal::StepCount);
    }
    let earliest = Micros(now.0.saturating_sub(PRICES_KEPT_DAYS * DAY_US).max(0));
    let latest = Micros(now.0.saturating_add(PRICES_AHEAD_DAYS_MAX * DAY_US));
    let mut free_from = Micros(i64::MIN);
    for (step, number) in published.steps.iter().zip(1..) {
        let PriceStep { from, length, per_kwh } = *step;
        if from.0 % triad_event::prices::StepLength::Quarter.span().0 != 0 {
            return Err(Refusal::StepUnaligned { number });
        }
        if from < free_from {
            return Err(Refusal::StepsOverlap { number });
        }
        if from < earliest || from > latest {
            return Err(Refusal::StepOutOfTime { number });
        }
        check_price(per_kwh)?;
        free_from = from.later(length.span());
    }
    Ok(())
}

/// Decides on what is owed by prices.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    let (workflow, task) = match reaction {
        Reaction::Decide { workflow, task } | Reaction::Look { workflow, task, .. } => (workflow, task),
    };
    Some((workflow.into(), look(facts, workflow, task)?))
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    match reaction {
        Reaction::Decide { workflow, task } => facts.tasks.is_undecided(workflow, task),
        Reaction::Look { workflow, task, since } => {
            let waits = facts.state.get(workflow, task);
            waits.is_some_and(|waits| waits.decided < since) && !facts.tasks.is_cancelling(workflow)
        }
    }
}

/// A task that waits is to be looked at again.
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let (workflow, task) = (WorkflowId::from(wake.stream), u32::try_from(wake.about).ok()?);
    if facts.tasks.is_cancelling(workflow) {
        return Some(TaskCancelled { task }.into());
    }
    look(facts, workflow, task)
}

/// Whether a task goes on, waits, or must have ended by now.
fn look(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<AnyEvent> {
    if facts.tasks.is_late(workflow, task, facts.place.elapsed) {
        let (attempts, _) = facts.tasks.attempts(workflow, task)?;
        return Some(TaskFailed { task, attempts, ending: Ending::DeadlinePassed }.into());
    }
    let worth = facts.tasks.worth(workflow, task)?;
    let estimate = estimate(facts, workflow, task)?;
    let wants = Wants {
        bid: worth.bid,
        is_cheapest: worth.is_cheapest,
        missing: worth.missing,
        usual: estimate.usual.length,
        longest: estimate.longest.length,
    };
    let now_ms = ms(facts.place.at);
    let last = last_safe_start(facts, workflow, task, wants.longest);
    let last_ms = now_ms + ms(Micros(last.0 - facts.place.elapsed.0));
    let (bid, last_safe_start) = (wants.bid, us(last_ms));
    let Some(Answer { decision, threshold }) = facts.state.ask(&wants, last_ms, now_ms, None) else {
        let grounds = grounds(&wants, estimate, None, None);
        let reason = ReleaseReason::NoSource;
        return Some(TaskReleased { task, reason, bid, price: None, last_safe_start, grounds }.into());
    };
    let Decided { verdict, price, .. } = decision;
    let (price, plan) = (price.map(taken), planned(verdict, now_ms));
    let grounds = grounds(&wants, estimate, plan, threshold);
    Some(match verdict {
        Verdict::Execute(reason) => {
            let reason = why_goes_on(reason);
            TaskReleased { task, reason, bid, price, last_safe_start, grounds }.into()
        }
        Verdict::Defer { reason, look_again_ms } => {
            let (reason, look_again) = (why_waits(reason), us(look_again_ms));
            TaskDeferred { task, reason, bid, price, look_again, last_safe_start, grounds }.into()
        }
    })
}

/// When a task runs whatever the price, in the time that has passed for the log: so that it can take long before its deadline, or
/// after the longest that a task without one waits.
fn last_safe_start(facts: &Facts<'_>, workflow: WorkflowId, task: u32, longest: Millis) -> Micros {
    let Some(due) = facts.tasks.due(workflow, task) else {
        let since = facts.state.get(workflow, task).map_or(facts.place.elapsed, |waits| waits.since);
        return since.after(facts.settings.span(Setting::DeferralMax));
    };
    let before = longest.to_micros().later(Millis(START_MARGIN_MS).to_micros());
    Micros(due.0.saturating_sub(before.0))
}

/// How long a task takes: by its own runs where the source says so and there are enough, else as long as an attempt may.
fn estimate(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<Estimate> {
    let spec = facts.tasks.spec(workflow, task)?;
    let timeout = match spec.kind.takes_time() {
        true => spec.options.timeout.unwrap_or_else(|| facts.settings.span(Setting::TimeoutDefault)),
        false => Millis(0),
    };
    let is_by_runs = facts.state.source.as_ref().is_some_and(|source| source.estimates == EstimatedBy::Runs);
    let known = if is_by_runs { facts.tasks.known_by(workflow, task) } else { None };
    let taken = |ppm: u64| {
        let found = known.map(|known| facts.durations.estimate(&known, ppm, timeout));
        let (length, runs) = found.map_or((timeout, 0), |found| (Millis(found.amount), found.runs));
        DurationTaken { length, runs, quantile: share(ppm) }
    };
    let (usual, longest) = (taken(PLAN_PPM), taken(SAFE_PPM));
    Some(Estimate { usual, longest })
}

fn share(ppm: u64) -> PartsPerMillion {
    PartsPerMillion(u32::try_from(ppm).expect("invariant: a share is at most a million millionths"))
}

/// What a decision rests on beside the price; none of one by a bid, that takes the timeout.
fn grounds(
    wants: &Wants,
    estimate: Estimate,
    plan: Option<Planned>,
    threshold: Option<ThresholdTaken>,
) -> Option<Apart<Grounds>> {
    let is_by_bid = !wants.is_cheapest && wants.missing.is_none() && estimate.longest.runs == 0;
    let (waits_for, missing) = (wants.waits_for(), wants.missing);
    (!is_by_bid).then(|| Grounds { waits_for, missing, estimate, plan, threshold }.into())
}

/// The cheapest time that was found for a task.
fn planned(verdict: Verdict, now_ms: i64) -> Option<Planned> {
    let (start_ms, mean, mean_now, known_until_ms) = match verdict {
        Verdict::Defer {
            reason:
                Waits::CheaperLater {
                    start_ms,
                    mean_micro_per_kwh: mean,
                    now_mean_micro_per_kwh: mean_now,
                    known_until_ms,
                },
            ..
        } => (start_ms, mean, mean_now, known_until_ms),
        Verdict::Execute(ExecuteReason::CheapestNow { mean_micro_per_kwh: mean, known_until_ms, .. }) => {
            (now_ms, mean, mean, known_until_ms)
        }
        Verdict::Defer { .. } | Verdict::Execute(_) => return None,
    };
    let (mean, mean_now) = (MicroUsd(mean), MicroUsd(mean_now));
    Some(Planned { start: us(start_ms), mean, mean_now, known_until: us(known_until_ms) })
}

pub(super) fn taken(Price { micro_per_kwh, source }: Price) -> PriceTaken {
    let (origin, age, of) = match source {
        From::Published { age_ms } => (PriceOrigin::Published, Some(Millis(age_ms)), None),
        From::LastKnown { age_ms } => (PriceOrigin::LastKnown, Some(Millis(age_ms)), None),
        From::Typical { prices } => (PriceOrigin::Typical, None, Some(prices)),
    };
    PriceTaken { per_kwh: MicroUsd(micro_per_kwh), origin, age, of }
}

fn why_waits(reason: Waits) -> DeferReason {
    match reason {
        Waits::AboveBid { .. } => DeferReason::AboveBid,
        Waits::NoPrice => DeferReason::NoPrice,
        Waits::CheaperLater { .. } => DeferReason::CheaperLater,
        Waits::AboveThreshold { .. } => DeferReason::AboveThreshold,
    }
}

fn why_goes_on(reason: ExecuteReason) -> ReleaseReason {
    match reason {
        ExecuteReason::WithinBid { .. } => ReleaseReason::WithinBid,
        ExecuteReason::LastSafeStart => ReleaseReason::LastSafeStart,
        ExecuteReason::NoPrice => ReleaseReason::NoPrice,
        ExecuteReason::CheapestNow { .. } => ReleaseReason::CheapestNow,
        ExecuteReason::NotWorthWaiting { .. } => ReleaseReason::NotWorthWaiting,
        ExecuteReason::WithinThreshold { .. } => ReleaseReason::WithinThreshold,
        ExecuteReason::NoSlotToSpare => ReleaseReason::NoSlotToSpare,
        ExecuteReason::Critical | ExecuteReason::AlreadyRunning => {
            unreachable!("invariant: only tasks that are not critical and do not run are asked about")
        }
    }
}

//! Decides what is asked about prices, and whether a task runs or waits for one.

use triad_deferral::{
    Decision as Decided, DeferReason as Waits, ExecuteReason, Price, Source as From, Verdict,
};
use triad_event::Event as AnyEvent;
use triad_event::dag::{TaskCancelled, TaskFailed};
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::plain::is_plain;
use triad_event::prices::{
    Ask, DeferReason, PriceOrigin, PriceStep, PriceTaken, PricesPublished, ReleaseReason, SourceKind,
    SourceSet, TaskDeferred, TaskReleased,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};

use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::{ms, us};
use crate::decision::Decision;
use crate::limits::{
    NAME_BYTES_MAX, PRICE_AGE_MS_MAX, PRICE_MICRO_MAX, PRICE_STEPS_MAX, PRICES_AHEAD_DAYS_MAX,
    PRICES_KEPT_DAYS, START_MARGIN_MS, check_reason,
};
use crate::ports::wakes::Wake;

const DAY_US: i64 = 86_400_000_000;

/// Decides on what is asked about prices, which is asked of the installation.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let event: AnyEvent = match ask {
        Ask::SetSource(set) => check_source(&set).map(|()| *set)?.into(),
        Ask::Publish(published) => check_publication(facts, &published).map(|()| published)?.into(),
        Ask::RemoveSource(removed) => {
            facts.state.source.as_ref().ok_or(Refusal::NoSource)?;
            check_reason(&removed.reason)?;
            removed.into()
        }
    };
    Ok(Decision::recorded(StreamId::LOG, event))
}

fn check_source(set: &SourceSet) -> Result<(), Refusal> {
    let SourceSet { source, fixed_per_kwh, currency, area, missing: _, age_max, reason } = set;
    if currency != "USD" {
        return Err(Refusal::CurrencyWithoutRate { currency: currency.clone() });
    }
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
    fixed_per_kwh.map_or(Ok(()), check_price)?;
    Ok(check_reason(reason)?)
}

fn check_price(MicroUsd(price): MicroUsd) -> Result<(), Refusal> {
    if price.unsigned_abs() > PRICE_MICRO_MAX { Err(Refusal::PriceOutOfBounds) } else { Ok(()) }
}

fn check_publication(facts: &Facts<'_>, published: &PricesPublished) -> Result<(), Refusal> {
    let source = facts.state.source.as_ref().ok_or(Refusal::NoSource)?;
    if source.kind == SourceKind::Fixed {
        return Err(Refusal::PriceIsFixed);
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
    let bid = facts.tasks.bid(workflow, task)?;
    let now_ms = ms(facts.place.at);
    let last_ms = now_ms + ms(Micros(last_safe_start(facts, workflow, task)?.0 - facts.place.elapsed.0));
    let last_safe_start = us(last_ms);
    let Some(decided) = facts.state.decide(bid, last_ms, now_ms) else {
        let reason = ReleaseReason::NoSource;
        return Some(TaskReleased { task, reason, bid, price: None, last_safe_start }.into());
    };
    let Decided { verdict, price, .. } = decided;
    let price = price.map(taken);
    Some(match verdict {
        Verdict::Execute(reason) => {
            TaskReleased { task, reason: why_goes_on(reason), bid, price, last_safe_start }.into()
        }
        Verdict::Defer { reason, look_again_ms } => {
            let look_again = us(look_again_ms);
            TaskDeferred { task, reason: why_waits(reason), bid, price, look_again, last_safe_start }.into()
        }
    })
}

/// When a task runs whatever the price, in the time that has passed for the log: so that it can take as long as one attempt may
/// before its deadline, or after the longest that a task without one waits.
fn last_safe_start(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<Micros> {
    let Some(due) = facts.tasks.due(workflow, task) else {
        let since = facts.state.get(workflow, task).map_or(facts.place.elapsed, |waits| waits.since);
        return Some(since.after(facts.settings.span(Setting::DeferralMax)));
    };
    let (_, spec) = facts.tasks.attempts(workflow, task)?;
    let longest = match spec.kind.takes_time() {
        true => spec.options.timeout.unwrap_or_else(|| facts.settings.span(Setting::TimeoutDefault)),
        false => Millis(0),
    };
    let before = longest.to_micros().later(Millis(START_MARGIN_MS).to_micros());
    Some(Micros(due.0.saturating_sub(before.0)))
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
        Waits::CheaperLater { .. } | Waits::AboveThreshold { .. } => {
            unreachable!("invariant: a task that bids waits for its bid")
        }
    }
}

fn why_goes_on(reason: ExecuteReason) -> ReleaseReason {
    match reason {
        ExecuteReason::WithinBid { .. } => ReleaseReason::WithinBid,
        ExecuteReason::LastSafeStart => ReleaseReason::LastSafeStart,
        ExecuteReason::NoPrice => ReleaseReason::NoPrice,
        ExecuteReason::Critical
        | ExecuteReason::AlreadyRunning
        | ExecuteReason::CheapestNow { .. }
        | ExecuteReason::NotWorthWaiting { .. }
        | ExecuteReason::WithinThreshold { .. }
        | ExecuteReason::NoSlotToSpare => {
            unreachable!("invariant: only tasks that bid, are not critical and do not run are asked about")
        }
    }
}

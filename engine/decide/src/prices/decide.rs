//! Decides what is asked about prices, and whether a task runs or waits for one.

use triad_deferral::{
    Decision as Decided, DeferReason as Waits, ExecuteReason, PLAN_PPM, Price, SAFE_PPM, Source as From,
    Verdict,
};
use triad_event::Event as AnyEvent;
use triad_event::apart::Apart;
use triad_event::dag::{TaskCancelled, TaskFailed};
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::Measure;
use triad_event::prices::{
    Ask, DeferReason, DurationTaken, Estimate, EstimatedBy, Grounds, Optimised, Planned, PriceOrigin,
    PriceTaken, ReleaseReason, TaskDeferred, TaskReleased, ThresholdTaken,
};
use triad_event::quantity::{MicroUsd, Micros, Millis, PartsPerMillion};

use super::check::{check_carbon, check_carbon_source, check_publication, check_source};
use super::facts::Facts;
use super::question::Wants;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::{ms, us};
use super::weighing::{Answer, Outlooks};
use crate::decision::Decision;
use crate::limits::{START_MARGIN_MS, check_reason};
use crate::ports::wakes::Wake;

/// Decides on what is asked about prices, which is asked of the installation.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let (price, carbon) = (&facts.state.price, &facts.state.carbon);
    let event: AnyEvent = match ask {
        Ask::SetSource(set) => check_source(*set)?.into(),
        Ask::Publish(published) => {
            check_publication(&published, price, facts.place.at).map(|()| published)?.into()
        }
        Ask::RemoveSource(removed) => {
            price.source.as_ref().ok_or(Refusal::NoSource)?;
            check_reason(&removed.reason)?;
            removed.into()
        }
        Ask::SetCarbonSource(set) => check_carbon_source(&set).map(|()| set)?.into(),
        Ask::PublishCarbon(published) => {
            check_carbon(&published, carbon, facts.place.at).map(|()| published)?.into()
        }
        Ask::RemoveCarbonSource(removed) => {
            carbon.source.as_ref().ok_or(Refusal::NoCarbonSource)?;
            check_reason(&removed.reason)?;
            removed.into()
        }
    };
    Ok(Decision::recorded(StreamId::LOG, event))
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
        weights: worth.weights,
        missing: worth.missing,
        usual: estimate.usual.length,
        longest: estimate.longest.length,
    };
    let now_ms = ms(facts.place.at);
    let last = last_safe_start(facts, workflow, task, wants.longest);
    let last_ms = now_ms + ms(Micros(last.0 - facts.place.elapsed.0));
    let (bid, last_safe_start) = (wants.bid, us(last_ms));
    let Some(answer) = facts.state.ask(&wants, last_ms, now_ms, &Outlooks::default()) else {
        let grounds = grounds(&wants, estimate, None, None);
        let optimised = nothing_known(&wants).map(Apart::from);
        let (reason, price) = (ReleaseReason::NoSource, None);
        return Some(TaskReleased { task, reason, bid, price, last_safe_start, grounds, optimised }.into());
    };
    let Answer { decision: Decided { verdict, .. }, price, threshold, optimised } = answer;
    let is_by_prices = optimised.as_ref().is_none_or(|optimised| optimised.decided_by == [Measure::Price]);
    let (price, plan) = (price.map(taken), planned(verdict, now_ms).filter(|_| is_by_prices));
    let (grounds, optimised) = (grounds(&wants, estimate, plan, threshold), optimised.map(Apart::from));
    Some(match verdict {
        Verdict::Execute(reason) => {
            let reason = why_goes_on(reason);
            TaskReleased { task, reason, bid, price, last_safe_start, grounds, optimised }.into()
        }
        Verdict::Defer { reason, look_again_ms } => {
            let (reason, look_again) = (why_waits(reason), us(look_again_ms));
            TaskDeferred { task, reason, bid, price, look_again, last_safe_start, grounds, optimised }.into()
        }
    })
}

/// What stands in the record of a task that waits for less carbon when all it is decided by comes from nowhere.
fn nothing_known(wants: &Wants) -> Option<Optimised> {
    let weights = wants.weights.recorded();
    let is_by_carbon = wants.concern(Measure::Carbon);
    is_by_carbon.then_some(Optimised { weights, decided_by: Vec::new(), carbon: None, plan: None })
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
    let worth = facts.tasks.worth(workflow, task)?;
    let (is_by_carbon, state) = (worth.weights.carbon > 0, facts.state);
    let is_by_price = worth.bid.is_some() || worth.weights.price > 0;
    let said = [(is_by_price, &state.price), (is_by_carbon, &state.carbon)];
    let mut said =
        said.into_iter().filter(|(counts, _)| *counts).filter_map(|(_, series)| series.estimates());
    let is_by_runs = said.clone().next().is_some() && said.all(|by| by == EstimatedBy::Runs);
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
    let is_by_bid = !wants.weights.is_any() && wants.missing.is_none() && estimate.longest.runs == 0;
    let (waits_for, missing) = (wants.waits_for(), wants.missing);
    (!is_by_bid).then(|| Grounds { waits_for, missing, estimate, plan, threshold }.into())
}

/// The cheapest time that was found for a task.
pub(super) fn planned(verdict: Verdict, now_ms: i64) -> Option<Planned> {
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

//! What is decided of tasks and runs, as it stands in records, and how long they are thought to take.

use triad_deferral::{
    DeferReason as Waits, ExecuteReason, PLAN_PPM, Price, SAFE_PPM, Source as From, Verdict,
};
use triad_event::apart::Apart;
use triad_event::governance::Setting;
use triad_event::ids::WorkflowId;
use triad_event::intake::Measure;
use triad_event::prices::{
    DeferReason, DurationTaken, Estimate, EstimatedBy, Grounds, Optimised, Planned, PriceOrigin, PriceTaken,
    ReleaseReason, ThresholdTaken,
};
use triad_event::quantity::{MicroUsd, Millis, PartsPerMillion};

use super::facts::Facts;
use super::question::Wants;
use super::state::us;

/// What stands in the record of a task that waits for less carbon when all it is decided by comes from nowhere.
pub(super) fn nothing_known(wants: &Wants) -> Option<Optimised> {
    let weights = wants.weights.recorded();
    let is_by_carbon = wants.concern(Measure::Carbon);
    is_by_carbon.then_some(Optimised { weights, decided_by: Vec::new(), carbon: None, plan: None })
}

/// How long a task takes: by its own runs where the source says so and there are enough, else as long as an attempt may.
pub(super) fn estimate(facts: &Facts<'_>, workflow: WorkflowId, task: u32) -> Option<Estimate> {
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
pub(super) fn grounds(
    wants: &Wants,
    estimate: Estimate,
    plan: Option<Planned>,
    threshold: Option<ThresholdTaken>,
) -> Option<Apart<Grounds>> {
    let is_by_bid = !wants.weights.is_any() && wants.missing.is_none() && estimate.longest.runs == 0;
    (!is_by_bid).then(|| all_grounds(wants, estimate, plan, threshold).into())
}

/// The same of any decision.
pub(super) fn all_grounds(
    wants: &Wants,
    estimate: Estimate,
    plan: Option<Planned>,
    threshold: Option<ThresholdTaken>,
) -> Grounds {
    let (waits_for, missing) = (wants.waits_for(), wants.missing);
    Grounds { waits_for, missing, estimate, plan, threshold }
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

pub(super) fn why_waits(reason: Waits) -> DeferReason {
    match reason {
        Waits::AboveBid { .. } => DeferReason::AboveBid,
        Waits::NoPrice => DeferReason::NoPrice,
        Waits::CheaperLater { .. } => DeferReason::CheaperLater,
        Waits::AboveThreshold { .. } => DeferReason::AboveThreshold,
    }
}

pub(super) fn why_goes_on(reason: ExecuteReason) -> ReleaseReason {
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

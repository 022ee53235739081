//! What was decided of a task by what electricity costs, as JSON.

use crate::clock;
use crate::wire::moment::Moment;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::intake::{Measure, Weight};
use triad_event::prices::{
    self, DeferReason, DurationTaken, MissingPrice, Planned, PriceOrigin, PriceTaken, ReleaseReason,
    ThresholdTaken, WaitsFor,
};
use triad_projections::run_graph;

/// What was decided of a task by what electricity costs, as it was decided last.
#[derive(Serialize, JsonSchema)]
pub(super) struct Deferral {
    /// Why it waits, or waited last.
    reason: Option<Word<DeferReason>>,
    /// Why it went on; none while it waits.
    released: Option<Word<ReleaseReason>>,
    /// For what it waits.
    waits_for: Word<WaitsFor>,
    /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
    bid_micro_usd_per_kwh: Option<i64>,
    /// The price by which that was decided; none when there was none.
    price: Option<Price>,
    /// When it is looked at again at the latest, while it waits.
    look_again: Option<String>,
    /// When it runs whatever the price.
    last_safe_start: String,
    /// What happens to it while there is no price, when that is not what the source of prices says.
    missing_price: Option<Word<MissingPrice>>,
    /// How long it is thought to take; none where that is its timeout.
    estimate: Option<Estimate>,
    /// The cheapest time that it has, where one was looked for and found.
    plan: Option<Plan>,
    /// What was weighed, of a task that waits for less carbon; `plan` is there where the price alone decided, and
    /// cheaper in a reason stands for less of what decided.
    optimised: Option<Optimised>,
    /// Up to which price it goes on, where no price but the present one is known.
    threshold: Option<Threshold>,
    /// Since when it waits, or waited; none when it never did.
    since: Option<Moment>,
    /// How often it was decided that it waits.
    times: u32,
    decided: Moment,
}

/// A price by which something was decided.
#[derive(Serialize, JsonSchema)]
pub(super) struct Price {
    micro_usd_per_kwh: i64,
    from: Word<PriceOrigin>,
    /// How long before it was published; none of one that nobody published.
    age_ms: Option<u64>,
    /// Of how many prices it is the one in the middle.
    of: Option<u32>,
}

/// How long a task is thought to take.
#[derive(Serialize, JsonSchema)]
struct Estimate {
    /// Most often. Plans are made with it.
    usual: Duration,
    /// When it takes long. Its deadline is kept by it.
    longest: Duration,
}

/// How long something takes.
#[derive(Serialize, JsonSchema)]
struct Duration {
    duration_ms: u64,
    /// How many earlier runs say so; zero when they are too few, and it is the timeout.
    runs: u32,
    /// What share of runs is thought to take no longer, in millionths.
    quantile_ppm: u32,
}

/// A time at which a task is to run.
#[derive(Serialize, JsonSchema)]
struct Plan {
    start: String,
    /// What a kilowatt hour is expected to cost in the mean.
    mean_micro_usd_per_kwh: i64,
    /// The same of a run that begins at once.
    now_micro_usd_per_kwh: i64,
    /// Until when prices are known; what comes later is a forecast.
    known_until: String,
}

words! {
    Measure as Measure:
    Price = "PRICE",
    Carbon = "CARBON",
}

/// What was weighed, of a task that waits for less carbon.
#[derive(Serialize, JsonSchema)]
struct Optimised {
    /// What it waits for the least of, in millionths.
    weights: Vec<Share>,
    /// What decided: those of them that were known, or the price where it is above the bid.
    decided_by: Vec<Word<Measure>>,
    /// The carbon intensity that was taken for the present one; none when there was none.
    carbon: Option<Carbon>,
    /// The best time that it has, where one was looked for and found.
    plan: Option<OptimisedPlan>,
}

/// What counts, and how much.
#[derive(Serialize, JsonSchema)]
struct Share {
    of: Word<Measure>,
    share_ppm: u32,
}

/// A carbon intensity by which something was decided: what the generation of electricity sets free, as carbon dioxide.
#[derive(Serialize, JsonSchema)]
struct Carbon {
    mg_per_kwh: u64,
    from: Word<PriceOrigin>,
    /// How long before it was published; none of one that nobody published.
    age_ms: Option<u64>,
    /// Of how many it is the one in the middle.
    of: Option<u32>,
}

/// A time at which a task is to run that waits for less carbon.
#[derive(Serialize, JsonSchema)]
struct OptimisedPlan {
    start: String,
    /// Until when all that decided is known; what comes later is a forecast.
    known_until: String,
    /// What the generation of a kilowatt hour is expected to set free in the mean.
    mean_mg_per_kwh: u64,
    /// The same of a run that begins at once.
    now_mg_per_kwh: u64,
    /// What a kilowatt hour is expected to cost in the mean, where that was weighed.
    mean_micro_usd_per_kwh: Option<i64>,
    /// The same of a run that begins at once.
    now_micro_usd_per_kwh: Option<i64>,
}

impl Optimised {
    fn of(optimised: &prices::Optimised) -> Self {
        let prices::Optimised { weights, decided_by, carbon, plan } = optimised;
        let share = |weight: &Weight| Share { of: Word(weight.of), share_ppm: weight.share.0 };
        Self {
            weights: weights.iter().map(share).collect(),
            decided_by: decided_by.iter().copied().map(Word).collect(),
            carbon: carbon.as_ref().map(|carbon| Carbon {
                mg_per_kwh: carbon.per_kwh.0,
                from: Word(carbon.origin),
                age_ms: carbon.age.map(|age| age.0),
                of: carbon.of,
            }),
            plan: plan.as_ref().map(|plan| OptimisedPlan {
                start: clock::show(plan.start.0),
                known_until: clock::show(plan.known_until.0),
                mean_mg_per_kwh: plan.carbon.planned.0,
                now_mg_per_kwh: plan.carbon.now.0,
                mean_micro_usd_per_kwh: plan.price.as_ref().map(|price| price.planned.0),
                now_micro_usd_per_kwh: plan.price.as_ref().map(|price| price.now.0),
            }),
        }
    }
}

/// Up to which price a task goes on.
#[derive(Serialize, JsonSchema)]
struct Threshold {
    max_micro_usd_per_kwh: i64,
    /// How many times the least that is possible it costs at most while prices keep their bounds, in millionths; none
    /// where nothing is promised.
    ratio_max_ppm: Option<u32>,
}

impl Deferral {
    pub(super) fn of(deferral: &run_graph::Deferral) -> Self {
        let grounds = deferral.grounds.as_deref();
        Self {
            reason: deferral.waits.map(Word),
            released: deferral.goes_on.map(Word),
            waits_for: Word(grounds.map_or(WaitsFor::Bid, |grounds| grounds.waits_for)),
            bid_micro_usd_per_kwh: deferral.bid.map(|bid| bid.0),
            price: deferral.price.as_ref().map(Price::of),
            look_again: deferral.look_again.map(|at| clock::show(at.0)),
            last_safe_start: clock::show(deferral.last_safe_start.0),
            missing_price: grounds.and_then(|grounds| grounds.missing).map(Word),
            estimate: grounds.map(|grounds| Estimate::of(&grounds.estimate)),
            plan: grounds.and_then(|grounds| grounds.plan.as_ref()).map(Plan::of),
            optimised: deferral.optimised.as_deref().map(Optimised::of),
            threshold: grounds.and_then(|grounds| grounds.threshold.as_ref()).map(Threshold::of),
            since: deferral.since.map(Moment::from),
            times: deferral.times,
            decided: deferral.decided.into(),
        }
    }
}

impl Estimate {
    fn of(estimate: &prices::Estimate) -> Self {
        Self { usual: Duration::of(&estimate.usual), longest: Duration::of(&estimate.longest) }
    }
}

impl Duration {
    fn of(DurationTaken { length, runs, quantile }: &DurationTaken) -> Self {
        Self { duration_ms: length.0, runs: *runs, quantile_ppm: quantile.0 }
    }
}

impl Plan {
    fn of(Planned { start, mean, mean_now, known_until }: &Planned) -> Self {
        Self {
            start: clock::show(start.0),
            mean_micro_usd_per_kwh: mean.0,
            now_micro_usd_per_kwh: mean_now.0,
            known_until: clock::show(known_until.0),
        }
    }
}

impl Threshold {
    fn of(ThresholdTaken { price_max, ratio_max }: &ThresholdTaken) -> Self {
        let ratio_max_ppm = ratio_max.as_ref().map(|ratio| ratio.0);
        Self { max_micro_usd_per_kwh: price_max.0, ratio_max_ppm }
    }
}

impl Price {
    pub(super) fn of(price: &PriceTaken) -> Self {
        Self {
            micro_usd_per_kwh: price.per_kwh.0,
            from: Word(price.origin),
            age_ms: price.age.map(|age| age.0),
            of: price.of,
        }
    }
}

//! Whether a task waits for a price, or for less of one series, asked of what is known of that series at a moment.

use triad_deferral::limits::QUARTER_MS;
use triad_deferral::{
    Aim, Bounds, Decision, ExecuteReason, Form, Method, Missing, Outlook, PriceCurve, Priority, Rules,
    Source as From, Task, Threshold, Verdict, decide_by,
};
use triad_event::intake::Measure;
use triad_event::prices::{MissingPrice, TaskDeferred, ThresholdTaken, WaitsFor};
use triad_event::quantity::{MicroUsd, Millis, PartsPerMillion};

use super::series::{Series, Source};
use crate::image::{choices, structs};
use crate::limits::{
    LAST_KNOWN_MS, LEAST_SAVING_MICRO_PER_KWH, LOOK_AGAIN_MS, STRETCH_MS_LEAST, TYPICAL_MS, TYPICAL_PPM,
};
use crate::plan::Weights;

/// For what a task waits, and how long it is thought to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wants {
    pub(crate) bid: Option<MicroUsd>,
    /// What it waits for the least of.
    pub(crate) weights: Weights,
    /// What happens to it while nothing is known, when that is not what the source says.
    pub(crate) missing: Option<MissingPrice>,
    /// How long it takes most often. A bid asks for nothing of it.
    pub(crate) usual: Millis,
    /// How long it takes when it takes long.
    pub(crate) longest: Millis,
    /// In how many pieces it runs.
    pub(crate) pace: Pace,
}

/// In how many pieces a task runs, and whether it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pace {
    /// In one piece.
    #[default]
    Whole,
    /// It may be suspended, and does not run.
    Starts,
    /// It may be suspended, and runs.
    Runs,
}

structs! {
    Wants { bid, weights, missing, usual, longest, pace }
}

choices! {
    Pace { 0 Whole, 1 Starts, 2 Runs }
}

/// What of that is asked of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) bid: Option<MicroUsd>,
    /// Whether the task waits for the time that it has with the least of the series.
    pub(crate) is_cheapest: bool,
    pub(crate) missing: Option<MissingPrice>,
    pub(crate) usual: Millis,
    pub(crate) longest: Millis,
    pub(crate) pace: Pace,
    /// How much less a kilowatt hour must cost for anything to wait.
    pub(crate) least_saving: u64,
}

/// A policy for the steps that are left, while none of them is known but the present one.
struct Policy {
    threshold: Threshold,
    step_ms: i64,
    /// When the present step began, or would have if it went on.
    began_ms: i64,
}

impl Wants {
    /// What a task waits for that was deferred.
    pub(crate) fn of(deferred: &TaskDeferred) -> Self {
        let grounds = deferred.grounds.as_deref();
        let estimate = grounds.map(|grounds| &grounds.estimate);
        let weights = match &deferred.optimised {
            Some(optimised) => Weights::of(&optimised.weights),
            None if grounds.is_some_and(|grounds| grounds.waits_for != WaitsFor::Bid) => Weights::PRICE,
            None => Weights::default(),
        };
        Self {
            bid: deferred.bid,
            weights,
            missing: grounds.and_then(|grounds| grounds.missing),
            usual: estimate.map_or(Millis(0), |estimate| estimate.usual.length),
            longest: estimate.map_or(Millis(0), |estimate| estimate.longest.length),
            pace: if deferred.suspension.is_some() { Pace::Starts } else { Pace::Whole },
        }
    }

    /// The same in a word.
    pub(crate) fn waits_for(&self) -> WaitsFor {
        match (self.bid, self.weights) {
            (_, weights) if !weights.is_any() => WaitsFor::Bid,
            (None, _) => WaitsFor::Cheapest,
            (Some(_), Weights { carbon: 0, .. }) => WaitsFor::BidOrCheapest,
            (Some(_), _) => WaitsFor::BidAndCheapest,
        }
    }

    /// Whether the task is decided by a series, where that is known.
    pub(crate) const fn concern(&self, measure: Measure) -> bool {
        match measure {
            Measure::Price => self.bid.is_some() || self.weights.price > 0,
            Measure::Carbon => self.weights.carbon > 0,
        }
    }

    /// What is asked of the prices alone.
    pub(super) const fn of_prices(&self) -> Wish {
        let Self { bid, weights, missing, usual, longest, pace } = *self;
        let (is_cheapest, least_saving) = (weights.price > 0, LEAST_SAVING_MICRO_PER_KWH);
        Wish { bid, is_cheapest, missing, usual, longest, pace, least_saving }
    }

    /// Whether the price is within the bid, and nothing else.
    pub(super) const fn of_bid(&self) -> Wish {
        Wish { is_cheapest: false, ..self.of_prices() }
    }

    /// The time with the least of one series.
    pub(super) const fn of_least(&self) -> Wish {
        Wish { bid: None, is_cheapest: true, ..self.of_prices() }
    }
}

impl Wish {
    /// A price within a bid.
    pub(super) const fn within(bid: MicroUsd, missing: Option<MissingPrice>) -> Self {
        Self {
            bid: Some(bid),
            is_cheapest: false,
            missing,
            usual: Millis(0),
            longest: Millis(0),
            pace: Pace::Whole,
            least_saving: LEAST_SAVING_MICRO_PER_KWH,
        }
    }

    /// The task that asks.
    pub(super) fn task(&self, aim: Aim, last_safe_start_ms: i64, safe_ms: u64) -> Task {
        Task {
            priority: Priority::Normal,
            aim,
            form: self.form(),
            deadline_ms: last_safe_start_ms.saturating_add_unsigned(safe_ms),
            plan_ms: self.usual.0,
            safe_ms,
            margin_ms: 0,
            is_running: self.pace == Pace::Runs,
            slots_run: 0,
        }
    }

    /// A start costs as much as the least saving of the shortest stretch for which anything is suspended.
    const fn form(&self) -> Form {
        match self.pace {
            Pace::Whole => Form::Contiguous,
            Pace::Starts | Pace::Runs => {
                Form::Interruptible { start_area: self.least_saving.saturating_mul(STRETCH_MS_LEAST) }
            }
        }
    }

    /// Where nothing is known of later prices, a task with a bid waits for that alone.
    fn aim(&self, is_blind: bool) -> Aim {
        match (self.bid.map(|bid| bid.0), self.is_cheapest) {
            (Some(max_bid_micro_per_kwh), true) if !is_blind => Aim::BidOrCheapest { max_bid_micro_per_kwh },
            (Some(max_bid_micro_per_kwh), _) => Aim::Bid { max_bid_micro_per_kwh },
            (None, _) => Aim::Cheapest,
        }
    }
}

impl Series {
    /// Whether a task runs now or waits, and by which threshold; none when the series comes from nowhere. What is expected may
    /// have been made before.
    pub(super) fn ask(
        &self,
        wish: &Wish,
        last_safe_start_ms: i64,
        now_ms: i64,
        outlook: Option<&Outlook>,
    ) -> Option<(Decision, Option<ThresholdTaken>)> {
        let source = self.source.as_ref()?;
        let curve = &self.curve.0;
        let is_blind = source.bounds.is_some() && wish.is_cheapest && curve.after(now_ms).next().is_none();
        let aim = wish.aim(is_blind);
        let policy = if is_blind && aim == Aim::Cheapest { self.policy(source, now_ms) } else { None };
        let method = policy.as_ref().map_or(Method::Curve, |policy| Method::Threshold {
            threshold: &policy.threshold,
            slot_ms: policy.step_ms.unsigned_abs(),
        });
        let rules = Rules { method, ..self.rules(source, wish, last_safe_start_ms, now_ms) };
        // A policy counts the steps in which the task may still begin: those that begin by its last safe start.
        let safe_ms = match &policy {
            Some(policy) => policy.step_ms.unsigned_abs() + now_ms.abs_diff(policy.began_ms),
            None => wish.longest.0,
        };
        let task = wish.task(aim, last_safe_start_ms, safe_ms);
        let decision = decide_by(&task, curve, outlook, &rules, now_ms);
        let threshold = policy.and_then(|policy| policy.taken(&decision, wish.longest, now_ms));
        Some((decision, threshold))
    }

    /// The rules by which the curve decides.
    pub(super) fn rules(
        &self,
        source: &Source,
        wish: &Wish,
        last_safe_start_ms: i64,
        now_ms: i64,
    ) -> Rules<'static> {
        let age_ms_max = source.age_max.map(|age| age.0);
        Rules {
            method: Method::Curve,
            missing: missing(wish.missing.unwrap_or(source.missing)),
            price_age_ms_max: age_ms_max,
            least_saving_micro_per_kwh: wish.least_saving,
            next_publication_ms: missing_from_ms(&self.curve.0, age_ms_max, now_ms, last_safe_start_ms),
            look_again_ms: LOOK_AGAIN_MS,
        }
    }

    /// When what is known of the present moment is not known any more, as far as that can be told.
    pub(super) fn unknown_ms(&self, now_ms: i64) -> Option<i64> {
        let source = self.source.as_ref()?;
        missing_from_ms(&self.curve.0, source.age_max.map(|age| age.0), now_ms, i64::MAX)
    }

    /// The steps that are left are as long as the present one.
    fn policy(&self, source: &Source, now_ms: i64) -> Option<Policy> {
        let bounds = source.bounds.as_ref()?;
        let bounds = Bounds::new(bounds.low.0, bounds.high.0)?;
        let piece = self.curve.0.last_begun(now_ms)?;
        let step_ms = (piece.end_ms - piece.start_ms).max(QUARTER_MS);
        let began_ms = now_ms - (now_ms - piece.start_ms).rem_euclid(step_ms);
        Some(Policy { threshold: Threshold::one_search(bounds), step_ms, began_ms })
    }
}

impl Policy {
    /// The threshold by which something was decided, if something was. What it promises holds for a run that has one
    /// price, so that is said where the run fits into its step and the present price keeps the bounds.
    fn taken(&self, decision: &Decision, longest: Millis, now_ms: i64) -> Option<ThresholdTaken> {
        let until_ms = self.began_ms.saturating_add(self.step_ms);
        let (is_by_threshold, from_ms) = match decision.verdict {
            Verdict::Defer { reason: triad_deferral::DeferReason::AboveThreshold { .. }, .. } => {
                (true, self.began_ms)
            }
            Verdict::Execute(ExecuteReason::WithinThreshold { .. } | ExecuteReason::NoSlotToSpare) => {
                (true, now_ms)
            }
            Verdict::Defer { .. } | Verdict::Execute(_) => (false, now_ms),
        };
        let price_max = self.threshold.price_max_micro_per_kwh(0, false).filter(|_| is_by_threshold)?;
        let is_known = decision.price.is_some_and(|price| {
            matches!(price.source, From::Published { .. })
                && self.threshold.bounds().hold(&[price.micro_per_kwh])
        });
        let is_promised = is_known && from_ms.saturating_add_unsigned(longest.0) <= until_ms;
        let ratio_max = u32::try_from(self.threshold.ratio_ppm()).ok().filter(|_| is_promised);
        Some(ThresholdTaken { price_max: MicroUsd(price_max), ratio_max: ratio_max.map(PartsPerMillion) })
    }
}

fn missing(policy: MissingPrice) -> Missing {
    match policy {
        MissingPrice::RunNow => Missing::RunNow,
        MissingPrice::Wait => Missing::Wait,
        MissingPrice::LastKnown => Missing::LastKnown { for_ms: LAST_KNOWN_MS },
        MissingPrice::Typical => Missing::Typical { quantile_ppm: TYPICAL_PPM, history_ms: TYPICAL_MS },
    }
}

/// When the price will be missing next: where the curve has a gap, or where what was published is too old. Looks no further than
/// a moment.
fn missing_from_ms(curve: &PriceCurve, age_ms_max: Option<u64>, now_ms: i64, until_ms: i64) -> Option<i64> {
    let piece = curve.at(now_ms)?;
    if let Some(age_ms) = age_ms_max {
        // The next piece may be too old already when it begins.
        let too_old_ms = piece.published_ms.saturating_add_unsigned(age_ms).saturating_add(1);
        return Some(if too_old_ms > now_ms { piece.end_ms.min(too_old_ms) } else { piece.end_ms });
    }
    let mut end_ms = piece.end_ms;
    for next in curve.after(now_ms) {
        if next.start_ms > end_ms || end_ms >= until_ms {
            break;
        }
        end_ms = next.end_ms;
    }
    Some(end_ms)
}

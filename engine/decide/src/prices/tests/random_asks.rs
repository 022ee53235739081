//! What is asked of prices at random.

use std::sync::Arc;

use triad_deferral::{PriceCurve, Step, StepLength, Verdict};
use triad_event::prices::{EstimatedBy, MissingPrice, PriceBounds, SourceKind, USD};
use triad_event::quantity::{MicroUsd, Millis};

use crate::plan::Weights;
use crate::prices::question::{Pace, Wants};
use crate::prices::series::{Series, Source};
use crate::prices::state::State;
use crate::prices::weighing::{Looks, Outlooks};

const STEP_MS: i64 = 900_000;
const BOUNDS: (i64, i64) = (50_000, 600_000);

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least).unsigned_abs() + 1).cast_signed()
    }
}

fn series(numbers: &mut Numbers, bounds: Option<PriceBounds>) -> Series {
    const POLICIES: [MissingPrice; 4] =
        [MissingPrice::Wait, MissingPrice::RunNow, MissingPrice::LastKnown, MissingPrice::Typical];
    let mut series = Series::default();
    series.source = Some(Source {
        kind: SourceKind::Series,
        currency: USD.to_owned(),
        usd_per_unit: None,
        area: String::new(),
        missing: POLICIES[numbers.below(4) as usize],
        age_max: (numbers.below(5) == 0).then(|| Millis(numbers.below(86_400_000) + 1)),
        bounds,
        estimates: EstimatedBy::Timeout,
    });
    series
}

fn publish(series: &mut Series, start_ms: i64, price_micro_per_kwh: i64, published_ms: i64) {
    let curve: &mut PriceCurve = Arc::make_mut(&mut series.curve.0);
    let step = Step { start_ms, length: StepLength::Quarter, price_micro_per_kwh };
    curve.publish(step, published_ms).expect("a step");
}

fn wants(numbers: &mut Numbers) -> Wants {
    let bid = MicroUsd(numbers.between(0, 700_000));
    let carbon = Weights { price: 0, carbon: 1_000_000 };
    let share = 1 + numbers.below(999_999) as u32;
    let both = Weights { price: share, carbon: 1_000_000 - share };
    let (has_bid, weights) = [
        (true, Weights::default()),
        (true, Weights::PRICE),
        (false, Weights::PRICE),
        (false, carbon),
        (true, carbon),
        (false, both),
        (true, both),
    ][numbers.below(7) as usize];
    let longest = numbers.below(3 * 3_600_000) + 1;
    Wants {
        bid: has_bid.then_some(bid),
        weights,
        missing: (numbers.below(3) == 0).then_some(MissingPrice::LastKnown),
        usual: Millis(numbers.below(longest + 1)),
        longest: Millis(longest),
        pace: Pace::Whole,
    }
}

/// Each is looked at when it said, or when a step is published, and goes on by its last safe start: so one that takes no longer
/// than its estimate has ended by its deadline.
#[test]
fn no_task_goes_on_later_than_is_safe() {
    const HOUR_MS: i64 = 3_600_000;
    let mut numbers = Numbers(7);
    let (mut waited, mut thresholds) = (0_u32, 0_u32);
    for round in 0..100 {
        let is_feed = round % 2 == 0;
        let bounds = PriceBounds { low: MicroUsd(BOUNDS.0), high: MicroUsd(BOUNDS.1) };
        let mut state = State::default();
        state.price = series(&mut numbers, is_feed.then_some(bounds));
        let has_carbon = numbers.below(4) > 0;
        if has_carbon {
            state.carbon = series(&mut numbers, None);
        }
        let begin_ms = 100 * 24 * HOUR_MS;
        let known = if is_feed { 1 } else { numbers.between(0, 150) };
        for step in -20..known {
            if is_feed || numbers.below(30) > 0 {
                let price = numbers.between(-10_000, 650_000);
                publish(&mut state.price, begin_ms + step * STEP_MS, price, begin_ms);
            }
        }
        for step in -20..numbers.between(0, 150) {
            if has_carbon && numbers.below(30) > 0 {
                let carbon = numbers.between(0, 900_000);
                publish(&mut state.carbon, begin_ms + step * STEP_MS, carbon, begin_ms);
            }
        }
        for _ in 0..200 {
            let wants = wants(&mut numbers);
            let arrived_ms = begin_ms + numbers.between(0, STEP_MS);
            let last_ms = arrived_ms + numbers.between(-HOUR_MS, 12 * HOUR_MS);
            let mut now_ms = arrived_ms;
            loop {
                let Some(answer) = state.ask(&wants, last_ms, now_ms, &Outlooks::default()) else {
                    assert!(!has_carbon && wants.bid.is_none() && wants.weights.price == 0);
                    break;
                };
                let is_compared = numbers.below(10) == 0;
                let shared = || Looks::new(&state, now_ms).look_again_ms(&wants, last_ms);
                thresholds += u32::from(answer.threshold.is_some());
                match answer.decision.verdict {
                    Verdict::Execute(_) => {
                        assert!(!is_compared || shared().is_none());
                        break;
                    }
                    Verdict::Defer { look_again_ms, .. } => {
                        assert!(!is_compared || shared() == Some(look_again_ms));
                        assert!(now_ms < look_again_ms && look_again_ms <= last_ms, "{wants:?}");
                        now_ms = look_again_ms;
                        waited += 1;
                    }
                }
            }
            assert!(now_ms <= last_ms.max(arrived_ms), "{wants:?}");
        }
    }
    assert!(waited > 5_000 && thresholds > 1_000, "{waited} {thresholds}");
}

/// The price of each step is published when it begins. A task that fits into one pays no more than is promised, times the least
/// price of a step in which it could have run.
#[test]
fn what_a_threshold_promises_is_kept() {
    let mut numbers = Numbers(11);
    let bounds = || Some(PriceBounds { low: MicroUsd(BOUNDS.0), high: MicroUsd(BOUNDS.1) });
    let (mut worst_ppm, mut promised_ppm) = (0, 0);
    for _ in 0..5_000 {
        let mut state = State::default();
        state.price = series(&mut numbers, bounds());
        state.price.source.as_mut().expect("a source").age_max = None;
        let steps = numbers.between(1, 12);
        // The deadline lies somewhere in the last step that is late enough for the longest run.
        let longest = Millis(numbers.below(STEP_MS.unsigned_abs()) + 1);
        let last_ms =
            STEP_MS * steps - longest.0.cast_signed() + numbers.between(0, longest.0.cast_signed() - 1);
        let (bid, missing, pace) = (None, None, Pace::Whole);
        let wants = Wants { bid, weights: Weights::PRICE, missing, usual: longest, longest, pace };
        let threshold = 173_205;
        let mut prices = Vec::new();
        let mut paid = None;
        for step in 0..steps {
            // Just above the threshold or at a bound is what is worst for it.
            let price = match numbers.below(4) {
                0 => BOUNDS.0,
                1 => BOUNDS.1,
                2 => threshold + 1,
                _ => numbers.between(BOUNDS.0, BOUNDS.1),
            };
            prices.push(price);
            let now_ms = step * STEP_MS;
            publish(&mut state.price, now_ms, price, now_ms);
            if paid.is_some() || now_ms > last_ms {
                continue;
            }
            let answer = state.ask(&wants, last_ms, now_ms, &Outlooks::default()).expect("a source");
            let ratio = answer.threshold.expect("it is decided by a threshold").ratio_max;
            promised_ppm = i64::from(ratio.expect("it fits into a step").0);
            if matches!(answer.decision.verdict, Verdict::Execute(_)) {
                paid = Some(price);
            }
        }
        let paid = paid.expect("it goes on in the last step that it has");
        let least = prices.into_iter().min().expect("a step");
        worst_ppm = worst_ppm.max(paid * 1_000_000 / least);
        assert!(paid * 1_000_000 <= promised_ppm * least, "{paid} {least}");
    }
    assert!(worst_ppm * 20 > promised_ppm * 19, "{worst_ppm} of {promised_ppm}: some come near");
}

//! Curves: steps that overlap, gaps, revisions, and means that are exact.

use crate::generated::Numbers;
use quickcheck::quickcheck;
use triad_deferral::limits::{DAY_MS, QUARTER_MS, TIME_MS_MAX};
use triad_deferral::{Outlook, PriceCurve, Step, StepLength, StepRefused};

/// Steps as (quarter, length, price), in the order of their publication, and what is there afterwards, as (quarter,
/// quarters, price).
fn check(given: &[(i64, StepLength, i64)], then: &[(i64, i64, i64)]) {
    let mut curve = PriceCurve::new();
    for (published_ms, (quarter, length, price_micro_per_kwh)) in (0..).zip(given) {
        let (start_ms, price_micro_per_kwh) = (quarter * QUARTER_MS, *price_micro_per_kwh);
        let step = Step { start_ms, length: *length, price_micro_per_kwh };
        curve.publish(step, published_ms).expect("an aligned step");
    }
    let pieces = curve.within(0, DAY_MS);
    let there: Vec<_> = pieces
        .map(|piece| {
            (
                piece.start_ms / QUARTER_MS,
                (piece.end_ms - piece.start_ms) / QUARTER_MS,
                piece.price_micro_per_kwh,
            )
        })
        .collect();
    assert_eq!(there, then, "{given:?}");
}

#[test]
fn what_is_published_later_replaces_what_it_covers() {
    use StepLength::{Half, Hour, Quarter};
    check(&[(0, Hour, 5), (4, Hour, 6)], &[(0, 4, 5), (4, 4, 6)]);
    check(&[(0, Hour, 5), (0, Hour, 7)], &[(0, 4, 7)]);
    check(&[(0, Hour, 5), (1, Quarter, 9)], &[(0, 1, 5), (1, 1, 9), (2, 2, 5)]);
    check(&[(0, Quarter, 1), (1, Quarter, 2), (2, Half, 3), (0, Hour, 4)], &[(0, 4, 4)]);
    check(&[(0, Hour, 5), (2, Hour, 6)], &[(0, 2, 5), (2, 4, 6)]);
    check(&[(2, Hour, 6), (0, Hour, 5)], &[(0, 4, 5), (4, 2, 6)]);
    check(&[(0, Half, -5), (8, Half, 5)], &[(0, 2, -5), (8, 2, 5)]);
}

#[test]
fn steps_that_no_market_has_are_refused() {
    let step = |start_ms| Step { start_ms, length: StepLength::Hour, price_micro_per_kwh: 0 };
    let mut curve = PriceCurve::new();
    assert_eq!(curve.publish(step(1), 0), Err(StepRefused::Unaligned { start_ms: 1 }));
    assert_eq!(curve.publish(step(-QUARTER_MS), 0), Err(StepRefused::OutOfTime { start_ms: -QUARTER_MS }));
    assert_eq!(
        curve.publish(step(TIME_MS_MAX + 1), 0),
        Err(StepRefused::OutOfTime { start_ms: TIME_MS_MAX + 1 })
    );
    assert_eq!(curve, PriceCurve::new());
}

#[test]
fn an_hour_is_the_mean_of_its_quarters_and_a_gap_has_none() {
    let mut curve = PriceCurve::new();
    for (quarter, price_micro_per_kwh) in [(0, 10), (1, 20), (2, -5), (3, 8), (5, 1)] {
        let step = Step { start_ms: quarter * QUARTER_MS, length: StepLength::Quarter, price_micro_per_kwh };
        curve.publish(step, 0).expect("aligned");
    }
    assert_eq!(curve.mean_micro_per_kwh(0, 4 * QUARTER_MS), Some(8));
    assert_eq!(curve.area(QUARTER_MS - 1, QUARTER_MS + 2), Some(50));
    assert_eq!(curve.mean_micro_per_kwh(0, 6 * QUARTER_MS), None);
    assert_eq!(curve.mean_micro_per_kwh(5, 5), None);
    assert_eq!(curve.at(4 * QUARTER_MS), None);
    curve.forget_before(2 * QUARTER_MS);
    assert_eq!(curve.at(QUARTER_MS), None);
    assert_eq!(curve.at(2 * QUARTER_MS).map(|piece| piece.price_micro_per_kwh), Some(-5));
}

quickcheck! {
    /// A curve is what a list of quarters with their prices would be.
    fn a_curve_is_a_list_of_quarters(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let (mut curve, mut quarters) = (PriceCurve::new(), [None; 100]);
        for _ in 0..40 {
            let lengths = [(StepLength::Quarter, 1), (StepLength::Half, 2), (StepLength::Hour, 4)];
            let (length, count) = lengths[numbers.below(3) as usize];
            let (quarter, price_micro_per_kwh) = (numbers.below(96) as usize, numbers.between(-50, 50));
            let step = Step { start_ms: quarter as i64 * QUARTER_MS, length, price_micro_per_kwh };
            curve.publish(step, 0).expect("aligned");
            quarters[quarter..quarter + count].fill(Some(price_micro_per_kwh));
        }
        let same = quarters.iter().zip(0..).all(|(price, quarter)| {
            let at = |ms| curve.at(ms).map(|piece| piece.price_micro_per_kwh);
            at(quarter * QUARTER_MS) == *price && at((quarter + 1) * QUARTER_MS - 1) == *price
        });
        let sum: Option<i64> = quarters[10..30].iter().copied().sum();
        same && curve.area(10 * QUARTER_MS, 30 * QUARTER_MS) == sum.map(|sum| i128::from(sum * QUARTER_MS))
    }

    /// An outlook has no gap, and says of what is known that it is known.
    fn an_outlook_has_no_gap(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let mut curve = PriceCurve::new();
        for _ in 0..=numbers.below(60) {
            let start_ms = numbers.below(10 * 96).cast_signed() * QUARTER_MS;
            let price_micro_per_kwh = numbers.next().cast_signed();
            curve.publish(Step { start_ms, length: StepLength::Hour, price_micro_per_kwh }, 0).expect("aligned");
        }
        let from_ms = numbers.between(-DAY_MS, 12 * DAY_MS);
        let until_ms = from_ms + numbers.between(1, 3 * DAY_MS);
        let outlook = Outlook::of(&curve, from_ms, until_ms).expect("something is known");
        let mut at_ms = from_ms;
        let is_whole = outlook.segments().iter().all(|segment| {
            let begins = segment.start_ms == at_ms && segment.start_ms < segment.end_ms;
            at_ms = segment.end_ms;
            let known = curve.at(segment.start_ms).map(|piece| piece.price_micro_per_kwh);
            begins && known == segment.is_known.then_some(segment.price_micro_per_kwh)
        });
        is_whole && at_ms == until_ms
    }
}

//! Estimates: from own runs when there are enough of them, else from what the task says of itself.

use crate::generated::Numbers;
use triad_deferral::limits::RUNS_MAX;
use triad_deferral::{Estimate, History, PLAN_PPM, Run, SAFE_PPM, Stated};

const STATED: Stated = Stated { timeout_ms: 3_600, energy_mwh: 5_500 };

fn history(durations_ms: impl IntoIterator<Item = u64>) -> History {
    let mut history = History::default();
    durations_ms
        .into_iter()
        .for_each(|duration_ms| history.observe(Run { duration_ms, energy_mwh: 2 * duration_ms }));
    history
}

/// Durations, a quantile, and the estimates of duration and energy.
fn check(given: &[u64], when: u64, then: (u64, u64, u32)) {
    let history = history(given.iter().copied());
    let (duration, energy) = (history.duration_ms(when, &STATED), history.energy_mwh(when, &STATED));
    let expected = (Estimate { amount: then.0, runs: then.2 }, Estimate { amount: then.1, runs: then.2 });
    assert_eq!((duration, energy), expected, "{given:?} at {when}");
}

#[test]
fn few_runs_say_what_is_usual_and_many_what_is_long() {
    check(&[], PLAN_PPM, (3_600, 5_500, 0));
    check(&[100], PLAN_PPM, (100, 200, 1));
    check(&[100], SAFE_PPM, (3_600, 5_500, 0));
    check(&[300, 100, 200], PLAN_PPM, (200, 400, 3));
    check(&[8, 7, 6, 5, 4, 3, 2, 1], SAFE_PPM, (3_600, 5_500, 0));
    check(&[9, 8, 7, 6, 5, 4, 3, 2, 1], SAFE_PPM, (9, 18, 9));
    check(&[5_000], PLAN_PPM, (3_600, 10_000, 1));
    check(&[100, 200], 0, (100, 200, 2));
    check(&[100, 200], u64::MAX, (3_600, 5_500, 0));
}

#[test]
fn the_oldest_runs_are_forgotten() {
    let history = history(0..100);
    let durations: Vec<u64> = history.runs().map(|run| run.duration_ms).collect();
    assert_eq!(durations, (100 - RUNS_MAX as u64..100).collect::<Vec<_>>());
}

#[test]
fn nine_of_ten_runs_are_not_longer_than_what_is_safe() {
    let mut numbers = Numbers(5);
    let mut within = 0;
    for _ in 0..10_000 {
        // Most runs are short and some are ten times as long.
        let mut run =
            || 100 + numbers.below(50) + if numbers.below(8) == 0 { numbers.below(1_000) } else { 0 };
        let history = history((0..RUNS_MAX).map(|_| run()));
        within += usize::from(run() <= history.duration_ms(SAFE_PPM, &STATED).amount);
    }
    assert!(within >= 8_950, "{within} of 10000");
}

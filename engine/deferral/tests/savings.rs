//! Accounts of runs: what was saved, what was left, and that the three costs are in their order.

use crate::generated::{HOUR_MS, Numbers, curve, prices};
use quickcheck::quickcheck;
use triad_deferral::{Account, Ran, cost_micro, start_area};

/// Prices by hour, spans of a run in hours that was ready at 0 and due at 4, and costs of two kilowatt hours: at once, as
/// it ran, at best.
fn check(given: &[i64], when: &[(i64, i64)], then: Option<(i128, i128, i128)>) {
    let spans_ms: Vec<_> = when.iter().map(|(from, until)| (from * HOUR_MS, until * HOUR_MS)).collect();
    let ran = Ran {
        ready_ms: 0,
        deadline_ms: 4 * HOUR_MS,
        spans_ms: &spans_ms,
        may_pause: false,
        energy_mwh: 2_000_000,
    };
    let costs = Account::of(&curve(given), &ran)
        .map(|account| (account.run_now_micro, account.actual_micro, account.clairvoyant_micro));
    assert_eq!(costs, then, "{given:?}, {when:?}");
}

#[test]
fn the_same_run_is_priced_at_three_times() {
    check(&[40, 20, 10, 30], &[(2, 3)], Some((80, 20, 20)));
    check(&[40, 20, 10, 30], &[(1, 2)], Some((80, 40, 20)));
    check(&[40, 20, 10, 30], &[(1, 3)], Some((60, 30, 30)));
    check(&[40, 20, 50, 10], &[(1, 2), (3, 4)], Some((60, 30, 30)));
    check(&[40, 20, -10, 30], &[(2, 3)], Some((80, -20, -20)));
    // Late: held against the time that it took.
    check(&[40, 20, 50, 10, 5], &[(4, 5)], Some((80, 10, 10)));
    check(&[40, 20], &[(1, 2)], None);
    check(&[40, 20, 10, 30], &[], None);
    check(&[40, 20, 10, 30], &[(2, 3), (1, 2)], None);
    check(&[40, 20, 10, 30], &[(-1, 1)], None);
}

#[test]
fn money_is_rounded_down_once() {
    assert_eq!(cost_micro(i128::from(HOUR_MS) * 3, 500_000, HOUR_MS), Some(1));
    assert_eq!(cost_micro(i128::from(HOUR_MS) * -3, 500_000, HOUR_MS), Some(-2));
    assert_eq!(cost_micro(1, 1, 0), None);
    assert_eq!(cost_micro(i128::MAX, 2, 1), None);
    // A start that costs as much as a kilowatt hour at 50, for a task of two kilowatt hours in an hour, is half an hour at
    // 50.
    assert_eq!(start_area(50, 2_000_000, 3_600_000), 50 * 1_800_000);
    assert_eq!(start_area(u64::MAX, 0, u64::MAX), u64::MAX);
}

quickcheck! {
    fn regret_is_never_negative(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let curve = curve(&prices(seed, 3));
        let ready_ms = numbers.between(0, 24 * HOUR_MS);
        let mut spans_ms = Vec::new();
        let mut at_ms = ready_ms;
        for _ in 0..=numbers.below(3) {
            let from_ms = at_ms + numbers.between(0, 4 * HOUR_MS);
            at_ms = from_ms + numbers.between(1, 3 * HOUR_MS);
            spans_ms.push((from_ms, at_ms));
        }
        let deadline_ms = ready_ms + numbers.between(0, 30 * HOUR_MS);
        let (may_pause, energy_mwh) = (seed.is_multiple_of(2), numbers.below(9_000_000));
        let ran = Ran { ready_ms, deadline_ms, spans_ms: &spans_ms, may_pause, energy_mwh };
        let account = Account::of(&curve, &ran).expect("all is known");
        account.regret_micro() >= 0
            && account.clairvoyant_micro <= account.run_now_micro
            && account.capture_ppm().is_none_or(|ppm| ppm <= 1_000_000)
            && account.saving_micro() + account.actual_micro == account.run_now_micro
    }
}

//! The queue: worth per energy, what is critical first, and nobody waits for ever.

use crate::generated::Numbers;
use quickcheck::quickcheck;
use triad_deferral::{LEAD_US_MAX, Priority, VALUE_LEAD_US, Worth, standing_us, value_lead_us};

const HOUR_US: i64 = 3_600_000_000;
const NOW_US: i64 = 1_000_000 * HOUR_US;

/// Where a task of that worth stands now.
fn standing(priority: Priority, value_score_ppm: u64, energy_mwh: u64, waiting_us: i64) -> i64 {
    let worth = Worth { value_score_ppm, market_multiplier_ppm: 1_000_000, energy_mwh };
    standing_us(NOW_US - waiting_us, priority, value_lead_us(&worth))
}

/// Tasks as (name, priority, value in millionths, watt hours, hours of waiting), and their names in order.
fn check(given: &[(&str, Priority, u64, u64, i64)], then: &[&str]) {
    let mut tasks: Vec<_> = given.to_vec();
    tasks.sort_by_key(|(_, priority, value, energy_wh, hours)| {
        standing(*priority, *value, energy_wh * 1000, hours * HOUR_US)
    });
    let names: Vec<&str> = tasks.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, then);
}

#[test]
fn worth_per_energy_orders_and_what_is_critical_goes_first() {
    use Priority::{Critical, High, Low, Normal};
    check(&[("small", Normal, 500_000, 5_000, 0), ("large", Normal, 950_000, 5_500, 0)], &["large", "small"]);
    check(&[("dear", Normal, 950_000, 50_000, 0), ("cheap", Normal, 100_000, 100, 0)], &["cheap", "dear"]);
    check(&[("low", Low, 1_000_000, 0, 0), ("normal", Normal, 0, 9_000, 0)], &["normal", "low"]);
    check(&[("high", High, 1_000_000, 1, 100), ("critical", Critical, 0, 99_000, 0)], &["critical", "high"]);
    check(&[("new", Normal, 900_000, 1_000, 0), ("old", Normal, 100_000, 1_000, 24)], &["old", "new"]);
    check(&[("critical", Critical, 1_000_000, 1, 0), ("old", Low, 0, 9_000, 24 * 12)], &["old", "critical"]);
    check(&[("a", Normal, 0, 1, 1), ("b", Normal, 0, 2, 2)], &["b", "a"]);
}

fn some_priority(numbers: &mut Numbers) -> Priority {
    [Priority::Critical, Priority::High, Priority::Normal, Priority::Low][numbers.below(4) as usize]
}

fn some_worth(numbers: &mut Numbers) -> Worth {
    Worth {
        value_score_ppm: numbers.below(1_000_001),
        market_multiplier_ppm: numbers.below(3_000_000),
        energy_mwh: numbers.below(20_000_000),
    }
}

quickcheck! {
    fn worth_per_energy_decides_among_equals(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let (one, other) = (some_worth(&mut numbers), some_worth(&mut numbers));
        let value = |task: &Worth, other: &Worth| {
            u128::from(task.value_score_ppm) * u128::from(task.market_multiplier_ppm) * u128::from(other.energy_mwh.max(1))
        };
        let is_before = value_lead_us(&one) >= value_lead_us(&other);
        is_before || value(&one, &other) <= value(&other, &one)
    }

    fn value_never_makes_up_for_a_priority_or_a_day(seed: u64) -> bool {
        let lead_us = value_lead_us(&some_worth(&mut Numbers(seed)));
        (0..VALUE_LEAD_US).contains(&lead_us)
    }

    fn nobody_who_comes_later_than_the_lead_goes_first(seed: u64, later_us: u32) -> bool {
        let mut numbers = Numbers(seed);
        let mut stands = |since_us: i64| {
            standing_us(since_us, some_priority(&mut numbers), value_lead_us(&some_worth(&mut numbers)))
        };
        stands(NOW_US) <= stands(NOW_US + LEAD_US_MAX + i64::from(later_us))
    }
}

#[test]
fn a_flood_of_critical_tasks_starves_nobody() {
    // One place, an hour each, and every hour a new critical task of the highest worth.
    let worth = Worth { value_score_ppm: 1_000_000, market_multiplier_ppm: 1_000_000, energy_mwh: 1 };
    let mut queue = vec![(standing_us(0, Priority::Low, 0), Priority::Low)];
    let served = (0..10_000).find(|hour| {
        let critical = standing_us(hour * HOUR_US, Priority::Critical, value_lead_us(&worth));
        queue.push((critical, Priority::Critical));
        queue.sort_unstable_by_key(|(standing, _)| *standing);
        queue.remove(0).1 == Priority::Low
    });
    let bound = LEAD_US_MAX / HOUR_US + 1;
    assert!(served.is_some_and(|hour| hour <= bound), "{served:?} of at most {bound}");
}

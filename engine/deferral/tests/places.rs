//! The queue: worth per energy, what is critical first, and nobody waits for ever.

use crate::generated::Numbers;
use quickcheck::quickcheck;
use triad_deferral::{LEAD_MS_MAX, Priority, Waiting, queue_key};

const HOUR_MS: u64 = 3_600_000;

fn waiting(priority: Priority, value_score_ppm: u64, energy_mwh: u64, waiting_ms: u64) -> Waiting {
    Waiting { priority, value_score_ppm, market_multiplier_ppm: 1_000_000, energy_mwh, waiting_ms }
}

/// Tasks as (name, priority, value in millionths, watt hours, hours of waiting), and their names in order.
fn check(given: &[(&str, Priority, u64, u64, u64)], then: &[&str]) {
    let mut tasks: Vec<_> = given.to_vec();
    tasks.sort_by_key(|(_, priority, value, energy_wh, hours)| {
        queue_key(&waiting(*priority, *value, energy_wh * 1000, hours * HOUR_MS))
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

fn some_task(numbers: &mut Numbers) -> Waiting {
    let priority =
        [Priority::Critical, Priority::High, Priority::Normal, Priority::Low][numbers.below(4) as usize];
    Waiting {
        priority,
        value_score_ppm: numbers.below(1_000_001),
        market_multiplier_ppm: numbers.below(3_000_000),
        energy_mwh: numbers.below(20_000_000),
        waiting_ms: numbers.below(30 * 24 * HOUR_MS),
    }
}

quickcheck! {
    fn waiting_changes_no_order(seed: u64, later_ms: u32) -> bool {
        let mut numbers = Numbers(seed);
        let (one, other) = (some_task(&mut numbers), some_task(&mut numbers));
        let later = |task: Waiting| Waiting { waiting_ms: task.waiting_ms + u64::from(later_ms), ..task };
        queue_key(&one).cmp(&queue_key(&other)) == queue_key(&later(one)).cmp(&queue_key(&later(other)))
    }

    fn among_equals_worth_per_energy_decides(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let (one, other) = (some_task(&mut numbers), some_task(&mut numbers));
        let other = Waiting { priority: one.priority, waiting_ms: one.waiting_ms, ..other };
        let worth = |task: &Waiting, other: &Waiting| {
            u128::from(task.value_score_ppm) * u128::from(task.market_multiplier_ppm) * u128::from(other.energy_mwh.max(1))
        };
        let is_before = queue_key(&one) <= queue_key(&other);
        is_before || worth(&one, &other) <= worth(&other, &one)
    }

    fn nobody_who_comes_later_than_the_lead_goes_first(seed: u64, waited_ms: u32) -> bool {
        let mut numbers = Numbers(seed);
        let old = Waiting { waiting_ms: LEAD_MS_MAX + u64::from(waited_ms), ..some_task(&mut numbers) };
        let new = Waiting { waiting_ms: u64::from(waited_ms), ..some_task(&mut numbers) };
        queue_key(&old) <= queue_key(&new)
    }
}

#[test]
fn a_flood_of_critical_tasks_starves_nobody() {
    // One place, an hour each, and every hour a new critical task of the highest worth.
    let mut queue = vec![(0, waiting(Priority::Low, 0, 1_000_000_000, 0))];
    let served = (0..10_000_u64).find(|hour| {
        queue.push((*hour, waiting(Priority::Critical, 1_000_000, 1, 0)));
        queue.sort_by_key(|(since, task)| {
            queue_key(&Waiting { waiting_ms: (hour - since) * HOUR_MS, ..*task })
        });
        queue.remove(0).1.priority == Priority::Low
    });
    let bound = LEAD_MS_MAX / HOUR_MS + 1;
    assert!(served.is_some_and(|hour| hour <= bound), "{served:?} of at most {bound}");
}

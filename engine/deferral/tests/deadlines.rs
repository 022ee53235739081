//! No task that takes no longer than its estimate misses its deadline, whatever prices do.

use crate::generated::{HOUR_MS, Numbers, prices, publish};
use triad_deferral::limits::QUARTER_MS;
use triad_deferral::{
    Aim, Bounds, Form, Method, Missing, Outlook, PriceCurve, Priority, Rules, Task, Threshold, Verdict,
    decide, decide_by,
};

const TASKS: usize = 100_000;

#[derive(Debug, Default)]
struct Count {
    met: usize,
    missed: usize,
    /// Arrived too late to be done in time, or took longer than estimated: they are run without waiting any longer.
    hopeless: usize,
    longest_ms: i64,
}

#[test]
fn none_of_a_hundred_thousand_tasks_misses_its_deadline_within_its_estimate() {
    let mut numbers = Numbers(7);
    let curves: Vec<PriceCurve> = (0..40).map(|seed| some_curve(seed, &mut numbers)).collect();
    let bounds = Bounds::new(10_000, 200_000).expect("bounds");
    let thresholds = [
        Threshold::one_search(bounds),
        Threshold::k_search(bounds, 8, 0).expect("slots"),
        Threshold::k_search(bounds, 8, 5_000).expect("slots"),
    ];
    let mut count = Count::default();
    for _ in 0..TASKS {
        let curve = &curves[numbers.below(40) as usize];
        let rules = some_rules(&mut numbers, &thresholds);
        let arrival_ms = numbers.between(4 * 24 * HOUR_MS, 6 * 24 * HOUR_MS);
        let task = some_task(&mut numbers, arrival_ms);
        // One in twenty takes longer than it does when it takes long.
        let actual_ms = match numbers.below(20) {
            0 => task.safe_ms.cast_signed() + 1_000,
            _ => numbers.between(1, task.safe_ms.cast_signed()),
        };
        let end_ms = run(&task, curve, &rules, arrival_ms, actual_ms);
        if numbers.below(50) == 0 {
            let outlook = Outlook::of(curve, arrival_ms, arrival_ms + 4 * 24 * HOUR_MS);
            let by_shared = decide_by(&task, curve, outlook.as_ref(), &rules, arrival_ms);
            assert_eq!(by_shared, decide(&task, curve, &rules, arrival_ms), "{task:?}");
        }
        let is_hopeless = arrival_ms > task.last_safe_start_ms() || actual_ms > task.safe_ms.cast_signed();
        if is_hopeless {
            count.hopeless += 1;
            let longest_ms = arrival_ms.max(task.last_safe_start_ms()) + actual_ms;
            assert!(end_ms <= longest_ms, "a task that cannot make it does not wait: {task:?}");
        } else if end_ms <= task.deadline_ms {
            count.met += 1;
        } else {
            count.missed += 1;
        }
        count.longest_ms = count.longest_ms.max(end_ms - arrival_ms);
    }
    assert_eq!((count.missed, count.met + count.hopeless), (0, TASKS), "{count:?}");
    assert!(count.met > TASKS / 2 && count.hopeless > 1000, "{count:?}");
}

/// Some days of prices, of which some are missing.
fn some_curve(seed: u64, numbers: &mut Numbers) -> PriceCurve {
    let prices = prices(seed, 8);
    let mut curve = PriceCurve::new();
    let known = numbers.below(8 * 24) as usize;
    publish(&mut curve, &prices, 0..known);
    if numbers.below(3) == 0 {
        curve = PriceCurve::new();
        (0..known)
            .filter(|_| numbers.below(4) > 0)
            .for_each(|hour| publish(&mut curve, &prices, hour..hour + 1));
    }
    curve
}

fn some_rules<'a>(numbers: &mut Numbers, thresholds: &'a [Threshold; 3]) -> Rules<'a> {
    let method = match numbers.below(4) {
        0 => Method::Threshold { threshold: &thresholds[numbers.below(3) as usize], slot_ms: 900_000 },
        _ => Method::Curve,
    };
    let missing = match numbers.below(4) {
        0 => Missing::RunNow,
        1 => Missing::Wait,
        2 => Missing::LastKnown { for_ms: numbers.below(7_200_000) },
        _ => Missing::Typical { quantile_ppm: numbers.below(1_000_001), history_ms: 86_400_000 },
    };
    Rules {
        method,
        missing,
        price_age_ms_max: (numbers.below(5) == 0).then(|| numbers.below(86_400_000)),
        least_saving_micro_per_kwh: numbers.below(20_000),
        next_publication_ms: (numbers.below(2) == 0).then(|| numbers.between(0, 8 * 24 * HOUR_MS)),
        look_again_ms: numbers.below(7_200_000) + 600_000,
    }
}

fn some_task(numbers: &mut Numbers, arrival_ms: i64) -> Task {
    let aim = match numbers.below(3) {
        0 => Aim::Bid { max_bid_micro_per_kwh: numbers.between(-10_000, 60_000) },
        1 => Aim::BidOrCheapest { max_bid_micro_per_kwh: numbers.between(-10_000, 60_000) },
        _ => Aim::Cheapest,
    };
    let form = match numbers.below(8) {
        0 => Form::Interruptible { start_area: numbers.below(10_000) * 900_000 },
        _ => Form::Contiguous,
    };
    let safe_ms = numbers.below(3 * 3_600_000) + 1;
    Task {
        priority: [Priority::High, Priority::Normal, Priority::Low][numbers.below(3) as usize],
        aim,
        form,
        deadline_ms: arrival_ms + numbers.between(0, 10 * HOUR_MS),
        plan_ms: numbers.below(2 * safe_ms),
        safe_ms,
        margin_ms: numbers.below(60_000),
        is_running: false,
        slots_run: 0,
    }
}

/// Runs a task by its decisions alone, and says when it ended. One that may pause is asked again where quarters begin.
fn run(task: &Task, curve: &PriceCurve, rules: &Rules<'_>, arrival_ms: i64, actual_ms: i64) -> i64 {
    let (mut now_ms, mut left_ms, mut task) = (arrival_ms, actual_ms, *task);
    for _ in 0..10_000 {
        let decision = decide(&task, curve, rules, now_ms);
        match decision.verdict {
            Verdict::Execute(_) if task.form == Form::Contiguous => return now_ms + left_ms,
            Verdict::Execute(_) => {
                let next_ms = (now_ms / QUARTER_MS + 1) * QUARTER_MS;
                let ran_ms = left_ms.min(next_ms - now_ms);
                (now_ms, left_ms) = (now_ms + ran_ms, left_ms - ran_ms);
                task.safe_ms = task.safe_ms.saturating_sub(ran_ms.unsigned_abs());
                task.plan_ms = task.plan_ms.saturating_sub(ran_ms.unsigned_abs());
                (task.is_running, task.slots_run) = (true, task.slots_run + 1);
                if left_ms == 0 {
                    return now_ms;
                }
            }
            Verdict::Defer { look_again_ms, .. } => {
                assert!(
                    look_again_ms > now_ms && look_again_ms <= decision.last_safe_start_ms,
                    "{decision:?}"
                );
                (now_ms, task.is_running) = (look_again_ms, false);
            }
        }
    }
    panic!("it is looked at for ever: {task:?}")
}

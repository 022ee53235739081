//! Nothing panics, whatever it is given, and the same question has the same answer.

use crate::generated::Numbers;
use quickcheck::quickcheck;
use triad_deferral::{
    Account, Aim, Bounds, Form, Method, Missing, Outlook, PriceCurve, Priority, Ran, Rules, Step, StepLength,
    Task, Threshold, Verdict, Window, WindowCost, Worth, cheapest_schedule, cheapest_start, cost_micro,
    decide, standing_us, start_area, value_lead_us,
};

/// A number of any size, and often one at the end of what is possible.
fn any(numbers: &mut Numbers) -> i64 {
    let number = numbers.next().cast_signed();
    match numbers.below(8) {
        0 => i64::MIN + number.rem_euclid(3),
        1 => i64::MAX - number.rem_euclid(3),
        2 => number.rem_euclid(5) - 2,
        3 => number,
        _ => number.rem_euclid(3 * 86_400_000),
    }
}

fn any_unsigned(numbers: &mut Numbers) -> u64 {
    any(numbers).unsigned_abs()
}

fn any_curve(numbers: &mut Numbers) -> PriceCurve {
    let mut curve = PriceCurve::new();
    for _ in 0..numbers.below(60) {
        let length = [StepLength::Quarter, StepLength::Half, StepLength::Hour][numbers.below(3) as usize];
        let start_ms = if numbers.below(9) == 0 { any(numbers) } else { numbers.between(0, 300) * 900_000 };
        let step = Step { start_ms, length, price_micro_per_kwh: any(numbers) };
        let _refused = curve.publish(step, any(numbers));
    }
    curve
}

fn any_threshold(numbers: &mut Numbers) -> Option<Threshold> {
    let bounds = Bounds::new(any(numbers), any(numbers))?;
    Threshold::k_search(bounds, numbers.below(50) as u32, any(numbers))
}

fn any_task(numbers: &mut Numbers) -> Task {
    Task {
        priority: [Priority::Critical, Priority::Normal][numbers.below(2) as usize],
        aim: match numbers.below(3) {
            0 => Aim::Bid { max_bid_micro_per_kwh: any(numbers) },
            1 => Aim::BidOrCheapest { max_bid_micro_per_kwh: any(numbers) },
            _ => Aim::Cheapest,
        },
        form: match numbers.below(2) {
            0 => Form::Contiguous,
            _ => Form::Interruptible { start_area: any_unsigned(numbers) },
        },
        deadline_ms: any(numbers),
        plan_ms: any_unsigned(numbers),
        safe_ms: any_unsigned(numbers),
        margin_ms: any_unsigned(numbers),
        is_running: numbers.below(2) == 0,
        slots_run: numbers.next() as u32,
    }
}

fn any_rules<'a>(numbers: &mut Numbers, threshold: Option<&'a Threshold>) -> Rules<'a> {
    let slot_ms = any_unsigned(numbers);
    Rules {
        method: threshold.map_or(Method::Curve, |threshold| Method::Threshold { threshold, slot_ms }),
        missing: match numbers.below(4) {
            0 => Missing::RunNow,
            1 => Missing::Wait,
            2 => Missing::LastKnown { for_ms: any_unsigned(numbers) },
            _ => Missing::Typical { quantile_ppm: any_unsigned(numbers), history_ms: any_unsigned(numbers) },
        },
        price_age_ms_max: (numbers.below(2) == 0).then(|| any_unsigned(numbers)),
        least_saving_micro_per_kwh: any_unsigned(numbers),
        next_publication_ms: (numbers.below(2) == 0).then(|| any(numbers)),
        look_again_ms: any_unsigned(numbers),
    }
}

quickcheck! {
    fn every_question_has_one_answer(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let (curve, threshold) = (any_curve(&mut numbers), any_threshold(&mut numbers));
        let task = any_task(&mut numbers);
        let (rules, now_ms) = (any_rules(&mut numbers, threshold.as_ref()), any(&mut numbers));
        let decision = decide(&task, &curve, &rules, now_ms);
        let is_timely = match decision.verdict {
            Verdict::Execute(_) => true,
            Verdict::Defer { look_again_ms, .. } => {
                look_again_ms > now_ms && look_again_ms <= decision.last_safe_start_ms
            }
        };
        is_timely && decision == decide(&task, &curve.clone(), &rules, now_ms)
    }

    fn nothing_panics(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let curve = any_curve(&mut numbers);
        let mut number = || any(&mut numbers);
        let (a, b, c, d) = (number(), number(), number(), number());
        curve.mean_micro_per_kwh(a, b);
        if let Some(outlook) = Outlook::of(&curve, a, b) {
            cheapest_start(&outlook, a, c, d);
            cheapest_start(&outlook, c, d, number());
            let (start_area, until_ms) = (number().unsigned_abs(), a.saturating_add(86_400_000).min(b));
            for duration_ms in [d, until_ms.saturating_sub(a) / 2] {
                let window = Window { from_ms: a, until_ms, duration_ms, start_area, is_running: false };
                cheapest_schedule(&outlook, &window);
            }
        }
        let spans_ms = [(a, b), (c, d)];
        let energy_mwh = number().unsigned_abs();
        let ran = Ran { ready_ms: c, deadline_ms: d, spans_ms: &spans_ms[..1], may_pause: a > b, energy_mwh };
        let accounts = [Account::of(&curve, &ran), Account::of(&curve, &Ran { spans_ms: &spans_ms, ..ran })];
        let share = |account: Account| account.plus(&account).capture_ppm();
        let captured = accounts.into_iter().flatten().filter_map(share).filter(|ppm| *ppm <= 1_000_000).count();
        cost_micro(i128::from(a) * i128::from(b), c.unsigned_abs(), d);
        start_area(a.unsigned_abs(), b.unsigned_abs(), c.unsigned_abs());
        let worth = Worth {
            value_score_ppm: a.unsigned_abs(),
            market_multiplier_ppm: b.unsigned_abs(),
            energy_mwh: c.unsigned_abs(),
        };
        standing_us(d, Priority::Critical, value_lead_us(&worth));
        let prices: Vec<i64> = (0..60).map(|_| number()).collect();
        Bounds::of_quantiles(&prices, a.unsigned_abs(), b.unsigned_abs());
        any_threshold(&mut numbers).and_then(|policy| WindowCost::of(&policy, &prices)?.ratio_ppm()).is_none_or(|ppm| ppm > 0)
            && captured <= 2
    }
}

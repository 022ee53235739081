//! Nothing is decided by a price before it is published, and what is published counts at once.

use crate::generated::{HOUR_MS, prices, publish};
use triad_deferral::{
    Account, Aim, Form, Method, Missing, PriceCurve, Priority, Ran, Rules, Task, Verdict, decide,
};

const FIRST: usize = 70 * 24;
const WINDOW: usize = 24;

/// Every decision about tasks of four hours in a day, one that arrives every hour from midnight to midnight: (hour,
/// arrival, verdict).
fn transcript(prices: &[i64], form: Form) -> Vec<(usize, usize, Verdict)> {
    let mut curve = PriceCurve::new();
    publish(&mut curve, prices, 0..FIRST + 24);
    let mut looks: Vec<(usize, Option<i64>)> = Vec::new();
    let mut transcript = Vec::new();
    for now in FIRST..FIRST + 48 {
        if now == FIRST + 13 || now == FIRST + 37 {
            publish(&mut curve, prices, now + 11..now + 35);
        }
        if now < FIRST + 24 {
            looks.push((now, Some(at_ms(now))));
        }
        for (arrival, look_ms) in &mut looks {
            if look_ms.is_none_or(|look_ms| look_ms > at_ms(now)) {
                continue;
            }
            let publication = if now < FIRST + 13 { FIRST + 13 } else { FIRST + 37 };
            let verdict = decide(&task(*arrival, form), &curve, &rules(publication), at_ms(now)).verdict;
            transcript.push((now, *arrival, verdict));
            *look_ms = match verdict {
                Verdict::Execute(_) => None,
                Verdict::Defer { look_again_ms, .. } => Some(look_again_ms),
            };
        }
    }
    transcript
}

fn at_ms(hour: usize) -> i64 {
    i64::try_from(hour).expect("series are short") * HOUR_MS
}

fn task(arrival: usize, form: Form) -> Task {
    Task {
        priority: Priority::Normal,
        aim: Aim::Cheapest,
        form,
        deadline_ms: at_ms(arrival + WINDOW),
        plan_ms: 4 * 3_600_000,
        safe_ms: 4 * 3_600_000,
        margin_ms: 0,
        is_running: false,
        slots_run: 0,
    }
}

fn rules(publication: usize) -> Rules<'static> {
    Rules {
        method: Method::Curve,
        missing: Missing::Wait,
        price_age_ms_max: None,
        least_saving_micro_per_kwh: 0,
        next_publication_ms: Some(at_ms(publication)),
        look_again_ms: 3_600_000,
    }
}

#[test]
fn a_price_that_is_not_published_yet_moves_no_decision() {
    for seed in 0..20 {
        let usual = prices(seed, 75);
        let mut planted = usual.clone();
        // The night after the day is far cheaper than anything before it, which is published at 13:00.
        planted[FIRST + 26..FIRST + 30].fill(-500_000);
        for form in [Form::Contiguous, Form::Interruptible { start_area: 0 }] {
            let (usual, planted) = (transcript(&usual, form), transcript(&planted, form));
            let before = |transcript: &[(usize, usize, Verdict)]| {
                transcript.iter().filter(|(now, ..)| *now < FIRST + 13).copied().collect::<Vec<_>>()
            };
            assert!(before(&usual).len() >= 13);
            assert_eq!(before(&usual), before(&planted), "seed {seed}");
            assert_ne!(usual, planted, "seed {seed}: what is published counts");
        }
    }
}

#[test]
fn on_generated_markets_nearly_all_of_what_is_possible_is_saved() {
    let none = Account { run_now_micro: 0, actual_micro: 0, clairvoyant_micro: 0 };
    let mut sum = none;
    for seed in 0..40 {
        let prices = prices(seed, 75);
        let truth = crate::generated::curve(&prices);
        for (now, arrival, verdict) in transcript(&prices, Form::Contiguous) {
            let Verdict::Execute(_) = verdict else { continue };
            let spans_ms = &[(at_ms(now), at_ms(now + 4))];
            let (ready_ms, deadline_ms) = (at_ms(arrival), at_ms(arrival + WINDOW));
            let account = Account::of(
                &truth,
                &Ran { ready_ms, deadline_ms, spans_ms, may_pause: false, energy_mwh: 1_000_000 },
            );
            sum = sum.plus(&account.expect("all is known afterwards"));
        }
    }
    assert!(sum.capture_ppm() > Some(930_000), "{:?} of {sum:?}", sum.capture_ppm());
}

//! Plans against every other plan, and the forecast by which they go on where the curve ends.

use crate::generated::{HOUR_MS, Numbers, curve, prices};
use quickcheck::quickcheck;
use triad_deferral::limits::{DAY_MS, QUARTER_MS};
use triad_deferral::{Outlook, PriceCurve, Step, StepLength, Window, cheapest_schedule, cheapest_start};

/// Some hours with steps of all lengths.
fn some_curve(numbers: &mut Numbers) -> PriceCurve {
    let mut curve = PriceCurve::new();
    let mut start_ms = 0;
    while start_ms < 6 * HOUR_MS {
        let length = [StepLength::Quarter, StepLength::Half, StepLength::Hour][numbers.below(3) as usize];
        // Few prices, so that many plans cost the same.
        let price_micro_per_kwh = numbers.between(-2, 4);
        curve.publish(Step { start_ms, length, price_micro_per_kwh }, 0).expect("aligned");
        start_ms += length.ms();
    }
    curve
}

quickcheck! {
    fn no_start_is_cheaper_and_none_as_cheap_is_earlier(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let curve = some_curve(&mut numbers);
        let minute = |numbers: &mut Numbers, most| numbers.between(0, most) * 60_000;
        let (earliest_ms, duration_ms) = (minute(&mut numbers, 90), minute(&mut numbers, 120));
        let latest_ms = earliest_ms + minute(&mut numbers, 120);
        let outlook = Outlook::of(&curve, earliest_ms, latest_ms + duration_ms + 1).expect("known");
        let found = cheapest_start(&outlook, earliest_ms, latest_ms, duration_ms).expect("covered");
        // Borders of segments are at whole minutes, so one of the best starts is too.
        (0..=(latest_ms - earliest_ms) / 60_000).all(|minute| {
            let start_ms = earliest_ms + minute * 60_000;
            let area = curve.area(start_ms, start_ms + duration_ms).expect("known");
            area > found.area || area == found.area && start_ms >= found.start_ms
        })
    }

    fn no_schedule_is_cheaper(seed: u64) -> bool {
        let mut numbers = Numbers(seed);
        let curve = some_curve(&mut numbers);
        let from_ms = numbers.between(0, 60) * 60_000;
        let until_ms = from_ms + numbers.between(1, 130) * 60_000;
        let duration_ms = numbers.between(1, (until_ms - from_ms) / 60_000) * 60_000;
        let (start_area, is_running) = (numbers.below(3) * 900_000, numbers.below(2) == 1);
        let window = Window { from_ms, until_ms, duration_ms, start_area, is_running };
        let outlook = Outlook::of(&curve, from_ms, until_ms).expect("known");
        let found = cheapest_schedule(&outlook, &window).expect("there is time");
        let (area, spans_ms) = every_schedule(&curve, &window).expect("there is time");
        let ran: i64 = found.spans_ms.iter().map(|(from_ms, until_ms)| until_ms - from_ms).sum();
        (found.area, &found.spans_ms, ran) == (area, &spans_ms, duration_ms)
    }
}

/// The least of all subsets of cells, and the earliest of those: of two, the one that runs where they first differ.
fn every_schedule(curve: &PriceCurve, window: &Window) -> Option<(i128, Vec<(i64, i64)>)> {
    let mut borders = vec![window.from_ms];
    borders.extend(
        (1..40)
            .map(|quarter| quarter * QUARTER_MS)
            .filter(|at| (window.from_ms + 1..window.until_ms).contains(at)),
    );
    borders.push(window.until_ms);
    let cells = borders.len() - 1;
    let mut best: Option<(i128, Vec<(i64, i64)>)> = None;
    // The first cell is the highest digit, so counting down goes from early to late.
    for subset in (0..1_u32 << cells).rev() {
        let (mut left_ms, mut is_running, mut cost) = (window.duration_ms, window.is_running, 0);
        let mut spans: Vec<(i64, i64)> = Vec::new();
        for cell in 0..cells {
            let is_run = subset >> (cells - 1 - cell) & 1 == 1 && left_ms > 0;
            if is_run {
                let (start_ms, stop_ms) = (borders[cell], borders[cell + 1].min(borders[cell] + left_ms));
                cost += if is_running { 0 } else { i128::from(window.start_area) };
                cost += curve.area(start_ms, stop_ms).expect("known");
                left_ms -= stop_ms - start_ms;
                match spans.last_mut() {
                    Some(last) if last.1 == start_ms => last.1 = stop_ms,
                    _ => spans.push((start_ms, stop_ms)),
                }
            }
            is_running = is_run;
        }
        if left_ms == 0 && best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, spans));
        }
    }
    best
}

#[test]
fn windows_of_a_month_are_planned_too() {
    let curve = curve(&prices(3, 40));
    let window = Window {
        from_ms: 7 * 60_000,
        until_ms: 30 * DAY_MS + 60_000,
        duration_ms: 100 * HOUR_MS + 1,
        start_area: 0,
        is_running: false,
    };
    let outlook = Outlook::of(&curve, window.from_ms, window.until_ms).expect("known");
    let schedule = cheapest_schedule(&outlook, &window).expect("there is time");
    let ran: i64 = schedule.spans_ms.iter().map(|(from_ms, until_ms)| until_ms - from_ms).sum();
    let area = schedule
        .spans_ms
        .iter()
        .map(|(from_ms, until_ms)| curve.area(*from_ms, *until_ms))
        .sum::<Option<i128>>();
    assert_eq!((ran, area), (window.duration_ms, Some(schedule.area)));
}

#[test]
fn a_forecast_is_the_usual_week_at_the_level_of_the_last_day() {
    // Nine weeks of one shape, and the last day that is known lies by 7 above it.
    let shape = |hour: usize| (hour % 24) as i64 * 1000 + if hour % 168 >= 120 { -5000 } else { 0 };
    let known: Vec<i64> =
        (0..9 * 168).map(|hour| shape(hour) + if hour >= 9 * 168 - 24 { 7 } else { 0 }).collect();
    let curve = curve(&known);
    let until_ms = 9 * 168 * HOUR_MS;
    let outlook = Outlook::of(&curve, until_ms, until_ms + 2 * DAY_MS).expect("known");
    for segment in outlook.segments() {
        let hour = usize::try_from(segment.start_ms / HOUR_MS).expect("positive");
        assert_eq!((segment.price_micro_per_kwh, segment.is_known), (shape(hour) + 7, false), "{segment:?}");
    }
}

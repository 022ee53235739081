//! What deferring saves on a series of day-ahead prices: what was possible, and four policies, in percent of running at
//! once.
//!
//! Usage: `deferral_savings FILE.csv`, with a line of names and then, an hour each, `time,price per MWh[,...]`. A task of
//! `k` hours in one piece arrives every hour and has to be done within `W` hours. Every day at 13:00 the prices of the
//! next day are published.

use std::ops::Range;
use std::process::ExitCode;
use triad_deferral::{
    Account, Aim, Form, Method, Missing, Outlook, PriceCurve, Priority, Ran, Rules, Step, StepLength, Task,
    Verdict, cheapest_start, decide,
};

const HOUR_MS: i64 = 3_600_000;
const PUBLISHED_AT_HOUR: usize = 13;
/// Before it there is no week before.
const FIRST: usize = 8 * 24;
/// Hours of a task and of its window.
const CASES: &[(usize, usize)] = &[(1, 24), (4, 24), (4, 12)];

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: deferral_savings FILE.csv");
        return ExitCode::from(2);
    };
    let prices = match std::fs::read_to_string(&path) {
        Ok(text) => prices(&text),
        Err(error) => {
            eprintln!("{path} cannot be read: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        "{} hours. Savings against running at once, in percent of its cost; in brackets, of what was possible.",
        prices.len()
    );
    let [clairvoyant, known_once, known_again] = ["clairvoyant", "known", "known, again"];
    println!(
        "{:>5} {clairvoyant:>12} {known_once:>12} {known_again:>12} {:>12} {:>12}",
        "k/W", "yesterday", "planned"
    );
    let truth = curve(&prices, 0..prices.len());
    for &(hours, window) in CASES {
        let arrivals = FIRST..prices.len().saturating_sub(window + 24);
        let whole = |start_ms: i64| vec![(start_ms, start_ms + at_ms(hours))];
        let runs = [
            once(&prices, arrivals.clone(), hours, window, known).into_iter().map(whole).collect(),
            again(&prices, arrivals.clone(), hours, window).into_iter().map(whole).collect(),
            once(&prices, arrivals.clone(), hours, window, yesterday).into_iter().map(whole).collect(),
            planned(&prices, arrivals.clone(), hours, window, Form::Contiguous),
        ];
        let sums = runs.map(|runs| account(&truth, arrivals.start, &runs, window, false));
        let share = |part: i128, sum: &Account| 100.0 * part as f64 / sum.run_now_micro as f64;
        let possible = share(sums[0].run_now_micro - sums[0].clairvoyant_micro, &sums[0]);
        let [known, again, yesterday, ours] = sums.each_ref().map(|sum| share(sum.saving_micro(), sum));
        let name = format!("{hours}/{window}");
        println!(
            "{name:>5} {possible:>12.2} {known:>12.2} {again:>12.2} {yesterday:>12.2} {ours:>12.2}  ({:.2} %)",
            100.0 * ours / possible
        );
        let paused = planned(&prices, arrivals.clone(), hours, window, Form::Interruptible { start_area: 0 });
        let paused = account(&truth, arrivals.start, &paused, window, true);
        let possible = share(paused.run_now_micro - paused.clairvoyant_micro, &paused);
        let saved = share(paused.saving_micro(), &paused);
        println!("  with pauses: {saved:.2} of {possible:.2}  ({:.2} %)", 100.0 * saved / possible);
    }
    ExitCode::SUCCESS
}

/// Prices per megawatt hour are thousandths of those per kilowatt hour.
fn prices(text: &str) -> Vec<i64> {
    let fields = text.lines().skip(1).filter_map(|line| line.split(',').nth(1)?.trim().parse::<f64>().ok());
    fields.map(|price| (price * 1000.0).round() as i64).collect()
}

fn at_ms(hour: usize) -> i64 {
    i64::try_from(hour).unwrap_or(i64::MAX / HOUR_MS) * HOUR_MS
}

fn publish(curve: &mut PriceCurve, hour: usize, price_micro_per_kwh: i64, published: usize) {
    let step = Step { start_ms: at_ms(hour), length: StepLength::Hour, price_micro_per_kwh };
    curve.publish(step, at_ms(published)).expect("hours begin at quarters of an hour");
}

fn curve(prices: &[i64], hours: Range<usize>) -> PriceCurve {
    let mut curve = PriceCurve::new();
    hours.for_each(|hour| publish(&mut curve, hour, prices[hour], 0));
    curve
}

/// The first hour whose price is not known in an hour.
fn known_until(hour: usize) -> usize {
    let day = hour / 24 * 24;
    day + if hour - day >= PUBLISHED_AT_HOUR { 48 } else { 24 }
}

/// What was published, and beyond it the price of a day before.
fn known(prices: &[i64], now: usize, hour: usize) -> i64 {
    let until = known_until(now);
    let known = [hour, hour - 24, hour - 48].into_iter().find(|hour| *hour < until);
    prices[known.expect("a window is not longer than a day")]
}

/// The price of a day before, whatever was published.
fn yesterday(prices: &[i64], _now: usize, hour: usize) -> i64 {
    prices[hour - 24]
}

/// What the price of an hour is taken to be, in an hour.
type Taken = fn(&[i64], usize, usize) -> i64;

/// The cheapest start from an hour to the end of a window, by what the prices are taken to be.
fn chosen(prices: &[i64], now: usize, until: usize, hours: usize, taken: Taken) -> i64 {
    let mut curve = PriceCurve::new();
    (now..until).for_each(|hour| publish(&mut curve, hour, taken(prices, now, hour), now));
    let outlook = Outlook::of(&curve, at_ms(now), at_ms(until)).expect("the window is not empty");
    let start = cheapest_start(&outlook, at_ms(now), at_ms(until - hours), at_ms(hours));
    start.expect("the window is covered").start_ms
}

/// Starts that are chosen once, at the arrival.
fn once(prices: &[i64], arrivals: Range<usize>, hours: usize, window: usize, taken: Taken) -> Vec<i64> {
    arrivals.map(|now| chosen(prices, now, now + window, hours, taken)).collect()
}

/// Starts that are chosen at the arrival by what is known, and again at the next publication if they lie after it.
fn again(prices: &[i64], arrivals: Range<usize>, hours: usize, window: usize) -> Vec<i64> {
    let start = |now: usize| {
        let start_ms = chosen(prices, now, now + window, hours, known);
        let publication = now / 24 * 24 + PUBLISHED_AT_HOUR;
        if now >= publication || start_ms < at_ms(publication) {
            return start_ms;
        }
        chosen(prices, publication, now + window, hours, known)
    };
    arrivals.map(start).collect()
}

/// A task that waits, or may pause.
struct Open {
    arrival: usize,
    look_ms: i64,
    left: usize,
    spans_ms: Vec<(i64, i64)>,
}

/// Runs as [`decide`] says, with a curve that holds what is published and nothing else, and a look whenever it wants one.
/// What may pause is looked at every hour.
fn planned(
    prices: &[i64],
    arrivals: Range<usize>,
    hours: usize,
    window: usize,
    form: Form,
) -> Vec<Vec<(i64, i64)>> {
    let mut curve = curve(prices, 0..known_until(arrivals.start));
    let mut runs = vec![Vec::new(); arrivals.len()];
    let mut open: Vec<Open> = Vec::new();
    for now in arrivals.start..arrivals.end + window {
        if now % 24 == PUBLISHED_AT_HOUR {
            let published = now / 24 * 24 + 24..known_until(now).min(prices.len());
            published.for_each(|hour| publish(&mut curve, hour, prices[hour], now));
        }
        if arrivals.contains(&now) {
            open.push(Open { arrival: now, look_ms: at_ms(now), left: hours, spans_ms: Vec::new() });
        }
        let rules = rules(now);
        for task in open.iter_mut().filter(|task| task.look_ms <= at_ms(now)) {
            let verdict = decide(&task.now(window, form, at_ms(now)), &curve, &rules, at_ms(now)).verdict;
            task.look_ms = at_ms(now + 1);
            match verdict {
                Verdict::Execute(_) if form == Form::Contiguous => task.run(now, hours),
                Verdict::Execute(_) => task.run(now, 1),
                Verdict::Defer { look_again_ms, .. } => task.look_ms = look_again_ms,
            }
        }
        for task in open.extract_if(.., |task| task.left == 0) {
            runs[task.arrival - arrivals.start] = task.spans_ms;
        }
    }
    runs
}

impl Open {
    fn run(&mut self, now: usize, hours: usize) {
        let (start_ms, end_ms) = (at_ms(now), at_ms(now + hours));
        match self.spans_ms.last_mut() {
            Some((_, until_ms)) if *until_ms == start_ms => *until_ms = end_ms,
            Some(_) | None => self.spans_ms.push((start_ms, end_ms)),
        }
        self.left -= hours;
    }

    fn now(&self, window: usize, form: Form, now_ms: i64) -> Task {
        let left_ms = at_ms(self.left).unsigned_abs();
        Task {
            priority: Priority::Normal,
            aim: Aim::Cheapest,
            form,
            deadline_ms: at_ms(self.arrival + window),
            plan_ms: left_ms,
            safe_ms: left_ms,
            margin_ms: 0,
            is_running: self.spans_ms.last().is_some_and(|(_, until_ms)| *until_ms == now_ms),
            slots_run: 0,
        }
    }
}

fn rules(now: usize) -> Rules<'static> {
    let publication = now / 24 * 24 + PUBLISHED_AT_HOUR;
    Rules {
        method: Method::Curve,
        missing: Missing::Wait,
        price_age_ms_max: None,
        least_saving_micro_per_kwh: 0,
        next_publication_ms: Some(at_ms(if publication > now { publication } else { publication + 24 })),
        look_again_ms: HOUR_MS.unsigned_abs(),
    }
}

/// Sums of runs, of which the first one arrived in an hour.
fn account(
    truth: &PriceCurve,
    first: usize,
    runs: &[Vec<(i64, i64)>],
    window: usize,
    may_pause: bool,
) -> Account {
    let accounts = runs.iter().enumerate().map(|(index, spans_ms)| {
        let ready_ms = at_ms(first + index);
        let deadline_ms = ready_ms + at_ms(window);
        let ran = Ran { ready_ms, deadline_ms, spans_ms, may_pause, energy_mwh: 1_000_000_000 };
        Account::of(truth, &ran).expect("all prices are known afterwards")
    });
    let none = Account { run_now_micro: 0, actual_micro: 0, clairvoyant_micro: 0 };
    accounts.fold(none, |sum, account| sum.plus(&account))
}

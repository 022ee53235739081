//! The one door of the table of decisions: prices, a question and an answer, as texts.

use triad_deferral::{
    Aim, Bounds, DeferReason, ExecuteReason, Form, Method, Missing, PriceCurve, Priority, Rules, Source,
    Step, StepLength, Task, Threshold, Verdict, decide,
};

const MINUTE_MS: i64 = 60_000;

/// `given`: a price an hour from 0:00 on, in thousandths of the currency per kilowatt hour, all published at 0:00; `-` is
/// a gap. `when`: words with a value each, see [`Question::take`]. `then`: what [`say`] says.
pub(crate) fn check(given: &str, when: &str, then: &str) {
    let mut curve = PriceCurve::new();
    for (hour, word) in (0..).zip(given.split_whitespace()) {
        let Ok(thousandths) = word.parse::<i64>() else { continue };
        let start_ms = hour * 60 * MINUTE_MS;
        let step = Step { start_ms, length: StepLength::Hour, price_micro_per_kwh: thousandths * 1000 };
        curve.publish(step, 0).expect("hours begin at quarters of an hour");
    }
    let mut question = Question::new();
    let mut words = when.split_whitespace();
    while let (Some(word), Some(value)) = (words.next(), words.next()) {
        question.take(word, value);
    }
    let threshold = question.threshold.clone();
    let mut rules = question.rules;
    if let Some(threshold) = &threshold {
        rules.method = Method::Threshold { threshold, slot_ms: 3_600_000 };
    }
    let decision = decide(&question.task, &curve, &rules, question.now_ms);
    let source = match decision.price.map(|price| price.source) {
        None => " (no price)".to_owned(),
        Some(Source::Published { .. }) => String::new(),
        Some(Source::LastKnown { age_ms }) => format!(" (last known, {} old)", clock(age_ms.cast_signed())),
        Some(Source::Typical { prices }) => format!(" (typical of {prices})"),
    };
    assert_eq!(format!("{}{source}", say(&decision.verdict)), then, "given {given}, when {when}");
}

struct Question {
    task: Task,
    rules: Rules<'static>,
    threshold: Option<Threshold>,
    now_ms: i64,
}

impl Question {
    /// A task of an hour that is due at 8:00, at 0:00.
    fn new() -> Self {
        let task = Task {
            priority: Priority::Normal,
            aim: Aim::Cheapest,
            form: Form::Contiguous,
            deadline_ms: 480 * MINUTE_MS,
            plan_ms: 3_600_000,
            safe_ms: 3_600_000,
            margin_ms: 0,
            is_running: false,
            slots_run: 0,
        };
        let rules = Rules {
            method: Method::Curve,
            missing: Missing::Wait,
            price_age_ms_max: None,
            least_saving_micro_per_kwh: 0,
            next_publication_ms: None,
            look_again_ms: 900_000,
        };
        Self { task, rules, threshold: None, now_ms: 0 }
    }

    fn take(&mut self, word: &str, value: &str) {
        let micro = || value.parse::<i64>().expect("a price") * 1000;
        let span = || ms(value).unsigned_abs();
        match word {
            "at" => self.now_ms = ms(value),
            "by" => self.task.deadline_ms = ms(value),
            "for" => (self.task.plan_ms, self.task.safe_ms) = (span(), span()),
            "safe" => self.task.safe_ms = span(),
            "margin" => self.task.margin_ms = span(),
            "bid" => self.task.aim = Aim::Bid { max_bid_micro_per_kwh: micro() },
            "bid-or-cheapest" => self.task.aim = Aim::BidOrCheapest { max_bid_micro_per_kwh: micro() },
            "priority" => {
                self.task.priority = if value == "CRITICAL" { Priority::Critical } else { Priority::Low }
            }
            "running" => self.task.is_running = value == "yes",
            // What a start costs, as so many thousandths paid for an hour.
            "pausing" => {
                let start_area = micro().unsigned_abs() * 3_600_000;
                self.task.form = Form::Interruptible { start_area };
            }
            "least" => self.rules.least_saving_micro_per_kwh = micro().unsigned_abs(),
            "publication" => self.rules.next_publication_ms = Some(ms(value)),
            "age" => self.rules.price_age_ms_max = Some(span()),
            "last-known" => self.rules.missing = Missing::LastKnown { for_ms: span() },
            "typical" => {
                let quantile_ppm = value.parse().expect("parts per million");
                self.rules.missing = Missing::Typical { quantile_ppm, history_ms: 86_400_000 };
            }
            "missing" => self.rules.missing = if value == "run" { Missing::RunNow } else { Missing::Wait },
            "search" => {
                let (low, high) = value.split_once('-').expect("two bounds");
                let price = |word: &str| word.parse::<i64>().expect("a bound") * 1000;
                self.threshold = Bounds::new(price(low), price(high)).map(Threshold::one_search);
            }
            _ => panic!("no word of a question: {word}"),
        }
    }
}

fn say(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Execute(reason) => format!("execute: {}", why(reason)),
        Verdict::Defer { reason, look_again_ms } => {
            format!("defer to {}: {}", clock(*look_again_ms), why_not(reason))
        }
    }
}

fn why(reason: &ExecuteReason) -> String {
    match reason {
        ExecuteReason::Critical => "critical".to_owned(),
        ExecuteReason::AlreadyRunning => "it runs".to_owned(),
        ExecuteReason::LastSafeStart => "last safe start".to_owned(),
        ExecuteReason::WithinBid { max_bid_micro_per_kwh } => {
            format!("within bid {}", money(*max_bid_micro_per_kwh))
        }
        ExecuteReason::NoPrice => "no price".to_owned(),
        ExecuteReason::CheapestNow { mean_micro_per_kwh, until_ms, .. } => {
            format!("cheapest at {} until {}", money(*mean_micro_per_kwh), clock(*until_ms))
        }
        ExecuteReason::NotWorthWaiting { saving_micro_per_kwh, .. } => {
            format!("saves only {}", money(saving_micro_per_kwh.cast_signed()))
        }
        ExecuteReason::WithinThreshold { price_max_micro_per_kwh } => {
            format!("within threshold {}", money(*price_max_micro_per_kwh))
        }
        ExecuteReason::NoSlotToSpare => "no slot to spare".to_owned(),
    }
}

fn why_not(reason: &DeferReason) -> String {
    match reason {
        DeferReason::AboveBid { max_bid_micro_per_kwh } => {
            format!("above bid {}", money(*max_bid_micro_per_kwh))
        }
        DeferReason::NoPrice => "no price".to_owned(),
        DeferReason::CheaperLater { start_ms, mean_micro_per_kwh, known_until_ms, .. } => format!(
            "{} at {}, known until {}",
            money(*mean_micro_per_kwh),
            clock(*start_ms),
            clock(*known_until_ms)
        ),
        DeferReason::AboveThreshold { price_max_micro_per_kwh } => {
            format!("above threshold {}", money(*price_max_micro_per_kwh))
        }
    }
}

fn money(micro: i64) -> String {
    format!("{}", micro.div_euclid(1000))
}

fn ms(clock: &str) -> i64 {
    let (hours, minutes) = clock.split_once(':').expect("hours and minutes");
    (hours.parse::<i64>().expect("hours") * 60 + minutes.parse::<i64>().expect("minutes")) * MINUTE_MS
}

fn clock(ms: i64) -> String {
    format!("{}:{:02}", ms / MINUTE_MS / 60, ms / MINUTE_MS % 60)
}

//! Prices as scripts write them, and what must hold of what is decided by them.
//!
//! ```text
//! source fixed=12     source series [area=DE] [currency=EUR] [rate=1083200] [missing=wait | run | last | typical] [age=2h]
//!                     [low=5 high=60] bounds, in cents; [runs] durations by earlier runs
//! publish 18 5 -1     prices of hours, in cents, from the present one on; [from=2h] or [from=-2h] later or earlier,
//!                     [as-of=1h] published that long ago, [quarters] or [halves], [currency=EUR]
//! unsource
//! carbon              a source of carbon intensity [area=DE] [missing=...] [age=2h] [runs]
//! emit 430 120        carbon intensity of hours in grams, with the same options
//! uncarbon
//! ```

use triad_event::ids::StreamId;
use triad_event::prices::{
    Ask, CarbonPublished, CarbonSourceRemoved, CarbonSourceSet, CarbonStep, DeferReason, DurationTaken,
    Estimate, EstimatedBy, Event as PricesEvent, Grounds, MissingPrice, Optimised, PriceBounds, PriceOrigin,
    PriceStep, PriceTaken, PricesPublished, ReleaseReason, RunContinued, RunSuspended, SourceKind,
    SourceRemoved, SourceSet, StepLength, TaskDeferred, TaskReleased, USD,
};
use triad_event::quantity::{MicroUsd, Micros, Milligrams, Millis};
use triad_event::{Event, Recorded};

use super::door::Door;
use super::tasks::{millis, option};
use crate::World;
use crate::dag::TaskState;
use crate::prices::series::in_usd;

/// Reads what a script says of prices.
pub(super) fn parse(door: &Door, verb: &str, rest: &str) -> Ask {
    let reason = String::new();
    match verb {
        "source" => Ask::SetSource(source(rest).into()),
        "publish" => Ask::Publish(publication(door, rest)),
        "carbon" => Ask::SetCarbonSource(carbon_source(rest)),
        "emit" => Ask::PublishCarbon(emission(door, rest)),
        "uncarbon" => Ask::RemoveCarbonSource(CarbonSourceRemoved { reason }),
        _ => Ask::RemoveSource(SourceRemoved { reason }),
    }
}

pub(super) fn cents(text: &str) -> MicroUsd {
    MicroUsd(text.parse::<i64>().expect("cents") * 10_000)
}

fn source(rest: &str) -> SourceSet {
    let missing = option(rest, "missing").map_or(MissingPrice::Wait, policy);
    let bound = |name: &str| option(rest, name).map(cents);
    let bounds = bound("low").zip(bound("high")).map(|(low, high)| PriceBounds { low, high });
    let is_by_runs = rest.split(' ').any(|word| word == "runs");
    let source = match rest.split([' ', '=']).next() {
        Some("fixed") => SourceKind::Fixed,
        Some("table") => SourceKind::TimeOfUse,
        _ => SourceKind::Series,
    };
    SourceSet {
        source,
        fixed_per_kwh: option(rest, "fixed").map(cents),
        currency: option(rest, "currency").unwrap_or(USD).to_owned(),
        area: option(rest, "area").unwrap_or("DE").to_owned(),
        missing,
        age_max: option(rest, "age").map(|age| Millis(millis(age))),
        bounds,
        estimates: if is_by_runs { EstimatedBy::Runs } else { EstimatedBy::Timeout },
        usd_per_unit: option(rest, "rate")
            .map(|rate| MicroUsd(rate.parse().expect("millionths of a dollar"))),
        reason: String::new(),
    }
}

pub(super) fn policy(name: &str) -> MissingPrice {
    match name {
        "wait" => MissingPrice::Wait,
        "run" => MissingPrice::RunNow,
        "last" => MissingPrice::LastKnown,
        "typical" => MissingPrice::Typical,
        other => panic!("no such policy: {other}"),
    }
}

fn span(text: &str) -> i64 {
    let micros = |text| Millis(millis(text)).to_micros().0;
    text.strip_prefix('-').map_or_else(|| micros(text), |past| -micros(past))
}

fn carbon_source(rest: &str) -> CarbonSourceSet {
    let SourceSet { area, missing, age_max, estimates, reason, .. } = source(rest);
    CarbonSourceSet { area, missing, age_max, estimates, reason }
}

/// Numbers of steps from the present hour on, when and how long they are, and when they were published.
fn steps<'a>(door: &Door, rest: &'a str) -> (Vec<(Micros, StepLength, &'a str)>, Micros, &'a str) {
    let (numbers, options) = rest.split_once('[').unwrap_or((rest, ""));
    let length = match () {
        () if options.contains("quarters") => StepLength::Quarter,
        () if options.contains("halves") => StepLength::Half,
        () => StepLength::Hour,
    };
    let hour = StepLength::Hour.span().0;
    let from = door.at.0.div_euclid(hour) * hour + option(options, "from").map_or(0, span);
    let step =
        |(position, number): (i64, &'a str)| (Micros(from + position * length.span().0), length, number);
    let published = Micros(door.at.0 - option(options, "as-of").map_or(0, span));
    ((0..).zip(numbers.split_whitespace()).map(step).collect(), published, options)
}

fn publication(door: &Door, rest: &str) -> PricesPublished {
    let (steps, published, options) = steps(door, rest);
    let currency = option(options, "currency").unwrap_or(USD).to_owned();
    let step = |(from, length, price)| PriceStep { from, length, per_kwh: cents(price) };
    PricesPublished { steps: steps.into_iter().map(step).collect(), published, currency }
}

fn emission(door: &Door, rest: &str) -> CarbonPublished {
    let (steps, published, _) = steps(door, rest);
    let grams = |text: &str| Milligrams(text.parse::<u64>().expect("grams") * 1000);
    let step = |(from, length, carbon)| CarbonStep { from, length, per_kwh: grams(carbon) };
    CarbonPublished { steps: steps.into_iter().map(step).collect(), published }
}

/// Something about prices, or budgets of a workflow and others, as a script says it, drawn from numbers; none when time is to
/// pass.
pub(super) fn random_line(what: u8, value: u8, workflow: &str) -> Option<String> {
    let price = |number: u8| (i64::from(number) % 23 - 2).to_string();
    let (missing, age) = (["wait", "run", "last", "typical"][usize::from(value & 3)], value >> 2 & 3);
    Some(match what % 16 {
        0 => "unsource".to_owned(),
        1 => format!("source fixed={}", price(value)),
        2 | 3 if age == 1 => format!("source series missing={missing} age=20m"),
        2 if age == 2 => format!("source series missing={missing} low=2 high=20 runs"),
        3 if age == 2 => format!("source series missing={missing} runs"),
        4 if age == 2 => format!("carbon missing={missing}"),
        4 if age == 3 => "uncarbon".to_owned(),
        4 if age == 1 => format!("source fixed={} currency=EUR rate=1083207", price(value)),
        2..5 => format!("source series missing={missing}"),
        5..11 => {
            let prices: Vec<String> =
                (0..value % 9 + 1).map(|step| price(value.wrapping_mul(step + 7))).collect();
            let length = ["", " quarters", " halves"][usize::from(what % 3)];
            if what % 16 > 8 {
                let carbon: Vec<String> = prices.iter().map(|price| price.replace('-', "1")).collect();
                return Some(format!("emit {} [as-of={}m{length}]", carbon.join(" "), value % 5));
            }
            format!("publish {} [as-of={}m{length}]", prices.join(" "), value % 5)
        }
        11 => ["offer A B", "offer B C", "offer", "rules version = 3", "rules version = 3\nunrules"]
            [usize::from(value % 5)]
        .to_owned(),
        13.. => super::budgeted::random_line(what >> 4, value, workflow),
        _ => return None,
    })
}

/// What a record says, with moments as seconds after it.
pub(super) fn details(record: &Recorded<Event>, event: &PricesEvent) -> String {
    let seconds = |moment: Micros| (moment.0 - record.at.0).div_euclid(1_000_000);
    match event {
        PricesEvent::SourceSet(set) => format!("{:?}", set.source),
        PricesEvent::PricesPublished(published) => published.steps.len().to_string(),
        PricesEvent::SourceRemoved(_)
        | PricesEvent::CarbonSourceSet(_)
        | PricesEvent::CarbonSourceRemoved(_) => String::new(),
        PricesEvent::CarbonPublished(published) => published.steps.len().to_string(),
        PricesEvent::TaskDeferred(deferred) => {
            let TaskDeferred { task, reason, price, look_again, last_safe_start, grounds, optimised, .. } =
                &**deferred;
            let (look, last) = (seconds(*look_again), seconds(*last_safe_start));
            let grounds = grounds.as_deref().map(|grounds| of_grounds(grounds, &seconds));
            let (price, grounds) = (shown(price.as_ref()), grounds.unwrap_or_default());
            let optimised = optimised.as_deref().map(|optimised| of_optimised(optimised, &seconds));
            let optimised = optimised.unwrap_or_default();
            format!("{task} {reason:?}{price} look {look}s last {last}s{grounds}{optimised}")
        }
        PricesEvent::TaskReleased(released) => {
            let TaskReleased { task, reason, price, grounds, optimised, .. } = &**released;
            let grounds = grounds.as_deref().map(|grounds| of_grounds(grounds, &seconds)).unwrap_or_default();
            let optimised = optimised.as_deref().map(|optimised| of_optimised(optimised, &seconds));
            format!("{task} {reason:?}{}{grounds}{}", shown(price.as_ref()), optimised.unwrap_or_default())
        }
        PricesEvent::RunSuspended(suspended) => {
            let RunSuspended { task, reason, price, look_again, last_safe_start, ran, grounds, .. } =
                &**suspended;
            let (look, last, ran) = (seconds(*look_again), seconds(*last_safe_start), ran.0 / 1_000_000);
            let (price, grounds) = (shown(price.as_ref()), of_grounds(grounds, &seconds));
            format!("{task} {reason:?}{price} ran {ran}s look {look}s last {last}s{grounds}")
        }
        PricesEvent::RunContinued(continued) => {
            let RunContinued { task, reason, price, look_again, ran, grounds, .. } = &**continued;
            let look = look_again.map(|look| format!(" look {}s", seconds(look))).unwrap_or_default();
            let (price, ran) = (shown(price.as_ref()), ran.0 / 1_000_000);
            format!("{task} {reason:?}{price} ran {ran}s{look}{}", of_grounds(grounds, &seconds))
        }
    }
}

/// A plan, a threshold, and how long the task takes, where runs say so.
fn of_grounds(grounds: &Grounds, seconds: &impl Fn(Micros) -> i64) -> String {
    let Grounds { waits_for: _, missing: _, estimate: Estimate { usual, longest }, plan, threshold } =
        grounds;
    let plan = plan.as_ref().map(|plan| {
        let (mean, now) = (plan.mean.0 / 10_000, plan.mean_now.0 / 10_000);
        let (start, known) = (seconds(plan.start), seconds(plan.known_until));
        format!(" plan {mean} not {now} in {start}s known {known}s")
    });
    let threshold = threshold.as_ref().map(|threshold| {
        let ratio = threshold.ratio_max.map(|ratio| format!(" ratio {}", ratio.0));
        format!(" up to {}{}", threshold.price_max.0, ratio.unwrap_or_default())
    });
    let taken = |taken: &DurationTaken| format!("{}s of {}", taken.length.0 / 1000, taken.runs);
    let is_by_runs = usual.runs > 0;
    let estimate = is_by_runs.then(|| format!(" takes {} to {}", taken(usual), taken(longest)));
    [plan, threshold, estimate].into_iter().flatten().collect()
}

/// What decided, in grams and cents.
fn of_optimised(optimised: &Optimised, seconds: &impl Fn(Micros) -> i64) -> String {
    let Optimised { weights: _, decided_by, carbon, plan } = optimised;
    let by: Vec<String> = decided_by.iter().map(|measure| format!("{measure:?}")).collect();
    let carbon = carbon.as_ref().map(|carbon| {
        let origin = match carbon.origin {
            PriceOrigin::Published => String::new(),
            PriceOrigin::LastKnown | PriceOrigin::Typical => format!(" {:?}", carbon.origin),
        };
        format!(" at {}g{origin}", carbon.per_kwh.0 / 1000)
    });
    let plan = plan.as_ref().map(|plan| {
        let price = plan.price.as_ref();
        let price = price.map(|price| format!(" {} not {},", price.planned.0 / 10_000, price.now.0 / 10_000));
        let (planned, now) = (plan.carbon.planned.0 / 1000, plan.carbon.now.0 / 1000);
        let (start, known) = (seconds(plan.start), seconds(plan.known_until));
        format!(" plan{} {planned}g not {now}g in {start}s known {known}s", price.unwrap_or_default())
    });
    let (carbon, plan) = (carbon.unwrap_or_default(), plan.unwrap_or_default());
    let by = if by.is_empty() { "nothing".to_owned() } else { by.join("+") };
    format!(" by {by}{carbon}{plan}")
}

fn shown(price: Option<&PriceTaken>) -> String {
    let Some(price) = price else { return String::new() };
    let cents = price.per_kwh.0 / 10_000;
    match price.origin {
        PriceOrigin::Published => format!(" at {cents}"),
        PriceOrigin::LastKnown | PriceOrigin::Typical => format!(" at {cents} {:?}", price.origin),
    }
}

/// Every task that waits for a price is looked at again, at its last safe start at the latest, and nothing else is.
pub(super) fn invariant_what_waits_for_a_price_is_looked_at_in_time(world: &World) {
    let mut deferred = Vec::new();
    for (id, workflow) in world.dag.workflows.iter() {
        let waits = workflow.tasks.iter().zip(0_u32..).filter(|(task, _)| task.state == TaskState::Deferred);
        deferred.extend(waits.map(|(_, task)| (*id, task)));
    }
    let found: Vec<_> = world.prices.all().map(|(workflow, task, _)| (workflow, task)).collect();
    assert_eq!(found, deferred);
    for (workflow, task, waits) in world.prices.all() {
        assert!(waits.due <= waits.last_safe_start, "{workflow} {task}");
        let is_held_up = world.owes_work() || world.ports.streams.is_aside(workflow.into());
        let is_overdue = waits.last_safe_start <= world.ports.wakes.reached;
        assert!(is_held_up || !is_overdue, "{workflow} {task} waits beyond its last safe start");
    }
}

/// What is suspended is looked at again, at its last safe start at the latest; it takes no place, and what is decided of a run
/// agrees with how far execution thinks it is.
pub(super) fn invariant_what_is_suspended_goes_on_in_time(world: &World) {
    let mut found = 0;
    for (workflow, task, run) in world.prices.runs.all() {
        let attempt = world.execution.get(run.request).expect("a run that is decided of has an attempt");
        assert_eq!((attempt.workflow, attempt.task), (workflow, task));
        assert_eq!(attempt.is_suspended(), run.is_suspended, "{workflow} {task}");
        assert_eq!(attempt.stretch.wants_place, run.wants_place.is_some(), "{workflow} {task}");
        let now = world.elapsed();
        assert_eq!(attempt.stretch.ran_by(now), run.ran_by(now), "{workflow} {task}");
        let started = attempt.stretch.started.expect("what is decided of has started");
        let whole = attempt.stretch.ran_by(now).0 + attempt.stretch.stood_by(now).0;
        assert_eq!(whole, now.0 - started.0, "what ran and what stood make up the whole");
        if run.is_suspended {
            let due = run.due.expect("what is suspended is looked at again");
            let is_held_up = world.owes_work() || world.ports.streams.is_aside(workflow.into());
            let is_overdue = due <= world.ports.wakes.reached
                || run.last_safe_start < world.ports.wakes.reached && run.last_safe_start < due;
            assert!(is_held_up || !is_overdue, "{workflow} {task} is suspended beyond its last safe start");
        }
    }
    for (_, attempt) in world.execution.running.iter() {
        found += usize::from(attempt.is_suspended());
        assert!(!attempt.is_suspended() || attempt.is_started);
        assert!(!attempt.is_suspended() || attempt.stall_at.is_none(), "what stands still does not stall");
    }
    assert_eq!(found, world.attempts_suspended());
}

fn check_within_bid(reason: ReleaseReason, bid: Option<MicroUsd>, price: Option<&PriceTaken>) {
    if reason == ReleaseReason::WithinBid {
        let price = price.expect("a price within the bid is one");
        assert!(bid.is_some_and(|bid| price.per_kwh <= bid));
    }
}

/// Reads a whole log: every decision by price names a price that was published before it, for its time and as long ago as it
/// says, and agrees with it.
pub(super) fn check_decisions(log: &[Recorded<Event>]) {
    let mut known: Vec<(PriceStep, Micros)> = Vec::new();
    let mut fixed: Vec<(MicroUsd, Micros)> = Vec::new();
    let mut rate = None;
    for record in log {
        let Event::Prices(event) = &record.event else { continue };
        let (bid, price, verdict) = match event {
            PricesEvent::SourceSet(set) => {
                rate = set.usd_per_unit;
                fixed.extend(set.fixed_per_kwh.map(|price| (in_usd(price, rate), record.at)));
                continue;
            }
            PricesEvent::PricesPublished(published) => {
                let in_usd =
                    |step: &PriceStep| PriceStep { per_kwh: in_usd(step.per_kwh, rate), ..step.clone() };
                known.extend(published.steps.iter().map(|step| (in_usd(step), published.published)));
                continue;
            }
            PricesEvent::SourceRemoved(_)
            | PricesEvent::CarbonSourceSet(_)
            | PricesEvent::CarbonPublished(_)
            | PricesEvent::CarbonSourceRemoved(_) => continue,
            PricesEvent::TaskDeferred(deferred) => {
                assert!(record.at <= deferred.look_again.max(deferred.last_safe_start));
                assert!(deferred.look_again <= deferred.last_safe_start);
                assert_ne!(record.stream, StreamId::LOG);
                (deferred.bid, &deferred.price, deferred.reason == DeferReason::AboveBid)
            }
            PricesEvent::TaskReleased(released) => {
                check_within_bid(released.reason, released.bid, released.price.as_ref());
                (released.bid, &released.price, false)
            }
            PricesEvent::RunSuspended(suspended) => {
                assert!(suspended.look_again <= suspended.last_safe_start.max(record.at));
                (suspended.bid, &suspended.price, suspended.reason == DeferReason::AboveBid)
            }
            PricesEvent::RunContinued(continued) => {
                check_within_bid(continued.reason, continued.bid, continued.price.as_ref());
                (continued.bid, &continued.price, false)
            }
        };
        let Some(price) = price else {
            assert!(!verdict, "what is above a bid is a price");
            continue;
        };
        assert!(!verdict || bid.is_some_and(|bid| price.per_kwh > bid));
        let now_ms = record.at.0.div_euclid(1000);
        let is_it = |per_kwh: MicroUsd, published: Micros| {
            let age_ms = now_ms.abs_diff(published.0.div_euclid(1000));
            per_kwh == price.per_kwh && price.age == Some(Millis(age_ms))
        };
        let covers =
            |step: &PriceStep| step.from <= record.at && record.at < step.from.later(step.length.span());
        let is_known = match price.origin {
            PriceOrigin::Published => {
                known.iter().any(|(step, published)| covers(step) && is_it(step.per_kwh, *published))
                    || fixed.iter().any(|(price, set)| is_it(*price, *set))
            }
            PriceOrigin::LastKnown => {
                known.iter().any(|(step, at)| step.from <= record.at && is_it(step.per_kwh, *at))
            }
            PriceOrigin::Typical => known.iter().any(|(step, _)| step.per_kwh == price.per_kwh),
        };
        assert!(is_known, "nobody published {price:?} before record {}", record.sequence);
    }
}

//! What tasks are worth and what they wait for: drawn, and as words of a script.

use super::chance::Chance;
use super::price_asks::{policy_name, policy_named};
use super::swarm::Swarm;
use std::fmt;
use triad_event::intake::{
    Deadline, HealingPolicy, Measure, Priority, Suspension, TaskDefinition, TaskKind, TaskRules, TaskTerms,
    Weight,
};
use triad_event::prices::MissingPrice;
use triad_event::quantity::{MicroUsd, Millis, MilliwattHours, PartsPerMillion};

/// Of ten thousand tasks that wait for a price, those that have a deadline that leaves them time to wait.
const DUE: u64 = 3_000;
/// Of ten thousand processes that wait for a price within a bid, those whose runs may be suspended.
const PAUSES: u64 = 6_000;
const DUE_MS: (u64, u64) = (30_000, 86_400_000);
const CENT: i64 = 10_000;
const MILLION: u64 = 1_000_000;

/// Gives tasks of a definition something to wait for, and something that they are worth.
pub(super) fn value(tasks: &mut [TaskDefinition], swarm: &Swarm, seed: u64) {
    if swarm.priced == 0 {
        return;
    }
    let mut chance = Chance::new(seed, "worth of a definition");
    let mut pauses = Chance::new(seed, "suspension of a definition");
    for task in tasks {
        let (waits, is_valued) = (chance.hits(swarm.priced), chance.hits(swarm.priced));
        let mut terms = TaskTerms::nothing();
        if waits {
            wait(&mut terms, &mut chance);
            // What a plan of several stretches may say is not known here.
            let has_plan = !terms.optimise.is_empty() || task.kind != TaskKind::Process;
            terms.suspension = (!has_plan && pauses.hits(PAUSES)).then_some(Suspension::Allowed);
            if chance.hits(DUE) {
                give_time(task, &mut chance);
            }
        }
        if is_valued {
            terms.value_score = Some(PartsPerMillion(chance.below(MILLION + 1) as u32));
            terms.market_multiplier =
                chance.hits(5_000).then(|| PartsPerMillion(chance.magnitude(1, 10 * MILLION) as u32));
            if chance.hits(5_000) {
                give_priority(task, &mut chance);
            }
        }
        if chance.hits(swarm.priced) {
            terms.energy_estimate = Some(MilliwattHours(chance.magnitude(1, 10 * MILLION)));
        }
        if terms != TaskTerms::nothing() {
            task.terms = Some(terms.into());
        }
    }
}

/// A bid, the cheapest time, or both.
fn wait(terms: &mut TaskTerms, chance: &mut Chance) {
    let kind = chance.below(4);
    if kind != 3 {
        terms.bid_price_max = Some(MicroUsd(chance.below(30).cast_signed() * CENT));
    }
    if kind >= 2 {
        terms.optimise = vec![Weight { of: Measure::Price, share: PartsPerMillion(MILLION as u32) }];
    }
    terms.missing_price = if chance.hits(3_000) { chance.pick(MissingPrice::ALL).copied() } else { None };
}

fn give_time(task: &mut TaskDefinition, chance: &mut Chance) {
    let mut rules = task.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
    let after = Some(Millis(chance.magnitude(DUE_MS.0, DUE_MS.1)));
    rules.deadline = Some(Deadline { at: None, after });
    task.rules = Some(rules.into());
    // Else most deadlines are nearer than what may run without an end.
    if task.kind == TaskKind::Process && task.options.timeout.is_none() {
        task.options.timeout = Some(Millis(chance.magnitude(1_000, 60_000)));
    }
}

fn give_priority(task: &mut TaskDefinition, chance: &mut Chance) {
    let mut rules = task.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
    rules.priority = chance.pick(Priority::ALL).copied();
    task.rules = Some(rules.into());
}

pub(super) fn write_worth(f: &mut fmt::Formatter<'_>, terms: &TaskTerms) -> fmt::Result {
    let TaskTerms { energy_estimate, value_score, market_multiplier, bid_price_max, .. } = terms;
    bid_price_max.map_or(Ok(()), |bid| write!(f, " bid={}", bid.0))?;
    if !terms.optimise.is_empty() {
        f.write_str(" cheapest")?;
    }
    if terms.suspension.is_some() {
        f.write_str(" pauses")?;
    }
    match terms.healing {
        Some(HealingPolicy::DiagnoseAndRetry) => f.write_str(" heals")?,
        Some(HealingPolicy::DiagnoseAndAsk) => f.write_str(" asks")?,
        Some(HealingPolicy::None | HealingPolicy::Retry) | None => {}
    }
    terms.missing_price.map_or(Ok(()), |policy| write!(f, " missing={}", policy_name(policy)))?;
    value_score.map_or(Ok(()), |score| write!(f, " value={}", score.0))?;
    market_multiplier.map_or(Ok(()), |multiplier| write!(f, " multiplier={}", multiplier.0))?;
    energy_estimate.map_or(Ok(()), |energy| write!(f, " energy={}", energy.0))
}

/// What a word of a task says of its worth; nothing when it says something else.
pub(super) fn read_worth(task: &mut TaskDefinition, word: &str, value: &str) -> Option<()> {
    let mut terms = task.terms.as_deref().cloned().unwrap_or_else(TaskTerms::nothing);
    let share = || Some(PartsPerMillion(value.parse().ok()?));
    match word {
        "bid" => terms.bid_price_max = Some(MicroUsd(value.parse().ok()?)),
        "cheapest" => {
            terms.optimise = vec![Weight { of: Measure::Price, share: PartsPerMillion(MILLION as u32) }];
        }
        "pauses" => terms.suspension = Some(Suspension::Allowed),
        "heals" => terms.healing = Some(HealingPolicy::DiagnoseAndRetry),
        "asks" => terms.healing = Some(HealingPolicy::DiagnoseAndAsk),
        "missing" => terms.missing_price = Some(policy_named(value)?),
        "value" => terms.value_score = Some(share()?),
        "multiplier" => terms.market_multiplier = Some(share()?),
        "energy" => terms.energy_estimate = Some(MilliwattHours(value.parse().ok()?)),
        _ => return None,
    }
    task.terms = Some(terms.into());
    Some(())
}

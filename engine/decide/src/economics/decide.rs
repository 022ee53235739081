//! Decides what a run is charged, and which budgets there are.

use triad_event::Event as AnyEvent;
use triad_event::economics::{
    Ask, BudgetAccount, BudgetExhausted, BudgetPeriodBegan, BudgetRemoved, BudgetSet, Exhaustion, MeasuredBy,
    RunCharged,
};
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::plain::is_plain;
use triad_event::quantity::{MicroUsd, Micros, Milliwatts};

use super::charge::Energy;
use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::Run;
use crate::decision::Decision;
use crate::limits::{BUDGET_MAX, BUDGETS_MAX, NAME_BYTES_MAX, check_reason, is_id};
use crate::ports::budgets::{Account, Budget, Room, period_end};
use crate::ports::wakes::Wake;

/// Decides on what is asked of economics, which is asked of the installation.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    let event: AnyEvent = match ask {
        Ask::SetBudget(set) => check_budget(facts, &set).map(|()| *set)?.into(),
        Ask::RemoveBudget(removed) => check_removal(facts, &removed).map(|()| *removed)?.into(),
    };
    Ok(Decision::recorded(StreamId::LOG, event))
}

fn check_budget(facts: &Facts<'_>, set: &BudgetSet) -> Result<(), Refusal> {
    check_account(facts, &set.account)?;
    let budgets = &facts.ports.budgets;
    if budgets.id_of(&Account::of(&set.account)).is_none() && budgets.len() >= BUDGETS_MAX {
        return Err(Refusal::TooManyBudgets);
    }
    let energy = set.energy.map(|energy| energy.0);
    let money = set.money.map(|money| u64::try_from(money.0).unwrap_or(0));
    if energy.is_none() && money.is_none() {
        return Err(Refusal::NoLimit);
    }
    if energy.into_iter().chain(money).any(|limit| !(1..=BUDGET_MAX).contains(&limit)) {
        return Err(Refusal::LimitOutOfBounds);
    }
    check_why(&set.reason)
}

fn check_removal(facts: &Facts<'_>, removed: &BudgetRemoved) -> Result<(), Refusal> {
    facts.ports.budgets.id_of(&Account::of(&removed.account)).ok_or(Refusal::NoBudget)?;
    check_why(&removed.reason)
}

fn check_why(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::NoReason);
    }
    Ok(check_reason(reason)?)
}

/// Tenants and owners are texts of credentials, some of which come later: whatever could be one can have a budget.
fn check_account(facts: &Facts<'_>, account: &BudgetAccount) -> Result<(), Refusal> {
    let BudgetAccount { tenant, owner, workflow } = account;
    let is_owner = |owner: &String| owner.len() <= NAME_BYTES_MAX && owner.chars().all(is_plain);
    let is_one = workflow.is_none() || owner.is_none();
    if !is_one || !is_id(tenant) || !owner.as_ref().is_none_or(is_owner) {
        return Err(Refusal::NoSuchAccount);
    }
    let Some(workflow) = *workflow else { return Ok(()) };
    let is_alive = facts.tasks.plan(workflow).is_some();
    if is_alive && facts.ports.accounts.of(workflow.into()).tenant == *tenant {
        Ok(())
    } else {
        Err(Refusal::WorkflowNotAlive { workflow })
    }
}

/// Decides on what is owed by economics.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    if let Reaction::Charge { workflow, request } = reaction {
        let run = facts.state.runs.get(&(workflow, request))?;
        return Some((workflow.into(), charge(facts, workflow, request, run).into()));
    }
    let (budget, why) = exhausted(facts, reaction)?;
    let account = facts.ports.budgets.get(budget)?.account.named();
    Some((StreamId::LOG, BudgetExhausted { account, why }.into()))
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, reaction: Reaction) -> bool {
    match reaction {
        Reaction::Charge { workflow, request } => facts.state.runs.contains_key(&(workflow, request)),
        Reaction::Hold { .. } | Reaction::Exhaust { .. } => exhausted(facts, reaction).is_some(),
    }
}

/// The period of a budget is over.
pub(crate) fn wake(facts: &Facts<'_>, wake: &Wake) -> Option<AnyEvent> {
    let budget = facts.ports.budgets.get(wake.about)?;
    // Where recorded time stands still, the period is over all the same.
    let until = period_end(budget.period, facts.place.at.max(budget.until?))?;
    Some(BudgetPeriodBegan { account: budget.account.named(), until }.into())
}

/// Which budget people are to be told of that it is exhausted.
fn exhausted(facts: &Facts<'_>, reaction: Reaction) -> Option<(u64, Exhaustion)> {
    let untold = |id: u64| facts.ports.budgets.get(id).filter(|budget| !budget.is_exhausted);
    match reaction {
        Reaction::Charge { .. } => None,
        Reaction::Hold { workflow, task } => {
            let asked = facts.affording.asked(workflow, task)?;
            let mut rooms = facts.affording.rooms(&asked);
            rooms.find_map(|(id, room)| Some((untold(id).map(|_| id)?, why(room)?)))
        }
        Reaction::Exhaust { budget: id } => {
            let budget = untold(id)?;
            if budget.is_used_up() {
                return Some((id, Exhaustion::UsedUp));
            }
            Some((id, held_back(facts, id, budget)?))
        }
    }
}

/// How a budget holds back somebody who stands first.
fn held_back(facts: &Facts<'_>, id: u64, budget: &Budget) -> Option<Exhaustion> {
    facts.held_back.firsts_of(id, &budget.account).find_map(|(workflow, task)| {
        let asked = facts.affording.asked(workflow, task)?;
        asked.of.contains(&id).then(|| why(budget.room(&asked.reserve)))?
    })
}

const fn why(room: Room) -> Option<Exhaustion> {
    match room {
        Room::Fits => None,
        Room::Waits => Some(Exhaustion::HoldsBack),
        Room::TooSmall => Some(Exhaustion::TooSmall),
    }
}

/// When a run began, and how long it ran, without the time in which it was suspended.
fn whole(run: &Run) -> (Micros, Micros) {
    let length = |(from, until): &(Micros, Micros)| until.0.saturating_sub(from.0);
    match run.stretches.first() {
        Some((first, _)) => (*first, Micros(run.stretches.iter().map(length).sum())),
        None => (run.began, Micros(run.ended.0.saturating_sub(run.began.0))),
    }
}

fn charge(facts: &Facts<'_>, workflow: WorkflowId, request: u64, run: &Run) -> RunCharged {
    let Run { task, processor_time, package_energy, began, ended, ref stretches } = *run;
    let core_power = Milliwatts(facts.ports.settings.value(Setting::CorePower).unsigned_abs());
    let energy = match package_energy {
        Some(counted) => Energy::counted(counted),
        None => Energy::of(processor_time, core_power),
    };
    let measured_by =
        if package_energy.is_some() { MeasuredBy::PackageEnergy } else { MeasuredBy::ProcessorTime };
    let was_suspended = !stretches.is_empty();
    // In one piece, where it was suspended: what it saved is what both kinds of waiting did.
    let (first, ran) = whole(run);
    let price = match was_suspended {
        true if ran == Micros(0) => facts.costs.of_time(first, first),
        true => facts.costs.of_stretches(stretches),
        false => facts.costs.of_time(began, ended),
    };
    let account = facts.ports.accounts.of(workflow.into());
    let earlier = |moment: Micros, span: Micros| Micros(moment.0.saturating_sub(span.0));
    // The same run, as much earlier as its task waited: a later attempt, and one that was queued besides, is moved along.
    let waited = facts.state.waited(workflow, task).filter(|_| price.is_some());
    let waited_before = waited.map(|(waited, _)| waited).or(was_suspended.then_some(Micros(0)));
    let run_now = waited_before.filter(|_| price.is_some()).and_then(|waited| {
        let from = earlier(first, waited);
        let per_kwh: MicroUsd = facts.costs.known_mean(from, from.later(ran))?;
        Some(energy.cost(per_kwh))
    });
    // What a run in several stretches could have cost at best is not stated: nobody knows which stretches it could have had.
    let waited = waited.filter(|_| !was_suspended);
    let clairvoyant = waited.and_then(|(waited, last_start)| {
        let per_kwh = facts.costs.least_mean(earlier(began, waited), last_start, (began, ended))?;
        Some(energy.cost(per_kwh))
    });
    RunCharged {
        request,
        task,
        tenant: account.tenant,
        owner: account.owner,
        energy: energy.milliwatt_hours(),
        measured_by,
        processor_time,
        core_power,
        estimate: facts.tasks.energy_estimate(workflow, task),
        money: price.as_ref().map(|price| energy.cost(price.per_kwh)),
        clairvoyant: clairvoyant.filter(|_| run_now.is_some()),
        run_now,
        price,
        package_energy,
    }
}

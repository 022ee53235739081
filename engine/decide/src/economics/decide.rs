//! Decides what a run is charged.

use triad_event::Event as AnyEvent;
use triad_event::economics::{Ask, MeasuredBy, RunCharged};
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::{MicroUsd, Micros, Milliwatts};

use super::charge::Energy;
use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::Run;
use crate::decision::Decision;
use crate::ports::wakes::Wake;

/// Nothing is asked.
pub(crate) fn decide(_: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, Refusal> {
    match ask {}
}

/// Decides on what is owed by economics.
pub(crate) fn react(facts: &Facts<'_>, reaction: Reaction) -> Option<(StreamId, AnyEvent)> {
    let Reaction { workflow, request } = reaction;
    let run = facts.state.runs.get(&(workflow, request))?;
    Some((workflow.into(), charge(facts, workflow, request, run).into()))
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, Reaction { workflow, request }: Reaction) -> bool {
    facts.state.runs.contains_key(&(workflow, request))
}

/// Nothing happens at a moment of its own.
pub(crate) fn wake(_: &Facts<'_>, _: &Wake) -> Option<AnyEvent> {
    None
}

fn charge(facts: &Facts<'_>, workflow: WorkflowId, request: u64, run: &Run) -> RunCharged {
    let Run { task, processor_time, began, ended } = *run;
    let core_power = Milliwatts(facts.ports.settings.value(Setting::CorePower).unsigned_abs());
    let energy = Energy::of(processor_time, core_power);
    let price = facts.costs.of_time(began, ended);
    let account = facts.ports.accounts.of(workflow.into());
    let earlier = |moment: Micros, span: Micros| Micros(moment.0.saturating_sub(span.0));
    // The same run, as much earlier as its task waited: a later attempt, and one that was queued besides, is moved along.
    let run_now = facts.state.waited(workflow, task).and_then(|waited| {
        let per_kwh: MicroUsd = facts.costs.known_mean(earlier(began, waited), earlier(ended, waited))?;
        Some(energy.cost(per_kwh))
    });
    RunCharged {
        request,
        task,
        tenant: account.tenant,
        owner: account.owner,
        energy: energy.milliwatt_hours(),
        measured_by: MeasuredBy::ProcessorTime,
        processor_time,
        core_power,
        estimate: facts.tasks.energy_estimate(workflow, task),
        money: price.as_ref().map(|price| energy.cost(price.per_kwh)),
        run_now: run_now.filter(|_| price.is_some()),
        price,
    }
}

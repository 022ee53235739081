//! Whether the budgets that a task is charged to have room for an attempt of it.

use triad_event::execution::Reserve;
use triad_event::governance::Setting;
use triad_event::ids::WorkflowId;
use triad_event::intake::TaskKind;
use triad_event::quantity::{Micros, Milliwatts};

use super::charge::Energy;
use crate::dag::tasks::Tasks;
use crate::ports::Ports;
use crate::ports::budgets::Room;
use crate::prices::costs::Costs;

/// What other domains may ask about budgets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Affording<'a> {
    pub(crate) ports: &'a Ports,
    pub(crate) tasks: Tasks<'a>,
    pub(crate) costs: Costs<'a>,
    /// When an attempt would start.
    pub(crate) at: Micros,
}

/// What is to be kept for an attempt, and of which budgets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) reserve: Reserve,
    pub(crate) of: Vec<u64>,
}

impl Affording<'_> {
    /// What is to be kept for the next attempt of a task; none when it runs no process, or no budget is concerned.
    pub(crate) fn asked(&self, workflow: WorkflowId, task: u32) -> Option<Asked> {
        let of = self.ports.budgets.of_workflow(workflow, &self.ports.accounts);
        if of.is_empty() {
            return None;
        }
        let spec = self.tasks.spec(workflow, task).filter(|spec| spec.kind == TaskKind::Process)?;
        let settings = &self.ports.settings;
        let longest =
            spec.options.timeout.unwrap_or_else(|| settings.span(Setting::TimeoutDefault)).to_micros();
        let core_power = Milliwatts(settings.value(Setting::CorePower).unsigned_abs());
        let stated = self.tasks.energy_estimate(workflow, task).map(Energy::of_milliwatt_hours);
        let of_a_core = Energy::of(longest, core_power);
        let energy = stated.map_or(of_a_core, |stated| stated.or_more(of_a_core));
        let dearest = self.costs.dearest(self.at, self.at.later(longest));
        let reserve = Reserve {
            energy: energy.milliwatt_hours_at_most(),
            money: dearest.map(|per_kwh| energy.cost_at_most(per_kwh)),
        };
        Some(Asked { reserve, of })
    }

    /// Whether all of its budgets have room.
    pub(crate) fn room(&self, asked: &Asked) -> Room {
        self.rooms(asked).map(|(_, room)| room).max().unwrap_or(Room::Fits)
    }

    /// Whether each of its budgets has.
    pub(crate) fn rooms(&self, asked: &Asked) -> impl Iterator<Item = (u64, Room)> {
        let budgets = &self.ports.budgets;
        asked.of.iter().filter_map(|id| Some((*id, budgets.get(*id)?.room(&asked.reserve))))
    }
}

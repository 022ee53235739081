//! Tasks that budgets hold back. They stand in lines: one for those of an owner that are charged to the same budgets. Within a
//! line whoever came first goes first, whatever its priority, so that nobody starves there; whom a budget holds back keeps
//! nobody in the line of another owner waiting.

use std::collections::{BTreeMap, BTreeSet};

use triad_event::ids::WorkflowId;
use triad_event::intake::Priority;
use triad_event::quantity::Micros;

use crate::image::structs;
use crate::ports::Ports;
use crate::ports::budgets::Account;

structs! {
    HeldBack { tasks, lines, was_last }
    Waits { stay, line, is_too_large }
    Stay { since, came, priority, value_lead }
    Line { tenant, owner, budget }
}

/// All tasks that budgets hold back.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeldBack {
    tasks: BTreeMap<(WorkflowId, u32), Waits>,
    /// Those that wait for room: not those of workflows that are held, and none that is larger than all of a budget.
    lines: BTreeMap<Line, BTreeMap<u64, (WorkflowId, u32)>>,
    /// Whether the attempt that was requested last was of one of these.
    pub(crate) was_last: bool,
}

/// A task that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Waits {
    stay: Stay,
    line: Line,
    is_too_large: bool,
}

/// Since when a task waits, and what that counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stay {
    /// Sequence of the record by which it began to.
    pub(crate) since: u64,
    /// When that was, in the time that passes for the log.
    pub(crate) came: Micros,
    pub(crate) priority: Priority,
    /// How far its value puts it ahead of others, when it states one.
    pub(crate) value_lead: Option<Micros>,
}

/// Of one owner, the tasks whose nearest budget is the same: so are the others of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    tenant: String,
    owner: String,
    budget: u64,
}

impl HeldBack {
    pub(crate) fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Whether a task waits here.
    pub(crate) fn holds(&self, workflow: WorkflowId, task: u32) -> bool {
        self.tasks.contains_key(&(workflow, task))
    }

    /// Whether others of the same owner wait for room, so that a task of that workflow goes behind them.
    pub(crate) fn waits_for_same(&self, workflow: WorkflowId, ports: &Ports) -> bool {
        if self.lines.is_empty() {
            return false;
        }
        let of = ports.accounts.of(workflow.into());
        let first = Line { tenant: of.tenant, owner: of.owner, budget: 0 };
        let next = self.lines.range(&first..).next();
        next.is_some_and(|(line, _)| (&line.tenant, &line.owner) == (&first.tenant, &first.owner))
    }

    /// The lines, that of whoever waits longest first.
    pub(crate) fn lines(&self) -> Vec<(&Line, &BTreeMap<u64, (WorkflowId, u32)>)> {
        let mut lines: Vec<_> = self.lines.iter().collect();
        lines.sort_by_key(|(_, line)| line.first_key_value().map(|(since, _)| *since));
        lines
    }

    /// Whoever stands first in each line that could wait for a budget.
    pub(crate) fn firsts_of<'a>(
        &'a self,
        budget: u64,
        account: &'a Account,
    ) -> impl Iterator<Item = (WorkflowId, u32)> + 'a {
        self.lines
            .iter()
            .filter(move |(line, _)| line.is_of(budget, account))
            .filter_map(|(_, line)| Some(*line.first_key_value()?.1))
    }

    /// A task waits from a record on, or goes on waiting; whoever waits already keeps their place. False when no budget is
    /// concerned any more.
    pub(crate) fn push(
        &mut self,
        (workflow, task): (WorkflowId, u32),
        (stay, is_too_large): (Stay, bool),
        ports: &Ports,
    ) -> bool {
        let stay = self.tasks.get(&(workflow, task)).map_or(stay, |waits| waits.stay);
        self.leave(workflow, task);
        let Some(line) = line_of(workflow, ports) else { return false };
        self.tasks.insert((workflow, task), Waits { stay, line, is_too_large });
        if !ports.streams.is_held(workflow.into()) {
            self.enter(workflow, task);
        }
        true
    }

    /// A task waits no longer, if it did.
    pub(crate) fn leave(&mut self, workflow: WorkflowId, task: u32) {
        self.step_out(workflow, task);
        self.tasks.remove(&(workflow, task));
    }

    /// Forgets a workflow.
    pub(crate) fn remove(&mut self, workflow: WorkflowId) {
        for task in self.of_workflow(workflow) {
            self.leave(workflow, task);
        }
    }

    /// Takes a workflow out of the lines, or lets it back in where it stood.
    pub(crate) fn hold(&mut self, workflow: WorkflowId, is_held: bool) {
        for task in self.of_workflow(workflow) {
            if is_held {
                self.step_out(workflow, task);
            } else {
                self.enter(workflow, task);
            }
        }
    }

    /// Budgets, or what is to be kept of them, are others: everybody may have room now. Gives back, in their order, those whom no
    /// budget concerns any more.
    pub(crate) fn reckon(&mut self, ports: &Ports) -> Vec<(WorkflowId, u32, Stay)> {
        let mut waiting: Vec<_> = std::mem::take(&mut self.tasks).into_iter().collect();
        waiting.sort_by_key(|(_, waits)| waits.stay.since);
        self.lines.clear();
        let mut free = Vec::new();
        for ((workflow, task), waits) in waiting {
            if !self.push((workflow, task), (waits.stay, false), ports) {
                free.push((workflow, task, waits.stay));
            }
        }
        free
    }

    /// A period of a budget begins, so whoever is larger than all of it is asked about again: what electricity costs, and so
    /// what is to be kept for them, may be less by now. The others stand where they stand.
    pub(crate) fn ask_again(&mut self, account: &Account, ports: &Ports) {
        let Some(budget) = ports.budgets.id_of(account) else { return };
        let is_asked = |waits: &Waits| waits.is_too_large && waits.line.is_of(budget, account);
        let asked: Vec<_> =
            self.tasks.iter().filter(|(_, waits)| is_asked(waits)).map(|(task, _)| *task).collect();
        for (workflow, task) in asked {
            if let Some(waits) = self.tasks.get_mut(&(workflow, task)) {
                waits.is_too_large = false;
            }
            if !ports.streams.is_held(workflow.into()) {
                self.enter(workflow, task);
            }
        }
    }

    /// All of them, for checks.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (WorkflowId, u32, Priority)> {
        self.tasks.iter().map(|((workflow, task), waits)| (*workflow, *task, waits.stay.priority))
    }

    fn of_workflow(&self, workflow: WorkflowId) -> BTreeSet<u32> {
        let of = self.tasks.range((workflow, 0)..=(workflow, u32::MAX));
        of.map(|((_, task), _)| *task).collect()
    }

    fn enter(&mut self, workflow: WorkflowId, task: u32) {
        let Some(waits) = self.tasks.get(&(workflow, task)).filter(|waits| !waits.is_too_large) else {
            return;
        };
        self.lines.entry(waits.line.clone()).or_default().insert(waits.stay.since, (workflow, task));
    }

    fn step_out(&mut self, workflow: WorkflowId, task: u32) {
        let Some(waits) = self.tasks.get(&(workflow, task)) else { return };
        let Some(line) = self.lines.get_mut(&waits.line) else { return };
        line.remove(&waits.stay.since);
        if line.is_empty() {
            self.lines.remove(&waits.line);
        }
    }
}

impl Line {
    /// Whether those who stand here could wait for a budget.
    fn is_of(&self, budget: u64, account: &Account) -> bool {
        match account {
            Account::Tenant { tenant } => self.tenant == *tenant,
            Account::Owner { tenant, owner } => (&self.tenant, &self.owner) == (tenant, owner),
            Account::Workflow { .. } => self.budget == budget,
        }
    }

    /// Whether two are of the same owner.
    pub(crate) fn is_of_owner_of(&self, other: &Self) -> bool {
        (&self.tenant, &self.owner) == (&other.tenant, &other.owner)
    }
}

/// Where the tasks of a workflow stand; none when no budget is concerned.
fn line_of(workflow: WorkflowId, ports: &Ports) -> Option<Line> {
    let nearest = ports.budgets.of_workflow(workflow, &ports.accounts).first().copied()?;
    let of = ports.accounts.of(workflow.into());
    Some(Line { tenant: of.tenant, owner: of.owner, budget: nearest })
}

//! Which accounts have a budget, what of each is charged, and what is kept for the attempts that run.
//!
//! Of an account what is charged and what is kept are never more than its limit when an attempt starts. What a run took beyond
//! what was kept for it is charged all the same, and counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::economics::{BudgetAccount, BudgetPeriod, BudgetSet};
use triad_event::execution::Reserve;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::quantity::{MicroUsd, Micros, MilliwattHours};

use super::accounts::Accounts;
use crate::image::{choices, structs, words};

words! { BudgetPeriod }

structs! {
    Budgets { by_id, ids, kept }
    Budget { account, period, energy_max, money_max, until, due, charged, kept, overrun, is_exhausted }
    Used { energy, money }
    Kept { workflow, reserve, of }
    Reserve { energy, money }
}

choices! {
    Account { 0 Tenant { tenant }, 1 Owner { tenant, owner }, 2 Workflow { tenant, workflow } }
}

/// The key of the hash that names accounts, so that its values coincide with no other use.
const CONTEXT: &[u8; 32] = b"triad 2026-12 accounts of alerts";

/// Who can have a budget.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Account {
    Tenant { tenant: String },
    Owner { tenant: String, owner: String },
    Workflow { tenant: String, workflow: WorkflowId },
}

/// All budgets. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Budgets {
    /// Each by the sequence of the record that set it first.
    by_id: Arc<BTreeMap<u64, Budget>>,
    ids: Arc<BTreeMap<Account, u64>>,
    /// What is kept for the attempts that are not charged yet, by the sequence of their request.
    kept: Arc<BTreeMap<u64, Kept>>,
}

/// The budget of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Budget {
    pub(crate) account: Account,
    pub(crate) period: BudgetPeriod,
    pub(crate) energy_max: Option<MilliwattHours>,
    pub(crate) money_max: Option<MicroUsd>,
    /// When its period ends, by the calendar; none when it never does.
    pub(crate) until: Option<Micros>,
    /// The same in the time that has passed for the log.
    pub(crate) due: Option<Micros>,
    /// What was charged in its period.
    pub(crate) charged: Used,
    /// What is kept for attempts that are not charged yet.
    pub(crate) kept: Used,
    /// What of the charged was more than what had been kept for it.
    pub(crate) overrun: Used,
    /// Whether it was said that it is exhausted.
    pub(crate) is_exhausted: bool,
}

/// Energy and money. Money that a negative price brings is none: it gives nothing back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Energy.
    pub energy: MilliwattHours,
    /// Money.
    pub money: MicroUsd,
}

/// What is known of a budget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Whose it is.
    pub account: BudgetAccount,
    /// For how long it is.
    pub period: BudgetPeriod,
    /// How much energy it has; none when energy is not limited.
    pub energy_max: Option<MilliwattHours>,
    /// How much money it has; none when money is not limited.
    pub money_max: Option<MicroUsd>,
    /// When its period ends; none when it never does.
    pub until: Option<Micros>,
    /// What was charged in its period.
    pub charged: Used,
    /// What is kept for attempts that are not charged yet.
    pub kept: Used,
    /// What of the charged was more than what had been kept for it.
    pub overrun: Used,
    /// Whether it is used up, or held a task back since it was set or its period began.
    pub is_exhausted: bool,
}

/// What is kept for an attempt, of which budgets.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    workflow: WorkflowId,
    reserve: Reserve,
    of: Vec<u64>,
}

/// Whether an attempt fits into a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Room {
    /// It does.
    Fits,
    /// Not into what is left of it.
    Waits,
    /// Not into all of it.
    TooSmall,
}

impl Budgets {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Budget> {
        self.by_id.get(&id)
    }

    /// The budget of an account.
    pub(crate) fn id_of(&self, account: &Account) -> Option<u64> {
        self.ids.get(account).copied()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (u64, &Budget)> {
        self.by_id.iter().map(|(id, budget)| (*id, budget))
    }

    /// The budgets that a workflow is charged to: its own, that of its owner, that of the tenant.
    pub(crate) fn of_workflow(&self, workflow: WorkflowId, accounts: &Accounts) -> Vec<u64> {
        if self.is_empty() {
            return Vec::new();
        }
        let of = accounts.of(workflow.into());
        let named = [
            Account::Workflow { tenant: of.tenant.clone(), workflow },
            Account::Owner { tenant: of.tenant.clone(), owner: of.owner },
            Account::Tenant { tenant: of.tenant },
        ];
        named.iter().filter_map(|account| self.id_of(account)).collect()
    }

    /// A budget is set. What was charged and kept stays when its period is of the same kind.
    pub(crate) fn set(&mut self, set: &BudgetSet, sequence: u64, at: Micros, elapsed: Micros) {
        let account = Account::of(&set.account);
        let id = *Arc::make_mut(&mut self.ids).entry(account.clone()).or_insert(sequence);
        let before = self.by_id.get(&id);
        let mut budget = Budget {
            account,
            period: set.period,
            energy_max: set.energy,
            money_max: set.money,
            until: None,
            due: None,
            charged: Used::default(),
            kept: before.map_or_else(Used::default, |before| before.kept),
            overrun: Used::default(),
            is_exhausted: false,
        };
        match before.filter(|before| before.period == set.period) {
            Some(before) => {
                (budget.until, budget.due) = (before.until, before.due);
                (budget.charged, budget.overrun) = (before.charged, before.overrun);
            }
            None => budget.begin(period_end(set.period, at), at, elapsed),
        }
        Arc::make_mut(&mut self.by_id).insert(id, budget);
    }

    /// A budget is removed, with all that is kept of it.
    pub(crate) fn remove(&mut self, account: &Account) -> Option<Budget> {
        let id = self.id_of(account)?;
        Arc::make_mut(&mut self.ids).remove(account);
        Arc::make_mut(&mut self.kept).retain(|_, kept| {
            kept.of.retain(|of| *of != id);
            !kept.of.is_empty()
        });
        Arc::make_mut(&mut self.by_id).remove(&id)
    }

    /// The next period of a budget begins.
    pub(crate) fn begin_period(&mut self, id: u64, until: Micros, at: Micros, elapsed: Micros) {
        if let Some(budget) = Arc::make_mut(&mut self.by_id).get_mut(&id) {
            budget.begin(Some(until), at, elapsed);
        }
    }

    /// The calendar was set: periods end when it says so.
    pub(crate) fn reckon(&mut self, at: Micros, elapsed: Micros) {
        for budget in Arc::make_mut(&mut self.by_id).values_mut() {
            budget.due = budget.until.map(|until| due(until, at, elapsed));
        }
    }

    /// It was said that a budget is exhausted.
    pub(crate) fn exhaust(&mut self, id: u64) {
        if let Some(budget) = Arc::make_mut(&mut self.by_id).get_mut(&id) {
            budget.is_exhausted = true;
        }
    }

    /// Something is kept for an attempt, of each of the budgets.
    pub(crate) fn keep(&mut self, request: u64, workflow: WorkflowId, reserve: Reserve, of: Vec<u64>) {
        let used = Used::of(&reserve);
        let budgets = Arc::make_mut(&mut self.by_id);
        for id in &of {
            if let Some(budget) = budgets.get_mut(id) {
                budget.kept = budget.kept.plus(used);
            }
        }
        Arc::make_mut(&mut self.kept).insert(request, Kept { workflow, reserve, of });
    }

    /// Nothing is kept for an attempt any more, and nothing of it is charged.
    pub(crate) fn give_back(&mut self, request: u64) {
        if self.kept.contains_key(&request) {
            self.charge(request, Used::default(), &[]);
        }
    }

    /// A workflow has ended: so has its own budget, and what was kept for attempts that are not charged any more.
    pub(crate) fn end(&mut self, workflow: WorkflowId) -> Option<(u64, Budget)> {
        let left: Vec<u64> = self
            .kept
            .iter()
            .filter(|(_, kept)| kept.workflow == workflow)
            .map(|(request, _)| *request)
            .collect();
        left.into_iter().for_each(|request| self.give_back(request));
        let is_its = |budget: &Budget| matches!(budget.account, Account::Workflow { workflow: of, .. } if of == workflow);
        let (id, account) =
            self.all().find(|(_, budget)| is_its(budget)).map(|(id, own)| (id, own.account.clone()))?;
        Some((id, self.remove(&account)?))
    }

    /// An attempt is charged to budgets, and nothing is kept for it any more. Those that were not there when it started kept
    /// nothing.
    pub(crate) fn charge(&mut self, request: u64, used: Used, of: &[u64]) {
        let kept = match self.kept.contains_key(&request) {
            true => Arc::make_mut(&mut self.kept).remove(&request),
            false => None,
        };
        if kept.is_none() && of.is_empty() {
            return;
        }
        let budgets = Arc::make_mut(&mut self.by_id);
        let (reserve, kept_of) =
            kept.map_or((Used::default(), Vec::new()), |kept| (Used::of(&kept.reserve), kept.of));
        for id in &kept_of {
            if let Some(budget) = budgets.get_mut(id) {
                budget.kept = budget.kept.less(reserve);
            }
        }
        for id in of {
            if let Some(budget) = budgets.get_mut(id) {
                let kept = if kept_of.contains(id) { reserve } else { Used::default() };
                budget.charged = budget.charged.plus(used);
                budget.overrun = budget.overrun.plus(used.less(kept));
            }
        }
    }

    /// What is known of them, for people.
    pub(crate) fn known(&self) -> Vec<Known> {
        let known = |budget: &Budget| Known {
            account: budget.account.named(),
            period: budget.period,
            energy_max: budget.energy_max,
            money_max: budget.money_max,
            until: budget.until,
            charged: budget.charged,
            kept: budget.kept,
            overrun: budget.overrun,
            is_exhausted: budget.is_exhausted,
        };
        self.ids.values().filter_map(|id| self.get(*id)).map(known).collect()
    }

    /// The attempts for which something is kept, for checks.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> impl Iterator<Item = (u64, &Reserve)> {
        self.kept.iter().map(|(request, kept)| (*request, &kept.reserve))
    }
}

impl Budget {
    fn begin(&mut self, until: Option<Micros>, at: Micros, elapsed: Micros) {
        (self.charged, self.overrun, self.is_exhausted) = (Used::default(), Used::default(), false);
        self.until = until;
        self.due = until.map(|until| due(until, at, elapsed));
    }

    /// Whether an attempt fits for which so much is to be kept. Money of which nobody knows how much it is does not count.
    pub(crate) fn room(&self, reserve: &Reserve) -> Room {
        let asked = Used::of(reserve);
        let taken = self.charged.plus(self.kept).plus(asked);
        let fits = |used: Used| {
            self.energy_max.is_none_or(|max| used.energy <= max)
                && self.money_max.is_none_or(|max| used.money <= max)
        };
        match (fits(taken), fits(asked)) {
            (true, _) => Room::Fits,
            (false, true) => Room::Waits,
            (false, false) => Room::TooSmall,
        }
    }

    /// Whether all of it is charged.
    pub(crate) fn is_used_up(&self) -> bool {
        self.energy_max.is_some_and(|max| self.charged.energy >= max)
            || self.money_max.is_some_and(|max| self.charged.money >= max)
    }
}

impl Used {
    /// What is kept of a budget.
    fn of(reserve: &Reserve) -> Self {
        Self { energy: reserve.energy, money: reserve.money.unwrap_or(MicroUsd::ZERO).max(MicroUsd::ZERO) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            energy: MilliwattHours(self.energy.0.saturating_add(other.energy.0)),
            money: MicroUsd(self.money.0.saturating_add(other.money.0)),
        }
    }

    /// What is left of it, and nothing where the other is more.
    pub(crate) fn less(self, other: Self) -> Self {
        Self {
            energy: MilliwattHours(self.energy.0.saturating_sub(other.energy.0)),
            money: MicroUsd(self.money.0.saturating_sub(other.money.0).max(0)),
        }
    }
}

impl Account {
    pub(crate) fn of(account: &BudgetAccount) -> Self {
        let BudgetAccount { tenant, owner, workflow } = account;
        let tenant = tenant.clone();
        match (workflow, owner) {
            (Some(workflow), _) => Self::Workflow { tenant, workflow: *workflow },
            (None, Some(owner)) => Self::Owner { tenant, owner: owner.clone() },
            (None, None) => Self::Tenant { tenant },
        }
    }

    /// As records name it.
    pub(crate) fn named(&self) -> BudgetAccount {
        let (tenant, owner, workflow) = match self {
            Self::Tenant { tenant } => (tenant, None, None),
            Self::Owner { tenant, owner } => (tenant, Some(owner.clone()), None),
            Self::Workflow { tenant, workflow } => (tenant, None, Some(*workflow)),
        };
        BudgetAccount { tenant: tenant.clone(), owner, workflow }
    }

    /// What alerts about it are about: the workflow, or a digest of the names.
    pub(crate) fn about(&self) -> StreamId {
        let (tenant, owner) = match self {
            Self::Workflow { workflow, .. } => return (*workflow).into(),
            Self::Tenant { tenant } => (tenant, None),
            Self::Owner { tenant, owner } => (tenant, Some(owner)),
        };
        let mut hasher = blake3::Hasher::new_keyed(CONTEXT);
        hasher.update(&(tenant.len() as u64).to_le_bytes()).update(tenant.as_bytes());
        hasher.update(&[u8::from(owner.is_some())]).update(owner.map_or(&[], |owner| owner.as_bytes()));
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        StreamId(id)
    }

    /// For people.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Tenant { tenant } => format!("tenant {tenant}"),
            Self::Owner { tenant, owner } => format!("owner {tenant}/{owner}"),
            Self::Workflow { workflow, .. } => format!("workflow {workflow}"),
        }
    }
}

/// A moment of the calendar in the time that has passed for the log, as far from now as it is by the calendar.
fn due(until: Micros, at: Micros, elapsed: Micros) -> Micros {
    elapsed.later(Micros(until.0.saturating_sub(at.0).max(0)))
}

const DAY_US: i64 = 86_400_000_000;

/// When the period of a moment ends, UTC; none when it never does.
pub(crate) fn period_end(period: BudgetPeriod, at: Micros) -> Option<Micros> {
    let day = at.0.div_euclid(DAY_US);
    let days = match period {
        BudgetPeriod::Day => day + 1,
        BudgetPeriod::Month => next_month(day),
        BudgetPeriod::Total => return None,
    };
    Some(Micros(days.saturating_mul(DAY_US)))
}

/// The first day of the month after that of a day, both counted from 1970-01-01: from eras of 400 years that begin in March.
fn next_month(day: i64) -> i64 {
    let shifted = day + 719_468;
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    // March is 0, February 11, and its end is that of the year.
    let first_of_next = (153 * (month + 1) + 2) / 5;
    let year_length = if year % 4 == 3 && (year % 100 != 99 || year % 400 == 399) { 366 } else { 365 };
    day - of_year + if month == 11 { year_length } else { first_of_next }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Held against counting day by day.
    #[test]
    fn months_end_where_the_calendar_says() {
        let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let (mut day, mut year, mut month) = (0, 1970, 0_usize);
        while year < 2410 {
            let lengths = [31, 28 + i64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            let next = day + lengths[month];
            for within in [day, day + 1, next - 1] {
                assert_eq!(next_month(within), next, "{year}-{} {within}", month + 1);
            }
            day = next;
            (year, month) = if month == 11 { (year + 1, 0) } else { (year, month + 1) };
        }
        let at = Micros(1_767_225_599_999_999);
        assert_eq!(period_end(BudgetPeriod::Day, at), Some(Micros(1_767_225_600_000_000)));
        assert_eq!(period_end(BudgetPeriod::Month, at), Some(Micros(1_767_225_600_000_000)));
        let at = Micros(1_767_225_600_000_000);
        assert_eq!(period_end(BudgetPeriod::Day, at), Some(Micros(at.0 + DAY_US)));
        assert_eq!(period_end(BudgetPeriod::Month, at), Some(Micros(at.0 + 31 * DAY_US)));
        assert_eq!(period_end(BudgetPeriod::Total, at), None);
    }

    #[test]
    fn accounts_of_the_same_name_are_not_the_same() {
        let tenant = Account::Tenant { tenant: "a".to_owned() };
        let owner =
            |tenant: &str, owner: &str| Account::Owner { tenant: tenant.to_owned(), owner: owner.to_owned() };
        let all = [tenant.about(), owner("a", "").about(), owner("a", "b").about(), owner("ab", "").about()];
        for (place, about) in all.iter().enumerate() {
            assert!(!all[..place].contains(about));
        }
    }
}

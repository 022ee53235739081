//! Budgets as scripts write them, and what must hold of them in every log.
//!
//! ```text
//! budget W day energy=12000 money=2160     of a workflow; `budget tenant month ...`, `budget owner=ann total ...`; with
//!                                          [in=acme] of another tenant, and [why=TEXT]
//! unbudget W
//! ```

use std::collections::BTreeMap;

use triad_event::economics::{
    Ask, BudgetAccount, BudgetPeriod, BudgetRemoved, BudgetSet, Event as EconomicsEvent,
};
use triad_event::execution::{Event as ExecutionEvent, Reserve};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::TaskKind;
use triad_event::quantity::{MicroUsd, MilliwattHours};
use triad_event::{Event, Recorded};

use super::door::{Door, name_of, workflow_named};
use super::tasks::option;
use crate::World;
use crate::economics::state::wake_of;
use crate::ports::wakes::Wake;

/// Reads what a script says of budgets.
pub(super) fn parse(verb: &str, rest: &str) -> Ask {
    let (named, options) = rest.split_once(' ').unwrap_or((rest, ""));
    let tenant = option(options, "in").unwrap_or("default").to_owned();
    let owner = named.strip_prefix("owner=").map(str::to_owned);
    let is_tenant = named == "tenant" || owner.is_some();
    let workflow = (!is_tenant).then(|| workflow_named(named));
    let account = BudgetAccount { tenant, owner, workflow };
    let reason = option(options, "why").unwrap_or("test").to_owned();
    if verb == "unbudget" {
        return Ask::RemoveBudget(BudgetRemoved { account, reason }.into());
    }
    let period = match options.split(' ').next() {
        Some("day") => BudgetPeriod::Day,
        Some("month") => BudgetPeriod::Month,
        _ => BudgetPeriod::Total,
    };
    let energy = option(options, "energy").map(|energy| MilliwattHours(energy.parse().expect("energy")));
    let money = option(options, "money").map(|money| MicroUsd(money.parse().expect("money")));
    Ask::SetBudget(BudgetSet { account, period, energy, money, reason }.into())
}

/// Whose a budget is, and what of it.
pub(super) fn details(event: &EconomicsEvent) -> Option<String> {
    Some(match event {
        EconomicsEvent::RunCharged(_) => return None,
        EconomicsEvent::BudgetSet(set) => format!("{} {:?}", named(&set.account), set.period),
        EconomicsEvent::BudgetRemoved(removed) => named(&removed.account),
        EconomicsEvent::BudgetPeriodBegan(began) => named(&began.account),
        EconomicsEvent::BudgetExhausted(exhausted) => {
            format!("{} {:?}", named(&exhausted.account), exhausted.why)
        }
    })
}

fn named(account: &BudgetAccount) -> String {
    let BudgetAccount { tenant, owner, workflow } = account;
    match (workflow, owner) {
        (Some(workflow), _) => name_of(*workflow),
        (None, Some(owner)) => format!("{tenant}/{owner}"),
        (None, None) => tenant.clone(),
    }
}

/// What is kept for an attempt: ` keeps 12000 mWh, 2160 uUSD`.
pub(super) fn kept(reserve: Option<&Reserve>) -> String {
    let Some(Reserve { energy, money }) = reserve else { return String::new() };
    let money = money.map(|money| format!(", {money}")).unwrap_or_default();
    format!(" keeps {energy}{money}")
}

/// Something about budgets as a script says it, drawn from numbers.
pub(super) fn random_line(what: u8, value: u8, workflow: &str) -> String {
    let account = ["tenant", "owner=", workflow][usize::from(what % 3)];
    if value.is_multiple_of(7) {
        return format!("unbudget {account}");
    }
    if value.is_multiple_of(5) {
        return "wait 86400s".to_owned();
    }
    let period = ["day", "month", "total"][usize::from(value >> 1) % 3];
    let energy = [60, 70, 200, 12_000, 30_000][usize::from(what) % 5];
    let money = [1, 20, 5_000, 40_000][usize::from(value) % 4];
    let limits =
        [format!("energy={energy}"), format!("money={money}"), format!("energy={energy} money={money}")];
    format!("budget {account} {period} {}", limits[usize::from(value) % 3])
}

/// All budgets are removed. What one of them held back goes on at once, and may end a workflow whose own budget ends with it.
pub(super) fn lift(door: &mut Door) {
    let first = |door: &Door| Some(door.world.ports.budgets.all().next()?.1.account.named());
    while let Some(account) = first(door) {
        let removed = BudgetRemoved { account, reason: "test".to_owned() };
        door.input(Ask::RemoveBudget(removed.into()).into()).expect("a budget is removed");
    }
}

/// What is kept of budgets is kept for attempts that are not charged yet, and of each budget it is their sum at most: those that
/// began before it keep nothing of it.
pub(super) fn invariant_what_is_kept_of_budgets_is_for_attempts(world: &World) {
    let budgets = &world.ports.budgets;
    assert!(!budgets.is_empty() || budgets.kept().next().is_none(), "nothing is kept of no budget");
    let mut energy = 0;
    for (request, reserve) in budgets.kept() {
        let is_ended = world.economics.runs.keys().any(|(_, run)| *run == request);
        assert!(world.execution.get(request).is_some() || is_ended, "nothing is kept for what is over");
        energy += reserve.energy.0;
    }
    for (_, budget) in budgets.all() {
        assert!(budget.kept.energy.0 <= energy);
        assert!(
            budget.overrun.energy <= budget.charged.energy && budget.overrun.money <= budget.charged.money
        );
    }
}

/// When periods end.
pub(super) fn moments(world: &World) -> impl Iterator<Item = Wake> {
    world.ports.budgets.all().filter_map(wake_of)
}

/// Whose a budget is where all is of one owner: that owner's or the tenant's, or of a workflow.
type Of = (bool, Option<WorkflowId>);

/// Energy and money.
type Sums = (u64, i64);

/// A reader of logs that keeps sums of its own.
#[derive(Default)]
struct Reader {
    limits: BTreeMap<Of, (BudgetPeriod, Sums)>,
    charged: BTreeMap<Of, Sums>,
    /// What is kept for an attempt, in which stream, of which budgets.
    kept: BTreeMap<u64, (StreamId, Sums, Vec<Of>)>,
}

/// Reads a whole log in which all is of one owner: no attempt starts beyond what a budget has, and what is kept is kept until the
/// attempt is charged, or is over.
pub(super) fn check_budgets(log: &[Recorded<Event>]) {
    let mut reader = Reader::default();
    log.iter().for_each(|record| reader.read(record));
}

impl Reader {
    fn read(&mut self, record: &Recorded<Event>) {
        if let Event::Economics(event) = &record.event {
            self.read_economics(record, event);
        }
        if let Event::Execution(event) = &record.event {
            self.read_execution(record, event);
        }
        if record.event.closes_stream() {
            self.kept.retain(|_, (stream, ..)| *stream != record.stream);
            self.forget((false, Some(record.stream.into())));
        }
    }

    fn read_economics(&mut self, record: &Recorded<Event>, event: &EconomicsEvent) {
        let of = |account: &BudgetAccount| (account.owner.is_some(), account.workflow);
        match event {
            EconomicsEvent::BudgetSet(set) => {
                let limit = (set.energy.map_or(u64::MAX, |of| of.0), set.money.map_or(i64::MAX, |of| of.0));
                let before = self.limits.insert(of(&set.account), (set.period, limit));
                if before.is_none_or(|(period, _)| period != set.period) {
                    self.charged.insert(of(&set.account), (0, 0));
                }
            }
            EconomicsEvent::BudgetRemoved(removed) => self.forget(of(&removed.account)),
            EconomicsEvent::BudgetPeriodBegan(began) => {
                assert!(began.until > record.at, "a period ends later than it begins");
                self.charged.insert(of(&began.account), (0, 0));
            }
            EconomicsEvent::RunCharged(charged) => {
                self.kept.remove(&charged.request);
                let money = charged.money.map_or(0, |money| money.0.max(0));
                for of in self.concerned(record.stream) {
                    let sums = self.charged.get_mut(&of).expect("a budget has sums");
                    *sums = (sums.0 + charged.energy.0, sums.1 + money);
                }
            }
            EconomicsEvent::BudgetExhausted(exhausted) => {
                assert!(self.limits.contains_key(&of(&exhausted.account)));
            }
        }
    }

    fn read_execution(&mut self, record: &Recorded<Event>, event: &ExecutionEvent) {
        let over = match event {
            ExecutionEvent::AttemptRequested(requested) => {
                let concerned = self.concerned(record.stream);
                let is_kept = requested.kind == TaskKind::Process && !concerned.is_empty();
                assert_eq!(requested.reserve.is_some(), is_kept, "something is kept where there is a budget");
                let Some(reserve) = requested.reserve.as_deref() else { return };
                let asked = (reserve.energy.0, reserve.money.map_or(0, |money| money.0.max(0)));
                self.kept.insert(record.sequence, (record.stream, asked, concerned.clone()));
                concerned.iter().for_each(|of| self.check(record, *of));
                return;
            }
            ExecutionEvent::AttemptEnded(ended) => ended.used.is_none().then_some(ended.request),
            ExecutionEvent::AttemptAbandoned(abandoned) => Some(abandoned.request),
            ExecutionEvent::AttemptLost(lost) => Some(lost.request),
            ExecutionEvent::AttemptProgressed(_)
            | ExecutionEvent::AttemptCancelRequested(_)
            | ExecutionEvent::AttemptStalled(_)
            | ExecutionEvent::AttemptStarted(_) => None,
        };
        over.into_iter().for_each(|request| drop(self.kept.remove(&request)));
    }

    fn check(&self, record: &Recorded<Event>, of: Of) {
        let (_, limit) = self.limits[&of];
        let own = self.kept.values().filter(|(_, _, kept_of)| kept_of.contains(&of));
        let (energy, money) =
            own.fold(self.charged[&of], |sums, (_, asked, _)| (sums.0 + asked.0, sums.1 + asked.1));
        assert!(energy <= limit.0 && money <= limit.1, "record {} starts beyond {limit:?}", record.sequence);
    }

    fn concerned(&self, stream: StreamId) -> Vec<Of> {
        let all = [(false, None), (true, None), (false, Some(stream.into()))];
        all.into_iter().filter(|of| self.limits.contains_key(of)).collect()
    }

    fn forget(&mut self, of: Of) {
        self.limits.remove(&of);
        self.charged.remove(&of);
        self.kept.values_mut().for_each(|(_, _, kept_of)| kept_of.retain(|kept| *kept != of));
    }
}

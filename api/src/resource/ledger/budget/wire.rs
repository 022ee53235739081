//! Budgets as JSON.

use crate::clock;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::{Word, Words, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_decide::economics::{Known, Used};
use triad_event::access::TENANT_DEFAULT;
use triad_event::economics::{BudgetAccount, BudgetPeriod, BudgetRemoved, BudgetSet};
use triad_event::ids::WorkflowId;
use triad_event::quantity::{MicroUsd, MilliwattHours};

words! {
    BudgetPeriod as BudgetPeriod:
    Day = "DAY",
    Month = "MONTH",
    Total = "TOTAL",
}

/// The budget that an account is to have. One that it has is replaced; what is charged stays when the period is of the same kind.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetDocument {
    /// The tenant; `default` unless it is said. Of a workflow that of the workflow.
    #[serde(default)]
    tenant: Option<String>,
    /// An owner of that tenant, empty for those who needed no credential; without it and a workflow the whole tenant.
    #[serde(default)]
    owner: Option<String>,
    /// A workflow that is alive.
    #[serde(default)]
    pub(super) workflow_id: Option<String>,
    /// For how long it is: days and months are those of UTC.
    #[schemars(with = "Word<BudgetPeriod>")]
    period: String,
    /// Energy in thousandths of a watt hour; without it energy is not limited.
    #[serde(default)]
    energy_mwh: Option<i64>,
    /// Money in millionths of a US dollar; without it money is not limited.
    #[serde(default)]
    micro_usd: Option<i64>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// The account that is to have no budget any more.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RemovalDocument {
    /// The tenant; `default` unless it is said. Of a workflow that of the workflow.
    #[serde(default)]
    tenant: Option<String>,
    /// An owner of that tenant, empty for those who needed no credential; without it and a workflow the whole tenant.
    #[serde(default)]
    owner: Option<String>,
    /// A workflow that is alive.
    #[serde(default)]
    pub(super) workflow_id: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// The budgets that whoever asks sees, by tenant, owner and workflow.
#[derive(Serialize, JsonSchema)]
pub(super) struct BudgetList {
    budgets: Vec<Budget>,
}

/// A budget, and what is left of it.
#[derive(Serialize, JsonSchema)]
struct Budget {
    tenant: String,
    /// None for the whole tenant, and for a workflow; empty for those who needed no credential.
    owner: Option<String>,
    workflow_id: Option<String>,
    period: Word<BudgetPeriod>,
    /// When its period ends and nothing is charged again; none of a total.
    until: Option<String>,
    /// Energy that it has; none when energy is not limited.
    energy_mwh: Option<u64>,
    /// Money that it has; none when money is not limited.
    micro_usd: Option<i64>,
    /// What was charged in this period, since it was set.
    charged: Amounts,
    /// What is kept for attempts that run, or are about to be charged.
    reserved: Amounts,
    /// What of the charged was more than what had been kept for it.
    overrun: Amounts,
    /// What may still be kept; none where nothing is limited, and nothing where more was charged.
    left: Left,
    /// Whether it is used up, or held a task back since it was set or its period began.
    is_exhausted: bool,
}

#[derive(Serialize, JsonSchema)]
struct Amounts {
    energy_mwh: u64,
    micro_usd: i64,
}

#[derive(Serialize, JsonSchema)]
struct Left {
    energy_mwh: Option<u64>,
    micro_usd: Option<i64>,
}

/// As a document names an account; the tenant of a workflow is found out before.
fn account(
    tenant: Option<String>,
    owner: Option<String>,
    workflow: Option<WorkflowId>,
    of_workflow: Option<String>,
) -> BudgetAccount {
    let tenant = of_workflow.or(tenant).unwrap_or_else(|| TENANT_DEFAULT.to_owned());
    BudgetAccount { tenant, owner, workflow }
}

impl BudgetDocument {
    /// What it asks for. Nothing below zero is a limit, and the core refuses zero.
    pub(super) fn asked(
        self,
        workflow: Option<WorkflowId>,
        of_workflow: Option<String>,
    ) -> Result<BudgetSet, Problem> {
        let Self { tenant, owner, workflow_id: _, period, energy_mwh, micro_usd, reason } = self;
        let found = BudgetPeriod::ALL.iter().copied().find(|known| known.word() == period);
        let unknown = || {
            let names = <BudgetPeriod as Words>::ALL.join(", ");
            Problem::new(Code::InvalidValue, format!("period is one of {names}"))
        };
        Ok(BudgetSet {
            account: account(tenant, owner, workflow, of_workflow),
            period: found.ok_or_else(unknown)?,
            energy: energy_mwh.map(|energy| MilliwattHours(u64::try_from(energy).unwrap_or(0))),
            money: micro_usd.map(MicroUsd),
            reason,
        })
    }
}

impl RemovalDocument {
    pub(super) fn asked(self, workflow: Option<WorkflowId>, of_workflow: Option<String>) -> BudgetRemoved {
        let Self { tenant, owner, workflow_id: _, reason } = self;
        BudgetRemoved { account: account(tenant, owner, workflow, of_workflow), reason }
    }
}

impl BudgetList {
    pub(super) fn of(known: impl IntoIterator<Item = Known>) -> Self {
        Self { budgets: known.into_iter().map(Budget::of).collect() }
    }
}

impl Budget {
    fn of(known: Known) -> Self {
        let Known { account, period, energy_max, money_max, until, charged, kept, overrun, is_exhausted } =
            known;
        let BudgetAccount { tenant, owner, workflow } = account;
        let left = Left {
            energy_mwh: energy_max
                .map(|max| max.0.saturating_sub(charged.energy.0).saturating_sub(kept.energy.0)),
            micro_usd: money_max
                .map(|max| max.0.saturating_sub(charged.money.0).saturating_sub(kept.money.0).max(0)),
        };
        Self {
            tenant,
            owner,
            workflow_id: workflow.map(|workflow| workflow.to_string()),
            period: Word(period),
            until: until.map(|until| clock::show(until.0)),
            energy_mwh: energy_max.map(|max| max.0),
            micro_usd: money_max.map(|max| max.0),
            charged: Amounts::of(charged),
            reserved: Amounts::of(kept),
            overrun: Amounts::of(overrun),
            left,
            is_exhausted,
        }
    }
}

impl Amounts {
    fn of(Used { energy, money }: Used) -> Self {
        Self { energy_mwh: energy.0, micro_usd: money.0 }
    }
}

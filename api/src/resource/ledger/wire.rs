//! Accounts as JSON.

use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::dag::WorkflowPhase;
use triad_event::economics::MeasuredBy;
use triad_projections::ledger::{self, Balance};
use triad_projections::run_list::Summary;

words! {
    MeasuredBy as MeasuredBy:
    ProcessorTime = "PROCESSOR_TIME",
    PackageEnergy = "PACKAGE_ENERGY",
}

/// What was used, as far as whoever asks sees it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Ledger {
    /// The accounts of all owners that are listed, as one.
    total: Account,
    /// What was taken from the supply, for all tenants: nothing of it is for those who see only some.
    supply: Option<Supply>,
    /// By tenant, over the owners that are listed.
    tenants: Vec<Tenant>,
    /// By tenant and owner.
    owners: Vec<Owner>,
    /// Whether there are more owners than are listed: ask for one tenant, or one owner.
    more_owners: bool,
    /// A page of workflows, the newest first.
    workflows: Vec<Workflow>,
    /// Where the next page begins; none when there is none.
    next_cursor: Option<u64>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

/// What was taken from the supply: as much as is on the accounts of all workflows, below nothing.
#[derive(Serialize, JsonSchema)]
struct Supply {
    energy_mwh: i64,
    micro_usd: i64,
}

#[derive(Serialize, JsonSchema)]
struct Tenant {
    tenant: String,
    account: Account,
}

#[derive(Serialize, JsonSchema)]
struct Owner {
    tenant: String,
    /// None for the workflows of those who needed no credential.
    owner: Option<String>,
    account: Account,
}

#[derive(Serialize, JsonSchema)]
struct Workflow {
    workflow_id: String,
    name: String,
    owner: Option<String>,
    status: Word<WorkflowPhase>,
    account: Account,
}

/// What was used, over runs: each attempt of a process that ended and was measured is one.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct Account {
    /// Energy in thousandths of a watt hour. Each run is rounded down.
    energy_mwh: i64,
    /// Where that comes from; none when some runs were measured one way and some the other.
    measured_by: Option<Word<MeasuredBy>>,
    /// How many runs were charged by what processors counted (PACKAGE_ENERGY).
    counted_runs: u64,
    /// Money in millionths of a US dollar. Each run is rounded down.
    micro_usd: i64,
    runs: u64,
    /// How many runs have no price: no money is charged for them.
    unpriced_runs: u64,
    /// For how long processors were busy with them.
    processor_time_us: i64,
    /// The runs of tasks with energy_cost_est_kwh; each attempt of a task is a run.
    estimated: Estimated,
    /// The runs of tasks that waited for a price, where both prices are known.
    deferred: Deferred,
    /// Those of them of which the least is known that they could have cost.
    judged: Judged,
}

#[derive(Serialize, JsonSchema)]
struct Estimated {
    runs: u64,
    /// What they were thought to take.
    estimate_mwh: i64,
    /// What they took.
    energy_mwh: i64,
}

#[derive(Serialize, JsonSchema)]
struct Deferred {
    runs: u64,
    /// What they would have cost at once.
    run_now_micro_usd: i64,
    /// What they cost.
    micro_usd: i64,
    /// What waiting saved; negative where it cost more.
    saved_micro_usd: i64,
}

/// Runs that waited for a price, held against the cheapest time that was open to each.
#[derive(Serialize, JsonSchema)]
struct Judged {
    runs: u64,
    /// What they would have cost at once.
    run_now_micro_usd: i64,
    /// What they cost.
    micro_usd: i64,
    /// The least that they could have cost, by the prices that were published when they were charged.
    clairvoyant_micro_usd: i64,
    /// What waiting saved; negative where it cost more.
    saved_micro_usd: i64,
    /// What could have been saved besides.
    regret_micro_usd: i64,
    /// What was saved of what could be, in parts per million; none where nothing could be.
    capture_ppm: Option<i64>,
}

/// What somebody sees of the ledger.
pub(super) struct Seen {
    pub(super) supply: Option<Balance>,
    pub(super) owners: Vec<ledger::Owner>,
    pub(super) more_owners: bool,
}

impl Ledger {
    pub(super) fn of(seen: Seen, rows: &[Summary], next_cursor: Option<u64>, as_of: Option<u64>) -> Self {
        let Seen { supply, owners, more_owners } = seen;
        let total = owners.iter().fold(ledger::Account::default(), |sum, one| sum.with(&one.account));
        let tenants = ledger::Ledger::tenants(&owners);
        Self {
            total: Account::of(&total),
            supply: supply.map(|of| Supply { energy_mwh: of.energy_mwh, micro_usd: of.money.0 }),
            tenants: tenants
                .into_iter()
                .map(|(tenant, account)| Tenant { tenant: tenant.to_owned(), account: Account::of(&account) })
                .collect(),
            owners: owners
                .iter()
                .map(|one| Owner {
                    tenant: one.tenant.clone(),
                    owner: named(&one.owner),
                    account: Account::of(&one.account),
                })
                .collect(),
            more_owners,
            workflows: rows.iter().map(Workflow::of).collect(),
            next_cursor,
            as_of,
        }
    }
}

impl Workflow {
    fn of(summary: &Summary) -> Self {
        Self {
            workflow_id: summary.id.to_string(),
            name: summary.name.clone(),
            owner: named(&summary.owner),
            status: Word(summary.phase),
            account: Account::of(&summary.account),
        }
    }
}

impl Account {
    pub(in crate::resource) fn of(account: &ledger::Account) -> Self {
        let ledger::Account { balance, runs, processor_time, counted, unpriced, .. } = account;
        let ledger::Account { estimated, deferred, judged, .. } = account;
        let measured_by = match *counted {
            0 => Some(MeasuredBy::ProcessorTime),
            counted if counted == *runs => Some(MeasuredBy::PackageEnergy),
            _ => None,
        };
        Self {
            energy_mwh: balance.energy_mwh,
            measured_by: measured_by.map(Word),
            counted_runs: *counted,
            micro_usd: balance.money.0,
            runs: *runs,
            unpriced_runs: *unpriced,
            processor_time_us: processor_time.0,
            estimated: Estimated {
                runs: estimated.runs,
                estimate_mwh: estimated.estimate_mwh,
                energy_mwh: estimated.energy_mwh,
            },
            deferred: Deferred {
                runs: deferred.runs,
                run_now_micro_usd: deferred.run_now.0,
                micro_usd: deferred.money.0,
                saved_micro_usd: deferred.saved().0,
            },
            judged: Judged {
                runs: judged.runs,
                run_now_micro_usd: judged.run_now.0,
                micro_usd: judged.money.0,
                clairvoyant_micro_usd: judged.clairvoyant.0,
                saved_micro_usd: judged.saved().0,
                regret_micro_usd: judged.regret().0,
                capture_ppm: judged.capture_ppm(),
            },
        }
    }
}

fn named(owner: &str) -> Option<String> {
    Some(owner.to_owned()).filter(|owner| !owner.is_empty())
}

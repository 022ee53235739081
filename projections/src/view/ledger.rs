//! Who used how much, in energy and money? Double-entry accounts: what a run is charged is taken from the supply and put on the
//! account of its workflow. A workflow's account belongs to its owner, and an owner's to its tenant.

use std::collections::BTreeMap;

use triad_event::economics::{self, RunCharged};
use triad_event::quantity::{MicroUsd, Micros};
use triad_event::{Event, Recorded};

use crate::fold::{Follows, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::stored;
use crate::views::{Answer, Views};

stored! {
    /// The accounts of a log, but for those of workflows, which are with these.
    #[derive(Default)]
    pub struct Ledger {
        /// What was taken from the supply: never more than nothing of energy.
        pub supply: Balance,
        /// What is on the accounts of the workflows of each owner, by tenant and owner.
        pub owners: Vec<Owner>,
    }
}

stored! {
    /// The accounts of an owner's workflows, as one.
    pub struct Owner {
        /// Its tenant.
        pub tenant: String,
        /// The owner; empty for the workflows of those who needed no credential.
        pub owner: String,
        /// What they used.
        pub account: Account,
    }
}

stored! {
    /// What is on an account, in two quantities.
    #[derive(Copy, Default)]
    pub struct Balance {
        /// Energy in thousandths of a watt hour.
        pub energy_mwh: i64,
        /// Money.
        pub money: MicroUsd,
    }
}

stored! {
    /// What was used, and what that is held against. Sums over runs.
    #[derive(Copy, Default)]
    pub struct Account {
        /// What is on it.
        pub balance: Balance,
        /// How many runs there were.
        pub runs: u64,
        /// For how long they kept processors busy.
        pub processor_time: Micros,
        /// How many of them were charged by what processors counted, and not by their processor time.
        pub counted: u64,
        /// How many of them have no price: no money is charged for them.
        pub unpriced: u64,
        /// Those whose task says what it is thought to take.
        pub estimated: Estimated,
        /// Those whose task waited for a price, where both prices are known.
        pub deferred: Deferred,
        /// Those of them of which the least is known that they could have cost.
        pub judged: Judged,
    }
}

stored! {
    /// Runs of tasks that say how much energy they are thought to take. Each attempt of a task is a run.
    #[derive(Copy, Default)]
    pub struct Estimated {
        /// How many.
        pub runs: u64,
        /// What they were thought to take.
        pub estimate_mwh: i64,
        /// What they took.
        pub energy_mwh: i64,
    }
}

stored! {
    /// Runs of tasks that waited for a price.
    #[derive(Copy, Default)]
    pub struct Deferred {
        /// How many.
        pub runs: u64,
        /// What they would have cost at once.
        pub run_now: MicroUsd,
        /// What they cost.
        pub money: MicroUsd,
    }
}

stored! {
    /// Runs of tasks that waited for a price, held against the least that they could have cost.
    #[derive(Copy, Default)]
    pub struct Judged {
        /// How many.
        pub runs: u64,
        /// What they would have cost at once.
        pub run_now: MicroUsd,
        /// What they cost.
        pub money: MicroUsd,
        /// The least that they could have cost.
        pub clairvoyant: MicroUsd,
    }
}

impl Balance {
    /// Moves what a run is charged from one account to another: the sum of all accounts stays what it is.
    fn post(from: &mut Self, to: &mut Self, charged: &RunCharged) {
        let (energy, money) = (mwh(charged.energy.0), charged.money.unwrap_or(MicroUsd::ZERO));
        from.energy_mwh = from.energy_mwh.saturating_sub(energy);
        from.money = MicroUsd(from.money.0.saturating_sub(money.0));
        to.energy_mwh = to.energy_mwh.saturating_add(energy);
        to.money = plus(to.money, money);
    }
}

impl Account {
    /// A run is charged, which is taken from somewhere.
    pub(crate) fn charge(&mut self, from: &mut Balance, charged: &RunCharged) {
        Balance::post(from, &mut self.balance, charged);
        self.runs = self.runs.saturating_add(1);
        self.processor_time = self.processor_time.later(charged.processor_time);
        self.counted = self.counted.saturating_add(u64::from(charged.package_energy.is_some()));
        self.unpriced = self.unpriced.saturating_add(u64::from(charged.money.is_none()));
        if let Some(estimate) = charged.estimate {
            let Estimated { runs, estimate_mwh, energy_mwh } = &mut self.estimated;
            *runs = runs.saturating_add(1);
            *estimate_mwh = estimate_mwh.saturating_add(mwh(estimate.0));
            *energy_mwh = energy_mwh.saturating_add(mwh(charged.energy.0));
        }
        if let (Some(then), Some(paid)) = (charged.run_now, charged.money) {
            let Deferred { runs, run_now, money } = &mut self.deferred;
            *runs = runs.saturating_add(1);
            (*run_now, *money) = (plus(*run_now, then), plus(*money, paid));
            if let Some(least) = charged.clairvoyant {
                let runs = self.judged.runs.saturating_add(1);
                let (run_now, money) = (plus(self.judged.run_now, then), plus(self.judged.money, paid));
                let clairvoyant = plus(self.judged.clairvoyant, least);
                self.judged = Judged { runs, run_now, money, clairvoyant };
            }
        }
    }

    /// Both as one.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let sum = |one: i64, other: i64| one.saturating_add(other);
        Self {
            balance: Balance {
                energy_mwh: sum(self.balance.energy_mwh, other.balance.energy_mwh),
                money: plus(self.balance.money, other.balance.money),
            },
            runs: self.runs.saturating_add(other.runs),
            processor_time: self.processor_time.later(other.processor_time),
            counted: self.counted.saturating_add(other.counted),
            unpriced: self.unpriced.saturating_add(other.unpriced),
            estimated: Estimated {
                runs: self.estimated.runs.saturating_add(other.estimated.runs),
                estimate_mwh: sum(self.estimated.estimate_mwh, other.estimated.estimate_mwh),
                energy_mwh: sum(self.estimated.energy_mwh, other.estimated.energy_mwh),
            },
            deferred: Deferred {
                runs: self.deferred.runs.saturating_add(other.deferred.runs),
                run_now: plus(self.deferred.run_now, other.deferred.run_now),
                money: plus(self.deferred.money, other.deferred.money),
            },
            judged: Judged {
                runs: self.judged.runs.saturating_add(other.judged.runs),
                run_now: plus(self.judged.run_now, other.judged.run_now),
                money: plus(self.judged.money, other.judged.money),
                clairvoyant: plus(self.judged.clairvoyant, other.judged.clairvoyant),
            },
        }
    }
}

impl Deferred {
    /// What waiting saved; negative where it cost more.
    pub fn saved(&self) -> MicroUsd {
        MicroUsd(self.run_now.0.saturating_sub(self.money.0))
    }
}

/// A million parts.
const MILLION: i128 = 1_000_000;

impl Judged {
    /// What waiting saved; negative where it cost more.
    pub fn saved(&self) -> MicroUsd {
        MicroUsd(self.run_now.0.saturating_sub(self.money.0))
    }

    /// What could have been saved besides.
    pub fn regret(&self) -> MicroUsd {
        MicroUsd(self.money.0.saturating_sub(self.clairvoyant.0))
    }

    /// What was saved of what could be, in parts per million, rounded down; none where nothing could be. It is a share of sums,
    /// not the mean of shares.
    pub fn capture_ppm(&self) -> Option<i64> {
        let possible = i128::from(self.run_now.0) - i128::from(self.clairvoyant.0);
        let saved = i128::from(self.run_now.0) - i128::from(self.money.0);
        if possible > 0 { i64::try_from((saved * MILLION).div_euclid(possible)).ok() } else { None }
    }
}

/// As a balance has it, which may be below nothing.
fn mwh(energy: u64) -> i64 {
    i64::try_from(energy).unwrap_or(i64::MAX)
}

fn plus(one: MicroUsd, other: MicroUsd) -> MicroUsd {
    MicroUsd(one.0.saturating_add(other.0))
}

impl Ledger {
    /// The accounts of the tenants, each over its owners.
    pub fn tenants<'a>(owners: impl IntoIterator<Item = &'a Owner>) -> BTreeMap<&'a str, Account> {
        let mut tenants: BTreeMap<&str, Account> = BTreeMap::new();
        for Owner { tenant, account, .. } in owners {
            let of_tenant = tenants.entry(tenant).or_default();
            *of_tenant = of_tenant.with(account);
        }
        tenants
    }
}

impl Follows<economics::Event> for Ledger {
    fn follow(&mut self, _: &Recorded<Event>, event: &economics::Event) -> Result<(), ViewError> {
        // What is left of budgets is told by the engine.
        let economics::Event::RunCharged(charged) = event else { return Ok(()) };
        let wanted = (&charged.tenant, &charged.owner);
        let found = self.owners.binary_search_by(|one| (&one.tenant, &one.owner).cmp(&wanted));
        let place = found.unwrap_or_else(|place| {
            let (tenant, owner) = (charged.tenant.clone(), charged.owner.clone());
            self.owners.insert(place, Owner { tenant, owner, account: Account::default() });
            place
        });
        self.owners[place].account.charge(&mut self.supply, charged);
        Ok(())
    }
}

impl View for Ledger {
    const NAME: &'static str = "ledger";
    const FOLD: u32 = 3;
    type Kept = One<Self>;
}

impl<T: Holds<Ledger>> Views<T> {
    /// What a question about the accounts is answered with.
    pub fn ledger<A>(&self, look: impl FnOnce(&Ledger) -> A) -> Answer<A> {
        self.look(|kept: &One<Ledger>| look(&kept.0))
    }
}

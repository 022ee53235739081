//! What readers see of accounts: whatever happened, they sum to nothing.

use quickcheck::{QuickCheck, TestResult};
use triad_event::economics::{self, Event as EconomicsEvent};
use triad_event::execution::Ending;
use triad_event::prices::{PriceOrigin, PriceTaken};
use triad_event::quantity::{MicroUsd, Micros, MilliwattHours, Milliwatts};
use triad_event::{Event, Recorded};

use super::door::{chain, open};
use super::history::{History, process};
use super::random::{Chance, history};
use crate::Views;
use crate::ledger::{Account, Ledger};
use crate::run_list::Query;

impl History {
    /// What the newest attempt of a task used is charged: as much energy, and money if there is a price.
    pub(super) fn charged(&mut self, workflow: u8, task: u32, energy: u64, money: Option<i64>) {
        let price = PriceTaken { per_kwh: MicroUsd(7), origin: PriceOrigin::Published, age: None, of: None };
        let charged = economics::RunCharged {
            request: self.request(workflow, task),
            task,
            tenant: format!("tenant-{}", workflow % 2),
            owner: if workflow.is_multiple_of(3) { String::new() } else { format!("owner-{}", workflow % 3) },
            energy: MilliwattHours(energy),
            measured_by: economics::MeasuredBy::ProcessorTime,
            processor_time: Micros(energy as i64 * 300),
            core_power: Milliwatts(12_000),
            estimate: energy.is_multiple_of(2).then_some(MilliwattHours(50)),
            price: money.map(|_| price),
            money: money.map(MicroUsd),
            run_now: money.filter(|_| energy.is_multiple_of(3)).map(|money| MicroUsd(money + 5)),
            clairvoyant: money.filter(|_| energy.is_multiple_of(9)).map(|money| MicroUsd(money - 3)),
            package_energy: None,
        };
        self.said(workflow, charged);
    }
}

/// Records of a random history.
const RECORDS: usize = 220;

/// The sum of the accounts of all workflows.
fn of_workflows(views: &Views) -> Account {
    let page = views.run_list(&Query { limit: 1000, ..Query::default() }).expect("the list can be read");
    assert_eq!(page.value.next, None);
    page.value.rows.iter().fold(Account::default(), |sum, row| sum.with(&row.account))
}

/// What the charges of a log sum to, read off the records alone: runs, energy, money.
fn of_records(records: &[Recorded<Event>]) -> (u64, i64, i64) {
    let mut sums = (0, 0, 0);
    for record in records {
        let Event::Economics(EconomicsEvent::RunCharged(charged)) = &record.event else { continue };
        sums.0 += 1;
        sums.1 += i64::try_from(charged.energy.0).unwrap();
        sums.2 += charged.money.map_or(0, |money| money.0);
    }
    sums
}

/// Supply and workflows are the two sides of each posting, kept in different rows: their sum is nothing at every record, and
/// owners and tenants are sums of workflows.
fn assert_balanced(views: &Views, records: &[Recorded<Event>]) {
    let workflows = of_workflows(views);
    let ledger = views.ledger(Ledger::clone).value;
    let balance = workflows.balance;
    assert_eq!(
        (ledger.supply.energy_mwh + balance.energy_mwh, ledger.supply.money.0 + balance.money.0),
        (0, 0)
    );
    assert_eq!((workflows.runs, balance.energy_mwh, balance.money.0), of_records(records));
    let owners = ledger.owners.iter().fold(Account::default(), |sum, one| sum.with(&one.account));
    assert_eq!(owners, workflows);
    let tenants = Ledger::tenants(&ledger.owners);
    assert_eq!(tenants.values().fold(Account::default(), |sum, one| sum.with(one)), workflows);
}

#[test]
fn accounts_sum_to_nothing_at_every_record() {
    fn property(seed: u64) -> TestResult {
        let past = history(seed, RECORDS);
        let mut chance = Chance::of(seed);
        let directory = tempfile::tempdir().unwrap();
        let (mut host, _) = open(directory.path());
        for (record, applied) in past.records.iter().zip(1..) {
            drop(host.apply(std::slice::from_ref(record), chain(record.sequence)).unwrap());
            if chance.below(9) == 0 {
                host.flush().unwrap();
            }
            assert_balanced(&host.views(), &past.records[..applied]);
        }
        TestResult::from_bool(past.records.len() > 3)
    }
    QuickCheck::new().tests(20).quickcheck(property as fn(u64) -> TestResult);
}

#[test]
fn estimates_and_what_waiting_saved_are_held_against_the_runs_that_have_them() {
    let mut past = History::begun();
    past.accepted(1, "w", vec![process("a", &[], 5)]);
    // An estimate of 50 where the energy is even, and 5 more at once where it is a multiple of three.
    for (energy, money) in [(6, Some(10)), (7, Some(3)), (9, Some(-8)), (8, None)] {
        past.requested(1, 0);
        past.ended(1, 0, Ending::Exited, 0);
        past.charged(1, 0, energy, money);
        past.retried(1, 0, Ending::Exited);
    }
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    drop(host.apply(&past.records, chain(past.records.len() as u64 - 1)).unwrap());
    assert_balanced(&host.views(), &past.records);
    let account = of_workflows(&host.views());
    assert_eq!((account.runs, account.unpriced, account.balance.energy_mwh), (4, 1, 30));
    assert_eq!(account.balance.money.0, 5);
    let estimated = &account.estimated;
    assert_eq!((estimated.runs, estimated.estimate_mwh, estimated.energy_mwh), (2, 100, 14));
    let deferred = &account.deferred;
    assert_eq!((deferred.runs, deferred.run_now.0, deferred.money.0, deferred.saved().0), (2, 12, 2, 10));
    // Only that of 9: 5 of the 8 that could be saved were.
    let judged = &account.judged;
    assert_eq!((judged.runs, judged.saved().0, judged.regret().0), (1, 5, 3));
    assert_eq!(judged.capture_ppm(), Some(625_000));
    assert_eq!(Account::default().judged.capture_ppm(), None);
    assert_eq!(account.processor_time.0, 9_000);
}

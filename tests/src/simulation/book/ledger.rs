//! What runs used, as double-entry accounts: out of the supply, onto the account of a workflow. What is taken from the supply is
//! computed anew, from what was measured, the settings and the prices; what is put on accounts is what charges say.

use super::Book;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict, hold};
use std::collections::BTreeMap;
use triad_event::economics::{Event, RunCharged};
use triad_event::execution::AttemptEnded;
use triad_event::governance::Setting;
use triad_event::ids::StreamId;
use triad_event::prices::PriceTaken;
use triad_event::quantity::{MicroUsd, Micros};
use triad_event::{Event as AnyEvent, Recorded};

/// A kilowatt hour, in microseconds of a milliwatt.
const KILOWATT_HOUR: i128 = 3_600_000_000_000_000;
/// A milliwatt hour, in the same unit.
const MILLIWATT_HOUR: i128 = 3_600_000_000;

/// The accounts.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    supply: Balance,
    /// What was measured and is not charged yet, each run by its stream and the sequence of its request.
    measured: BTreeMap<(StreamId, u64), Measured>,
    /// The runs that were suspended, by their requests.
    paced: BTreeMap<u64, Paced>,
    workflows: BTreeMap<StreamId, Balance>,
    /// Of workflows that are over.
    closed: Balance,
}

#[derive(Debug, Clone)]
struct Measured {
    task: u32,
    used: Micros,
    began: Micros,
    ended: Micros,
    /// From when to when it ran, of one that was suspended.
    stretches: Vec<(Micros, Micros)>,
}

/// When a run that was suspended ran, by the wall clock.
#[derive(Debug)]
struct Paced {
    stretches: Vec<(Micros, Micros)>,
    runs_since: Option<Micros>,
}

impl Paced {
    /// The first stretch may be empty.
    fn stop(&mut self, now: Micros) {
        let Some(since) = self.runs_since.take() else { return };
        if self.stretches.is_empty() || since < now {
            self.stretches.push((since.min(now), now));
        }
    }
}

impl Measured {
    /// From when on, and for how long it ran.
    fn span(&self) -> (Micros, Micros) {
        match self.stretches.first() {
            Some((first, _)) => {
                (*first, Micros(self.stretches.iter().map(|(from, until)| until.0 - from.0).sum()))
            }
            None => (self.began, Micros(self.ended.0 - self.began.0)),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Balance {
    time_us: i128,
    energy_mwh: i128,
    money: i128,
}

impl Balance {
    fn add(&mut self, other: Self) {
        self.time_us += other.time_us;
        self.energy_mwh += other.energy_mwh;
        self.money += other.money;
    }

    const fn negative(self) -> Self {
        Self { time_us: -self.time_us, energy_mwh: -self.energy_mwh, money: -self.money }
    }
}

impl Book {
    /// A run ended: what it used leaves the supply when that was measured.
    pub(super) fn measure(&mut self, record: &Recorded<AnyEvent>, ended: &AttemptEnded) {
        let Some(used) = ended.used.as_ref().map(|used| used.processor_time) else { return };
        let began = Micros(record.at.0.saturating_sub(ended.duration.0));
        let stretches = self.ledger.paced.remove(&ended.request).map_or_else(Vec::new, |mut paced| {
            paced.stop(record.at);
            paced.stretches
        });
        let run = Measured { task: ended.task, used, began, ended: record.at, stretches };
        self.ledger.supply.time_us -= i128::from(used.0);
        self.ledger.measured.insert((record.stream, ended.request), run);
    }

    /// A run stands still from here on.
    pub(super) fn stand(&mut self, record: &Recorded<AnyEvent>, request: u64, ran: Micros) {
        let since = Some(Micros(record.at.0 - ran.0));
        let begun = Paced { stretches: Vec::new(), runs_since: since };
        self.ledger.paced.entry(request).or_insert(begun).stop(record.at);
    }

    /// It runs, or goes on running.
    pub(super) fn go_on(&mut self, record: &Recorded<AnyEvent>, request: u64) {
        if let Some(paced) = self.ledger.paced.get_mut(&request) {
            paced.runs_since.get_or_insert(record.at);
        }
    }

    /// It begins from its beginning, or is over without having been measured.
    pub(super) fn forget_pace(&mut self, request: u64) {
        self.ledger.paced.remove(&request);
    }

    /// The price of a kilowatt hour for a run, and, of one in a single piece, all that is said of it.
    fn price_of(&self, run: &Measured) -> Option<PriceTaken> {
        let (first, ran) = run.span();
        match run.stretches.len() {
            0 => self.prices.of_time(run.began, run.ended),
            _ if ran == Micros(0) => self.prices.of_time(first, first),
            _ => {
                let prices: Option<Vec<(PriceTaken, i128)>> = run
                    .stretches
                    .iter()
                    .map(|(from, until)| {
                        Some((self.prices.of_time(*from, *until)?, i128::from(until.0 - from.0)))
                    })
                    .collect();
                let prices = prices?;
                let area: i128 = prices.iter().map(|(price, span)| i128::from(price.per_kwh.0) * span).sum();
                let mean = i64::try_from(area.div_euclid(ran.0.into())).ok()?;
                Some(PriceTaken { per_kwh: MicroUsd(mean), ..prices.into_iter().next()?.0 })
            }
        }
    }

    pub(super) fn take_charge(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        // Nobody sets a budget here.
        let Event::RunCharged(charged) = event else { return Ok(()) };
        self.course(record)?;
        let run = self.ledger.measured.remove(&(record.stream, charged.request));
        hold("invariant_each_measured_run_is_charged_once", run.is_some(), || {
            format!("record {} charges {}, which is not to be", record.sequence, charged.request)
        })?;
        let Some(run) = run else { return Ok(()) };
        let expected = self.charge(&run);
        self.ledger.supply.add(Balance { time_us: 0, ..expected }.negative());
        let money = charged.money.map_or(0, |money| money.0.into());
        let posted =
            Balance { time_us: charged.processor_time.0.into(), energy_mwh: charged.energy.0.into(), money };
        self.ledger.workflows.entry(record.stream).or_default().add(posted);
        self.invariant_the_ledger_sums_to_zero(record)?;
        self.invariant_a_charge_says_what_it_follows_from(record, charged, &run)?;
        for (is_so, probe) in [
            (charged.money.is_some(), Probe::ChargedWithPrice),
            (charged.money.is_none(), Probe::ChargedWithoutPrice),
            (charged.money.is_some_and(|money| money < MicroUsd::ZERO), Probe::ChargedBelowNothing),
            (charged.run_now.is_some(), Probe::HeldAgainstRunningAtOnce),
        ] {
            if is_so {
                self.probes.count(probe);
            }
        }
        Ok(())
    }

    /// What a run is to be charged.
    fn charge(&self, run: &Measured) -> Balance {
        let energy = self.energy(run);
        let price = self.price_of(run);
        let money = price.map_or(0, |price| cost(energy, price.per_kwh));
        Balance { time_us: run.used.0.into(), energy_mwh: energy.div_euclid(MILLIWATT_HOUR), money }
    }

    /// In microseconds of a milliwatt.
    fn energy(&self, run: &Measured) -> i128 {
        i128::from(run.used.0) * i128::from(self.setting(Setting::CorePower))
    }

    fn invariant_a_charge_says_what_it_follows_from(
        &self,
        record: &Recorded<AnyEvent>,
        charged: &RunCharged,
        run: &Measured,
    ) -> Verdict {
        let line = self.courses.get(&record.stream).and_then(|course| course.line(run.task));
        let estimate = line.and_then(|line| line.terms.as_deref()).and_then(|terms| terms.energy_estimate);
        let price = self.price_of(run);
        let (first, ran) = run.span();
        let waited = self.prices.waited(record.stream, run.task);
        // What was suspended is held against one piece, whether or not its task waited before.
        let was_suspended = !run.stretches.is_empty();
        let then = waited
            .or(was_suspended.then_some(Micros(0)))
            .and_then(|by| self.prices.known_mean(Micros(first.0 - by.0), Micros(first.0 - by.0 + ran.0)));
        let run_now = then.filter(|_| price.is_some()).map(|price| cost(self.energy(run), price));
        let money = price.as_ref().map(|price| cost(self.energy(run), price.per_kwh));
        // Of several stretches only the mean is held against the record.
        let is_price = match (&charged.price, &price) {
            (Some(said), Some(found)) if was_suspended => said.per_kwh == found.per_kwh,
            (said, found) => said == found,
        };
        let holds = is_price
            && (charged.task, charged.estimate) == (run.task, estimate)
            && charged.run_now.map(|money| i128::from(money.0)) == run_now
            && charged.money.map(|money| i128::from(money.0)) == money
            && i128::from(charged.core_power.0) == i128::from(self.setting(Setting::CorePower));
        hold("invariant_a_charge_says_what_it_follows_from", holds, || {
            format!(
                "record {}: {charged:?}, and {run:?} at {price:?}, {run_now:?} after {waited:?}",
                record.sequence
            )
        })
    }

    /// What was measured stands on no account yet, and everything else sums to nothing.
    fn invariant_the_ledger_sums_to_zero(&self, record: &Recorded<AnyEvent>) -> Verdict {
        let Ledger { supply, measured, paced: _, workflows, closed } = &self.ledger;
        let mut sum = *supply;
        workflows.values().chain([closed]).for_each(|account| sum.add(*account));
        sum.time_us += measured.values().map(|run| i128::from(run.used.0)).sum::<i128>();
        hold("invariant_the_ledger_sums_to_zero", sum == Balance::default(), || {
            format!("after record {}: {sum:?} is too much: {:?}", record.sequence, record.event)
        })
    }

    /// Whatever follows from the end of a run comes after its charge.
    pub(super) fn invariant_a_run_is_charged_before_anything_follows(
        &self,
        record: &Recorded<AnyEvent>,
        task: Option<u32>,
    ) -> Verdict {
        let of_stream = self.ledger.measured.range((record.stream, 0)..=(record.stream, u64::MAX));
        let mut owed = of_stream.filter(|(_, run)| task.is_none_or(|task| run.task == task));
        let owed = owed.next();
        hold("invariant_each_measured_run_is_charged_once", owed.is_none(), || {
            format!(
                "record {} follows from {owed:?}, which is not charged: {:?}",
                record.sequence, record.event
            )
        })
    }

    /// When nothing is owed: all that was measured is charged.
    pub(super) fn invariant_all_that_was_measured_is_charged(&self) -> Verdict {
        let owed = self.ledger.measured.iter().find(|((stream, _), _)| !self.quarantined.contains(stream));
        hold("invariant_each_measured_run_is_charged_once", owed.is_none(), || {
            format!("nobody charges {owed:?}")
        })
    }

    /// A workflow is over. What was not charged of one that is closed for ever never is, and is the supply's again.
    pub(super) fn close_account(&mut self, stream: StreamId) {
        let ledger = &mut self.ledger;
        if let Some(account) = ledger.workflows.remove(&stream) {
            ledger.closed.add(account);
        }
        let left: Vec<(StreamId, u64)> =
            ledger.measured.range((stream, 0)..=(stream, u64::MAX)).map(|(run, _)| *run).collect();
        for run in left.iter().filter_map(|run| ledger.measured.remove(run)) {
            ledger.supply.time_us += i128::from(run.used.0);
        }
    }
}

/// What energy costs, rounded down.
fn cost(energy: i128, per_kwh: MicroUsd) -> i128 {
    (energy * i128::from(per_kwh.0)).div_euclid(KILOWATT_HOUR)
}

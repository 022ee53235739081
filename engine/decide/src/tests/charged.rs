//! Charges as scripts show them, and what must hold of them in every log.

use std::collections::{BTreeMap, BTreeSet};

use triad_event::economics::{Event as EconomicsEvent, RunCharged};
use triad_event::execution::{AttemptEnded, Event as ExecutionEvent, Used};
use triad_event::governance::Setting;
use triad_event::ids::StreamId;
use triad_event::prices::PriceOrigin;
use triad_event::quantity::{MicroUsd, Microjoules, Micros, Milliwatts};
use triad_event::{Event, Recorded};

/// `TASK ENERGY mWh [, MONEY uUSD at CENTS] [, now MONEY] [, least MONEY] [, of ESTIMATE] [, TENANT/OWNER]`
pub(super) fn details(event: &EconomicsEvent) -> String {
    if let Some(details) = super::budgeted::details(event) {
        return details;
    }
    let EconomicsEvent::RunCharged(charged) = event else { return String::new() };
    let RunCharged { task, energy, tenant, owner, .. } = &**charged;
    let mut text = format!("{task} {energy}");
    if let (Some(money), Some(price)) = (charged.money, &charged.price) {
        text += &format!(", {money} at {}", price.per_kwh.0 / 10_000);
        if price.origin != PriceOrigin::Published {
            text += &format!(" {:?}", price.origin);
        }
    }
    text += &charged.run_now.map(|money| format!(", now {}", money.0)).unwrap_or_default();
    text += &charged.clairvoyant.map(|money| format!(", least {}", money.0)).unwrap_or_default();
    text += &charged.estimate.map(|estimate| format!(", of {}", estimate.0)).unwrap_or_default();
    if (&**tenant, &**owner) != ("default", "") {
        text += &format!(", {tenant}/{owner}");
    }
    text
}

/// Most runs took some time and kept processors busy, drawn from a number.
pub(super) fn measure(ended: &mut AttemptEnded, number: usize) {
    let number = number as i64;
    let package_energy = (number % 3 == 1).then_some(Microjoules(number.unsigned_abs() * 7_654_321));
    let used = Used { processor_time: Micros(number * 1_000_000), package_energy };
    ended.used = (number % 3 != 0).then(|| used.into());
    ended.duration = Micros(number % 7 * 600_000_000);
}

/// Reads a whole log: what was measured of a run is charged once, before anything follows from its end, by the figures that are
/// recorded; and nothing else is charged.
pub(super) fn check_charges(log: &[Recorded<Event>]) {
    let mut owed: BTreeMap<(StreamId, u64), (&AttemptEnded, Milliwatts)> = BTreeMap::new();
    let mut closed: BTreeSet<StreamId> = BTreeSet::new();
    let mut core_power = Milliwatts(Setting::CorePower.default_value().unsigned_abs());
    for record in log {
        if let Event::Governance(triad_event::governance::Event::SettingChanged(changed)) = &record.event
            && changed.asked.setting == Setting::CorePower
        {
            core_power = Milliwatts(changed.asked.value.unsigned_abs());
        }
        if let Event::Execution(ExecutionEvent::AttemptEnded(ended)) = &record.event
            && ended.used.is_some()
        {
            owed.insert((record.stream, ended.request), (ended, core_power));
        }
        if let Event::Economics(EconomicsEvent::RunCharged(charged)) = &record.event {
            let run = owed.remove(&(record.stream, charged.request));
            let (ended, core_power) = run.expect("a run is charged once, when it was measured");
            assert_eq!((charged.task, charged.core_power), (ended.task, core_power));
            check_charge(charged, ended);
        }
        if record.event.closes_stream() {
            closed.insert(record.stream);
        }
        let is_open = |(stream, _): &&(StreamId, u64)| *stream == record.stream && !closed.contains(stream);
        if let Event::Dag(event) = &record.event
            && let Some(task) = event.task()
        {
            let own = owed.iter().filter(|(run, _)| is_open(run));
            assert!(own.clone().all(|(_, (ended, _))| ended.task != task), "its run was charged before");
        }
    }
    assert!(owed.keys().all(|(stream, _)| closed.contains(stream)), "all that was measured is charged");
}

/// A charge follows from what it says.
fn check_charge(charged: &RunCharged, ended: &AttemptEnded) {
    let used = ended.used.as_deref().expect("what is charged was measured");
    assert_eq!((charged.processor_time, charged.package_energy), (used.processor_time, used.package_energy));
    let nanojoules = match charged.package_energy {
        Some(counted) => i128::from(counted.0) * 1000,
        None => i128::from(charged.processor_time.0) * i128::from(charged.core_power.0),
    };
    assert_eq!(i128::from(charged.energy.0), nanojoules.div_euclid(3_600_000_000));
    let cost = |per_kwh: MicroUsd| {
        let money = (nanojoules * i128::from(per_kwh.0)).div_euclid(3_600_000_000_000_000);
        MicroUsd(money.try_into().expect("runs of tests are short"))
    };
    assert_eq!(charged.money, charged.price.as_ref().map(|price| cost(price.per_kwh)));
    assert!(charged.run_now.is_none() || charged.money.is_some(), "what it is held against is known");
    if let Some(least) = charged.clairvoyant {
        let others = [charged.money, charged.run_now];
        assert!(
            others.iter().all(|money| money.is_some_and(|money| least <= money)),
            "nothing costs less than the least"
        );
    }
}

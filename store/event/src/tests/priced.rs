//! Events about prices, and of which prices are a part.

use crate::dag::{QueueReason, TaskQueued};
use crate::economics::{self, BudgetAccount, BudgetPeriod, Exhaustion, MeasuredBy};
use crate::event::Event;
use crate::execution::{AttemptEnded, AttemptRequested, Captured, Ending, Reserve, Used};
use crate::ids::{AttemptKey, WorkflowId};
use crate::intake::{Measure, Suspension, Weight};
use crate::intake::{Priority, TaskKind};
use crate::prices::{
    self, CarbonMeans, CarbonStep, CarbonTaken, DeferReason, DurationTaken, Estimate, EstimatedBy, Grounds,
    MissingPrice, Optimised, OptimisedPlan, Planned, PriceBounds, PriceMeans, PriceOrigin, PriceStep,
    PriceTaken, ReleaseReason, SourceKind, StepLength, ThresholdTaken, WaitsFor,
};
use crate::quantity::{
    MicroUsd, Microjoules, Micros, Milligrams, Millis, MilliwattHours, Milliwatts, PartsPerMillion,
};

pub(super) fn samples() -> Vec<Event> {
    let (quarter, hour) = (Micros(1_800_000_000_000_000), Micros(1_800_000_900_000_000));
    let price = PriceTaken {
        per_kwh: MicroUsd(181_000),
        origin: PriceOrigin::Published,
        age: Some(Millis(3_600_000)),
        of: None,
    };
    vec![
        prices::SourceSet {
            source: SourceKind::Fixed,
            fixed_per_kwh: Some(MicroUsd(120_000)),
            currency: "USD".to_owned(),
            area: "DE-LU".to_owned(),
            missing: MissingPrice::LastKnown,
            age_max: Some(Millis(7_200_000)),
            bounds: None,
            estimates: EstimatedBy::Timeout,
            usd_per_unit: None,
            reason: "ticket 12".to_owned(),
        }
        .into(),
        prices::PricesPublished {
            steps: vec![
                PriceStep { from: quarter, length: StepLength::Quarter, per_kwh: MicroUsd(181_000) },
                PriceStep { from: hour, length: StepLength::Hour, per_kwh: MicroUsd(-5_000) },
            ],
            published: Micros(1_799_990_000_000_000),
            currency: prices::USD.to_owned(),
        }
        .into(),
        prices::SourceRemoved { reason: "moved".to_owned() }.into(),
        prices::TaskDeferred {
            task: 7,
            reason: DeferReason::AboveBid,
            bid: Some(MicroUsd(100_000)),
            price: Some(price),
            look_again: hour,
            last_safe_start: Micros(1_800_080_000_000_000),
            grounds: None,
            optimised: None,
            suspension: None,
        }
        .into(),
        prices::TaskReleased {
            task: 7,
            reason: ReleaseReason::LastSafeStart,
            bid: Some(MicroUsd(100_000)),
            price: None,
            last_safe_start: Micros(1_800_080_000_000_000),
            grounds: None,
            optimised: None,
        }
        .into(),
        prices::CarbonSourceSet {
            area: "DE-LU".to_owned(),
            missing: MissingPrice::LastKnown,
            age_max: Some(Millis(7_200_000)),
            estimates: EstimatedBy::Runs,
            reason: "ticket 14".to_owned(),
        }
        .into(),
        prices::CarbonPublished {
            steps: vec![CarbonStep { from: hour, length: StepLength::Hour, per_kwh: Milligrams(430_000) }],
            published: Micros(1_799_990_000_000_000),
        }
        .into(),
        prices::CarbonSourceRemoved { reason: "moved".to_owned() }.into(),
    ]
}

/// Runs that are suspended and go on.
pub(super) fn run_samples() -> Vec<Event> {
    let (hour, last_safe_start) = (Micros(1_800_000_900_000_000), Micros(1_800_080_000_000_000));
    let price = PriceTaken {
        per_kwh: MicroUsd(181_000),
        origin: PriceOrigin::Published,
        age: Some(Millis(3_600_000)),
        of: None,
    };
    vec![
        prices::RunSuspended {
            request: 40,
            task: 7,
            reason: DeferReason::CheaperLater,
            bid: Some(MicroUsd(100_000)),
            price: Some(price),
            look_again: hour,
            last_safe_start,
            ran: Micros(900_000_000),
            grounds: grounds().into(),
            optimised: None,
        }
        .into(),
        prices::RunContinued {
            request: 40,
            task: 7,
            reason: ReleaseReason::LastSafeStart,
            bid: None,
            price: None,
            look_again: None,
            last_safe_start,
            ran: Micros(900_000_000),
            grounds: grounds().into(),
            optimised: Some(optimised().into()),
        }
        .into(),
    ]
}

/// What only the newest versions hold.
pub(super) fn newer_samples() -> Vec<Event> {
    let (look_again, last_safe_start) = (Micros(1_800_000_900_000_000), Micros(1_800_080_000_000_000));
    vec![
        source_with_bounds(None),
        source_with_bounds(Some(MicroUsd(1_083_200))),
        prices::PricesPublished {
            steps: vec![PriceStep { from: look_again, length: StepLength::Half, per_kwh: MicroUsd(93_000) }],
            published: Micros(1_799_990_000_000_000),
            currency: "EUR".to_owned(),
        }
        .into(),
        prices::TaskDeferred {
            task: 7,
            reason: DeferReason::CheaperLater,
            bid: None,
            price: None,
            look_again,
            last_safe_start,
            grounds: Some(grounds().into()),
            optimised: None,
            suspension: None,
        }
        .into(),
        prices::TaskReleased {
            task: 7,
            reason: ReleaseReason::WithinThreshold,
            bid: Some(MicroUsd(100_000)),
            price: None,
            last_safe_start,
            grounds: Some(grounds().into()),
            optimised: None,
        }
        .into(),
    ]
}

/// Tasks that wait for less carbon.
pub(super) fn carbon_samples() -> Vec<Event> {
    let (from, last_safe_start) = (Micros(1_800_000_900_000_000), Micros(1_800_080_000_000_000));
    vec![
        prices::TaskDeferred {
            task: 7,
            reason: DeferReason::CheaperLater,
            bid: None,
            price: None,
            look_again: from,
            last_safe_start,
            grounds: Some(Grounds { plan: None, threshold: None, ..grounds() }.into()),
            optimised: Some(optimised().into()),
            suspension: None,
        }
        .into(),
        prices::TaskReleased {
            task: 7,
            reason: ReleaseReason::NoSource,
            bid: Some(MicroUsd(100_000)),
            price: None,
            last_safe_start,
            grounds: None,
            optimised: Some(
                Optimised { decided_by: Vec::new(), carbon: None, plan: None, ..optimised() }.into(),
            ),
        }
        .into(),
    ]
}

/// A task whose run may be suspended.
pub(super) fn interruptible_sample() -> Event {
    prices::TaskDeferred {
        task: 7,
        reason: DeferReason::CheaperLater,
        bid: None,
        price: None,
        look_again: Micros(1_800_000_900_000_000),
        last_safe_start: Micros(1_800_080_000_000_000),
        grounds: Some(grounds().into()),
        optimised: None,
        suspension: Some(Suspension::Allowed),
    }
    .into()
}

fn optimised() -> Optimised {
    let (price, carbon) = (PartsPerMillion(700_000), PartsPerMillion(300_000));
    Optimised {
        weights: vec![
            Weight { of: Measure::Price, share: price },
            Weight { of: Measure::Carbon, share: carbon },
        ],
        decided_by: vec![Measure::Price, Measure::Carbon],
        carbon: Some(CarbonTaken {
            per_kwh: Milligrams(430_000),
            origin: PriceOrigin::Published,
            age: Some(Millis(3_600_000)),
            of: None,
        }),
        plan: Some(OptimisedPlan {
            start: Micros(1_800_007_200_000_000),
            known_until: Micros(1_800_080_000_000_000),
            price: Some(PriceMeans { planned: MicroUsd(80_000), now: MicroUsd(190_000) }),
            carbon: CarbonMeans { planned: Milligrams(120_000), now: Milligrams(421_000) },
        }),
    }
}

fn source_with_bounds(usd_per_unit: Option<MicroUsd>) -> Event {
    prices::SourceSet {
        source: SourceKind::Series,
        fixed_per_kwh: None,
        currency: if usd_per_unit.is_some() { "EUR" } else { prices::USD }.to_owned(),
        area: "NO1".to_owned(),
        missing: MissingPrice::Wait,
        age_max: None,
        bounds: Some(PriceBounds { low: MicroUsd(50_000), high: MicroUsd(600_000) }),
        estimates: EstimatedBy::Runs,
        usd_per_unit,
        reason: "ticket 13".to_owned(),
    }
    .into()
}

fn grounds() -> Grounds {
    let usual = DurationTaken { length: Millis(1_500_000), runs: 14, quantile: PartsPerMillion(500_000) };
    let longest = DurationTaken { length: Millis(2_400_000), runs: 14, quantile: PartsPerMillion(900_000) };
    Grounds {
        waits_for: WaitsFor::BidOrCheapest,
        missing: Some(MissingPrice::Typical),
        estimate: Estimate { usual, longest },
        plan: Some(Planned {
            start: Micros(1_800_007_200_000_000),
            mean: MicroUsd(80_000),
            mean_now: MicroUsd(190_000),
            known_until: Micros(1_800_080_000_000_000),
        }),
        threshold: Some(ThresholdTaken {
            price_max: MicroUsd(173_205),
            ratio_max: Some(PartsPerMillion(3_464_102)),
        }),
    }
}

pub(super) fn economics_samples() -> Vec<Event> {
    let price = PriceTaken {
        per_kwh: MicroUsd(181_000),
        origin: PriceOrigin::Published,
        age: Some(Millis(3_600_000)),
        of: None,
    };
    vec![
        economics::RunCharged {
            request: 40,
            task: 7,
            tenant: "default".to_owned(),
            owner: "platform".to_owned(),
            energy: MilliwattHours(12_000),
            measured_by: MeasuredBy::ProcessorTime,
            processor_time: Micros(3_600_000_000),
            core_power: Milliwatts(12_000),
            estimate: Some(MilliwattHours(5_500_000)),
            price: Some(price),
            money: Some(MicroUsd(2_172)),
            run_now: None,
            clairvoyant: None,
            package_energy: None,
        }
        .into(),
        economics::BudgetSet {
            account: account(Some("platform"), None),
            period: BudgetPeriod::Month,
            energy: Some(MilliwattHours(500_000_000)),
            money: None,
            reason: "ticket 12".to_owned(),
        }
        .into(),
        economics::BudgetRemoved { account: account(None, None), reason: "moved".to_owned() }.into(),
        economics::BudgetPeriodBegan {
            account: account(Some("platform"), None),
            until: Micros(1_767_225_600_000_000),
        }
        .into(),
        economics::BudgetExhausted {
            account: account(None, Some(WorkflowId([0x0f; 16]))),
            why: Exhaustion::HoldsBack,
        }
        .into(),
    ]
}

/// What newer versions hold: processor time, a task that waits for a budget, what is kept for an attempt, and what a run could
/// have cost.
pub(super) fn budget_samples() -> Vec<Event> {
    let money = Some(MicroUsd(2_160));
    let mut charged = economics_samples().into_iter().next().expect("a charge");
    if let Event::Economics(economics::Event::RunCharged(charged)) = &mut charged {
        charged.clairvoyant = Some(MicroUsd(600));
    }
    vec![
        TaskQueued { task: 7, reason: QueueReason::Budget, priority: Priority::Normal, value_lead: None }
            .into(),
        AttemptRequested {
            task: 7,
            attempt: 1,
            kind: TaskKind::Process,
            key: AttemptKey([0xee; 16]),
            timeout: Some(Millis(3_600_000)),
            memory_max: None,
            reserve: Some(Reserve { energy: MilliwattHours(12_000), money }.into()),
            fixes: None,
        }
        .into(),
        charged,
    ]
}

/// What processors counted.
pub(super) fn counted_samples() -> Vec<Event> {
    let counted = Some(Microjoules(43_200_000_000));
    let mut charged = economics_samples().into_iter().next().expect("a charge");
    if let Event::Economics(economics::Event::RunCharged(charged)) = &mut charged {
        (charged.measured_by, charged.package_energy) = (MeasuredBy::PackageEnergy, counted);
    }
    let used = Used { processor_time: Micros(7_500_000), package_energy: counted };
    let ended = AttemptEnded {
        request: 40,
        task: 7,
        ending: Ending::Succeeded,
        exit_code: Some(0),
        signal: None,
        duration: Micros(2_000_000),
        stdout: Captured::NOTHING,
        stderr: Captured::NOTHING,
        used: Some(used.into()),
        findings: None,
    };
    vec![ended.into(), charged]
}

fn account(owner: Option<&str>, workflow: Option<WorkflowId>) -> BudgetAccount {
    BudgetAccount { tenant: "default".to_owned(), owner: owner.map(str::to_owned), workflow }
}

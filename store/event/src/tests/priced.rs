//! Events about prices, and of which prices are a part.

use crate::economics::{self, MeasuredBy};
use crate::event::Event;
use crate::prices::{
    self, DeferReason, MissingPrice, PriceOrigin, PriceStep, PriceTaken, ReleaseReason, SourceKind,
    StepLength,
};
use crate::quantity::{MicroUsd, Micros, Millis, MilliwattHours, Milliwatts};

pub(super) fn samples() -> Vec<Event> {
    let (quarter, hour) = (Micros(1_800_000_000_000_000), Micros(1_800_000_900_000_000));
    let price = PriceTaken {
        per_kwh: MicroUsd(181_000),
        origin: PriceOrigin::Published,
        age: Some(Millis(3_600_000)),
        of: None,
    };
    let (bid, last_safe_start) = (MicroUsd(100_000), Micros(1_800_080_000_000_000));
    vec![
        prices::SourceSet {
            source: SourceKind::Fixed,
            fixed_per_kwh: Some(MicroUsd(120_000)),
            currency: "USD".to_owned(),
            area: "DE-LU".to_owned(),
            missing: MissingPrice::LastKnown,
            age_max: Some(Millis(7_200_000)),
            reason: "ticket 12".to_owned(),
        }
        .into(),
        prices::PricesPublished {
            steps: vec![
                PriceStep { from: quarter, length: StepLength::Quarter, per_kwh: MicroUsd(181_000) },
                PriceStep { from: hour, length: StepLength::Hour, per_kwh: MicroUsd(-5_000) },
            ],
            published: Micros(1_799_990_000_000_000),
        }
        .into(),
        prices::SourceRemoved { reason: "moved".to_owned() }.into(),
        prices::TaskDeferred {
            task: 7,
            reason: DeferReason::AboveBid,
            bid,
            price: Some(price),
            look_again: hour,
            last_safe_start,
        }
        .into(),
        prices::TaskReleased {
            task: 7,
            reason: ReleaseReason::LastSafeStart,
            bid,
            price: None,
            last_safe_start,
        }
        .into(),
    ]
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
        }
        .into(),
    ]
}

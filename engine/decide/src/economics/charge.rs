//! The arithmetic of a charge: integers, each figure rounded down once.

use triad_event::quantity::{MicroUsd, Microjoules, Micros, MilliwattHours, Milliwatts};

/// A milliwatt hour, in microseconds of a milliwatt.
const MILLIWATT_HOUR: u128 = 3_600_000_000;
/// A kilowatt hour, in the same unit.
const KILOWATT_HOUR: i128 = 3_600_000_000_000_000;

/// Energy in microseconds of a milliwatt, which are billionths of a joule: exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Energy(u128);

impl Energy {
    /// What cores take that are busy for so long.
    pub(super) fn of(processor_time: Micros, core_power: Milliwatts) -> Self {
        let time = u64::try_from(processor_time.0).unwrap_or(0);
        Self(u128::from(time) * u128::from(core_power.0))
    }

    /// What processors counted.
    pub(super) fn counted(Microjoules(energy): Microjoules) -> Self {
        Self(u128::from(energy) * 1000)
    }

    /// Rounded down, and the greatest that can be recorded when it is more.
    pub(super) fn milliwatt_hours(self) -> MilliwattHours {
        MilliwattHours(u64::try_from(self.0 / MILLIWATT_HOUR).unwrap_or(u64::MAX))
    }

    /// So much energy.
    pub(super) fn of_milliwatt_hours(energy: MilliwattHours) -> Self {
        Self(u128::from(energy.0) * MILLIWATT_HOUR)
    }

    /// Whichever is more.
    pub(super) fn or_more(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// Rounded up, and the greatest that can be recorded when it is more.
    pub(super) fn milliwatt_hours_at_most(self) -> MilliwattHours {
        MilliwattHours(u64::try_from(self.0.div_ceil(MILLIWATT_HOUR)).unwrap_or(u64::MAX))
    }

    /// What it costs, rounded up; nothing at a negative price. The greatest that can be recorded when it is more.
    pub(super) fn cost_at_most(self, per_kwh: MicroUsd) -> MicroUsd {
        let price = u128::from(u64::try_from(per_kwh.0).unwrap_or(0));
        let cost = self.0.saturating_mul(price).div_ceil(KILOWATT_HOUR.unsigned_abs());
        MicroUsd(i64::try_from(cost).unwrap_or(i64::MAX))
    }

    /// What it costs, rounded down. Prices may be negative. The nearest that can be recorded when it is more.
    pub(super) fn cost(self, per_kwh: MicroUsd) -> MicroUsd {
        let energy = i128::try_from(self.0).unwrap_or(i128::MAX);
        let cost = energy.saturating_mul(per_kwh.0.into()).div_euclid(KILOWATT_HOUR);
        MicroUsd(i64::try_from(cost).unwrap_or(if cost < 0 { i64::MIN } else { i64::MAX }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Micros = Micros(3_600_000_000);

    #[test]
    fn figures_are_rounded_down_once() {
        let table = [
            // An hour of a core of 12 W at 0.18 USD/kWh.
            (HOUR, 12_000, 180_000, 12_000, 2_160),
            (HOUR, 12_000, -180_000, 12_000, -2_160),
            // A second: 3.33 mWh and 0.6 millionths, which are none.
            (Micros(1_000_000), 12_000, 180_000, 3, 0),
            (Micros(1_000_000), 12_000, -180_000, 3, -1),
            // Money follows from the energy before that is rounded: 0.999 mWh at 10 USD/kWh.
            (Micros(299_999), 12_000, 10_000_000, 0, 9),
            (Micros(0), 12_000, 180_000, 0, 0),
            (HOUR, 1, 1, 1, 0),
        ];
        for (time, power, price, energy, money) in table {
            let used = Energy::of(time, Milliwatts(power));
            let found = (used.milliwatt_hours(), used.cost(MicroUsd(price)));
            assert_eq!(found, (MilliwattHours(energy), MicroUsd(money)), "{time} {power} {price}");
            // Whatever is kept for the same is at least as much, and by less than one of each more.
            let (most, dearest) = (used.milliwatt_hours_at_most(), used.cost_at_most(MicroUsd(price)));
            assert!(
                (energy..=energy + 1).contains(&most.0)
                    && (money.max(0)..=money.max(0) + 1).contains(&dearest.0)
            );
        }
    }

    #[test]
    fn what_cannot_be_recorded_is_the_nearest_that_can() {
        let most = Energy::of(Micros(i64::MAX), Milliwatts(u64::MAX));
        assert_eq!(most.milliwatt_hours(), MilliwattHours(u64::MAX));
        assert_eq!(most.cost(MicroUsd(i64::MAX)), MicroUsd(i64::MAX));
        assert_eq!(most.cost(MicroUsd(i64::MIN)), MicroUsd(i64::MIN));
        assert_eq!(Energy::of(Micros(-1), Milliwatts(1)).milliwatt_hours(), MilliwattHours(0));
        assert_eq!(most.milliwatt_hours_at_most(), MilliwattHours(u64::MAX));
        assert_eq!(most.cost_at_most(MicroUsd(i64::MAX)), MicroUsd(i64::MAX));
        assert_eq!(most.cost_at_most(MicroUsd(i64::MIN)), MicroUsd(0));
        let stated = Energy::of_milliwatt_hours(MilliwattHours(7));
        assert_eq!(stated.or_more(Energy::of(HOUR, Milliwatts(5))).milliwatt_hours(), MilliwattHours(7));
        assert_eq!(stated.or_more(Energy::of(HOUR, Milliwatts(9))).milliwatt_hours(), MilliwattHours(9));
    }
}

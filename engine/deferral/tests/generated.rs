//! Series of prices with the shape of a day-ahead market, from a seed: days, weeks, sun at noon, and a few spikes.

use triad_deferral::{PriceCurve, Step, StepLength};

pub(crate) const HOUR_MS: i64 = 3_600_000;

/// Numbers that look like chance and are the same everywhere (splitmix64).
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From nothing to less than a bound.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// From one bound to the other, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low.saturating_add_unsigned(self.below(high.abs_diff(low).saturating_add(1)))
    }
}

/// Micro-currency per kilowatt hour above the day's level, by hour: cheap nights, two peaks.
const SHAPE: [i64; 24] = [
    -9_000, -11_000, -12_000, -13_000, -12_000, -8_000, 0, 9_000, 12_000, 7_000, 2_000, -2_000, -5_000,
    -7_000, -6_000, -1_000, 6_000, 14_000, 19_000, 17_000, 10_000, 4_000, -2_000, -6_000,
];

/// Prices by hour for so many days. One of them in seven is negative around noon, one hour in two hundred is a spike.
pub(crate) fn prices(seed: u64, days: usize) -> Vec<i64> {
    let mut numbers = Numbers(seed);
    let mut level = 35_000;
    let mut prices = Vec::new();
    for day in 0..days {
        level = (level + numbers.between(-6_000, 6_000)).clamp(10_000, 90_000);
        let weekend = if day % 7 >= 5 { -9_000 } else { 0 };
        let sun = if numbers.below(7) == 0 { 70_000 } else { 0 };
        for (hour, shape) in (0_i64..).zip(SHAPE) {
            let noon = if (10..16).contains(&hour) { sun * (3 - (hour - 13).abs()).max(1) / 3 } else { 0 };
            let spike = if numbers.below(200) == 0 { numbers.between(50_000, 400_000) } else { 0 };
            prices.push(level + weekend + shape - noon + spike + numbers.between(-3_000, 3_000));
        }
    }
    prices
}

/// Takes hours of a series into a curve.
pub(crate) fn publish(curve: &mut PriceCurve, prices: &[i64], hours: std::ops::Range<usize>) {
    for hour in hours {
        let start_ms = i64::try_from(hour).expect("series are short") * HOUR_MS;
        let price_micro_per_kwh = prices[hour];
        let step = Step { start_ms, length: StepLength::Hour, price_micro_per_kwh };
        curve.publish(step, start_ms).expect("hours begin at quarters of an hour");
    }
}

/// A curve of all of a series.
pub(crate) fn curve(prices: &[i64]) -> PriceCurve {
    let mut curve = PriceCurve::new();
    publish(&mut curve, prices, 0..prices.len());
    curve
}

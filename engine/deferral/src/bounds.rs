//! Between which two prices a threshold policy takes all prices to lie.

use crate::limits::{MILLION, SPREAD_MAX};

/// A lower and an upper bound of a price. They are recorded with the decision, since what a policy promises holds between
/// them only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    low: i64,
    high: i64,
}

impl Bounds {
    /// `None` unless the lower one is positive, the upper one is not below it, and it is at most [`SPREAD_MAX`] times as
    /// much.
    ///
    /// A ratio of two prices says nothing when one of them may be zero or negative. Add what is paid per kilowatt hour in
    /// any case, such as fees and taxes, to the bounds and to every price, or decide without a promise.
    pub fn new(low_micro_per_kwh: i64, high_micro_per_kwh: i64) -> Option<Self> {
        let (low, high) = (low_micro_per_kwh, high_micro_per_kwh);
        (low > 0 && low <= high && high / low < SPREAD_MAX).then_some(Self { low, high })
    }

    /// Quantiles of prices, such as 50 000 and 950 000 parts per million of the last weeks. Extremes of all time make a
    /// worst case so bad that a policy hardly ever acts.
    pub fn of_quantiles(prices_micro_per_kwh: &[i64], low_ppm: u64, high_ppm: u64) -> Option<Self> {
        let mut sorted = prices_micro_per_kwh.to_vec();
        sorted.sort_unstable();
        Self::new(*quantile(&sorted, low_ppm)?, *quantile(&sorted, high_ppm)?)
    }

    /// The lower one.
    pub const fn low_micro_per_kwh(self) -> i64 {
        self.low
    }

    /// The upper one.
    pub const fn high_micro_per_kwh(self) -> i64 {
        self.high
    }

    /// Whether all prices of a window lie between them. What is promised is promised for such windows; count the others
    /// apart.
    pub fn hold(self, prices_micro_per_kwh: &[i64]) -> bool {
        prices_micro_per_kwh.iter().all(|price| (self.low..=self.high).contains(price))
    }
}

/// The quantile of an ascending list by nearest rank: the least entry that at least that share of all does not exceed.
pub(crate) fn quantile<T>(sorted: &[T], ppm: u64) -> Option<&T> {
    let count = u128::try_from(sorted.len()).ok()?;
    let rank = (count * u128::from(ppm.min(MILLION))).div_ceil(u128::from(MILLION)).max(1);
    sorted.get(usize::try_from(rank - 1).ok()?)
}

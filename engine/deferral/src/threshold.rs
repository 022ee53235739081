//! When to run while no price but the present one is known: below thresholds that bound the worst case.
//!
//! Each policy has a competitive ratio `α`: in a window of slots whose prices all lie within the bounds `L` and `U`, and
//! which is long enough for the work, it costs at most `α` times what was possible. Whoever uses one runs in every slot
//! once only as many slots are left as there is work ([`Threshold::buys`]).

use crate::bounds::Bounds;
use crate::fixed::{ONE, power, times};
use crate::limits::{MILLION, SLOTS_MAX};

/// A threshold policy for one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    bounds: Bounds,
    /// What each start and each stop costs.
    switch: i64,
    /// By slots that were run: up to which price the next one is run when the one before it was.
    stay: Vec<i64>,
    /// Rounded up.
    ratio_ppm: u64,
}

/// Where a task stands in its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// How many slots it has run.
    pub slots_run: u32,
    /// How many are left, with the present one.
    pub slots_left: u32,
    /// Whether it ran in the one before.
    pub is_running: bool,
}

impl Threshold {
    /// One slot of work: the first price up to `√(L·U)`. `α = √(U/L)`, and no deterministic policy has a lower one
    /// (El-Yaniv, Fiat, Karp, Turpin 2001). Also for a run in one piece, then without a promise.
    pub fn one_search(bounds: Bounds) -> Self {
        let (low, high) = (wide(bounds.low_micro_per_kwh()), wide(bounds.high_micro_per_kwh()));
        let million = u128::from(MILLION);
        let ratio = (high * million).div_ceil(low).saturating_mul(million).isqrt() + 1;
        let price = i64::try_from((low * high).isqrt()).unwrap_or(i64::MAX);
        Self { bounds, switch: 0, stay: vec![price], ratio_ppm: u64::try_from(ratio).unwrap_or(u64::MAX) }
    }

    /// `k` slots of work that may lie apart. `α` solves `(1 - L/U) / (1 - 1/α) = (1 + 1/(kα))^k`, the price up to which
    /// the `i`th slot is run is `U·[1 - (1 - 1/α)·(1 + 1/(kα))^(i-1)]`, and no deterministic policy has a lower ratio
    /// (Lorenz, Panagiotou, Steger 2009).
    pub fn k_search(bounds: Bounds, slots: u32) -> Option<Self> {
        Self::double(bounds, slots, 0)
    }

    /// `k` slots of work when each start and each stop costs `β`, in the unit of a price for one slot. A task that rests
    /// starts at prices up to `r_i`, one that runs goes on up to `h_i = r_i + 2β` (Lechowicz and others 2023).
    ///
    /// After `j` slots it has paid at most `h_1 + … + h_j`, because a start at `r_i` pays `2β` besides, and will pay at
    /// most `(k - j)·U + 2β`. As no slot up to `r_(j+1)` was let go, at least `k·r_(j+1) + 2β` had to be paid. Both sides
    /// are set equal with `α` between them for every `j`:
    ///
    /// - `h_i = U·[1 - (1 - 1/α)·R^(i-1)] + 2β·(1 - 1/k + 1/(kα))·R^(i-1)`, where `R = 1 + 1/(kα)`;
    /// - and with `r_(k+1) = L`: `(U - L - 2β) / (U·(1 - 1/α) - 2β·(1 - 1/k + 1/(kα))) = R^k`.
    ///
    /// `None` when there are no slots or more than [`SLOTS_MAX`], or when a stop never pays: `2β` is negative, or not
    /// below `U - L`.
    pub fn double(bounds: Bounds, slots: u32, switch_micro_per_kwh: i64) -> Option<Self> {
        let (low, high) = (bounds.low_micro_per_kwh(), bounds.high_micro_per_kwh());
        let twice = switch_micro_per_kwh.checked_mul(2)?;
        let never_pays = twice < 0 || twice > 0 && twice >= high - low;
        if slots == 0 || slots > SLOTS_MAX || never_pays {
            return None;
        }
        let part = |price: i64| i128::from(price) * ONE / i128::from(high);
        let shape = Shape { slots, low: part(low), twice: part(twice) };
        let alpha = shape.ratio(high.div_euclid(low).saturating_add(1));
        let stay = shape.thresholds(alpha).map(|part| price_of(part, high)).collect();
        let ratio = alpha * i128::from(MILLION) / ONE + 2;
        let ratio_ppm = u64::try_from(ratio).unwrap_or(u64::MAX);
        Some(Self { bounds, switch: switch_micro_per_kwh, stay, ratio_ppm })
    }

    /// Between which prices it promises its ratio.
    pub const fn bounds(&self) -> Bounds {
        self.bounds
    }

    /// What each start and each stop costs.
    pub const fn switch_micro_per_kwh(&self) -> i64 {
        self.switch
    }

    /// Slots of work.
    pub fn slots(&self) -> u32 {
        u32::try_from(self.stay.len()).unwrap_or(u32::MAX)
    }

    /// How many times what was possible it costs at most, in parts per million.
    pub const fn ratio_ppm(&self) -> u64 {
        self.ratio_ppm
    }

    /// Up to which price the present slot is run, if no lack of time compels it. `None` when the work is done.
    pub fn price_max_micro_per_kwh(&self, slots_run: u32, is_running: bool) -> Option<i64> {
        let stay = *self.stay.get(usize::try_from(slots_run).ok()?)?;
        Some(if is_running { stay } else { stay.saturating_sub(self.switch.saturating_mul(2)) })
    }

    /// Whether the present slot is run.
    pub fn buys(&self, standing: Standing, price_micro_per_kwh: i64) -> bool {
        let work_left = self.slots().saturating_sub(standing.slots_run);
        let price_max = self.price_max_micro_per_kwh(standing.slots_run, standing.is_running);
        let is_compelled = work_left >= standing.slots_left;
        price_max.is_some_and(|price_max| price_micro_per_kwh <= price_max || is_compelled)
    }
}

/// Bounds and switching cost as parts of the upper bound, so that all of them are at most one.
struct Shape {
    slots: u32,
    low: i128,
    twice: i128,
}

impl Shape {
    /// `α`, by halving from one to `U/L`: what is too small leaves the last threshold above `L + 2β`.
    fn ratio(&self, spread: i64) -> i128 {
        let (mut below, mut above) = (ONE, i128::from(spread) * ONE);
        while above - below > 1 {
            let middle = (below + above) / 2;
            if self.last(middle) > self.low + self.twice { below = middle } else { above = middle }
        }
        above
    }

    /// The threshold after all slots.
    fn last(&self, alpha: i128) -> i128 {
        ONE - times(self.gap(alpha), power(self.growth(alpha), self.slots))
    }

    fn thresholds(&self, alpha: i128) -> impl Iterator<Item = i128> {
        let (growth, gap) = (self.growth(alpha), self.gap(alpha));
        (0..self.slots).map(move |slots_run| ONE - times(gap, power(growth, slots_run)))
    }

    /// `1 + 1/(kα)`.
    fn growth(&self, alpha: i128) -> i128 {
        ONE + self.inverse(alpha) / i128::from(self.slots)
    }

    /// How far the first threshold lies below the upper bound.
    fn gap(&self, alpha: i128) -> i128 {
        let slots = i128::from(self.slots);
        let weight = ONE - ONE / slots + self.inverse(alpha) / slots;
        ONE - self.inverse(alpha) - times(self.twice, weight)
    }

    fn inverse(&self, alpha: i128) -> i128 {
        ONE * ONE / alpha
    }
}

fn price_of(part: i128, high: i64) -> i64 {
    i64::try_from((part * i128::from(high)) >> 60).unwrap_or(i64::MAX)
}

fn wide(price: i64) -> u128 {
    u128::from(price.unsigned_abs())
}

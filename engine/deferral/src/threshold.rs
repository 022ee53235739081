//! When to run while no price but the present one is known: below thresholds that bound the worst case.
//!
//! A policy has a competitive ratio `α`: in a window of slots whose prices all lie within the bounds `L` and `U`, and
//! which is long enough for the work, it costs at most `α` times what was possible. Whoever uses one runs in every slot
//! once only as many slots are left as there is work ([`Threshold::buys`]).
//!
//! The thresholds are made for the ratio, which is then the least for which they can be made. Those of the literature
//! on `k` slots leave out windows that begin cheaper than their thresholds (`docs/deferral.md`). All sums are integers.

use crate::bounds::Bounds;
use crate::limits::{MILLION, SLOTS_MAX};

/// A threshold policy for one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Threshold {
    bounds: Bounds,
    /// What each start and each stop costs.
    switch: i64,
    /// By slots that were run: up to which price a task that rests runs the next one. INVARIANT: never ascending.
    start: Vec<i64>,
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
    /// One slot of work: the first price up to `√(L·U)`, with `α = √(U/L)`, and no deterministic policy has a lower one
    /// (El-Yaniv, Fiat, Karp, Turpin 2001). Also for a run in one piece, then without a promise.
    pub fn one_search(bounds: Bounds) -> Self {
        let (low, high) = (bounds.low_micro_per_kwh(), bounds.high_micro_per_kwh());
        let work = Work { slots: 1, low: low.into(), high: high.into(), twice: 0 };
        work.policy(bounds, 0)
    }

    /// `k` slots of work that may lie apart, when each start and each stop costs `β`, in the unit of a price for one
    /// slot. A task that rests starts the `i`th slot at prices up to `r_i`, one that runs goes on up to `r_i + 2β`, as
    /// stopping for one slot would cost that much (Lechowicz and others 2023; without `β`: Lorenz and others 2009).
    ///
    /// `None` when there are no slots or more than [`SLOTS_MAX`], or when `β` is negative or above the upper bound.
    pub fn k_search(bounds: Bounds, slots: u32, switch_micro_per_kwh: i64) -> Option<Self> {
        let (low, high) = (bounds.low_micro_per_kwh(), bounds.high_micro_per_kwh());
        if slots == 0 || slots > SLOTS_MAX || !(0..=high).contains(&switch_micro_per_kwh) {
            return None;
        }
        let twice = 2 * i128::from(switch_micro_per_kwh);
        let work = Work { slots: slots.into(), low: low.into(), high: high.into(), twice };
        Some(work.policy(bounds, switch_micro_per_kwh))
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
        u32::try_from(self.start.len()).unwrap_or(u32::MAX)
    }

    /// How many times what was possible it costs at most, in parts per million.
    pub const fn ratio_ppm(&self) -> u64 {
        self.ratio_ppm
    }

    /// Up to which price the present slot is run, if no lack of time compels it. `None` when the work is done.
    pub fn price_max_micro_per_kwh(&self, slots_run: u32, is_running: bool) -> Option<i64> {
        let start = *self.start.get(usize::try_from(slots_run).ok()?)?;
        Some(if is_running { start.saturating_add(self.switch.saturating_mul(2)) } else { start })
    }

    /// Whether the present slot is run.
    pub fn buys(&self, standing: Standing, price_micro_per_kwh: i64) -> bool {
        let work_left = self.slots().saturating_sub(standing.slots_run);
        let price_max = self.price_max_micro_per_kwh(standing.slots_run, standing.is_running);
        let is_compelled = work_left >= standing.slots_left;
        price_max.is_some_and(|price_max| price_micro_per_kwh <= price_max || is_compelled)
    }
}

/// What a policy is made for. Amounts are in the unit of a price for one slot.
struct Work {
    slots: i128,
    low: i128,
    high: i128,
    /// What a start and a stop cost together.
    twice: i128,
}

const ONE: i128 = MILLION as i128;

impl Work {
    /// The policy of the least ratio for which [`Work::thresholds`] finds some, by halving.
    fn policy(&self, bounds: Bounds, switch: i64) -> Threshold {
        // What everything dear and a pause after every slot costs, against everything cheap in one piece.
        let (dearest, least) = (self.slots * (self.high + self.twice), self.slots * self.low + self.twice);
        let (mut below, mut above) = (ONE - 1, dearest * ONE / least + 1);
        let mut start = vec![bounds.low_micro_per_kwh(); usize::try_from(self.slots).unwrap_or(0)];
        while above - below > 1 {
            let middle = (below + above) / 2;
            match self.thresholds(middle) {
                Some(found) => (above, start) = (middle, found),
                None => below = middle,
            }
        }
        Threshold { bounds, switch, start, ratio_ppm: u64::try_from(above).unwrap_or(u64::MAX) }
    }

    /// The lowest thresholds that keep a ratio, in parts per million.
    ///
    /// Say that `j` slots were run by thresholds, and the other `k - j` because no more slots were left, at up to `U` and
    /// with one more start. With `r = r_(j+1)`, no slot that was let go was as cheap as `r`, so of any `k` slots those that
    /// the policy did not run cost more than `r`, and the least possible is at least the sum of `min(p, r)` over the
    /// prices `p` that were paid, and `2β`. What is paid less `α` times that is greatest when each `p_i` is either all
    /// that was allowed or as cheap as can be, and every slot has a start of its own. So the ratio is kept if
    ///
    /// `Σ_(i≤j) max(r_i - αr, L - αL) + 2βj + (k - j)·(U - αr) + 2β - 2αβ ≤ 0` for every `j < k`, and
    /// `Σ_(i≤k) r_i + 2βk ≤ α·(kL + 2β)`,
    ///
    /// where thresholds never ascend. The first one falls as `r` grows, so each `r_(j+1)` is found from those before it.
    fn thresholds(&self, ratio: i128) -> Option<Vec<i64>> {
        let mut found: Vec<i128> = Vec::new();
        let mut sums = vec![0];
        let mut most = self.high;
        for _ in 0..self.slots {
            if self.excess(ratio, &found, &sums, most) > 0 {
                return None;
            }
            let (mut below, mut above) = (self.low - 1, most);
            while above - below > 1 {
                let middle = (below + above) / 2;
                if self.excess(ratio, &found, &sums, middle) > 0 { below = middle } else { above = middle }
            }
            most = above;
            found.push(above);
            sums.push(sums.last()? + above);
        }
        let paid = sums.last()? + self.twice * self.slots;
        let is_kept = paid * ONE <= ratio * (self.slots * self.low + self.twice);
        is_kept.then(|| found.into_iter().filter_map(|price| i64::try_from(price).ok()).collect())
    }

    /// By how much, in millionths, what is paid may exceed the ratio after the slots of some thresholds, if the next is
    /// `next`.
    fn excess(&self, ratio: i128, found: &[i128], sums: &[i128], next: i128) -> i128 {
        let cheap = self.low * (ONE - ratio);
        // Thresholds never ascend, so those that are worse for the policy than a cheap price come first.
        let dear = found.partition_point(|price| price * ONE - ratio * next >= cheap);
        let wide = |count: usize| i128::try_from(count).unwrap_or(0);
        let by_dear = sums.get(dear).copied().unwrap_or(0) * ONE - wide(dear) * ratio * next;
        let run = wide(found.len());
        let by_cheap = (run - wide(dear)) * cheap;
        let compelled = (self.slots - run) * (self.high * ONE - ratio * next);
        by_dear + by_cheap + compelled + self.twice * run * ONE + self.twice * (ONE - ratio)
    }
}

//! What a threshold policy comes to in a window of prices, against what was possible in it.

use crate::limits::MILLION;
use crate::threshold::{Standing, Threshold};

/// Costs of a window, in the unit of a price for one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowCost {
    /// By the policy.
    pub policy_micro: i128,
    /// The least that was possible.
    pub least_micro: i128,
    /// Whether all prices lie within the policy's bounds, so that its ratio is promised.
    pub is_within_bounds: bool,
}

impl WindowCost {
    /// Replays a policy over the prices of one slot each. `None` when they are fewer than there is work.
    pub fn of(policy: &Threshold, prices_micro_per_kwh: &[i64]) -> Option<Self> {
        let slots = usize::try_from(policy.slots()).ok()?;
        if prices_micro_per_kwh.len() < slots {
            return None;
        }
        let switch = i128::from(policy.switch_micro_per_kwh());
        Some(Self {
            policy_micro: replayed(policy, prices_micro_per_kwh),
            least_micro: least(prices_micro_per_kwh, slots, switch)?,
            is_within_bounds: policy.bounds().hold(prices_micro_per_kwh),
        })
    }

    /// How many times the least the policy costs, in parts per million, rounded up. `None` when the least is not positive.
    pub fn ratio_ppm(&self) -> Option<u64> {
        let scaled = self.policy_micro.checked_mul(i128::from(MILLION))?;
        let least = (self.least_micro > 0).then_some(self.least_micro)?;
        let floor = scaled.div_euclid(least);
        u64::try_from(if scaled % least == 0 { floor } else { floor + 1 }).ok()
    }
}

fn replayed(policy: &Threshold, prices: &[i64]) -> i128 {
    let switch = i128::from(policy.switch_micro_per_kwh());
    let mut standing = Standing { slots_run: 0, slots_left: 0, is_running: false };
    let mut cost = 0;
    for (index, price) in prices.iter().enumerate() {
        standing.slots_left = u32::try_from(prices.len() - index).unwrap_or(u32::MAX);
        let buys = policy.buys(standing, *price);
        if buys != standing.is_running {
            cost += switch;
        }
        if buys {
            cost += i128::from(*price);
            standing.slots_run += 1;
        }
        standing.is_running = buys;
    }
    if standing.is_running { cost + switch } else { cost }
}

/// The least cost of running in that many slots, by dynamic programming over (slot, slots run, whether it runs).
fn least(prices: &[i64], slots: usize, switch: i128) -> Option<i128> {
    let mut resting: Vec<Option<i128>> = vec![None; slots + 1];
    let mut running = resting.clone();
    *resting.first_mut()? = Some(0);
    for price in prices {
        let mut next = vec![None; slots + 1];
        for (run, next) in next.iter_mut().enumerate().skip(1) {
            let started = resting.get(run - 1).copied().flatten().map(|cost| cost + switch);
            let stayed = running.get(run - 1).copied().flatten();
            *next = lesser(started, stayed).map(|cost| cost + i128::from(*price));
        }
        for (rest, run) in resting.iter_mut().zip(&running) {
            *rest = lesser(*rest, run.map(|cost| cost + switch));
        }
        running = next;
    }
    lesser(*resting.last()?, running.last()?.map(|cost| cost + switch))
}

fn lesser(left: Option<i128>, right: Option<i128>) -> Option<i128> {
    [left, right].into_iter().flatten().min()
}

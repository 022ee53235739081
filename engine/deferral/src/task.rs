//! A task whose start is decided, and the rules by which.

use crate::queue::Priority;
use crate::threshold::Threshold;

/// What a decision knows of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Whether it waits for prices at all.
    pub priority: Priority,
    /// What it waits for.
    pub aim: Aim,
    /// Whether it may pause.
    pub form: Form,
    /// By when it has to be done.
    pub deadline_ms: i64,
    /// How long what is left of it takes, as plans take it: an even bet.
    pub plan_ms: u64,
    /// How long what is left of it takes when it takes long. Deadlines are kept by this one.
    pub safe_ms: u64,
    /// What lies between a decision and the start of the process, and what else may come between.
    pub margin_ms: u64,
    /// Whether it runs.
    pub is_running: bool,
    /// Slots that it has run, where a threshold counts them.
    pub slots_run: u32,
}

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// A price that is not above `max_bid_price`, whatever else is expected.
    Bid {
        /// The most that a kilowatt hour may cost.
        max_bid_micro_per_kwh: i64,
    },
    /// The same, and where the window has no better time than now, even above the bid, it does not wait for the last safe
    /// start.
    BidOrCheapest {
        /// The most that a kilowatt hour may cost.
        max_bid_micro_per_kwh: i64,
    },
    /// The cheapest time of its window.
    Cheapest,
}

/// Whether a task may pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// It runs in one piece. What runs is never interrupted.
    Contiguous,
    /// It may pause where quarters of an hour begin.
    Interruptible {
        /// What a start costs, as micro-currency per kilowatt hour times milliseconds ([`start_area`]).
        start_area: u64,
    },
}

/// The rules of decisions. They are settings, recorded as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules<'a> {
    /// How a task that aims at the cheapest time finds it.
    pub method: Method<'a>,
    /// What happens while the price is not known.
    pub missing: Missing,
    /// How long ago a price may have been published; older ones are not known any more. `None` for published curves, which
    /// hold for the day that they are of.
    pub price_age_ms_max: Option<u64>,
    /// How much lower the mean price of a later time must be for a task to wait for it.
    pub least_saving_micro_per_kwh: u64,
    /// When the next part of the curve is to be published, if there is such a time.
    pub next_publication_ms: Option<i64>,
    /// After how long a deferred task is looked at again at the latest, while no curve says when.
    pub look_again_ms: u64,
}

/// How the cheapest time is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method<'a> {
    /// From the published curve and what is expected after it.
    Curve,
    /// Below thresholds, with no price known but the present one.
    Threshold {
        /// Which.
        threshold: &'a Threshold,
        /// How long its slots are.
        slot_ms: u64,
    },
}

/// What happens while the price is missing or too old. The last safe start holds in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Tasks run.
    RunNow,
    /// Tasks wait for a price.
    Wait,
    /// The last price is taken for that long after its end, or after it became too old. Then tasks wait.
    LastKnown {
        /// For how long.
        for_ms: u64,
    },
    /// A quantile of the prices of the last time is taken. Where there are none, tasks wait.
    Typical {
        /// Which quantile.
        quantile_ppm: u64,
        /// Of how long a time before.
        history_ms: u64,
    },
}

impl Task {
    /// The last moment at which the task can be started without missing its deadline, unless it takes longer than it does
    /// when it takes long: `deadline - estimate - margin`.
    pub fn last_safe_start_ms(&self) -> i64 {
        self.deadline_ms.saturating_sub_unsigned(self.safe_ms).saturating_sub_unsigned(self.margin_ms)
    }
}

/// What a start that costs an amount of money is in a plan: the area that costs as much for a task of that energy and
/// duration.
pub fn start_area(cost_micro: u64, energy_mwh: u64, duration_ms: u64) -> u64 {
    let area = u128::from(cost_micro) * u128::from(duration_ms);
    let scaled = area.checked_mul(1_000_000).map(|scaled| scaled / u128::from(energy_mwh.max(1)));
    scaled.and_then(|area| u64::try_from(area).ok()).unwrap_or(u64::MAX)
}

//! What is decided of a task, and why.

/// Whether a task runs, with everything that the decision rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What is decided.
    pub verdict: Verdict,
    /// The price that was taken for the present one. `None` where there was none.
    pub price: Option<Price>,
    /// When the task runs in any case.
    pub last_safe_start_ms: i64,
}

/// A task runs, or it is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It runs.
    Execute(ExecuteReason),
    /// It waits. One that runs pauses, which only interruptible ones are told.
    Defer {
        /// Why.
        reason: DeferReason,
        /// When it is looked at again: later than now, and at the last safe start at the latest.
        look_again_ms: i64,
    },
}

/// The present price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// What a kilowatt hour costs.
    pub micro_per_kwh: i64,
    /// Where it comes from.
    pub source: Source,
}

/// Where a price comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was published for this moment.
    Published {
        /// How long ago.
        age_ms: u64,
    },
    /// It was published for a time that is over, or too long ago.
    LastKnown {
        /// How long ago.
        age_ms: u64,
    },
    /// A quantile of the prices of the last time.
    Typical {
        /// Of how many.
        prices: u32,
    },
}

/// Why a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecuteReason {
    /// Critical tasks never wait.
    Critical,
    /// What runs in one piece is not interrupted.
    AlreadyRunning,
    /// If it waited longer, the deadline could be missed.
    LastSafeStart,
    /// The price is not above the bid.
    WithinBid {
        /// The bid.
        max_bid_micro_per_kwh: i64,
    },
    /// No price is known, and then tasks run.
    NoPrice,
    /// Now is the cheapest time of the window.
    CheapestNow {
        /// The mean price of the run, with what its starts cost.
        mean_micro_per_kwh: i64,
        /// When it pauses or is done by the plan. An interruptible task is looked at again then.
        until_ms: i64,
        /// Until when prices are known; what comes later is a forecast.
        known_until_ms: i64,
    },
    /// A later time is cheaper, but not by enough.
    NotWorthWaiting {
        /// By how much.
        saving_micro_per_kwh: u64,
        /// The least for which it would wait.
        least_saving_micro_per_kwh: u64,
    },
    /// The price is not above the threshold.
    WithinThreshold {
        /// The threshold.
        price_max_micro_per_kwh: i64,
    },
    /// As many slots are left as there is work.
    NoSlotToSpare,
}

/// Why a task waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeferReason {
    /// The price is above the bid.
    AboveBid {
        /// The bid.
        max_bid_micro_per_kwh: i64,
    },
    /// No price is known, and then tasks wait.
    NoPrice,
    /// A later time is cheaper.
    CheaperLater {
        /// When it begins.
        start_ms: i64,
        /// The mean price of that run, with what its starts cost.
        mean_micro_per_kwh: i64,
        /// The same of a run from now on.
        now_mean_micro_per_kwh: i64,
        /// Until when prices are known; what comes later is a forecast.
        known_until_ms: i64,
    },
    /// The price is above the threshold.
    AboveThreshold {
        /// The threshold.
        price_max_micro_per_kwh: i64,
    },
}

//! What it rests on that a task waits for a price or goes on, beside the price itself.

use super::MissingPrice;
use crate::quantity::{MicroUsd, Micros, Millis, PartsPerMillion};

structure! {
    /// What it rests on that a task waits for a price or goes on, beside the price itself.
    Grounds {
        /// For what it waits.
        waits_for: WaitsFor,
        /// What happens to it while there is no price; none for what the source of prices says.
        missing: Option<MissingPrice>,
        /// How long it is thought to take.
        estimate: Estimate,
        /// The cheapest time that it has; none where none was looked for.
        plan: Option<Planned>,
        /// Up to which price it goes on; none where none was looked for.
        threshold: Option<ThresholdTaken>,
    }
}

structure! {
    /// How long a task is thought to take.
    Estimate {
        /// Most often. Plans are made with it.
        usual: DurationTaken,
        /// When it takes long. Its deadline is kept by it.
        longest: DurationTaken,
    }
}

structure! {
    /// How long something takes.
    DurationTaken {
        /// How long.
        length: Millis,
        /// How many earlier runs say so; zero when they are too few, and it is the longest that an attempt may take.
        runs: u32,
        /// What share of runs is thought to take no longer.
        quantile: PartsPerMillion,
    }
}

structure! {
    /// A time at which a task is to run.
    Planned {
        /// When it begins.
        start: Micros,
        /// What a kilowatt hour is expected to cost in the mean.
        mean: MicroUsd,
        /// The same of a run that begins at once.
        mean_now: MicroUsd,
        /// Until when prices are known; what comes later is a forecast.
        known_until: Micros,
    }
}

structure! {
    /// Up to which price a task goes on while no price but the present one is known.
    ThresholdTaken {
        /// That price.
        price_max: MicroUsd,
        /// How many times as much a kilowatt hour costs at most as in the cheapest step in which the whole run could have lain,
        /// as long as prices keep their bounds; none where nothing is promised: the run does not fit into a step, or the price is
        /// out of bounds or not published.
        ratio_max: Option<PartsPerMillion>,
    }
}

tagged! {
    /// For what a task waits.
    WaitsFor {
        /// A price within its bid.
        Bid = 1,
        /// The cheapest time that it has.
        Cheapest = 2,
        /// A price within its bid; where it has no better time than the present one, it goes on above the bid as well.
        BidOrCheapest = 3,
        /// The time with the least of what it weighs with carbon; at a price above its bid it does not go on.
        BidAndCheapest = 4,
    }
}

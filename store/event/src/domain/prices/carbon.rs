//! Carbon intensity, and what is weighed with it.

use super::PriceOrigin;
use crate::intake::{Measure, Weight};
use crate::quantity::{MicroUsd, Micros, Milligrams, Millis};

structure! {
    /// A step of a series of carbon intensity.
    CarbonStep {
        /// When it begins: a multiple of a quarter of an hour.
        from: Micros,
        /// How long it is.
        length: super::StepLength,
        /// What the generation of a kilowatt hour sets free.
        per_kwh: Milligrams,
    }
}

structure! {
    /// A carbon intensity by which something is decided.
    CarbonTaken {
        /// What the generation of a kilowatt hour sets free.
        per_kwh: Milligrams,
        /// Where it comes from.
        origin: PriceOrigin,
        /// How long before it was published; none of one that nobody published.
        age: Option<Millis>,
        /// Of how many it is the one in the middle; none of one that was published.
        of: Option<u32>,
    }
}

structure! {
    /// What was weighed when it was decided of a task that waits for less carbon.
    Optimised {
        /// What it waits for the least of, each with its share of a million.
        weights: Vec<Weight>,
        /// What decided, ascending: those of them that were known, or the price where it is above the bid. Empty when nothing was
        /// known.
        decided_by: Vec<Measure>,
        /// The carbon intensity that was taken for the present one; none when there was none.
        carbon: Option<CarbonTaken>,
        /// The best time that it has; none where none was looked for, and where the price alone decided.
        plan: Option<OptimisedPlan>,
    }
}

structure! {
    /// A time at which a task is to run that waits for less carbon.
    OptimisedPlan {
        /// When it begins.
        start: Micros,
        /// Until when all that decided is known; what comes later is a forecast.
        known_until: Micros,
        /// What is expected of prices, where they were weighed.
        price: Option<PriceMeans>,
        /// What is expected of carbon intensity.
        carbon: CarbonMeans,
    }
}

structure! {
    /// What a kilowatt hour is expected to cost, rounded down.
    PriceMeans {
        /// In the mean of the planned run.
        planned: MicroUsd,
        /// The same of a run that begins at once.
        now: MicroUsd,
    }
}

structure! {
    /// What the generation of a kilowatt hour is expected to set free, rounded down.
    CarbonMeans {
        /// In the mean of the planned run.
        planned: Milligrams,
        /// The same of a run that begins at once.
        now: Milligrams,
    }
}

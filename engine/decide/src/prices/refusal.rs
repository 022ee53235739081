//! Why prices say no.

use thiserror::Error;
use triad_deferral::limits::SPREAD_MAX;
use triad_event::quantity::Micros;

use crate::limits::{
    CARBON_MG_MAX, NAME_BYTES_MAX, PRICE_AGE_MS_MAX, PRICE_MICRO_MAX, PRICE_STEPS_MAX, PRICES_AHEAD_DAYS_MAX,
    PRICES_KEPT_DAYS, RATE_MICRO_MAX, ReasonTooLong,
};

/// In one, for what is kept in millionths and said in whole ones.
const MICROS: i64 = 1_000_000;

/// Why prices say no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Bids are in US dollars, and nothing says what the currency is worth in them.
    #[error(
        "bids are in USD, and there is no recorded rate for {currency:?}: only USD can be compared with them"
    )]
    CurrencyWithoutRate {
        /// The currency.
        currency: String,
    },
    /// It is no currency.
    #[error("a currency is three capital letters, such as EUR")]
    CurrencyUnusable,
    /// A dollar is worth one.
    #[error("one USD is one USD: leave out what it is worth, or say 1")]
    DollarRate,
    /// It is no rate.
    #[error("one unit of a currency is worth 0.000001 to {} USD", RATE_MICRO_MAX / MICROS)]
    RateOutOfBounds,
    /// They are in another currency than the source.
    #[error("these prices are in {found:?}, and those of the source in {currency:?}")]
    CurrencyMismatch {
        /// Theirs.
        found: String,
        /// That of the source.
        currency: String,
    },
    /// The area is too long, or has characters that people do not see as they are.
    #[error("an area is a line of at most {NAME_BYTES_MAX} bytes")]
    AreaUnusable,
    /// A fixed price needs one.
    #[error("a fixed price needs what a kilowatt hour costs, and no other source has that")]
    FixedPriceMismatch,
    /// A fixed price does not grow old.
    #[error("a fixed price does not grow old: it has no `age_max`")]
    FixedPriceAges,
    /// Nothing is published for a fixed price.
    #[error("the price is fixed, so none can be published; set another source first")]
    PriceIsFixed,
    /// It is no age.
    #[error("the greatest age of a price is 1 to {} seconds", PRICE_AGE_MS_MAX / 1000)]
    AgeOutOfBounds,
    /// It is no price.
    #[error("a kilowatt hour costs -{most} to {most} of the currency", most = PRICE_MICRO_MAX / MICROS as u64)]
    PriceOutOfBounds,
    /// A fixed price has no others between which it could lie.
    #[error("a fixed price has no bounds: they are for prices of which only the present one is published")]
    FixedPriceBounds,
    /// They are no bounds.
    #[error(
        "the lower bound of prices is above zero and below the upper one, which is less than {SPREAD_MAX} times as much"
    )]
    BoundsUnusable,
    /// There is no source.
    #[error("prices come from nowhere: set a source first")]
    NoSource,
    /// There is no source of carbon intensity.
    #[error("carbon intensity comes from nowhere: set a source first")]
    NoCarbonSource,
    /// It is no carbon intensity.
    #[error("carbon intensity lies between 0 and {} grams of CO2e per kilowatt hour", CARBON_MG_MAX / 1000)]
    CarbonOutOfBounds,
    /// There are none, or too many.
    #[error("1 to {PRICE_STEPS_MAX} steps are published at once")]
    StepCount,
    /// A step begins between two quarters of an hour.
    #[error("step {number} does not begin where a quarter of an hour begins")]
    StepUnaligned {
        /// Its number, from 1.
        number: usize,
    },
    /// Steps overlap or are not in their order.
    #[error("step {number} begins before the one before it has ended")]
    StepsOverlap {
        /// Its number, from 1.
        number: usize,
    },
    /// A step is outside of what is kept.
    #[error(
        "step {number} is not within {PRICES_KEPT_DAYS} days back and {PRICES_AHEAD_DAYS_MAX} days ahead"
    )]
    StepOutOfTime {
        /// Its number, from 1.
        number: usize,
    },
    /// They are said to be published later than now.
    #[error("prices cannot have been published {} us after 1970, which is to come", published.0)]
    PublishedLater {
        /// When, in microseconds since 1970.
        published: Micros,
    },
    /// What was published later is there already.
    #[error("prices that were published later are there already, as of {} us after 1970", latest.0)]
    PublishedBefore {
        /// When those were, in microseconds since 1970.
        latest: Micros,
    },
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}

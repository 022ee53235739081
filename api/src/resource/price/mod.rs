//! Prices of electricity: where they come from, and what they are. Tasks with a bid wait for them.

pub(super) mod document;
pub(crate) mod feed;
mod picture;
mod plot;
pub(super) mod file;
mod route;
pub(crate) mod table;
mod tariff;
mod verb;
mod wire;

pub(super) use file::{micro_usd, usd};
pub(super) use plot::tasks as draw_tasks;
pub(super) use verb::{area_of, word, written};

use super::noun::Noun;
use super::route::Resource;
use crate::wire::problem::Code;
use triad_decide::prices::Refusal;

pub(super) const RESOURCE: Resource =
    Resource { name: "price", noun: Some(Noun::of::<verb::Price>("price")), routes: route::ROUTES };

/// Which problem a refusal is.
pub(crate) fn code(refusal: &Refusal) -> Code {
    match refusal {
        Refusal::NoSource | Refusal::PriceIsFixed => Code::NoPriceSource,
        Refusal::NoCarbonSource => Code::NoCarbonSource,
        Refusal::PublishedBefore { .. } => Code::PricesOutdated,
        Refusal::CurrencyWithoutRate { .. } => Code::CurrencyWithoutRate,
        Refusal::CurrencyUnusable
        | Refusal::DollarRate
        | Refusal::RateOutOfBounds
        | Refusal::CurrencyMismatch { .. }
        | Refusal::AreaUnusable
        | Refusal::CarbonOutOfBounds
        | Refusal::FixedPriceMismatch
        | Refusal::FixedPriceBounds
        | Refusal::BoundsUnusable
        | Refusal::FixedPriceAges
        | Refusal::AgeOutOfBounds
        | Refusal::PriceOutOfBounds
        | Refusal::StepCount
        | Refusal::StepUnaligned { .. }
        | Refusal::StepsOverlap { .. }
        | Refusal::StepOutOfTime { .. }
        | Refusal::PublishedLater { .. }
        | Refusal::ReasonTooLong(_) => Code::InvalidValue,
    }
}

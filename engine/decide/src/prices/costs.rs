//! What prices tell other domains: what a kilowatt hour cost while something ran.

use triad_event::prices::{PriceOrigin, PriceTaken};
use triad_event::quantity::{MicroUsd, Micros};

use super::recorded::taken;
use super::series::Series;
use super::state::{State, ms};

/// What other domains may ask about prices.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Costs<'a>(&'a Series);

impl<'a> Costs<'a> {
    pub(crate) fn new(state: &'a State) -> Self {
        Self(&state.price)
    }

    /// The price of a time: the mean of what was published for all of it, else what is taken at its end when there is no price.
    pub(crate) fn of_time(self, from: Micros, until: Micros) -> Option<PriceTaken> {
        let (from_ms, until_ms) = span_ms(from, until);
        self.0.mean(from_ms, until_ms).or_else(|| self.0.present(until_ms)).map(taken)
    }

    /// The mean price of several times, each by its share, rounded down; as old as the oldest of them, and said to be published
    /// where all of them are. None where one of them has none.
    pub(crate) fn of_stretches(self, stretches: &[(Micros, Micros)]) -> Option<PriceTaken> {
        let (mut area, mut length, mut whole): (i128, i128, Option<PriceTaken>) = (0, 0, None);
        for (from, until) in stretches {
            let price = self.of_time(*from, *until)?;
            let span = i128::from(until.0.saturating_sub(from.0));
            area = area.saturating_add(i128::from(price.per_kwh.0).saturating_mul(span));
            length = length.saturating_add(span);
            whole = Some(match whole {
                Some(before) => less_sure(before, price),
                None => price,
            });
        }
        let mean = i64::try_from(area.checked_div_euclid(length)?).ok()?;
        Some(PriceTaken { per_kwh: MicroUsd(mean), ..whole? })
    }

    /// The mean of what was published for all of a time.
    pub(crate) fn known_mean(self, from: Micros, until: Micros) -> Option<MicroUsd> {
        let (from_ms, until_ms) = span_ms(from, until);
        self.0.mean(from_ms, until_ms).map(|price| MicroUsd(price.micro_per_kwh))
    }

    /// The least mean price of a run that could have begun from a moment on until a last one, and began at one of these; by what
    /// is published now, which must be known until that run ended.
    pub(crate) fn least_mean(
        self,
        ready: Micros,
        last_start: Micros,
        (began, ended): (Micros, Micros),
    ) -> Option<MicroUsd> {
        let (began_ms, ended_ms) = span_ms(began, ended);
        let (from_ms, last_start_ms) = (ms(ready).min(began_ms), ms(last_start).max(began_ms));
        let least = self.0.least_mean(from_ms, last_start_ms, ended_ms - began_ms, ended_ms)?;
        Some(MicroUsd(least))
    }

    /// The dearest price that is known of a time: of what was published for it, and what is taken at its beginning.
    pub(crate) fn dearest(self, from: Micros, until: Micros) -> Option<MicroUsd> {
        let (from_ms, until_ms) = span_ms(from, until);
        self.0.dearest(from_ms, until_ms).map(MicroUsd)
    }
}

/// Of two prices, where they come from: not published as soon as one of them is not, and as old as the older.
fn less_sure(one: PriceTaken, other: PriceTaken) -> PriceTaken {
    let (one, other) = if other.origin == PriceOrigin::Published { (other, one) } else { (one, other) };
    let age = match (one.age, other.age) {
        (Some(one), Some(other)) => Some(one.max(other)),
        _ => other.age,
    };
    PriceTaken { age, ..other }
}

/// A time that has a length.
fn span_ms(from: Micros, until: Micros) -> (i64, i64) {
    let until_ms = ms(until);
    (ms(from).min(until_ms - 1), until_ms)
}

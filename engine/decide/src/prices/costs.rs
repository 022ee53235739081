//! What prices tell other domains: what a kilowatt hour cost while something ran.

use triad_event::prices::PriceTaken;
use triad_event::quantity::{MicroUsd, Micros};

use super::decide::taken;
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

/// A time that has a length.
fn span_ms(from: Micros, until: Micros) -> (i64, i64) {
    let until_ms = ms(until);
    (ms(from).min(until_ms - 1), until_ms)
}

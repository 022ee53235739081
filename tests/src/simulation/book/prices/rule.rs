//! Whether a task runs or waits, by what was published: read from the documents, and computed anew each time.

use super::curve::{QUARTER_MS, ms};
use super::{Prices, Wants};
use triad_event::prices::{DeferReason, MissingPrice, PriceOrigin, PriceTaken, ReleaseReason, SourceKind};
use triad_event::quantity::{MicroUsd, Micros, Millis};

const DAY_MS: i64 = 86_400_000;
/// What a task must save at least in the mean to wait.
const LEAST_SAVING: i64 = 1_000;

/// What the rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// It goes on.
    Goes(ReleaseReason),
    /// It waits.
    Waits(DeferReason),
    /// A plan or a threshold decides, and this is the price; of one with a bid it is above that.
    Plans { is_above_bid: bool, is_blind: bool },
}

/// The cheapest run that is wholly known, and the one at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Runs {
    pub(super) now: i64,
    /// The mean of the cheapest.
    pub(super) least: i64,
}

impl Prices {
    /// The price that is taken for a moment.
    pub(super) fn present(&self, at_ms: i64, missing: Option<MissingPrice>) -> Option<PriceTaken> {
        let source = self.source.as_ref()?;
        let age_max = source.age_max.map(|Millis(age)| age.cast_signed());
        let age = |published_ms: i64| at_ms - published_ms.min(at_ms);
        let taken = |price: i64, origin, age: i64| PriceTaken {
            per_kwh: MicroUsd(price),
            origin,
            age: Some(Millis(age.unsigned_abs())),
            of: None,
        };
        let present = self.curve.at(at_ms).map(|cell| (cell.price, age(cell.published_ms)));
        if let Some((price, age)) = present.filter(|(_, age)| age_max.is_none_or(|max| *age <= max)) {
            return Some(taken(price, PriceOrigin::Published, age));
        }
        match missing.unwrap_or(source.missing) {
            MissingPrice::RunNow | MissingPrice::Wait => None,
            MissingPrice::LastKnown => {
                let (cell, end_ms) = self.curve.last_begun(at_ms)?;
                let too_old_ms = age_max.map_or(i64::MAX, |max| cell.published_ms + max);
                let is_taken = at_ms <= end_ms.min(too_old_ms).saturating_add(DAY_MS);
                is_taken.then(|| taken(cell.price, PriceOrigin::LastKnown, age(cell.published_ms)))
            }
            MissingPrice::Typical => {
                let prices = self.curve.prices_within(at_ms - 28 * DAY_MS, at_ms);
                let middle = *prices.get(prices.len().div_ceil(2).max(1) - 1)?;
                let (per_kwh, of) = (MicroUsd(middle), Some(prices.len() as u32));
                Some(PriceTaken { per_kwh, origin: PriceOrigin::Typical, age: None, of })
            }
        }
    }

    /// What happens to a task at a moment before its last safe start.
    pub(super) fn rule(&self, wants: &Wants, at_ms: i64) -> Rule {
        let Some(source) = &self.source else { return Rule::Goes(ReleaseReason::NoSource) };
        let Some(PriceTaken { per_kwh, .. }) = self.present(at_ms, wants.missing) else {
            return match wants.missing.unwrap_or(source.missing) {
                MissingPrice::RunNow => Rule::Goes(ReleaseReason::NoPrice),
                MissingPrice::Wait | MissingPrice::LastKnown | MissingPrice::Typical => {
                    Rule::Waits(DeferReason::NoPrice)
                }
            };
        };
        let is_blind =
            source.bounds.is_some() && wants.is_cheapest && self.curve.after(at_ms).next().is_none();
        match wants.bid {
            Some(bid) if per_kwh <= bid => Rule::Goes(ReleaseReason::WithinBid),
            Some(_) if is_blind || !wants.is_cheapest => Rule::Waits(DeferReason::AboveBid),
            bid => Rule::Plans { is_above_bid: bid.is_some(), is_blind },
        }
    }

    /// The first moment after another at which something begins that a task with that bid would run for, or a price is missing.
    pub(super) fn changes_after(&self, wants: &Wants, at_ms: i64) -> Option<i64> {
        let within = |price: i64| wants.bid.is_some_and(|bid| price <= bid.0);
        let first = self.curve.after(at_ms).find(|(_, cell)| within(cell.price)).map(|(at_ms, _)| at_ms);
        first.into_iter().chain(self.curve.gap_after(at_ms)).min()
    }

    /// The means of the runs of that length of which all is known, from a moment to a last start. Those are tried that begin
    /// where a step does or end where one does, at the moment, and at the last one.
    pub(super) fn known_runs(&self, now_ms: i64, last_ms: i64, length_ms: i64) -> Option<Runs> {
        let (now, _) = self.curve.mean(now_ms, now_ms + length_ms)?;
        let boundaries = (now_ms.div_euclid(QUARTER_MS) + 1)..=(last_ms + length_ms).div_euclid(QUARTER_MS);
        let starts = boundaries.flat_map(|quarter| [quarter * QUARTER_MS, quarter * QUARTER_MS - length_ms]);
        let starts = starts.chain([last_ms]).filter(|start_ms| (now_ms..=last_ms).contains(start_ms));
        let means = starts.filter_map(|start_ms| self.curve.mean(start_ms, start_ms + length_ms));
        Some(Runs { now, least: means.map(|(mean, _)| mean).chain([now]).min()? })
    }

    /// What a run costs a kilowatt hour that went from one moment to another, and since when that is known.
    pub(in crate::simulation::book) fn of_time(&self, from: Micros, until: Micros) -> Option<PriceTaken> {
        let (from_ms, until_ms) = span_ms(from, until);
        let known = self.curve.mean(from_ms, until_ms).filter(|_| self.source.is_some());
        let mean = known.map(|(mean, oldest_ms)| PriceTaken {
            per_kwh: MicroUsd(mean),
            origin: PriceOrigin::Published,
            age: Some(Millis(until_ms.abs_diff(oldest_ms))),
            of: None,
        });
        mean.or_else(|| self.present(until_ms, None))
    }

    /// The mean of what was published for a time.
    pub(in crate::simulation::book) fn known_mean(&self, from: Micros, until: Micros) -> Option<MicroUsd> {
        let (from_ms, until_ms) = span_ms(from, until);
        self.source.as_ref()?;
        self.curve.mean(from_ms, until_ms).map(|(mean, _)| MicroUsd(mean))
    }

    /// What kind of source there is.
    pub(crate) fn source_kind(&self) -> Option<SourceKind> {
        self.source.as_ref().map(|source| source.kind)
    }
}

impl Runs {
    /// Whether nothing that is known saves enough.
    pub(super) const fn is_best_now(self) -> bool {
        self.now - self.least < LEAST_SAVING
    }
}

fn span_ms(from: Micros, until: Micros) -> (i64, i64) {
    let until_ms = ms(until);
    (ms(from).min(until_ms - 1), until_ms)
}

//! A series over time: where it comes from, and what was published of it. What electricity costs and how much carbon dioxide it
//! causes are two of them. Amounts are millionths of a dollar a kilowatt hour, or milligrams.

use std::sync::Arc;

use triad_deferral::{Outlook, Piece, Price, PriceCurve, Source as From, cheapest_start};
use triad_event::prices::{
    CarbonPublished, CarbonSourceSet, CarbonStep, EstimatedBy, MissingPrice, PriceBounds, PriceStep,
    PricesPublished, SourceKind, SourceSet,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

use super::curve::Curve;
use super::question::Wish;
use super::state::ms;
use crate::fold_error::FoldError;
use crate::image::{structs, words};

words! { EstimatedBy, PriceBounds, SourceKind }

structs! {
    Series { source, curve, quoted, published, outside }
    Source { kind, currency, usd_per_unit, area, missing, age_max, bounds, estimates }
}

/// Where a series comes from, and what was published of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series {
    /// None while no task waits for it.
    pub(crate) source: Option<Source>,
    /// What was published, for as long back as history is kept.
    pub(super) curve: Curve,
    /// The same as it was published, where that was in another currency.
    quoted: Curve,
    /// When the last of it was.
    pub(crate) published: Option<Micros>,
    /// How many steps were published whose price lies outside of the bounds of the source.
    outside: u64,
}

/// Where a series comes from. Carbon intensity is published like a market's prices, has no currency, and no bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// In which currency they are published; empty of carbon intensity.
    pub currency: String,
    /// What one unit of it is worth; none of US dollars.
    pub usd_per_unit: Option<MicroUsd>,
    /// The part of the grid that they are for.
    pub area: String,
    /// What happens to tasks while there is no price.
    pub missing: MissingPrice,
    /// How long ago a price may have been published; none when it holds for its time.
    pub age_max: Option<Millis>,
    /// Between which prices all are said to lie, in US dollars.
    pub bounds: Option<PriceBounds>,
    /// By what it is estimated how long a task takes.
    pub estimates: EstimatedBy,
}

/// What is known of a series. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Where they come from.
    pub source: Source,
    /// What they are, in US dollars.
    pub curve: Arc<PriceCurve>,
    /// The same as it was published, where that was in another currency.
    pub quoted: Arc<PriceCurve>,
    /// When the last of them were published.
    pub published: Option<Micros>,
    /// How many steps were published since the source was set whose price lies outside of its bounds.
    pub outside: u64,
    /// How many tasks wait for one.
    pub waiting: usize,
}

/// A price in US dollars, rounded down; the nearest that can be said where it is more.
pub(crate) fn in_usd(price: MicroUsd, usd_per_unit: Option<MicroUsd>) -> MicroUsd {
    let Some(rate) = usd_per_unit else { return price };
    let price = (i128::from(price.0) * i128::from(rate.0)).div_euclid(1_000_000);
    MicroUsd(i64::try_from(price).unwrap_or(if price < 0 { i64::MIN } else { i64::MAX }))
}

impl Known {
    /// What is published of a moment and not too old to count then.
    pub fn now(&self, now_ms: i64) -> Option<Piece> {
        let counts = |piece: &Piece| {
            self.source.age_max.is_none_or(|age| now_ms <= piece.published_ms.saturating_add_unsigned(age.0))
        };
        self.curve.at(now_ms).filter(counts)
    }

    /// At most so many pieces that have not ended by a moment, and the one behind them.
    pub fn page(&self, from_ms: i64, limit: usize) -> (Vec<Piece>, Option<Piece>) {
        let pieces = self.curve.pieces().filter(|piece| piece.end_ms > from_ms);
        let mut found: Vec<Piece> = pieces.take(limit.saturating_add(1)).collect();
        let next = if found.len() > limit { found.pop() } else { None };
        (found, next)
    }
}

impl Series {
    /// By what it is estimated how long a task takes that waits for it; none while there is no source.
    pub(super) fn estimates(&self) -> Option<EstimatedBy> {
        self.source.as_ref().map(|source| source.estimates)
    }

    /// What is known of it, for people.
    pub(super) fn known(&self, waiting: usize) -> Option<Known> {
        let source = self.source.clone()?;
        let (curve, quoted) = (Arc::clone(&self.curve.0), Arc::clone(&self.quoted.0));
        let (published, outside) = (self.published, self.outside);
        Some(Known { source, curve, quoted, published, outside, waiting })
    }

    /// The price of a moment, or what the source has for one while there is none.
    pub(super) fn present(&self, at_ms: i64) -> Option<Price> {
        self.present_or(None, at_ms)
    }

    /// The same, or what a task has for one that says so.
    pub(super) fn present_or(&self, missing: Option<MissingPrice>, at_ms: i64) -> Option<Price> {
        self.ask(&Wish::within(MicroUsd::ZERO, missing), at_ms, at_ms, None)?.0.price
    }

    /// The dearest price of a time that was published, or that is taken at its beginning.
    pub(super) fn dearest(&self, from_ms: i64, until_ms: i64) -> Option<i64> {
        self.source.as_ref()?;
        let published = self.curve.0.within(from_ms, until_ms).map(|piece| piece.price_micro_per_kwh);
        published.chain(self.present(from_ms).map(|price| price.micro_per_kwh)).max()
    }

    /// The mean price of a time for all of which prices were published, rounded down; as old as the oldest of them.
    pub(super) fn mean(&self, from_ms: i64, until_ms: i64) -> Option<Price> {
        self.source.as_ref()?;
        let micro_per_kwh = self.curve.0.mean_micro_per_kwh(from_ms, until_ms)?;
        let published = self.curve.0.within(from_ms, until_ms).map(|piece| piece.published_ms);
        let age_ms = until_ms.abs_diff(published.min()?);
        Some(Price { micro_per_kwh, source: From::Published { age_ms } })
    }

    /// The least mean price of a time of a length that begins within two moments, by what is published for them without a gap:
    /// what lies beyond the first gap behind what must be known is left out.
    pub(super) fn least_mean(
        &self,
        from_ms: i64,
        last_start_ms: i64,
        length_ms: i64,
        known_ms: i64,
    ) -> Option<i64> {
        self.source.as_ref()?;
        let wanted_ms = last_start_ms.checked_add(length_ms)?;
        let mut until_ms = from_ms;
        for piece in self.curve.0.within(from_ms, wanted_ms) {
            if piece.start_ms != until_ms {
                break;
            }
            until_ms = piece.end_ms;
        }
        if until_ms < known_ms {
            return None;
        }
        let outlook = Outlook::of(&self.curve.0, from_ms, until_ms)?;
        // A plan looks so far, and no further.
        let until_ms = until_ms.min(outlook.span_ms().1);
        if until_ms < known_ms {
            return None;
        }
        let least = cheapest_start(&outlook, from_ms, until_ms.checked_sub(length_ms)?, length_ms)?;
        i64::try_from(least.area.div_euclid(length_ms.into())).ok()
    }

    /// What was published stays when it is of the same kind, for the same area, and worth the same.
    pub(super) fn set(&mut self, set: &SourceSet, record: &Recorded<AnyEvent>) {
        let SourceSet { source: kind, currency, area, missing, age_max, bounds, estimates, .. } = set;
        let rate = set.usd_per_unit;
        let is_same = self.source.as_ref().is_some_and(|source| {
            source.kind == *kind
                && source.area == *area
                && (&source.currency, source.usd_per_unit) == (currency, rate)
        });
        let fixed = |price: MicroUsd| Curve(Arc::new(PriceCurve::fixed(price.0, ms(record.at))));
        if let Some(price) = set.fixed_per_kwh {
            self.curve = fixed(in_usd(price, rate));
            self.quoted = rate.map_or_else(Curve::default, |_| fixed(price));
            self.published = Some(record.at);
        } else if !is_same {
            (self.curve, self.quoted, self.published) = (Curve::default(), Curve::default(), None);
        }
        self.outside = 0;
        let in_usd = |bounds: &PriceBounds| PriceBounds {
            low: in_usd(bounds.low, rate),
            high: in_usd(bounds.high, rate),
        };
        self.source = Some(Source {
            kind: *kind,
            currency: currency.clone(),
            usd_per_unit: rate,
            area: area.clone(),
            missing: *missing,
            age_max: *age_max,
            bounds: bounds.as_ref().map(in_usd),
            estimates: *estimates,
        });
    }

    pub(super) fn publish(
        &mut self,
        published: &PricesPublished,
        record: &Recorded<AnyEvent>,
    ) -> Result<(), FoldError> {
        let source = self.source.as_ref().ok_or(FoldError::Grammar)?;
        let (bounds, rate) = (source.bounds.as_ref(), source.usd_per_unit);
        let is_outside =
            |price: MicroUsd| bounds.is_some_and(|bounds| price < bounds.low || price > bounds.high);
        let in_usd = |step: &PriceStep| PriceStep { per_kwh: in_usd(step.per_kwh, rate), ..step.clone() };
        let steps: Vec<PriceStep> = published.steps.iter().map(in_usd).collect();
        let outside = steps.iter().filter(|step| is_outside(step.per_kwh)).count();
        self.outside = self.outside.saturating_add(outside as u64);
        self.curve.publish(&steps, published.published, record.at)?;
        if rate.is_some() {
            self.quoted.publish(&published.steps, published.published, record.at)?;
        }
        self.published = Some(published.published);
        Ok(())
    }

    /// What was published for the same area stays.
    pub(super) fn set_carbon(&mut self, set: &CarbonSourceSet) {
        let CarbonSourceSet { area, missing, age_max, estimates, reason: _ } = set;
        if self.source.as_ref().is_none_or(|source| source.area != *area) {
            *self = Self::default();
        }
        self.source = Some(Source {
            kind: SourceKind::Series,
            currency: String::new(),
            usd_per_unit: None,
            area: area.clone(),
            missing: *missing,
            age_max: *age_max,
            bounds: None,
            estimates: *estimates,
        });
    }

    pub(super) fn publish_carbon(
        &mut self,
        published: &CarbonPublished,
        record: &Recorded<AnyEvent>,
    ) -> Result<(), FoldError> {
        let steps: Result<Vec<PriceStep>, FoldError> = published.steps.iter().map(in_curve).collect();
        self.curve.publish(&steps?, published.published, record.at)?;
        self.published = Some(published.published);
        Ok(())
    }
}

/// A curve holds milligrams where that of prices holds millionths of a dollar.
pub(super) fn in_curve(step: &CarbonStep) -> Result<PriceStep, FoldError> {
    let CarbonStep { from, length, per_kwh } = step.clone();
    let amount = i64::try_from(per_kwh.0).map_err(|_| FoldError::Grammar)?;
    Ok(PriceStep { from, length, per_kwh: MicroUsd(amount) })
}

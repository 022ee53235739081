//! What prices are known and what is expected where none is.

use crate::contiguous::cheapest_start;
use crate::curve::{Piece, PriceCurve};
use crate::limits::{DAY_MS, OUTLOOK_MS_MAX, QUARTER_MS, WEEK_MS, WEEKS_USUAL};

/// Prices from one moment to another without a gap: what was published, and a forecast for the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlook {
    /// INVARIANT: not empty, none of them empty, each begins where the one before ends, all within [`OUTLOOK_MS_MAX`].
    segments: Vec<Segment>,
}

/// A part of an outlook with one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// When it begins.
    pub start_ms: i64,
    /// When it has ended.
    pub end_ms: i64,
    /// What a kilowatt hour costs, or is expected to cost.
    pub price_micro_per_kwh: i64,
    /// Whether that was published.
    pub is_known: bool,
}

impl Outlook {
    /// What is known and expected from one moment to another; it is cut after [`OUTLOOK_MS_MAX`]. `None` when no price was
    /// ever known, or when there is no time between the two.
    ///
    /// The forecast of a quarter of an hour is what is usual at that time of the week, the median of the same time in the
    /// last [`WEEKS_USUAL`] weeks, moved by how far the last day that is known lies from what was usual for it. Without
    /// such a history it is the price of the same time on the last day that has one, and without that the last price that
    /// is known.
    pub fn of(curve: &PriceCurve, from_ms: i64, until_ms: i64) -> Option<Self> {
        let until_ms = until_ms.min(from_ms.saturating_add(OUTLOOK_MS_MAX));
        let known_until_ms = curve.known_until_ms()?;
        if from_ms >= until_ms {
            return None;
        }
        let mut forecast = Forecast { curve, known_until_ms, level: None };
        let mut segments = Vec::new();
        let mut at_ms = from_ms;
        for piece in curve.within(from_ms, until_ms) {
            forecast.fill(at_ms, piece.start_ms, &mut segments);
            at_ms = piece.end_ms;
            let Piece { start_ms, end_ms, price_micro_per_kwh, .. } = piece;
            segments.push(Segment { start_ms, end_ms, price_micro_per_kwh, is_known: true });
        }
        forecast.fill(at_ms, until_ms, &mut segments);
        Some(Self { segments })
    }

    /// Several series as one, between two moments that all of them cover; `None` where one does not. Each is divided by the mean
    /// of its amounts, whatever their signs, between the two moments, so that what is left has no unit, and counts with its
    /// share of a million: `Σ ⌊share · value / mean⌋`, which is a million in the mean where nothing is negative. What is always
    /// zero counts for nothing.
    pub fn weighed(parts: &[(&Self, u32)], from_ms: i64, until_ms: i64) -> Option<Self> {
        let span_ms = i128::from(until_ms) - i128::from(from_ms);
        let is_covered =
            |(part, _): &(&Self, u32)| part.span_ms().0 <= from_ms && until_ms <= part.span_ms().1;
        if span_ms <= 0 || parts.is_empty() || !parts.iter().all(is_covered) {
            return None;
        }
        let mut rests: Vec<Share<'_>> =
            parts.iter().map(|(part, share)| Share::of(part, *share, from_ms, until_ms)).collect();
        let mut segments = Vec::new();
        let mut at_ms = from_ms;
        while at_ms < until_ms {
            let mut segment =
                Segment { start_ms: at_ms, end_ms: until_ms, price_micro_per_kwh: 0, is_known: true };
            for rest in &mut rests {
                let (part, value) = rest.at(at_ms, span_ms)?;
                segment.end_ms = segment.end_ms.min(part.end_ms);
                segment.price_micro_per_kwh = segment.price_micro_per_kwh.saturating_add(value);
                segment.is_known &= part.is_known;
            }
            at_ms = segment.end_ms;
            segments.push(segment);
        }
        Some(Self { segments })
    }

    /// The mean of a time that it covers, rounded down.
    pub fn mean(&self, from_ms: i64, until_ms: i64) -> Option<i64> {
        let span_ms = until_ms.checked_sub(from_ms).filter(|span_ms| *span_ms > 0)?;
        let run = cheapest_start(self, from_ms, from_ms, span_ms)?;
        i64::try_from(run.area.div_euclid(span_ms.into())).ok()
    }

    /// The parts, in their order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// From when to when it goes.
    pub fn span_ms(&self) -> (i64, i64) {
        let (first, last) = (self.segments.first(), self.segments.last());
        (first.map_or(0, |segment| segment.start_ms), last.map_or(0, |segment| segment.end_ms))
    }
}

impl Segment {
    /// Price by time from its begin to a moment, in micro-currency per kilowatt hour times milliseconds.
    pub(crate) fn area_until(&self, at_ms: i64) -> i128 {
        i128::from(self.price_micro_per_kwh) * (i128::from(at_ms) - i128::from(self.start_ms))
    }
}

/// What is left of a series that is a part of several.
struct Share<'a> {
    rest: &'a [Segment],
    ppm: u32,
    /// Amount by time between the two moments.
    area: i128,
}

impl<'a> Share<'a> {
    fn of(part: &'a Outlook, ppm: u32, from_ms: i64, until_ms: i64) -> Self {
        let begun = part.segments.partition_point(|segment| segment.end_ms <= from_ms);
        let (_, rest) = part.segments.split_at(begun);
        let within = rest.iter().take_while(|segment| segment.start_ms < until_ms);
        let area = within.map(|segment| {
            let length_ms = segment.end_ms.min(until_ms) - segment.start_ms.max(from_ms);
            i128::from(segment.price_micro_per_kwh.unsigned_abs()) * i128::from(length_ms)
        });
        Self { rest, ppm, area: area.sum() }
    }

    /// The segment of a moment, for moments that never go back, and its share in what is weighed.
    fn at(&mut self, at_ms: i64, span_ms: i128) -> Option<(Segment, i64)> {
        while let [first, rest @ ..] = self.rest {
            if at_ms < first.end_ms {
                let value = i128::from(first.price_micro_per_kwh) * i128::from(self.ppm);
                // Beyond what 128 bits hold no price is: the greatest is 2^63, of a million, over a month of milliseconds.
                let value = value.saturating_mul(span_ms).checked_div_euclid(self.area).unwrap_or(0);
                return Some((*first, clamp(value)));
            }
            self.rest = rest;
        }
        None
    }
}

struct Forecast<'a> {
    curve: &'a PriceCurve,
    known_until_ms: i64,
    /// Found when it is first needed.
    level: Option<i64>,
}

impl Forecast<'_> {
    fn fill(&mut self, from_ms: i64, until_ms: i64, segments: &mut Vec<Segment>) {
        let mut start_ms = from_ms;
        while start_ms < until_ms {
            let next_ms = start_ms.div_euclid(QUARTER_MS).saturating_add(1).saturating_mul(QUARTER_MS);
            let end_ms = next_ms.min(until_ms);
            let price_micro_per_kwh = self.price(start_ms);
            segments.push(Segment { start_ms, end_ms, price_micro_per_kwh, is_known: false });
            start_ms = end_ms;
        }
    }

    fn price(&mut self, at_ms: i64) -> i64 {
        match usual(self.curve, at_ms) {
            Some(usual) => usual.saturating_add(self.level()),
            None => same_time_of_day(self.curve, at_ms).unwrap_or_else(|| self.last()),
        }
    }

    /// How far the last day that is known lies above what was usual for it.
    fn level(&mut self) -> i64 {
        let (curve, until_ms) = (self.curve, self.known_until_ms);
        *self.level.get_or_insert_with(|| {
            let quarters = (1..=DAY_MS / QUARTER_MS).map(|back| until_ms - back * QUARTER_MS);
            let apart: Vec<i128> = quarters
                .filter_map(|at_ms| {
                    let known = curve.at(at_ms)?.price_micro_per_kwh;
                    Some(i128::from(known) - i128::from(usual(curve, at_ms)?))
                })
                .collect();
            let count = i128::try_from(apart.len()).unwrap_or(1).max(1);
            clamp(apart.iter().sum::<i128>().div_euclid(count))
        })
    }

    fn last(&self) -> i64 {
        self.curve.last_begun(self.known_until_ms).map_or(0, |piece: Piece| piece.price_micro_per_kwh)
    }
}

/// The median of the same time in the weeks before, of those that are known.
fn usual(curve: &PriceCurve, at_ms: i64) -> Option<i64> {
    let weeks = (1..=WEEKS_USUAL).filter_map(|back| curve.at(at_ms.saturating_sub(back * WEEK_MS)));
    let mut prices: Vec<i64> = weeks.map(|piece| piece.price_micro_per_kwh).collect();
    prices.sort_unstable();
    let (below, above) = (prices.get(prices.len().checked_sub(1)? / 2)?, prices.get(prices.len() / 2)?);
    Some(clamp((i128::from(*below) + i128::from(*above)).div_euclid(2)))
}

fn same_time_of_day(curve: &PriceCurve, at_ms: i64) -> Option<i64> {
    let mut days = (1..=7).filter_map(|back| curve.at(at_ms.saturating_sub(back * DAY_MS)));
    days.next().map(|piece| piece.price_micro_per_kwh)
}

fn clamp(price: i128) -> i64 {
    i64::try_from(price.clamp(i64::MIN.into(), i64::MAX.into())).unwrap_or(i64::MAX)
}

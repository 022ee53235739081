//! What deferring saved, and what it left.
//!
//! The rule of the accounting: a run is taken as it was, with the energy and the time that were measured, at constant
//! power, and moved to another time. What it would have cost at once, what it did cost, and the least that it could have
//! cost in its window are the same energy at the mean price of three times, by the prices that are recorded when the
//! account is made. Starting and stopping costs nothing in it, and what other loads would have done is not in it.

use crate::contiguous::cheapest_start;
use crate::curve::PriceCurve;
use crate::limits::MILLION;
use crate::outlook::{Outlook, Segment};

/// A run that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran<'a> {
    /// When it could have started.
    pub ready_ms: i64,
    /// By when it had to be done.
    pub deadline_ms: i64,
    /// From when to when it ran: ascending and apart from each other.
    pub spans_ms: &'a [(i64, i64)],
    /// Whether it could have paused, also where it did not.
    pub may_pause: bool,
    /// The energy that it took, in milliwatt hours.
    pub energy_mwh: u64,
}

/// Costs of one run at three times, in micro-currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// If it had run as soon as it could.
    pub run_now_micro: i128,
    /// As it ran.
    pub actual_micro: i128,
    /// If all prices had been known. A run that could pause is held against every way of pausing.
    pub clairvoyant_micro: i128,
}

impl Account {
    /// The account of a run. `None` where a price of its window is not known, or the run is none: empty, unordered, before
    /// it was ready.
    ///
    /// The window ends with its deadline, or later with what lies in it: a run that was late is held against the time that
    /// it took.
    pub fn of(curve: &PriceCurve, ran: &Ran<'_>) -> Option<Self> {
        let (duration_ms, end_ms) = measured(ran)?;
        let now_end_ms = ran.ready_ms.checked_add(duration_ms)?;
        let until_ms = ran.deadline_ms.max(now_end_ms).max(end_ms);
        let outlook = Outlook::of(curve, ran.ready_ms, until_ms)?;
        let is_known = outlook.segments().iter().all(|segment| segment.is_known);
        if !is_known || outlook.span_ms().1 != until_ms {
            return None;
        }
        let actual = ran.spans_ms.iter().map(|(from_ms, until_ms)| curve.area(*from_ms, *until_ms));
        let least = match ran.spans_ms {
            [_] if !ran.may_pause => {
                cheapest_start(&outlook, ran.ready_ms, until_ms.checked_sub(duration_ms)?, duration_ms)?.area
            }
            _ => cheapest_parts(&outlook, duration_ms),
        };
        let cost = |area: i128| cost_micro(area, ran.energy_mwh, duration_ms);
        Some(Self {
            run_now_micro: cost(curve.area(ran.ready_ms, now_end_ms)?)?,
            actual_micro: cost(actual.sum::<Option<i128>>()?)?,
            clairvoyant_micro: cost(least)?,
        })
    }

    /// What was saved against running at once. Negative where waiting cost more.
    pub fn saving_micro(&self) -> i128 {
        self.run_now_micro.saturating_sub(self.actual_micro)
    }

    /// What could have been saved besides. Never negative.
    pub fn regret_micro(&self) -> i128 {
        self.actual_micro.saturating_sub(self.clairvoyant_micro)
    }

    /// What was saved of what could be, in parts per million, rounded down. `None` where nothing could be.
    pub fn capture_ppm(&self) -> Option<i64> {
        let possible = self.run_now_micro.saturating_sub(self.clairvoyant_micro);
        let scaled = self.saving_micro().checked_mul(i128::from(MILLION))?;
        if possible > 0 { i64::try_from(scaled.div_euclid(possible)).ok() } else { None }
    }

    /// Sums of many runs; shares of a sum are not the mean of shares.
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            run_now_micro: self.run_now_micro.saturating_add(other.run_now_micro),
            actual_micro: self.actual_micro.saturating_add(other.actual_micro),
            clairvoyant_micro: self.clairvoyant_micro.saturating_add(other.clairvoyant_micro),
        }
    }
}

/// What an amount of energy costs when it is taken evenly over an area, rounded down once. A milliwatt hour is a millionth
/// of a kilowatt hour.
pub fn cost_micro(area: i128, energy_mwh: u64, duration_ms: i64) -> Option<i128> {
    let divisor = i128::from(duration_ms).checked_mul(i128::from(MILLION)).filter(|divisor| *divisor > 0)?;
    Some(area.checked_mul(i128::from(energy_mwh))?.div_euclid(divisor))
}

/// How long a run took without its pauses, and when it ended.
fn measured(ran: &Ran<'_>) -> Option<(i64, i64)> {
    let mut duration_ms = 0_i64;
    let mut end_ms = ran.ready_ms;
    for (from_ms, until_ms) in ran.spans_ms {
        if *from_ms < end_ms || until_ms <= from_ms {
            return None;
        }
        duration_ms = duration_ms.checked_add(until_ms.checked_sub(*from_ms)?)?;
        end_ms = *until_ms;
    }
    (duration_ms > 0).then_some((duration_ms, end_ms))
}

/// The least area of a duration that may be taken from anywhere: from the cheapest segments, one after another. Exchanging
/// a part of it for another never makes it less, so it is the least.
fn cheapest_parts(outlook: &Outlook, duration_ms: i64) -> i128 {
    let mut by_price: Vec<&Segment> = outlook.segments().iter().collect();
    by_price.sort_by_key(|segment| segment.price_micro_per_kwh);
    let mut left_ms = duration_ms;
    let mut area = 0;
    for segment in by_price {
        let part_ms = left_ms.min(segment.end_ms - segment.start_ms);
        area += segment.area_until(segment.start_ms + part_ms);
        left_ms -= part_ms;
    }
    area
}

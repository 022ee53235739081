//! What was published, quarter of an hour by quarter of an hour: the plainest form in which it can be kept.

use std::collections::BTreeMap;
use triad_event::prices::{PriceStep, PricesPublished};
use triad_event::quantity::Micros;

pub(super) const QUARTER_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;
/// How far back prices are known.
const KEPT_MS: i64 = 56 * DAY_MS;

/// What was published.
#[derive(Debug, Default)]
pub(super) struct Curve {
    /// One price for all times.
    fixed: Option<Cell>,
    quarters: BTreeMap<i64, Cell>,
    steps: u64,
}

/// A quarter of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) price: i64,
    pub(super) published_ms: i64,
    /// The number of the step that it is a part of.
    step: u64,
}

/// A moment in whole milliseconds.
pub(super) const fn ms(moment: Micros) -> i64 {
    moment.0.div_euclid(1000)
}

const fn quarter_of(at_ms: i64) -> i64 {
    at_ms.div_euclid(QUARTER_MS)
}

impl Curve {
    pub(super) fn fixed(price: i64, published_ms: i64) -> Self {
        Self { fixed: Some(Cell { price, published_ms, step: 0 }), ..Self::default() }
    }

    /// Takes in what was published, and says whether it changed what was known.
    pub(super) fn publish(&mut self, published: &PricesPublished, at: Micros) -> bool {
        let mut has_revised = false;
        for PriceStep { from, length, per_kwh } in &published.steps {
            self.steps += 1;
            let cell = Cell { price: per_kwh.0, published_ms: ms(published.published), step: self.steps };
            let (first, count) = (quarter_of(ms(*from)), ms(length.span()) / QUARTER_MS);
            for quarter in first..first + count {
                let before = self.quarters.insert(quarter, cell);
                has_revised |= before.is_some_and(|before| before.price != cell.price);
            }
        }
        // A step is forgotten as a whole once all of it is older than what is kept.
        while let Some((first, cell)) = self.quarters.first_key_value().map(|(at, cell)| (*at, *cell)) {
            let end = self.end_of(first, cell);
            if end * QUARTER_MS > ms(at) - KEPT_MS {
                break;
            }
            for quarter in first..end {
                self.quarters.remove(&quarter);
            }
        }
        has_revised
    }

    /// The quarter after the last one of the piece to which a quarter belongs.
    fn end_of(&self, quarter: i64, cell: Cell) -> i64 {
        (quarter..)
            .find(|at| self.quarters.get(at).is_none_or(|other| other.step != cell.step))
            .unwrap_or(quarter)
    }

    /// What holds at a moment.
    pub(super) fn at(&self, at_ms: i64) -> Option<Cell> {
        self.fixed.or_else(|| self.quarters.get(&quarter_of(at_ms)).copied())
    }

    /// The last piece that has begun by then, and when it has ended.
    pub(super) fn last_begun(&self, at_ms: i64) -> Option<(Cell, i64)> {
        if let Some(cell) = self.fixed {
            return Some((cell, i64::MAX));
        }
        let (quarter, cell) = self.quarters.range(..=quarter_of(at_ms)).next_back()?;
        Some((*cell, self.end_of(*quarter, *cell) * QUARTER_MS))
    }

    /// The pieces that begin after a moment, each with when it begins.
    pub(super) fn after(&self, at_ms: i64) -> impl Iterator<Item = (i64, Cell)> {
        let first = quarter_of(at_ms) + 1;
        let mut step = self.quarters.get(&(first - 1)).map(|cell| (first - 1, cell.step));
        self.quarters.range(first..).filter_map(move |(quarter, cell)| {
            let goes_on = step == Some((quarter - 1, cell.step));
            step = Some((*quarter, cell.step));
            (!goes_on).then_some((quarter * QUARTER_MS, *cell))
        })
    }

    /// When the first moment is that has no price, from one that has.
    pub(super) fn gap_after(&self, at_ms: i64) -> Option<i64> {
        let covered = |quarter: &i64| self.quarters.contains_key(quarter);
        self.at(at_ms).filter(|_| self.fixed.is_none())?;
        (quarter_of(at_ms)..).find(|quarter| !covered(quarter)).map(|quarter| quarter * QUARTER_MS)
    }

    /// The prices of the pieces of a time, ascending.
    pub(super) fn prices_within(&self, from_ms: i64, until_ms: i64) -> Vec<i64> {
        if let Some(cell) = self.fixed {
            return vec![cell.price];
        }
        let mut prices = Vec::new();
        let mut before = None;
        for (quarter, cell) in self.quarters.range(quarter_of(from_ms)..) {
            if quarter * QUARTER_MS >= until_ms {
                break;
            }
            if before != Some((quarter - 1, cell.step)) {
                prices.push(cell.price);
            }
            before = Some((*quarter, cell.step));
        }
        prices.sort_unstable();
        prices
    }

    /// Price by time over a time, and when the oldest of it was published; none where a part of it is not known.
    pub(super) fn area(&self, from_ms: i64, until_ms: i64) -> Option<(i128, i64)> {
        if from_ms >= until_ms {
            return None;
        }
        if let Some(cell) = self.fixed {
            return Some((i128::from(cell.price) * i128::from(until_ms - from_ms), cell.published_ms));
        }
        let (mut area, mut oldest) = (0, i64::MAX);
        for quarter in quarter_of(from_ms)..=quarter_of(until_ms - 1) {
            let cell = self.quarters.get(&quarter)?;
            let begin = (quarter * QUARTER_MS).max(from_ms);
            let end = ((quarter + 1) * QUARTER_MS).min(until_ms);
            area += i128::from(cell.price) * i128::from(end - begin);
            oldest = oldest.min(cell.published_ms);
        }
        Some((area, oldest))
    }

    /// The mean price of a time, rounded down.
    pub(super) fn mean(&self, from_ms: i64, until_ms: i64) -> Option<(i64, i64)> {
        let (area, oldest) = self.area(from_ms, until_ms)?;
        Some((area.div_euclid(i128::from(until_ms - from_ms)) as i64, oldest))
    }
}

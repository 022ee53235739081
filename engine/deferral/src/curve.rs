//! Prices over time, as they were published.

use crate::limits::{QUARTER_MS, STEPS_MAX, TIME_MS_MAX};
use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};
use thiserror::Error;

/// A step function of the price over time, with gaps where nothing was published. What is published later replaces what was
/// there, also where steps of other lengths overlap it.
///
/// It holds what is known, so whoever decides by it cannot look ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceCurve {
    /// By the moment at which they begin. INVARIANT: they do not overlap, and none is empty.
    pieces: BTreeMap<i64, Piece>,
}

/// A step of a published price series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// When it begins, in UTC. A multiple of a quarter of an hour.
    pub start_ms: i64,
    /// How long it is.
    pub length: StepLength,
    /// What a kilowatt hour costs. It may be negative.
    pub price_micro_per_kwh: i64,
}

/// The lengths that markets publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepLength {
    /// 15 minutes.
    Quarter,
    /// 30 minutes.
    Half,
    /// 60 minutes.
    Hour,
}

/// A part of a curve with one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// When it begins.
    pub start_ms: i64,
    /// When it has ended.
    pub end_ms: i64,
    /// What a kilowatt hour costs.
    pub price_micro_per_kwh: i64,
    /// When that was published.
    pub published_ms: i64,
}

/// Why a step is not taken into a curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum StepRefused {
    /// It begins between two quarters of an hour.
    #[error("a step begins at {start_ms} ms, which is no multiple of 15 minutes")]
    Unaligned {
        /// When it begins.
        start_ms: i64,
    },
    /// It lies outside of the years that records can bear.
    #[error("a step begins at {start_ms} ms, outside of 1970 to 9999")]
    OutOfTime {
        /// When it begins.
        start_ms: i64,
    },
}

impl StepLength {
    /// In milliseconds.
    pub const fn ms(self) -> i64 {
        match self {
            Self::Quarter => QUARTER_MS,
            Self::Half => 2 * QUARTER_MS,
            Self::Hour => 4 * QUARTER_MS,
        }
    }
}

impl PriceCurve {
    /// A curve without prices.
    pub const fn new() -> Self {
        Self { pieces: BTreeMap::new() }
    }

    /// One price for all times.
    pub fn fixed(price_micro_per_kwh: i64, published_ms: i64) -> Self {
        let piece = Piece { start_ms: 0, end_ms: TIME_MS_MAX, price_micro_per_kwh, published_ms };
        Self { pieces: BTreeMap::from([(piece.start_ms, piece)]) }
    }

    /// The curve whose [`pieces`](Self::pieces) these are; `None` where no curve has such.
    pub fn of_pieces(pieces: impl IntoIterator<Item = Piece>) -> Option<Self> {
        let mut curve = Self::new();
        let mut known_until_ms = i64::MIN;
        for piece in pieces {
            if piece.start_ms < known_until_ms || piece.end_ms <= piece.start_ms {
                return None;
            }
            known_until_ms = piece.end_ms;
            curve.pieces.insert(piece.start_ms, piece);
        }
        Some(curve)
    }

    /// All that is known, in its order.
    pub fn pieces(&self) -> impl ExactSizeIterator<Item = Piece> {
        self.pieces.values().copied()
    }

    /// Takes in a step that was published at `published_ms`. It replaces what is known of its time.
    pub fn publish(&mut self, step: Step, published_ms: i64) -> Result<(), StepRefused> {
        let Step { start_ms, length, price_micro_per_kwh } = step;
        if !(0..=TIME_MS_MAX).contains(&start_ms) {
            return Err(StepRefused::OutOfTime { start_ms });
        }
        if start_ms % QUARTER_MS != 0 {
            return Err(StepRefused::Unaligned { start_ms });
        }
        let end_ms = start_ms + length.ms();
        self.clear(start_ms, end_ms);
        self.pieces.insert(start_ms, Piece { start_ms, end_ms, price_micro_per_kwh, published_ms });
        while self.pieces.len() > STEPS_MAX {
            self.pieces.pop_first();
        }
        Ok(())
    }

    /// Takes everything out that lies in an interval, and cuts what lies across its ends.
    fn clear(&mut self, from_ms: i64, until_ms: i64) {
        let mut within: Vec<Piece> = self.pieces.range(from_ms..until_ms).map(|(_, piece)| *piece).collect();
        within.extend(self.pieces.range(..from_ms).next_back().map(|(_, piece)| *piece));
        for piece in within.into_iter().filter(|piece| piece.end_ms > from_ms) {
            self.pieces.remove(&piece.start_ms);
            if piece.start_ms < from_ms {
                self.pieces.insert(piece.start_ms, Piece { end_ms: from_ms, ..piece });
            }
            if piece.end_ms > until_ms {
                self.pieces.insert(until_ms, Piece { start_ms: until_ms, ..piece });
            }
        }
    }

    /// Forgets what has ended by then.
    pub fn forget_before(&mut self, at_ms: i64) {
        while self.pieces.first_key_value().is_some_and(|(_, piece)| piece.end_ms <= at_ms) {
            self.pieces.pop_first();
        }
    }

    /// The price of a moment.
    pub fn at(&self, at_ms: i64) -> Option<Piece> {
        self.last_begun(at_ms).filter(|piece| at_ms < piece.end_ms)
    }

    /// The last piece that begins at a moment or before it, whether it goes on or not.
    pub fn last_begun(&self, at_ms: i64) -> Option<Piece> {
        self.pieces.range(..=at_ms).next_back().map(|(_, piece)| *piece)
    }

    /// The pieces that begin after a moment, in their order.
    pub fn after(&self, at_ms: i64) -> impl Iterator<Item = Piece> {
        self.pieces.range((Excluded(at_ms), Unbounded)).map(|(_, piece)| *piece)
    }

    /// When the last price that is known ends.
    pub fn known_until_ms(&self) -> Option<i64> {
        self.pieces.last_key_value().map(|(_, piece)| piece.end_ms)
    }

    /// The pieces of an interval, cut to it, in their order. Where nothing is known there is none.
    pub fn within(&self, from_ms: i64, until_ms: i64) -> impl Iterator<Item = Piece> {
        let first = self.last_begun(from_ms);
        let cut = move |piece: Piece| Piece {
            start_ms: piece.start_ms.max(from_ms),
            end_ms: piece.end_ms.min(until_ms),
            ..piece
        };
        first
            .into_iter()
            .chain(self.after(from_ms).take_while(move |piece| piece.start_ms < until_ms))
            .map(cut)
            .filter(|piece| piece.start_ms < piece.end_ms)
    }

    /// Price by time over an interval, in micro-currency per kilowatt hour times milliseconds: exact. `None` where a part of
    /// it is not known.
    pub fn area(&self, from_ms: i64, until_ms: i64) -> Option<i128> {
        let mut known_until_ms = from_ms;
        let mut area = 0_i128;
        for piece in self.within(from_ms, until_ms) {
            if piece.start_ms != known_until_ms {
                return None;
            }
            known_until_ms = piece.end_ms;
            area += i128::from(piece.price_micro_per_kwh) * i128::from(piece.end_ms - piece.start_ms);
        }
        (known_until_ms == until_ms).then_some(area)
    }

    /// The mean price of an interval, rounded down. `None` where a part of it is not known, or it is empty.
    pub fn mean_micro_per_kwh(&self, from_ms: i64, until_ms: i64) -> Option<i64> {
        let span_ms = i128::from(until_ms) - i128::from(from_ms);
        if span_ms <= 0 {
            return None;
        }
        i64::try_from(self.area(from_ms, until_ms)?.div_euclid(span_ms)).ok()
    }
}

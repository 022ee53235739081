//! Prices as JSON.

use crate::clock;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_decide::prices::{Known, Piece};
use triad_event::prices::{
    DeferReason, EstimatedBy, MissingPrice, PriceBounds, PriceOrigin, ReleaseReason, SourceKind, WaitsFor,
};
use triad_event::quantity::Micros;

words! {
    SourceKind as PriceSourceKind:
    Fixed = "FIXED",
    TimeOfUse = "TIME_OF_USE",
    Series = "SERIES",
}

words! {
    MissingPrice as MissingPrice:
    RunNow = "RUN_NOW",
    Wait = "WAIT",
    LastKnown = "LAST_KNOWN",
    Typical = "TYPICAL",
}

words! {
    PriceOrigin as PriceOrigin:
    Published = "PUBLISHED",
    LastKnown = "LAST_KNOWN",
    Typical = "TYPICAL",
}

words! {
    DeferReason as DeferReason:
    AboveBid = "ABOVE_BID",
    NoPrice = "NO_PRICE",
    CheaperLater = "CHEAPER_LATER",
    AboveThreshold = "ABOVE_THRESHOLD",
    NoPlace = "NO_PLACE",
}

words! {
    ReleaseReason as ReleaseReason:
    WithinBid = "WITHIN_BID",
    LastSafeStart = "LAST_SAFE_START",
    NoPrice = "NO_PRICE",
    NoSource = "NO_SOURCE",
    CheapestNow = "CHEAPEST_NOW",
    NotWorthWaiting = "NOT_WORTH_WAITING",
    WithinThreshold = "WITHIN_THRESHOLD",
    NoSlotToSpare = "NO_SLOT_TO_SPARE",
}

words! {
    EstimatedBy as EstimatedBy:
    Timeout = "TIMEOUT",
    Runs = "RUNS",
}

words! {
    WaitsFor as PriceWaitsFor:
    Bid = "BID",
    Cheapest = "CHEAPEST",
    BidOrCheapest = "BID_OR_CHEAPEST",
    BidAndCheapest = "BID_AND_CHEAPEST",
}

/// Where prices come from, and a page of what they are.
#[derive(Serialize, JsonSchema)]
pub(super) struct Prices {
    /// Where they come from; none while they come from nowhere, and then no task waits for them.
    source: Option<Source>,
    /// What a kilowatt hour costs now, if that was published and is not too old to count.
    now: Option<Step>,
    /// How many steps were published since the source was set whose price lies outside of its bounds. Nothing is promised for
    /// times that they lie in.
    outside_bounds: u64,
    /// How many tasks wait for a price.
    waiting: usize,
    /// When the last prices were published.
    published: Option<String>,
    /// The steps of this page, in the order of their time.
    steps: Vec<Step>,
    /// What to ask for as `from` to go on; none when there are no more.
    next_from: Option<String>,
}

/// Where prices come from.
#[derive(Serialize, JsonSchema)]
struct Source {
    kind: Word<SourceKind>,
    /// The part of the grid that they are for.
    area: String,
    /// The currency in which they are published.
    currency: String,
    /// What one unit of it is worth; none of USD.
    micro_usd_per_unit: Option<i64>,
    /// What happens to tasks while there is no price.
    missing: Word<MissingPrice>,
    /// How many milliseconds ago a price may have been published.
    age_max_ms: Option<u64>,
    /// Between which prices all are said to lie.
    bounds: Option<Bounds>,
    /// By what it is estimated how long a task takes.
    estimates: Word<EstimatedBy>,
}

/// Between which prices all are said to lie.
#[derive(Serialize, JsonSchema)]
struct Bounds {
    low_micro_usd_per_kwh: i64,
    high_micro_usd_per_kwh: i64,
}

/// A time with one price.
#[derive(Serialize, JsonSchema)]
struct Step {
    from: String,
    until: String,
    micro_usd_per_kwh: i64,
    /// The same as it was published, in millionths of the currency, where that is not USD.
    quoted_micro_per_kwh: Option<i64>,
    published: String,
}

impl Prices {
    /// From a moment on, so many steps.
    pub(super) fn of(known: Option<Known>, now: Micros, from: Micros, limit: usize) -> Self {
        let Some(known) = known else {
            return Self {
                source: None,
                now: None,
                outside_bounds: 0,
                waiting: 0,
                published: None,
                steps: vec![],
                next_from: None,
            };
        };
        let now_ms = now.0.div_euclid(1000);
        let (found, next) = known.page(from.0.div_euclid(1000), limit);
        let now = known.now(now_ms);
        let Known { source, quoted, published, outside, waiting, .. } = known;
        let step = |piece: Piece| Step::of(piece, quoted.at(piece.start_ms));
        Self {
            source: Some(Source {
                kind: Word(source.kind),
                area: source.area,
                currency: source.currency,
                micro_usd_per_unit: source.usd_per_unit.map(|rate| rate.0),
                missing: Word(source.missing),
                age_max_ms: source.age_max.map(|age| age.0),
                bounds: source.bounds.as_ref().map(Bounds::of),
                estimates: Word(source.estimates),
            }),
            now: now.map(step),
            outside_bounds: outside,
            waiting,
            published: published.map(|at| clock::show(at.0)),
            steps: found.into_iter().map(step).collect(),
            next_from: next.map(|piece| shown(piece.start_ms)),
        }
    }
}

impl Bounds {
    fn of(PriceBounds { low, high }: &PriceBounds) -> Self {
        Self { low_micro_usd_per_kwh: low.0, high_micro_usd_per_kwh: high.0 }
    }
}

impl Step {
    fn of(piece: Piece, quoted: Option<Piece>) -> Self {
        Self {
            from: shown(piece.start_ms),
            until: shown(piece.end_ms),
            micro_usd_per_kwh: piece.price_micro_per_kwh,
            quoted_micro_per_kwh: quoted.map(|quoted| quoted.price_micro_per_kwh),
            published: shown(piece.published_ms),
        }
    }
}

fn shown(at_ms: i64) -> String {
    clock::show(at_ms.saturating_mul(1000))
}

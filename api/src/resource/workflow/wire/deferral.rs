//! What was decided of a task by what electricity costs, as JSON.

use crate::clock;
use crate::wire::moment::Moment;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::prices::{DeferReason, PriceOrigin, PriceTaken, ReleaseReason};
use triad_projections::run_graph;

/// What was decided of a task by what electricity costs, as it was decided last.
#[derive(Serialize, JsonSchema)]
pub(super) struct Deferral {
    /// Why it waits, or waited last.
    reason: Option<Word<DeferReason>>,
    /// Why it went on; none while it waits.
    released: Option<Word<ReleaseReason>>,
    /// The most that a kilowatt hour may cost for it.
    bid_micro_usd_per_kwh: i64,
    /// The price by which that was decided; none when there was none.
    price: Option<Price>,
    /// When it is looked at again at the latest, while it waits.
    look_again: Option<String>,
    /// When it runs whatever the price.
    last_safe_start: String,
    /// Since when it waits, or waited; none when it never did.
    since: Option<Moment>,
    /// How often it was decided that it waits.
    times: u32,
    decided: Moment,
}

/// A price by which something was decided.
#[derive(Serialize, JsonSchema)]
struct Price {
    micro_usd_per_kwh: i64,
    from: Word<PriceOrigin>,
    /// How long before it was published; none of one that nobody published.
    age_ms: Option<u64>,
    /// Of how many prices it is the one in the middle.
    of: Option<u32>,
}

impl Deferral {
    pub(super) fn of(deferral: &run_graph::Deferral) -> Self {
        Self {
            reason: deferral.waits.map(Word),
            released: deferral.goes_on.map(Word),
            bid_micro_usd_per_kwh: deferral.bid.0,
            price: deferral.price.as_ref().map(Price::of),
            look_again: deferral.look_again.map(|at| clock::show(at.0)),
            last_safe_start: clock::show(deferral.last_safe_start.0),
            since: deferral.since.map(Moment::from),
            times: deferral.times,
            decided: deferral.decided.into(),
        }
    }
}

impl Price {
    fn of(price: &PriceTaken) -> Self {
        Self {
            micro_usd_per_kwh: price.per_kwh.0,
            from: Word(price.origin),
            age_ms: price.age.map(|age| age.0),
            of: price.of,
        }
    }
}

//! When a run that may be suspended stood still, and why, as JSON.

use super::deferral::Price;
use crate::clock;
use crate::wire::moment::Moment;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::prices::{DeferReason, ReleaseReason};
use triad_projections::run_graph;

/// When a run that may be suspended ran, when it stood still and why, as it was decided last.
#[derive(Serialize, JsonSchema)]
pub(super) struct Pacing {
    /// Whether nothing of it is executed at present.
    is_suspended: bool,
    /// When it began to run.
    began: String,
    /// How long it had run when that was decided, without the time in which it was suspended.
    ran_ms: u64,
    /// When it stood still: the latest of these times, the last of which has no end while it stands still.
    stood: Vec<Stood>,
    /// How often it was suspended.
    suspensions: u32,
    /// Why it goes on; none while it is suspended.
    goes_on: Option<Word<ReleaseReason>>,
    /// The price by which that was decided; none when there was none.
    price: Option<Price>,
    /// When it is looked at again at the latest; none when it runs to its end.
    look_again: Option<String>,
    /// When it goes on whatever the price.
    last_safe_start: String,
    decided: Moment,
}

/// A time in which a run stood still.
#[derive(Serialize, JsonSchema)]
struct Stood {
    from: String,
    until: Option<String>,
    reason: Word<DeferReason>,
    /// The price at its beginning; none when there was none.
    price: Option<Price>,
    /// What a kilowatt hour was expected to cost in the mean of what remained, where a cheaper time was found.
    expected_micro_usd_per_kwh: Option<i64>,
}

impl Pacing {
    pub(super) fn of(pacing: &run_graph::Pacing) -> Self {
        Self {
            is_suspended: pacing.is_suspended,
            began: clock::show(pacing.began.0),
            ran_ms: u64::try_from(pacing.ran.0 / 1000).unwrap_or(0),
            stood: pacing.stood.iter().map(Stood::of).collect(),
            suspensions: pacing.suspensions,
            goes_on: pacing.goes_on.map(Word),
            price: pacing.price.as_ref().map(Price::of),
            look_again: pacing.look_again.map(|at| clock::show(at.0)),
            last_safe_start: clock::show(pacing.last_safe_start.0),
            decided: pacing.decided.into(),
        }
    }
}

impl Stood {
    fn of(stood: &run_graph::Stood) -> Self {
        Self {
            from: clock::show(stood.from.0),
            until: stood.until.map(|until| clock::show(until.0)),
            reason: Word(stood.reason),
            price: stood.price.as_ref().map(Price::of),
            expected_micro_usd_per_kwh: stood.expected.map(|price| price.0),
        }
    }
}

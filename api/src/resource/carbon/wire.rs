//! Carbon intensity as JSON.

use crate::clock;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Serialize;
use triad_decide::prices::{Known, Piece};
use triad_event::prices::{EstimatedBy, MissingPrice};
use triad_event::quantity::Micros;

/// Where carbon intensity comes from, and a page of what it is: what the generation of electricity sets free, as carbon dioxide.
#[derive(Serialize, JsonSchema)]
pub(super) struct CarbonIntensity {
    /// Where it comes from; none while it comes from nowhere, and then no task waits for less of it.
    source: Option<CarbonSource>,
    /// What it is now, if that was published and is not too old to count.
    now: Option<CarbonStep>,
    /// How many tasks wait for less of it.
    waiting: usize,
    /// When the last of it was published.
    published: Option<String>,
    /// The steps of this page, in the order of their time.
    steps: Vec<CarbonStep>,
    /// What to ask for as `from` to go on; none when there are no more.
    next_from: Option<String>,
}

/// Where carbon intensity comes from.
#[derive(Serialize, JsonSchema)]
struct CarbonSource {
    /// The part of the grid that it is for.
    area: String,
    /// What happens to tasks that wait for less of it while none is known.
    missing: Word<MissingPrice>,
    /// How many milliseconds ago it may have been published.
    age_max_ms: Option<u64>,
    /// By what it is estimated how long a task takes.
    estimates: Word<EstimatedBy>,
}

/// A time with one carbon intensity.
#[derive(Serialize, JsonSchema)]
struct CarbonStep {
    from: String,
    until: String,
    mg_per_kwh: i64,
    published: String,
}

impl CarbonIntensity {
    /// From a moment on, so many steps.
    pub(super) fn of(known: Option<Known>, now: Micros, from: Micros, limit: usize) -> Self {
        let Some(known) = known else {
            let (source, now, published, next_from) = (None, None, None, None);
            return Self { source, now, waiting: 0, published, steps: Vec::new(), next_from };
        };
        let (steps, next) = known.page(from.0.div_euclid(1000), limit);
        Self {
            now: known.now(now.0.div_euclid(1000)).map(CarbonStep::from),
            waiting: known.waiting,
            published: known.published.map(|at| clock::show(at.0)),
            steps: steps.into_iter().map(CarbonStep::from).collect(),
            next_from: next.map(|piece| shown(piece.start_ms)),
            source: Some(CarbonSource {
                area: known.source.area,
                missing: Word(known.source.missing),
                age_max_ms: known.source.age_max.map(|age| age.0),
                estimates: Word(known.source.estimates),
            }),
        }
    }
}

impl From<Piece> for CarbonStep {
    fn from(piece: Piece) -> Self {
        Self {
            from: shown(piece.start_ms),
            until: shown(piece.end_ms),
            mg_per_kwh: piece.price_micro_per_kwh,
            published: shown(piece.published_ms),
        }
    }
}

fn shown(at_ms: i64) -> String {
    clock::show(at_ms.saturating_mul(1000))
}

//! What comes in about carbon intensity, in whole milligrams.

use crate::resource::price::document::{invalid, moment, named, time};
use crate::wire::problem::Problem;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_event::prices::{CarbonPublished, CarbonSourceSet, CarbonStep, EstimatedBy, MissingPrice};
use triad_event::quantity::{Micros, Milligrams, Millis};

/// Where carbon intensity is to come from.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceDocument {
    /// The part of the grid that it is for, as people call it.
    #[serde(default)]
    area: String,
    /// What happens to tasks that wait for less of it while none is known; WAIT unless it is said.
    #[serde(default)]
    #[schemars(with = "Option<Word<MissingPrice>>")]
    missing: Option<String>,
    /// How many seconds ago it may have been published; without it, it holds for its time.
    #[serde(default)]
    age_max_seconds: Option<u64>,
    /// By what it is estimated how long a task takes: RUNS unless it is said, by its own earlier runs, and by its
    /// timeout while they are too few.
    #[serde(default)]
    #[schemars(with = "Option<Word<EstimatedBy>>")]
    estimates: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Carbon intensity that was published. It replaces what was published before for its time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicationDocument {
    /// When it was published (RFC 3339); now unless it is said.
    #[serde(default)]
    published: Option<String>,
    /// The steps, in the order of their time, without overlap.
    steps: Vec<StepDocument>,
}

/// A step of a series.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StepDocument {
    /// When it begins (RFC 3339): where a quarter of an hour begins.
    from: String,
    /// How long it is: 15, 30 or 60 minutes.
    minutes: u32,
    /// What the generation of a kilowatt hour sets free, as carbon dioxide, in milligrams: 430000 for 430 g. Not below zero.
    #[schemars(range(min = 0))]
    mg_per_kwh: i64,
}

impl SourceDocument {
    pub(super) fn asked(self) -> Result<CarbonSourceSet, Problem> {
        let missing = self.missing.as_deref().map(|name| named(MissingPrice::ALL, "missing", name));
        let estimates = self.estimates.as_deref().map(|name| named(EstimatedBy::ALL, "estimates", name));
        Ok(CarbonSourceSet {
            area: self.area,
            missing: missing.transpose()?.unwrap_or(MissingPrice::Wait),
            age_max: self.age_max_seconds.map(|seconds| Millis(seconds.saturating_mul(1000))),
            estimates: estimates.transpose()?.unwrap_or(EstimatedBy::Runs),
            reason: self.reason,
        })
    }
}

impl PublicationDocument {
    pub(super) fn asked(self, now: Micros) -> Result<CarbonPublished, Problem> {
        let published = self.published.map(|text| moment(&text, "published")).transpose().map_err(invalid)?;
        let steps = self.steps.iter().zip(1..).map(|(step, number)| step.asked(number));
        Ok(CarbonPublished { steps: steps.collect::<Result<_, _>>()?, published: published.unwrap_or(now) })
    }
}

impl StepDocument {
    fn asked(&self, number: usize) -> Result<CarbonStep, Problem> {
        let (from, length) = time(&self.from, self.minutes, number)?;
        let below = |_| invalid(format!("step {number} has a carbon intensity below zero"));
        let per_kwh = Milligrams(u64::try_from(self.mg_per_kwh).map_err(below)?);
        Ok(CarbonStep { from, length, per_kwh })
    }
}

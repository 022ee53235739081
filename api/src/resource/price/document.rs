//! What comes in about prices. Prices are whole millionths of a dollar, so that none is rounded on its way.

use crate::wire::problem::{Code, Problem};
use crate::wire::words::{Word, Words};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_event::prices::{
    EstimatedBy, MissingPrice, PriceBounds, PriceStep, PricesPublished, SourceKind, SourceSet, StepLength,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};

/// Where prices are to come from.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SourceDocument {
    /// What kind of source it is. Steps are published for TIME_OF_USE and SERIES.
    #[schemars(with = "Word<SourceKind>")]
    source: String,
    /// What a kilowatt hour costs at any time, of a FIXED price alone.
    #[serde(default)]
    fixed_micro_usd_per_kwh: Option<i64>,
    /// The currency of the prices. Bids are in USD, and nothing else can be compared with them yet.
    #[serde(default = "usd")]
    currency: String,
    /// The part of the grid that they are for, as people call it.
    #[serde(default)]
    area: String,
    /// What happens to tasks while there is no price; WAIT unless it is said.
    #[serde(default)]
    #[schemars(with = "Option<Word<MissingPrice>>")]
    missing: Option<String>,
    /// How many seconds ago a price may have been published; without it a price holds for its time.
    #[serde(default)]
    age_max_seconds: Option<u64>,
    /// The lowest price that is to be thought of, for a source of which only the present price is published: with the
    /// highest one a task that waits for the cheapest time is decided by a threshold. Above zero.
    #[serde(default)]
    low_micro_usd_per_kwh: Option<i64>,
    /// The highest price that is to be thought of.
    #[serde(default)]
    high_micro_usd_per_kwh: Option<i64>,
    /// By what it is estimated how long a task takes: RUNS unless it is said, by its own earlier runs, and by its
    /// timeout while they are too few.
    #[serde(default)]
    #[schemars(with = "Option<Word<EstimatedBy>>")]
    estimates: Option<String>,
    /// Why.
    #[serde(default)]
    reason: String,
}

/// Prices that were published. They replace what was published before for their time.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicationDocument {
    /// When they were published (RFC 3339); now unless it is said.
    #[serde(default)]
    pub(super) published: Option<String>,
    /// The steps, in the order of their time, without overlap.
    pub(super) steps: Vec<StepDocument>,
}

/// A step of a series of prices.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepDocument {
    /// When it begins (RFC 3339): where a quarter of an hour begins.
    from: String,
    /// How long it is: 15, 30 or 60 minutes.
    minutes: u32,
    /// What a kilowatt hour costs. It may be negative.
    micro_usd_per_kwh: i64,
}

fn usd() -> String {
    "USD".to_owned()
}

impl SourceDocument {
    pub(super) fn asked(self) -> Result<SourceSet, Problem> {
        let missing = match self.missing.as_deref() {
            Some(name) => named(MissingPrice::ALL, "missing", name)?,
            None => MissingPrice::Wait,
        };
        let estimates = match self.estimates.as_deref() {
            Some(name) => named(EstimatedBy::ALL, "estimates", name)?,
            None => EstimatedBy::Runs,
        };
        let bounds = match (self.low_micro_usd_per_kwh, self.high_micro_usd_per_kwh) {
            (Some(low), Some(high)) => Some(PriceBounds { low: MicroUsd(low), high: MicroUsd(high) }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(invalid("bounds are a lowest and a highest price".to_owned()));
            }
        };
        Ok(SourceSet {
            source: named(SourceKind::ALL, "source", &self.source)?,
            fixed_per_kwh: self.fixed_micro_usd_per_kwh.map(MicroUsd),
            currency: self.currency,
            area: self.area,
            missing,
            age_max: self.age_max_seconds.map(|seconds| Millis(seconds.saturating_mul(1000))),
            bounds,
            estimates,
            reason: self.reason,
        })
    }
}

impl PublicationDocument {
    pub(super) fn asked(self, now: Micros) -> Result<PricesPublished, Problem> {
        let published = self.published.map(|text| moment(&text, "published")).transpose().map_err(invalid)?;
        let steps = self.steps.iter().zip(1..).map(|(step, number)| step.asked(number));
        Ok(PricesPublished { steps: steps.collect::<Result<_, _>>()?, published: published.unwrap_or(now) })
    }
}

impl StepDocument {
    fn asked(&self, number: usize) -> Result<PriceStep, Problem> {
        let length = match self.minutes {
            15 => StepLength::Quarter,
            30 => StepLength::Half,
            60 => StepLength::Hour,
            other => return Err(invalid(format!("step {number} has 15, 30 or 60 minutes, not {other}"))),
        };
        let from = moment(&self.from, &format!("`from` of step {number}")).map_err(invalid)?;
        Ok(PriceStep { from, length, per_kwh: MicroUsd(self.micro_usd_per_kwh) })
    }
}

/// The value of a closed set that has a word.
fn named<T: Words + Copy>(all: &[T], member: &str, name: &str) -> Result<T, Problem> {
    let found = all.iter().copied().find(|value| value.word() == name);
    found.ok_or_else(|| invalid(format!("{member} is one of {}", T::ALL.join(", "))))
}

/// A moment with its offset.
pub(super) fn moment(text: &str, member: &str) -> Result<Micros, String> {
    let found = text.parse::<Timestamp>();
    let problem = |_| format!("{member} is a moment with its offset, such as 2026-12-24T18:00:00Z");
    found.map(|moment| Micros(moment.as_microsecond())).map_err(problem)
}

fn invalid(detail: String) -> Problem {
    Problem::new(Code::InvalidValue, detail)
}

//! What comes in about prices. Prices are whole millionths of a dollar, or of the currency that stands beside them, so that
//! none is rounded on its way.

use crate::wire::problem::{Code, Problem};
use crate::wire::words::{Word, Words};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_event::prices::{
    EstimatedBy, MissingPrice, PriceBounds, PriceStep, PricesPublished, SourceKind, SourceSet, StepLength,
    USD,
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
    /// The same in millionths of the currency.
    #[serde(default)]
    fixed_micro_per_kwh: Option<i64>,
    /// The currency in which prices are published. Bids are in USD: another one needs a rate.
    #[serde(default = "usd")]
    currency: String,
    /// What one unit of the currency is worth, in millionths of a dollar: 1083200 for 1.0832. Every price is converted by it,
    /// and rounded down.
    #[serde(default)]
    micro_usd_per_unit: Option<i64>,
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
    /// The lowest price in millionths of the currency.
    #[serde(default)]
    low_micro_per_kwh: Option<i64>,
    /// The highest price in millionths of the currency.
    #[serde(default)]
    high_micro_per_kwh: Option<i64>,
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
    /// The currency in which they are: that of the source.
    #[serde(default = "usd")]
    pub(super) currency: String,
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
    #[serde(default)]
    micro_usd_per_kwh: Option<i64>,
    /// The same in millionths of the currency: one of the two.
    #[serde(default)]
    micro_per_kwh: Option<i64>,
}

fn usd() -> String {
    USD.to_owned()
}

/// A price that is said in millionths of a dollar, where that is the currency, or of the currency.
fn price(usd: Option<i64>, micro: Option<i64>, currency: &str) -> Result<Option<MicroUsd>, Problem> {
    match (usd, micro) {
        (Some(_), Some(_)) => Err(invalid("a price is said once, as micro_usd or as micro".to_owned())),
        (Some(_), None) if currency != USD => {
            Err(invalid(format!("micro_usd is in USD, and the currency is {currency:?}: say micro_per_kwh")))
        }
        (usd, micro) => Ok(usd.or(micro).map(MicroUsd)),
    }
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
        let price = |usd, micro| price(usd, micro, &self.currency);
        let low = price(self.low_micro_usd_per_kwh, self.low_micro_per_kwh)?;
        let high = price(self.high_micro_usd_per_kwh, self.high_micro_per_kwh)?;
        let bounds = match (low, high) {
            (Some(low), Some(high)) => Some(PriceBounds { low, high }),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                return Err(invalid("bounds are a lowest and a highest price".to_owned()));
            }
        };
        Ok(SourceSet {
            source: named(SourceKind::ALL, "source", &self.source)?,
            fixed_per_kwh: price(self.fixed_micro_usd_per_kwh, self.fixed_micro_per_kwh)?,
            usd_per_unit: self.micro_usd_per_unit.map(MicroUsd),
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
        let steps = self.steps.iter().zip(1..).map(|(step, number)| step.asked(number, &self.currency));
        let steps = steps.collect::<Result<_, _>>()?;
        Ok(PricesPublished { steps, published: published.unwrap_or(now), currency: self.currency })
    }
}

impl StepDocument {
    fn asked(&self, number: usize, currency: &str) -> Result<PriceStep, Problem> {
        let (from, length) = time(&self.from, self.minutes, number)?;
        let per_kwh = price(self.micro_usd_per_kwh, self.micro_per_kwh, currency)?;
        let per_kwh = per_kwh.ok_or_else(|| invalid(format!("step {number} has no micro_per_kwh")))?;
        Ok(PriceStep { from, length, per_kwh })
    }
}

/// When a step begins, and how long it is.
pub(in crate::resource) fn time(
    from: &str,
    minutes: u32,
    number: usize,
) -> Result<(Micros, StepLength), Problem> {
    let length = match minutes {
        15 => StepLength::Quarter,
        30 => StepLength::Half,
        60 => StepLength::Hour,
        other => return Err(invalid(format!("step {number} has 15, 30 or 60 minutes, not {other}"))),
    };
    let from = moment(from, &format!("`from` of step {number}")).map_err(invalid)?;
    Ok((from, length))
}

/// The value of a closed set that has a word.
pub(in crate::resource) fn named<T: Words + Copy>(all: &[T], member: &str, name: &str) -> Result<T, Problem> {
    let found = all.iter().copied().find(|value| value.word() == name);
    found.ok_or_else(|| invalid(format!("{member} is one of {}", T::ALL.join(", "))))
}

/// A moment with its offset.
pub(in crate::resource) fn moment(text: &str, member: &str) -> Result<Micros, String> {
    let found = text.parse::<Timestamp>();
    let problem = |_| format!("{member} is a moment with its offset, such as 2026-12-24T18:00:00Z");
    found.map(|moment| Micros(moment.as_microsecond())).map_err(problem)
}

pub(in crate::resource) fn invalid(detail: String) -> Problem {
    Problem::new(Code::InvalidValue, detail)
}

//! What is asked about prices: as words of a script, and as the engine is asked.

use std::fmt;
use triad_event::prices::{
    Ask, EstimatedBy, MissingPrice, PriceBounds, PriceStep, PricesPublished, SourceKind, SourceRemoved,
    SourceSet, StepLength,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};

/// Something that is asked about prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfPrices {
    /// They are to come from a source.
    Set(PriceSource),
    /// They were published.
    Publish {
        /// When.
        published: Micros,
        /// What they are.
        steps: Vec<PriceStep>,
    },
    /// They are to come from nowhere.
    Remove,
}

/// Where prices come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceSource {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// What a kilowatt hour costs at any time.
    pub fixed: Option<MicroUsd>,
    /// The currency.
    pub currency: String,
    /// The part of the grid.
    pub area: String,
    /// What happens while there is no price.
    pub missing: MissingPrice,
    /// How long ago a price may have been published.
    pub age_max: Option<Millis>,
    /// Between which prices all are said to lie.
    pub bounds: Option<PriceBounds>,
    /// By what it is estimated how long tasks take.
    pub estimates: EstimatedBy,
}

/// The names of kinds of sources.
const KINDS: [(SourceKind, &str); 3] =
    [(SourceKind::Fixed, "fixed"), (SourceKind::TimeOfUse, "table"), (SourceKind::Series, "series")];
/// The names of what happens while there is no price.
const POLICIES: [(MissingPrice, &str); 4] = [
    (MissingPrice::RunNow, "run-now"),
    (MissingPrice::Wait, "wait"),
    (MissingPrice::LastKnown, "last-known"),
    (MissingPrice::Typical, "typical"),
];
/// The lengths of steps in minutes.
const LENGTHS: [(StepLength, &str); 3] =
    [(StepLength::Quarter, "15"), (StepLength::Half, "30"), (StepLength::Hour, "60")];

/// What happens while there is no price, as scripts say it.
pub(super) fn policy_name(policy: MissingPrice) -> &'static str {
    POLICIES.iter().find(|(known, _)| *known == policy).map_or("?", |(_, name)| name)
}

/// What those words mean.
pub(super) fn policy_named(name: &str) -> Option<MissingPrice> {
    POLICIES.iter().find(|(_, known)| *known == name).map(|(policy, _)| *policy)
}

impl PriceSource {
    /// One of which nothing else is said.
    pub(super) fn of(kind: SourceKind) -> Self {
        Self {
            kind,
            fixed: None,
            currency: "USD".to_owned(),
            area: "a".to_owned(),
            missing: MissingPrice::Wait,
            age_max: None,
            bounds: None,
            estimates: EstimatedBy::Timeout,
        }
    }

    fn read(words: &str) -> Option<Self> {
        let mut words = words.split(' ');
        let kind = words.next()?;
        let mut source = Self::of(KINDS.iter().find(|(_, name)| *name == kind)?.0);
        for word in words {
            let number = |value: &str| value.parse().ok().map(MicroUsd);
            match word.split_once('=').unwrap_or((word, "")) {
                ("at", price) => source.fixed = Some(number(price)?),
                ("currency", currency) => currency.clone_into(&mut source.currency),
                ("area", area) => area.clone_into(&mut source.area),
                ("missing", policy) => source.missing = policy_named(policy)?,
                ("age", age) => source.age_max = Some(Millis(age.strip_suffix("ms")?.parse().ok()?)),
                ("bounds", bounds) => {
                    let (low, high) = bounds.split_once("..")?;
                    source.bounds = Some(PriceBounds { low: number(low)?, high: number(high)? });
                }
                ("runs", "") => source.estimates = EstimatedBy::Runs,
                _ => return None,
            }
        }
        Some(source)
    }
}

impl fmt::Display for PriceSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = KINDS.iter().find(|(known, _)| *known == self.kind).map_or("?", |(_, name)| name);
        write!(f, "{kind}")?;
        if let Some(MicroUsd(price)) = self.fixed {
            write!(f, " at={price}")?;
        }
        write!(f, " currency={} area={} missing={}", self.currency, self.area, policy_name(self.missing))?;
        if let Some(Millis(age)) = self.age_max {
            write!(f, " age={age}ms")?;
        }
        if let Some(PriceBounds { low, high }) = &self.bounds {
            write!(f, " bounds={}..{}", low.0, high.0)?;
        }
        if self.estimates == EstimatedBy::Runs { f.write_str(" runs") } else { Ok(()) }
    }
}

impl fmt::Display for OfPrices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(source) => write!(f, "set {source}"),
            Self::Publish { published, steps } => {
                write!(f, "publish {}", published.0)?;
                steps.iter().try_for_each(|PriceStep { from, length, per_kwh }| {
                    let minutes =
                        LENGTHS.iter().find(|(known, _)| known == length).map_or("?", |(_, name)| name);
                    write!(f, " {}/{minutes}:{}", from.0, per_kwh.0)
                })
            }
            Self::Remove => f.write_str("remove"),
        }
    }
}

fn read_step(text: &str) -> Option<PriceStep> {
    let (from, rest) = text.split_once('/')?;
    let (minutes, price) = rest.split_once(':')?;
    let length = LENGTHS.iter().find(|(_, name)| *name == minutes)?.0;
    Some(PriceStep { from: Micros(from.parse().ok()?), length, per_kwh: MicroUsd(price.parse().ok()?) })
}

impl OfPrices {
    /// Reads what [`fmt::Display`] writes; nothing when it is something else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        match verb {
            "set" => Some(Self::Set(PriceSource::read(rest)?)),
            "publish" => {
                let mut words = rest.split(' ');
                let published = Micros(words.next()?.parse().ok()?);
                Some(Self::Publish { published, steps: words.map(read_step).collect::<Option<_>>()? })
            }
            "remove" if rest.is_empty() => Some(Self::Remove),
            _ => None,
        }
    }

    /// What the engine is asked.
    pub(super) fn asked(self, reason: String) -> Ask {
        match self {
            Self::Set(source) => {
                let PriceSource { kind, fixed, currency, area, missing, age_max, bounds, estimates } = source;
                SourceSet {
                    source: kind,
                    fixed_per_kwh: fixed,
                    currency,
                    usd_per_unit: None,
                    area,
                    missing,
                    age_max,
                    bounds,
                    estimates,
                    reason,
                }
                .into()
            }
            Self::Publish { published, steps } => {
                PricesPublished { steps, published, currency: "USD".to_owned() }.into()
            }
            Self::Remove => SourceRemoved { reason }.into(),
        }
    }
}

//! What must hold of a source and of what is published.

use triad_deferral::Bounds;
use triad_event::plain::is_plain;
use triad_event::prices::{
    CarbonPublished, CarbonSourceSet, PricesPublished, SourceKind, SourceSet, StepLength, USD,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};

use super::refusal::Refusal;
use super::series::{Series, in_usd};
use crate::limits::{
    CARBON_MG_MAX, NAME_BYTES_MAX, PRICE_AGE_MS_MAX, PRICE_MICRO_MAX, PRICE_STEPS_MAX, PRICES_AHEAD_DAYS_MAX,
    PRICES_KEPT_DAYS, RATE_MICRO_MAX, check_reason,
};

const DAY_US: i64 = 86_400_000_000;

pub(super) fn check_source(mut set: SourceSet) -> Result<SourceSet, Refusal> {
    set.usd_per_unit = rate(&set.currency, set.usd_per_unit)?;
    let SourceSet { source, fixed_per_kwh, area, age_max, bounds, usd_per_unit: rate, reason, .. } = &set;
    check_area(area)?;
    let is_fixed = *source == SourceKind::Fixed;
    if is_fixed != fixed_per_kwh.is_some() {
        return Err(Refusal::FixedPriceMismatch);
    }
    if is_fixed && age_max.is_some() {
        return Err(Refusal::FixedPriceAges);
    }
    check_age(*age_max)?;
    if let Some(bounds) = bounds {
        if is_fixed {
            return Err(Refusal::FixedPriceBounds);
        }
        let (low, high) = (in_usd(bounds.low, *rate), in_usd(bounds.high, *rate));
        let is_spread = low < high && Bounds::new(low.0, high.0).is_some();
        is_spread.then_some(()).ok_or(Refusal::BoundsUnusable)?;
        check_price(bounds.high)?;
    }
    fixed_per_kwh.map_or(Ok(()), check_price)?;
    check_reason(reason)?;
    Ok(set)
}

/// What one unit of a currency is worth; none of US dollars, which need none.
fn rate(currency: &str, stated: Option<MicroUsd>) -> Result<Option<MicroUsd>, Refusal> {
    if currency == USD {
        let is_one = stated.is_none_or(|rate| rate == MicroUsd(1_000_000));
        return if is_one { Ok(None) } else { Err(Refusal::DollarRate) };
    }
    let rate = stated.ok_or_else(|| Refusal::CurrencyWithoutRate { currency: currency.to_owned() })?;
    if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(Refusal::CurrencyUnusable);
    }
    let is_rate = (1..=RATE_MICRO_MAX).contains(&rate.0);
    if is_rate { Ok(Some(rate)) } else { Err(Refusal::RateOutOfBounds) }
}

fn check_price(MicroUsd(price): MicroUsd) -> Result<(), Refusal> {
    if price.unsigned_abs() > PRICE_MICRO_MAX { Err(Refusal::PriceOutOfBounds) } else { Ok(()) }
}

fn check_area(area: &str) -> Result<(), Refusal> {
    let is_usable = area.len() <= NAME_BYTES_MAX && area.chars().all(is_plain);
    if is_usable { Ok(()) } else { Err(Refusal::AreaUnusable) }
}

fn check_age(age_max: Option<Millis>) -> Result<(), Refusal> {
    let is_age = age_max.is_none_or(|age| (1..=PRICE_AGE_MS_MAX).contains(&age.0));
    if is_age { Ok(()) } else { Err(Refusal::AgeOutOfBounds) }
}

pub(super) fn check_carbon_source(set: &CarbonSourceSet) -> Result<(), Refusal> {
    check_area(&set.area)?;
    check_age(set.age_max)?;
    Ok(check_reason(&set.reason)?)
}

pub(super) fn check_publication(
    published: &PricesPublished,
    series: &Series,
    now: Micros,
) -> Result<(), Refusal> {
    let source = series.source.as_ref().ok_or(Refusal::NoSource)?;
    if source.kind == SourceKind::Fixed {
        return Err(Refusal::PriceIsFixed);
    }
    if published.currency != source.currency {
        let (found, currency) = (published.currency.clone(), source.currency.clone());
        return Err(Refusal::CurrencyMismatch { found, currency });
    }
    let times = published.steps.iter().map(|step| (step.from, step.length));
    check_times(times, published.published, series, now)?;
    published.steps.iter().try_for_each(|step| check_price(step.per_kwh))
}

pub(super) fn check_carbon(published: &CarbonPublished, series: &Series, now: Micros) -> Result<(), Refusal> {
    series.source.as_ref().ok_or(Refusal::NoCarbonSource)?;
    let times = published.steps.iter().map(|step| (step.from, step.length));
    check_times(times, published.published, series, now)?;
    let is_within = published.steps.iter().all(|step| step.per_kwh.0 <= CARBON_MG_MAX);
    if is_within { Ok(()) } else { Err(Refusal::CarbonOutOfBounds) }
}

/// When steps are, and when they were published.
fn check_times(
    times: impl ExactSizeIterator<Item = (Micros, StepLength)>,
    at: Micros,
    series: &Series,
    now: Micros,
) -> Result<(), Refusal> {
    if at > now {
        return Err(Refusal::PublishedLater { published: at });
    }
    if let Some(latest) = series.published.filter(|latest| at < *latest) {
        return Err(Refusal::PublishedBefore { latest });
    }
    if !(1..=PRICE_STEPS_MAX).contains(&times.len()) {
        return Err(Refusal::StepCount);
    }
    let earliest = Micros(now.0.saturating_sub(PRICES_KEPT_DAYS * DAY_US).max(0));
    let latest = Micros(now.0.saturating_add(PRICES_AHEAD_DAYS_MAX * DAY_US));
    let mut free_from = Micros(i64::MIN);
    for ((from, length), number) in times.zip(1..) {
        if from.0 % StepLength::Quarter.span().0 != 0 {
            return Err(Refusal::StepUnaligned { number });
        }
        if from < free_from {
            return Err(Refusal::StepsOverlap { number });
        }
        if from < earliest || from > latest {
            return Err(Refusal::StepOutOfTime { number });
        }
        free_from = from.later(length.span());
    }
    Ok(())
}

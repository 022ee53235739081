//! Whoever looks after prices: sets where they come from, publishes, revises, lets hours pass in which nothing else happens, and
//! now and then asks what is refused.

use super::action::{Action, OfPrices, PriceSource, Request};
use super::agenda::Happening;
use super::chance::Chance;
use super::driver::Driver;
use super::fault::Fault;
use super::violation::Verdict;
use triad_event::governance::Setting;
use triad_event::prices::{EstimatedBy, MissingPrice, PriceBounds, PriceStep, SourceKind, StepLength};
use triad_event::quantity::{MicroUsd, Micros, Millis};

/// Publications of steps, at most.
const STEPS_MAX: u64 = 48;
/// Steps that are left out of a publication, in ten thousand.
const GAPS: u64 = 800;
/// Publications that begin before the present step, and so revise what was, in ten thousand.
const REVISED: u64 = 2_500;
/// Publications whose prices differ by so little that nothing waits for it, in ten thousand.
const FLAT: u64 = 1_000;
/// Hours pass, in ten thousand, and how often while as much waits as may.
const HOURS_PASS: u64 = 800;
const HOURS_PASS_FULL: u64 = 5_000;
/// How much of it passes.
const PASSES_US: (u64, u64) = (60_000_000, 3 * 3_600_000_000);
const QUARTER_US: i64 = 900_000_000;
const HOUR_US: i64 = 4 * QUARTER_US;
const CENT: i64 = 10_000;
/// What is changed of how long tasks wait and what they use, and between which values.
const CHANGED: [(Setting, u64, u64); 3] = [
    (Setting::DeferralMax, 1_000, 172_800_000),
    (Setting::CorePower, 1, 1_000_000),
    (Setting::TimeoutDefault, 100, 3_600_000),
];

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.traders
}

impl Driver {
    /// Somebody looks after prices.
    pub(crate) fn market_acts(&mut self) -> Verdict {
        if self.is_healing {
            return Ok(());
        }
        let in_us = Self::around(&mut self.traders, self.swarm.think_us * self.swarm.market);
        self.at(in_us, Happening::Market);
        if self.strikes(Fault::PricesBad, chance) {
            return self.ask_of_prices_amiss();
        }
        if self.traders.hits(if self.is_full() { HOURS_PASS_FULL } else { HOURS_PASS }) {
            let span = self.traders.magnitude(PASSES_US.0, PASSES_US.1);
            return self.act(Action::Wait(Micros(span.cast_signed())));
        }
        let Some(kind) = self.stage.book.prices.source_kind() else { return self.set_prices() };
        match self.traders.below(16) {
            0 => self.set_prices(),
            1 => self.ask(Request::Prices(OfPrices::Remove)),
            2 => {
                let Some((setting, low, high)) = self.traders.pick(&CHANGED).copied() else { return Ok(()) };
                let value = self.traders.magnitude(low, high).cast_signed();
                self.ask(Request::Set(setting, value))
            }
            3..=12 if kind != SourceKind::Fixed => {
                let published = self.published_now();
                let steps = self.draw_steps();
                self.ask(Request::Prices(OfPrices::Publish { published, steps }))
            }
            _ => Ok(()),
        }
    }

    fn set_prices(&mut self) -> Verdict {
        let source = self.draw_source();
        self.ask(Request::Prices(OfPrices::Set(source)))
    }

    fn draw_source(&mut self) -> PriceSource {
        let chance = &mut self.traders;
        let kinds = [SourceKind::Series, SourceKind::Series, SourceKind::TimeOfUse, SourceKind::Fixed];
        let kind = *chance.pick(&kinds).unwrap_or(&SourceKind::Series);
        let is_fixed = kind == SourceKind::Fixed;
        let mut source = PriceSource::of(kind);
        source.fixed = is_fixed.then(|| draw_price(chance));
        if chance.hits(2_000) {
            "b".clone_into(&mut source.area);
        }
        source.missing = *chance.pick(MissingPrice::ALL).unwrap_or(&MissingPrice::Wait);
        if !is_fixed && chance.hits(3_000) {
            source.age_max = Some(Millis(chance.magnitude(60_000, 21_600_000)));
        }
        if !is_fixed && chance.hits(3_000) {
            let low = chance.between(1, 10).cast_signed() * CENT;
            let high = low + chance.between(1, 30).cast_signed() * CENT;
            source.bounds = Some(PriceBounds { low: MicroUsd(low), high: MicroUsd(high) });
        }
        if chance.hits(4_000) {
            source.estimates = EstimatedBy::Runs;
        }
        source
    }

    /// As late as the newest record that is durable, or somewhat before.
    fn published_now(&mut self) -> Micros {
        let prices = &self.stage.book.prices;
        let earliest = prices.published().unwrap_or(Micros(i64::MIN));
        let now = self.stage.book.now_us();
        let ago = if self.traders.hits(5_000) { self.traders.magnitude(1, 3_600_000_000) } else { 0 };
        Micros(now.0 - ago.cast_signed()).max(earliest.min(now))
    }

    /// Some steps from about now on: one alone as often as a day of them, because some feeds publish but the present price.
    fn draw_steps(&mut self) -> Vec<PriceStep> {
        let now = self.stage.book.now_us().0;
        let chance = &mut self.traders;
        let length = *chance.pick(StepLength::ALL).unwrap_or(&StepLength::Hour);
        let span = length.span().0;
        let mut from = now.div_euclid(span) * span;
        if chance.hits(REVISED) {
            from -= chance.magnitude(1, 16).cast_signed() * QUARTER_US;
        }
        let count = if chance.hits(4_000) { 1 } else { chance.magnitude(2, STEPS_MAX) };
        let flat = chance.hits(FLAT).then(|| draw_price(chance));
        let mut steps = Vec::new();
        for _ in 0..count {
            if steps.is_empty() || !chance.hits(GAPS) {
                let per_kwh = match flat {
                    Some(MicroUsd(price)) => MicroUsd(price + chance.below(CENT as u64 / 10).cast_signed()),
                    None => draw_price(chance),
                };
                steps.push(PriceStep { from: Micros(from.max(0)), length, per_kwh });
            }
            from += span;
        }
        steps
    }

    /// Something that is refused wherever it is asked, or mostly.
    fn ask_of_prices_amiss(&mut self) -> Verdict {
        let now = self.stage.book.now_us();
        let mut source = self.draw_source();
        let (mut published, mut steps) = (self.published_now(), self.draw_steps());
        let what = self.traders.below(14);
        match what {
            0 => published = Micros(published.0 - 86_400_000_000),
            1 => published = Micros(now.0 + HOUR_US),
            2 => steps[0].from.0 += 1_000_000,
            3 => steps.extend(steps.clone()),
            4 => steps.clear(),
            5 => steps.iter_mut().for_each(|step| step.from.0 += 9 * 24 * HOUR_US),
            6 => steps[0].per_kwh = MicroUsd(1_000_000_001),
            7 => "EUR".clone_into(&mut source.currency),
            8 => source.fixed = if source.fixed.is_some() { None } else { Some(MicroUsd(CENT)) },
            9 => {
                source = PriceSource { fixed: Some(MicroUsd(CENT)), ..PriceSource::of(SourceKind::Fixed) };
                source.age_max = Some(Millis(1));
            }
            10 => {
                source = PriceSource::of(SourceKind::Series);
                source.bounds = Some(PriceBounds { low: MicroUsd(CENT), high: MicroUsd(CENT) });
            }
            11 => {
                source = PriceSource::of(SourceKind::Series);
                source.age_max = Some(Millis(0));
            }
            12 => {
                source = PriceSource { fixed: Some(MicroUsd(CENT)), ..PriceSource::of(SourceKind::Fixed) };
                source.bounds = Some(PriceBounds { low: MicroUsd(1), high: MicroUsd(CENT) });
            }
            // Twice: the second time there is nothing to remove.
            _ => {
                self.ask(Request::Prices(OfPrices::Remove))?;
                return self.ask(Request::Prices(OfPrices::Remove));
            }
        }
        self.ask(Request::Prices(match what {
            0..=6 => OfPrices::Publish { published, steps },
            _ => OfPrices::Set(source),
        }))
    }
}

/// Most prices are of the size of bids, and some below nothing.
fn draw_price(chance: &mut Chance) -> MicroUsd {
    MicroUsd((chance.below(36).cast_signed() - 3) * CENT)
}

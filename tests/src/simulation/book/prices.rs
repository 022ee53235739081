//! What the book reads of prices, and of the tasks that wait for one.
//!
//! Last safe starts are counted in the time that passes for the log. While no process runs, and while a stream is set aside,
//! nothing is released: then a task is released at the first look of the process that runs again, or at the release of the
//! stream.

mod curve;
mod paces;
mod rule;
mod waits;

use super::Book;
use crate::simulation::probe::Probe;
use crate::simulation::violation::{Verdict, hold};
use curve::{Curve, ms};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use triad_event::ids::StreamId;
use triad_event::prices::{
    EstimatedBy, Event, MissingPrice, PriceBounds, PricesPublished, SourceKind, SourceSet,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};
use waits::Waiting;
pub(super) use waits::Wants;

/// Runs by which it is estimated how long a task takes.
const RUNS_MAX: usize = 32;

/// Prices, and the tasks that wait for one.
#[derive(Debug, Default)]
pub(crate) struct Prices {
    source: Option<Source>,
    curve: Curve,
    published: Option<Micros>,
    /// From which record on there was a source or none.
    sourced: Vec<(u64, bool)>,
    waiting: BTreeMap<(StreamId, u32), Waiting>,
    /// When those are looked at again, in the time that passes for the log.
    looks: BTreeSet<(Micros, StreamId, u32)>,
    /// When tasks were let go that have not begun since, and since when they had waited.
    let_go: BTreeMap<(StreamId, u32), (Micros, Micros)>,
    /// From when to when tasks waited for a price.
    waited: BTreeMap<(StreamId, u32), (Micros, Micros)>,
    /// How long the last runs of tasks took, by their ids.
    took_ms: BTreeMap<String, VecDeque<u64>>,
}

/// Where prices come from.
#[derive(Debug)]
struct Source {
    kind: SourceKind,
    area: String,
    missing: MissingPrice,
    age_max: Option<Millis>,
    bounds: Option<PriceBounds>,
    estimates: EstimatedBy,
}

impl Book {
    pub(super) fn take_prices(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        match event {
            Event::SourceSet(_) | Event::PricesPublished(_) | Event::SourceRemoved(_) => {
                self.invariant_ordinals_of_the_log_are_contiguous(record)?;
            }
            Event::TaskDeferred(deferred) => return self.defer(record, deferred),
            Event::TaskReleased(released) => return self.release(record, released),
            Event::RunSuspended(suspended) => return self.suspend(record, suspended),
            Event::RunContinued(continued) => return self.resume(record, continued),
            // Nobody says here how much carbon a kilowatt hour causes.
            Event::CarbonSourceSet(_) | Event::CarbonPublished(_) | Event::CarbonSourceRemoved(_) => {
                return Ok(());
            }
        }
        match event {
            Event::SourceSet(set) => self.set_source(record, set),
            Event::PricesPublished(published) => self.publish(record, published)?,
            Event::SourceRemoved(_) => {
                let prices = &mut self.prices;
                (prices.source, prices.curve, prices.published) = (None, Curve::default(), None);
                prices.sourced.push((record.sequence, false));
                self.queue.ages = false;
            }
            Event::TaskDeferred(_)
            | Event::TaskReleased(_)
            | Event::RunSuspended(_)
            | Event::RunContinued(_)
            | Event::CarbonSourceSet(_)
            | Event::CarbonPublished(_)
            | Event::CarbonSourceRemoved(_) => {}
        }
        // Those in quarantine are looked at when they are released.
        let (quarantined, at_ms) = (&self.quarantined, ms(record.at));
        for ((stream, _), waiting) in &mut self.prices.waiting {
            if !quarantined.contains(stream) {
                waiting.seen_ms = at_ms;
            }
        }
        Ok(())
    }

    fn set_source(&mut self, record: &Recorded<AnyEvent>, set: &SourceSet) {
        let SourceSet { source: kind, area, missing, age_max, bounds, estimates, fixed_per_kwh, .. } = set;
        let prices = &mut self.prices;
        let is_same =
            prices.source.as_ref().is_some_and(|source| (source.kind, &source.area) == (*kind, area));
        if let Some(price) = fixed_per_kwh {
            (prices.curve, prices.published) = (Curve::fixed(price.0, ms(record.at)), Some(record.at));
        } else if !is_same {
            (prices.curve, prices.published) = (Curve::default(), None);
        }
        let (kind, area, missing, age_max) = (*kind, area.clone(), *missing, *age_max);
        let (bounds, estimates) = (bounds.clone(), *estimates);
        prices.source = Some(Source { kind, area, missing, age_max, bounds, estimates });
        prices.sourced.push((record.sequence, true));
        self.queue.ages = true;
    }

    fn publish(&mut self, record: &Recorded<AnyEvent>, published: &PricesPublished) -> Verdict {
        let prices = &mut self.prices;
        let is_taken = prices.source.as_ref().is_some_and(|source| source.kind != SourceKind::Fixed)
            && published.published <= record.at
            && prices.published.is_none_or(|before| before <= published.published);
        hold("invariant_prices_are_published_in_their_order", is_taken, || {
            format!("record {} after {:?}", record.sequence, prices.published)
        })?;
        let bounds = prices.source.as_ref().and_then(|source| source.bounds.clone());
        let is_outside =
            |price: MicroUsd| bounds.as_ref().is_some_and(|bounds| price < bounds.low || price > bounds.high);
        let is_outside = published.steps.iter().any(|step| is_outside(step.per_kwh));
        let is_negative = published.steps.iter().any(|step| step.per_kwh < MicroUsd::ZERO);
        prices.published = Some(published.published);
        let has_revised = prices.curve.publish(published, record.at);
        for (is_so, probe) in [
            (has_revised, Probe::PricesRevised),
            (is_outside, Probe::PricesOutsideBounds),
            (is_negative, Probe::PricesBelowNothing),
        ] {
            if is_so {
                self.probes.count(probe);
            }
        }
        Ok(())
    }
}

impl Prices {
    /// When the last prices were published.
    pub(crate) const fn published(&self) -> Option<Micros> {
        self.published
    }

    pub(super) const fn has_source(&self) -> bool {
        self.source.is_some()
    }

    /// Whether there was a source once a record had been read.
    pub(super) fn had_source(&self, sequence: u64) -> bool {
        let before = self.sourced.partition_point(|(since, _)| *since <= sequence);
        before.checked_sub(1).is_some_and(|last| self.sourced[last].1)
    }

    /// For how long a task waited for a price, if it did.
    pub(super) fn waited(&self, stream: StreamId, task: u32) -> Option<Micros> {
        self.waited.get(&(stream, task)).map(|(since, until)| Micros(until.0 - since.0))
    }

    /// A run of a task that may wait for prices took that long.
    pub(super) fn observe(&mut self, id: &str, took: Micros) {
        let took_ms = self.took_ms.entry(id.to_owned()).or_default();
        took_ms.push_back(took.0.max(0).unsigned_abs().div_ceil(1000));
        if took_ms.len() > RUNS_MAX {
            took_ms.pop_front();
        }
    }

    /// The run of the last ones than which no more than that share of a million is longer, and how many there are; none while
    /// there are too few.
    fn quantile_ms(&self, id: &str, ppm: u64) -> Option<(u64, u32)> {
        let mut sorted: Vec<u64> = self.took_ms.get(id)?.iter().copied().collect();
        sorted.sort_unstable();
        let rank = ((sorted.len() as u64 + 1) * ppm).div_ceil(1_000_000);
        sorted.get(rank as usize - 1).map(|took_ms| (*took_ms, sorted.len() as u32))
    }
}

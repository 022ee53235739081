//! Where prices come from, what they are, and the tasks that wait for one.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_deferral::{Outlook, Price, PriceCurve, Source as From, cheapest_start};
use triad_event::dag::{Event as DagEvent, TaskCancelled, TaskFailed};
use triad_event::governance::{Event as GovernanceEvent, Setting, WakeReason};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::prices::{
    EstimatedBy, Event, MissingPrice, PriceBounds, PriceStep, PricesPublished, SourceKind, SourceSet,
    TaskDeferred,
};
use triad_event::quantity::{MicroUsd, Micros, Millis};
use triad_event::{Event as AnyEvent, Recorded};

use super::curve::Curve;
use super::question::{Looks, Wants};
use super::reaction::Reaction;
use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::ports::Ports;
use crate::ports::reactions::Reactions;
use crate::ports::wakes::{Wake, Wakes};
use crate::shared::SharedMap;

words! { EstimatedBy, MissingPrice, MicroUsd, PriceBounds, SourceKind }

structs! {
    State { source, curve, quoted, published, outside, workflows }
    Source { kind, currency, usd_per_unit, area, missing, age_max, bounds, estimates }
    Waits { wants, since, decided, due, look_again_ms, last_safe_start }
}

/// How long a task is not looked at again while recorded time stands still.
const STANDS_STILL: Millis = Millis(60_000);

/// Where prices come from, what they are, and the tasks that wait for one.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// None while no task waits for prices.
    pub(crate) source: Option<Source>,
    /// What was published, for as long back as history is kept.
    pub(super) curve: Curve,
    /// The same as it was published, where that was in another currency.
    quoted: Curve,
    /// When the last of it was.
    pub(crate) published: Option<Micros>,
    /// How many steps were published whose price lies outside of the bounds of the source.
    outside: u64,
    /// The tasks that wait.
    workflows: SharedMap<WorkflowId, Arc<BTreeMap<u32, Waits>>>,
}

/// Where prices come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// What kind of source it is.
    pub kind: SourceKind,
    /// In which currency they are published.
    pub currency: String,
    /// What one unit of it is worth; none of US dollars.
    pub usd_per_unit: Option<MicroUsd>,
    /// The part of the grid that they are for.
    pub area: String,
    /// What happens to tasks while there is no price.
    pub missing: MissingPrice,
    /// How long ago a price may have been published; none when it holds for its time.
    pub age_max: Option<Millis>,
    /// Between which prices all are said to lie, in US dollars.
    pub bounds: Option<PriceBounds>,
    /// By what it is estimated how long a task takes.
    pub estimates: EstimatedBy,
}

/// What is known of prices. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Where they come from.
    pub source: Source,
    /// What they are, in US dollars.
    pub curve: Arc<PriceCurve>,
    /// The same as it was published, where that was in another currency.
    pub quoted: Arc<PriceCurve>,
    /// When the last of them were published.
    pub published: Option<Micros>,
    /// How many steps were published since the source was set whose price lies outside of its bounds.
    pub outside: u64,
    /// How many tasks wait for one.
    pub waiting: usize,
}

/// A task that waits for a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waits {
    pub(crate) wants: Wants,
    /// Since when, in the time that has passed for the log.
    pub(crate) since: Micros,
    /// Sequence of the record that decided last that it waits.
    pub(crate) decided: u64,
    /// When it is looked at again, in the time that has passed for the log.
    pub(crate) due: Micros,
    /// The same by the calendar.
    look_again_ms: i64,
    /// When it runs whatever the price, in the time that has passed for the log.
    pub(crate) last_safe_start: Micros,
}

impl Default for State {
    fn default() -> Self {
        let (curve, quoted, workflows) = (Curve::default(), Curve::default(), SharedMap::new());
        Self { source: None, curve, quoted, published: None, outside: 0, workflows }
    }
}

/// A price in US dollars, rounded down; the nearest that can be said where it is more.
pub(crate) fn in_usd(price: MicroUsd, usd_per_unit: Option<MicroUsd>) -> MicroUsd {
    let Some(rate) = usd_per_unit else { return price };
    let price = (i128::from(price.0) * i128::from(rate.0)).div_euclid(1_000_000);
    MicroUsd(i64::try_from(price).unwrap_or(if price < 0 { i64::MIN } else { i64::MAX }))
}

/// A moment in whole milliseconds, rounded down.
pub(super) const fn ms(moment: Micros) -> i64 {
    moment.0.div_euclid(1000)
}

/// A moment of whole milliseconds.
pub(super) const fn us(ms: i64) -> Micros {
    Micros(ms.saturating_mul(1000))
}

impl State {
    /// A task that waits for a price.
    pub(crate) fn get(&self, workflow: WorkflowId, task: u32) -> Option<Waits> {
        self.workflows.get(&workflow)?.get(&task).copied()
    }

    /// What is known of prices, for people.
    pub(crate) fn known(&self) -> Option<Known> {
        let source = self.source.clone()?;
        let waiting = self.workflows.iter().map(|(_, tasks)| tasks.len()).sum();
        let (curve, quoted) = (Arc::clone(&self.curve.0), Arc::clone(&self.quoted.0));
        let (published, outside) = (self.published, self.outside);
        Some(Known { source, curve, quoted, published, outside, waiting })
    }

    /// All of them, for checks.
    #[cfg(test)]
    pub(crate) fn all(&self) -> impl Iterator<Item = (WorkflowId, u32, Waits)> {
        self.workflows
            .iter()
            .flat_map(|(workflow, tasks)| tasks.iter().map(|(task, waits)| (*workflow, *task, *waits)))
    }

    /// The price of a moment, or what the source has for one while there is none.
    pub(super) fn present(&self, at_ms: i64) -> Option<Price> {
        self.ask(&Wants::within(MicroUsd::ZERO), at_ms, at_ms, None)?.decision.price
    }

    /// The dearest price of a time that was published, or that is taken at its beginning.
    pub(super) fn dearest(&self, from_ms: i64, until_ms: i64) -> Option<i64> {
        self.source.as_ref()?;
        let published = self.curve.0.within(from_ms, until_ms).map(|piece| piece.price_micro_per_kwh);
        published.chain(self.present(from_ms).map(|price| price.micro_per_kwh)).max()
    }

    /// The mean price of a time for all of which prices were published, rounded down; as old as the oldest of them.
    pub(super) fn mean(&self, from_ms: i64, until_ms: i64) -> Option<Price> {
        self.source.as_ref()?;
        let micro_per_kwh = self.curve.0.mean_micro_per_kwh(from_ms, until_ms)?;
        let published = self.curve.0.within(from_ms, until_ms).map(|piece| piece.published_ms);
        let age_ms = until_ms.abs_diff(published.min()?);
        Some(Price { micro_per_kwh, source: From::Published { age_ms } })
    }

    /// The least mean price of a time of a length that begins within two moments, by what is published for them without a gap:
    /// what lies beyond the first gap behind what must be known is left out.
    pub(super) fn least_mean(
        &self,
        from_ms: i64,
        last_start_ms: i64,
        length_ms: i64,
        known_ms: i64,
    ) -> Option<i64> {
        self.source.as_ref()?;
        let wanted_ms = last_start_ms.checked_add(length_ms)?;
        let mut until_ms = from_ms;
        for piece in self.curve.0.within(from_ms, wanted_ms) {
            if piece.start_ms != until_ms {
                break;
            }
            until_ms = piece.end_ms;
        }
        if until_ms < known_ms {
            return None;
        }
        let outlook = Outlook::of(&self.curve.0, from_ms, until_ms)?;
        let until_ms = until_ms.min(outlook.span_ms().1);
        let least = cheapest_start(&outlook, from_ms, until_ms.checked_sub(length_ms)?, length_ms)?;
        i64::try_from(least.area.div_euclid(length_ms.into())).ok()
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Prices(event) = &record.event {
            return self.evolve(record, event, ports);
        }
        if let AnyEvent::Dag(
            DagEvent::TaskCancelled(TaskCancelled { task }) | DagEvent::TaskFailed(TaskFailed { task, .. }),
        ) = &record.event
        {
            self.end(record.stream, *task, &mut ports.wakes);
        }
        if let AnyEvent::Governance(event) = &record.event {
            self.hear_governance(record, event, ports);
        }
        if record.event.closes_stream() {
            self.workflows.remove(&record.stream.into());
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_governance(&mut self, record: &Recorded<AnyEvent>, event: &GovernanceEvent, ports: &mut Ports) {
        match event {
            GovernanceEvent::StreamClosed(closed) => drop(self.workflows.remove(&closed.closed.into())),
            GovernanceEvent::SettingChanged(changed) if is_of_last_safe_starts(changed.asked.setting) => {
                self.look_at(record, ports, |_| true);
            }
            // What was published meanwhile was not looked at.
            GovernanceEvent::StreamReleased(released) => {
                let workflow = released.released.into();
                let reactions = &mut ports.reactions;
                let mut looks = Looks::new(self, ms(record.at));
                self.look_at_tasks(workflow, record, reactions, |waits| {
                    is_changed(&mut looks, waits, record)
                });
            }
            _ => {}
        }
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        match event {
            Event::SourceSet(set) => {
                let before = self.source.as_ref().map(|source| source.estimates);
                self.set(set, record);
                ports.prices.has_source = true;
                // Last safe starts follow from estimates.
                match before.is_some_and(|before| before != set.estimates) {
                    true => self.look_at(record, ports, |_| true),
                    false => self.look_at_changed(record, ports),
                }
            }
            Event::PricesPublished(published) => {
                self.publish(published, record)?;
                self.look_at_changed(record, ports);
            }
            Event::SourceRemoved(_) => {
                (self.source, self.curve, self.published) = (None, Curve::default(), None);
                (self.quoted, self.outside) = (Curve::default(), 0);
                ports.prices.has_source = false;
                self.look_at_changed(record, ports);
            }
            Event::TaskDeferred(deferred) => self.defer(record, deferred, &mut ports.wakes),
            Event::TaskReleased(released) => self.end(record.stream, released.task, &mut ports.wakes),
        }
        Ok(())
    }

    /// What was published stays when it is of the same kind, for the same area, and worth the same.
    fn set(&mut self, set: &SourceSet, record: &Recorded<AnyEvent>) {
        let SourceSet { source: kind, currency, area, missing, age_max, bounds, estimates, .. } = set;
        let rate = set.usd_per_unit;
        let is_same = self.source.as_ref().is_some_and(|source| {
            source.kind == *kind
                && source.area == *area
                && (&source.currency, source.usd_per_unit) == (currency, rate)
        });
        let fixed = |price: MicroUsd| Curve(Arc::new(PriceCurve::fixed(price.0, ms(record.at))));
        if let Some(price) = set.fixed_per_kwh {
            self.curve = fixed(in_usd(price, rate));
            self.quoted = rate.map_or_else(Curve::default, |_| fixed(price));
            self.published = Some(record.at);
        } else if !is_same {
            (self.curve, self.quoted, self.published) = (Curve::default(), Curve::default(), None);
        }
        self.outside = 0;
        let in_usd = |bounds: &PriceBounds| PriceBounds {
            low: in_usd(bounds.low, rate),
            high: in_usd(bounds.high, rate),
        };
        self.source = Some(Source {
            kind: *kind,
            currency: currency.clone(),
            usd_per_unit: rate,
            area: area.clone(),
            missing: *missing,
            age_max: *age_max,
            bounds: bounds.as_ref().map(in_usd),
            estimates: *estimates,
        });
    }

    fn publish(&mut self, published: &PricesPublished, record: &Recorded<AnyEvent>) -> Result<(), FoldError> {
        let source = self.source.as_ref().ok_or(FoldError::Grammar)?;
        let (bounds, rate) = (source.bounds.as_ref(), source.usd_per_unit);
        let is_outside =
            |price: MicroUsd| bounds.is_some_and(|bounds| price < bounds.low || price > bounds.high);
        let in_usd = |step: &PriceStep| PriceStep { per_kwh: in_usd(step.per_kwh, rate), ..step.clone() };
        let steps: Vec<PriceStep> = published.steps.iter().map(in_usd).collect();
        let outside = steps.iter().filter(|step| is_outside(step.per_kwh)).count();
        self.outside = self.outside.saturating_add(outside as u64);
        self.curve.publish(&steps, published.published, record.at)?;
        if rate.is_some() {
            self.quoted.publish(&published.steps, published.published, record.at)?;
        }
        self.published = Some(published.published);
        Ok(())
    }

    /// Those for which something else would be decided now are looked at again, each in its turn.
    fn look_at_changed(&self, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        let mut looks = Looks::new(self, ms(record.at));
        self.look_at(record, ports, |waits| is_changed(&mut looks, waits, record));
    }

    /// Streams in quarantine keep all that is owed to them, so they are looked at when they are released.
    fn look_at(
        &self,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
        mut is_meant: impl FnMut(&Waits) -> bool,
    ) {
        let Ports { streams, reactions, .. } = ports;
        for (workflow, _) in
            self.workflows.iter().filter(|(workflow, _)| !streams.is_aside((**workflow).into()))
        {
            self.look_at_tasks(*workflow, record, reactions, &mut is_meant);
        }
    }

    fn look_at_tasks(
        &self,
        workflow: WorkflowId,
        record: &Recorded<AnyEvent>,
        reactions: &mut Reactions,
        mut is_meant: impl FnMut(&Waits) -> bool,
    ) {
        let tasks = self.workflows.get(&workflow).into_iter().flat_map(|tasks| tasks.iter());
        for (task, _) in tasks.filter(|(_, waits)| is_meant(waits)) {
            let (task, since) = (*task, record.sequence);
            reactions.push(Reaction::Look { workflow, task, since }, record.sequence);
        }
    }

    /// Moments of the calendar are as far from the record as the wall clock said then.
    fn defer(&mut self, record: &Recorded<AnyEvent>, deferred: &TaskDeferred, wakes: &mut Wakes) {
        let workflow = WorkflowId::from(record.stream);
        let before = self.get(workflow, deferred.task);
        self.end(record.stream, deferred.task, wakes);
        let in_elapsed = |at_ms: i64| record.elapsed.later(us(at_ms - ms(record.at)));
        let look_again_ms = ms(deferred.look_again);
        let last_safe_start = in_elapsed(ms(deferred.last_safe_start));
        let due = in_elapsed(look_again_ms);
        // Recorded time stands still while the wall clock is behind it: then the same moment would be due again and again.
        let stands_still = before
            .is_some_and(|before| before.look_again_ms == look_again_ms && before.due <= record.elapsed);
        let due =
            if stands_still { due.max(record.elapsed.after(STANDS_STILL)).min(last_safe_start) } else { due };
        let waits = Waits {
            wants: Wants::of(deferred),
            since: before.map_or(record.elapsed, |before| before.since),
            decided: record.sequence,
            due,
            look_again_ms,
            last_safe_start,
        };
        wakes.insert(wake(waits.due, record.stream, deferred.task));
        if self.workflows.get(&workflow).is_none() {
            self.workflows.insert(workflow, Arc::default());
        }
        if let Some(tasks) = self.workflows.get_mut(&workflow) {
            Arc::make_mut(tasks).insert(deferred.task, waits);
        }
    }

    /// A task waits no longer, if it did.
    fn end(&mut self, stream: StreamId, task: u32, wakes: &mut Wakes) {
        let workflow = WorkflowId::from(stream);
        let Some(waits) = self.get(workflow, task) else { return };
        wakes.remove(&wake(waits.due, stream, task));
        let Some(tasks) = self.workflows.get_mut(&workflow).map(Arc::make_mut) else { return };
        tasks.remove(&task);
        if tasks.is_empty() {
            self.workflows.remove(&workflow);
        }
    }
}

/// Whether something else would be decided now of a task that waits.
fn is_changed(looks: &mut Looks<'_>, waits: &Waits, record: &Recorded<AnyEvent>) -> bool {
    let left = Micros(waits.last_safe_start.0 - record.elapsed.0);
    looks.look_again_ms(&waits.wants, ms(record.at) + ms(left)) != Some(waits.look_again_ms)
}

/// Whether last safe starts follow from a setting.
fn is_of_last_safe_starts(setting: Setting) -> bool {
    matches!(setting, Setting::DeferralMax | Setting::TimeoutDefault)
}

fn wake(due: Micros, stream: StreamId, task: u32) -> Wake {
    Wake { due, reason: WakeReason::Price, stream, about: task.into() }
}

//! Versions of payloads before those of today, and what of today they hold.

use super::{
    DeferReason, EstimatedBy, Grounds, MissingPrice, Optimised, PriceBounds, PriceStep, PriceTaken,
    PricesPublished, ReleaseReason, SourceKind, SourceSet, TaskDeferred, TaskReleased, USD,
};
use crate::apart::Apart;
use crate::event::{Laid, Lowers};
use crate::quantity::{MicroUsd, Micros, Millis};

structure! {
    /// Where prices come from, before a source had bounds, and runs of tasks said how long they take.
    SourceSetV1 {
        /// What kind of source it is.
        source: SourceKind,
        /// What a kilowatt hour costs at any time; of a fixed price alone.
        fixed_per_kwh: Option<MicroUsd>,
        /// The currency of the prices, as ISO 4217 calls it.
        currency: String,
        /// The part of the grid that they are for, as people call it.
        area: String,
        /// What happens to tasks while there is no price.
        missing: MissingPrice,
        /// How long ago a price may have been published; none when it holds for its time.
        age_max: Option<Millis>,
        /// Why.
        reason: String,
    }
}

structure! {
    /// Where prices come from, before a currency had a rate.
    SourceSetV2 {
        /// What kind of source it is.
        source: SourceKind,
        /// What a kilowatt hour costs at any time; of a fixed price alone.
        fixed_per_kwh: Option<MicroUsd>,
        /// The currency of the prices, as ISO 4217 calls it.
        currency: String,
        /// The part of the grid that they are for, as people call it.
        area: String,
        /// What happens to tasks while there is no price.
        missing: MissingPrice,
        /// How long ago a price may have been published; none when it holds for its time.
        age_max: Option<Millis>,
        /// Between which prices all are said to lie; none when nobody says so.
        bounds: Option<PriceBounds>,
        /// By what it is estimated how long a task takes.
        estimates: EstimatedBy,
        /// Why.
        reason: String,
    }
}

structure! {
    /// Prices that were published, when all were in US dollars.
    PricesPublishedV1 {
        /// The steps, in the order of their time, without overlap. There may be gaps.
        steps: Vec<PriceStep>,
        /// When they were published.
        published: Micros,
    }
}

structure! {
    /// A task that waits for a price within its bid, the only thing for which tasks waited.
    TaskDeferredV1 {
        /// The task.
        task: u32,
        /// Why.
        reason: DeferReason,
        /// The most that a kilowatt hour may cost for it.
        bid: MicroUsd,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// When it is looked at again at the latest.
        look_again: Micros,
        /// When it runs whatever the price, so that its deadline is kept.
        last_safe_start: Micros,
    }
}

structure! {
    /// A task with a bid that goes on, when tasks waited for nothing else.
    TaskReleasedV1 {
        /// The task.
        task: u32,
        /// Why.
        reason: ReleaseReason,
        /// The most that a kilowatt hour may cost for it.
        bid: MicroUsd,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// Until when it could have waited.
        last_safe_start: Micros,
    }
}

structure! {
    /// A task that waits for a price or for a cheaper time, before carbon was weighed.
    TaskDeferredV2 {
        /// The task.
        task: u32,
        /// Why.
        reason: DeferReason,
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        bid: Option<MicroUsd>,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// When it is looked at again at the latest.
        look_again: Micros,
        /// When it runs whatever the price, so that its deadline is kept.
        last_safe_start: Micros,
        /// What else that rests on; none of a task that has but a bid, and takes its timeout.
        grounds: Option<Apart<Grounds>>,
    }
}

structure! {
    /// A task that waits for a price, for less carbon or for a cheaper time, before runs could be suspended.
    TaskDeferredV3 {
        /// The task.
        task: u32,
        /// Why.
        reason: DeferReason,
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        bid: Option<MicroUsd>,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// When it is looked at again at the latest.
        look_again: Micros,
        /// When it runs whatever the price, so that its deadline is kept.
        last_safe_start: Micros,
        /// What else that rests on; none of a task that has but a bid, and takes its timeout.
        grounds: Option<Apart<Grounds>>,
        /// What was weighed, of a task that waits for less carbon; none of all others.
        optimised: Option<Apart<Optimised>>,
    }
}

structure! {
    /// A task that goes on by a price or at a cheap time, before carbon was weighed.
    TaskReleasedV2 {
        /// The task.
        task: u32,
        /// Why.
        reason: ReleaseReason,
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        bid: Option<MicroUsd>,
        /// The price that was taken for the present one; none when there was none.
        price: Option<PriceTaken>,
        /// Until when it could have waited.
        last_safe_start: Micros,
        /// What else that rests on; none of a task that has but a bid, and takes its timeout.
        grounds: Option<Apart<Grounds>>,
    }
}

impl From<SourceSetV1> for SourceSet {
    fn from(earlier: SourceSetV1) -> Self {
        let SourceSetV1 { source, fixed_per_kwh, currency, area, missing, age_max, reason } = earlier;
        let (bounds, estimates) = (None, EstimatedBy::Timeout);
        SourceSetV2 { source, fixed_per_kwh, currency, area, missing, age_max, bounds, estimates, reason }
            .into()
    }
}

impl From<SourceSetV2> for SourceSet {
    fn from(earlier: SourceSetV2) -> Self {
        let SourceSetV2 {
            source,
            fixed_per_kwh,
            currency,
            area,
            missing,
            age_max,
            bounds,
            estimates,
            reason,
        } = earlier;
        let usd_per_unit = None;
        Self {
            source,
            fixed_per_kwh,
            currency,
            area,
            missing,
            age_max,
            bounds,
            estimates,
            usd_per_unit,
            reason,
        }
    }
}

impl From<PricesPublishedV1> for PricesPublished {
    fn from(PricesPublishedV1 { steps, published }: PricesPublishedV1) -> Self {
        Self { steps, published, currency: USD.to_owned() }
    }
}

impl From<TaskDeferredV1> for TaskDeferred {
    fn from(earlier: TaskDeferredV1) -> Self {
        let TaskDeferredV1 { task, reason, bid, price, look_again, last_safe_start } = earlier;
        let (bid, grounds) = (Some(bid), None);
        TaskDeferredV2 { task, reason, bid, price, look_again, last_safe_start, grounds }.into()
    }
}

impl From<TaskReleasedV1> for TaskReleased {
    fn from(earlier: TaskReleasedV1) -> Self {
        let TaskReleasedV1 { task, reason, bid, price, last_safe_start } = earlier;
        let (bid, grounds) = (Some(bid), None);
        TaskReleasedV2 { task, reason, bid, price, last_safe_start, grounds }.into()
    }
}

impl From<TaskDeferredV2> for TaskDeferred {
    fn from(earlier: TaskDeferredV2) -> Self {
        let TaskDeferredV2 { task, reason, bid, price, look_again, last_safe_start, grounds } = earlier;
        let optimised = None;
        TaskDeferredV3 { task, reason, bid, price, look_again, last_safe_start, grounds, optimised }.into()
    }
}

impl From<TaskDeferredV3> for TaskDeferred {
    fn from(earlier: TaskDeferredV3) -> Self {
        let TaskDeferredV3 { task, reason, bid, price, look_again, last_safe_start, grounds, optimised } =
            earlier;
        let suspension = None;
        Self { task, reason, bid, price, look_again, last_safe_start, grounds, optimised, suspension }
    }
}

impl From<TaskReleasedV2> for TaskReleased {
    fn from(earlier: TaskReleasedV2) -> Self {
        let TaskReleasedV2 { task, reason, bid, price, last_safe_start, grounds } = earlier;
        Self { task, reason, bid, price, last_safe_start, grounds, optimised: None }
    }
}

impl Lowers<SourceSetV1> for SourceSet {
    fn fits(&self) -> bool {
        self.bounds.is_none() && self.estimates == EstimatedBy::Timeout && self.usd_per_unit.is_none()
    }

    fn lower(&self) -> SourceSetV1 {
        let Self { source, fixed_per_kwh, currency, area, missing, age_max, reason, .. } = self.clone();
        SourceSetV1 { source, fixed_per_kwh, currency, area, missing, age_max, reason }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <SourceSetV1 as Laid>::SIZE_BYTES
    }
}

impl Lowers<SourceSetV2> for SourceSet {
    fn fits(&self) -> bool {
        self.usd_per_unit.is_none()
    }

    fn lower(&self) -> SourceSetV2 {
        let Self {
            source, fixed_per_kwh, currency, area, missing, age_max, bounds, estimates, reason, ..
        } = self.clone();
        SourceSetV2 { source, fixed_per_kwh, currency, area, missing, age_max, bounds, estimates, reason }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <SourceSetV2 as Laid>::SIZE_BYTES
    }
}

impl Lowers<PricesPublishedV1> for PricesPublished {
    fn fits(&self) -> bool {
        self.currency == USD
    }

    fn lower(&self) -> PricesPublishedV1 {
        PricesPublishedV1 { steps: self.steps.clone(), published: self.published }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <PricesPublishedV1 as Laid>::SIZE_BYTES
    }
}

impl Lowers<TaskDeferredV1> for TaskDeferred {
    fn fits(&self) -> bool {
        let has_more = self.grounds.is_some() || self.optimised.is_some() || self.suspension.is_some();
        self.bid.is_some() && !has_more && self.reason.is_of_version_1()
    }

    fn lower(&self) -> TaskDeferredV1 {
        let Self { task, reason, bid, price, look_again, last_safe_start, .. } = self.clone();
        let bid = bid.expect("invariant: what the first version holds has a bid");
        TaskDeferredV1 { task, reason, bid, price, look_again, last_safe_start }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <TaskDeferredV1 as Laid>::SIZE_BYTES
    }
}

impl Lowers<TaskReleasedV1> for TaskReleased {
    fn fits(&self) -> bool {
        let has_more = self.grounds.is_some() || self.optimised.is_some();
        self.bid.is_some() && !has_more && self.reason.is_of_version_1()
    }

    fn lower(&self) -> TaskReleasedV1 {
        let Self { task, reason, bid, price, last_safe_start, .. } = self.clone();
        let bid = bid.expect("invariant: what the first version holds has a bid");
        TaskReleasedV1 { task, reason, bid, price, last_safe_start }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <TaskReleasedV1 as Laid>::SIZE_BYTES
    }
}

impl Lowers<TaskDeferredV3> for TaskDeferred {
    fn fits(&self) -> bool {
        self.suspension.is_none()
    }

    fn lower(&self) -> TaskDeferredV3 {
        let Self { task, reason, bid, price, look_again, last_safe_start, grounds, optimised, .. } =
            self.clone();
        TaskDeferredV3 { task, reason, bid, price, look_again, last_safe_start, grounds, optimised }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <TaskDeferredV3 as Laid>::SIZE_BYTES
    }
}

impl Lowers<TaskDeferredV2> for TaskDeferred {
    fn fits(&self) -> bool {
        self.optimised.is_none() && self.suspension.is_none()
    }

    fn lower(&self) -> TaskDeferredV2 {
        let Self { task, reason, bid, price, look_again, last_safe_start, grounds, .. } = self.clone();
        TaskDeferredV2 { task, reason, bid, price, look_again, last_safe_start, grounds }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <TaskDeferredV2 as Laid>::SIZE_BYTES
    }
}

impl Lowers<TaskReleasedV2> for TaskReleased {
    fn fits(&self) -> bool {
        self.optimised.is_none()
    }

    fn lower(&self) -> TaskReleasedV2 {
        let Self { task, reason, bid, price, last_safe_start, grounds, .. } = self.clone();
        TaskReleasedV2 { task, reason, bid, price, last_safe_start, grounds }
    }

    fn saved_bytes(&self) -> usize {
        <Self as Laid>::SIZE_BYTES - <TaskReleasedV2 as Laid>::SIZE_BYTES
    }
}

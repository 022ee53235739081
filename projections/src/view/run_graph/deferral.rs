//! What was decided of a task by what electricity costs.

use triad_event::prices::{
    DeferReason, Grounds, Optimised, PriceTaken, ReleaseReason, TaskDeferred, TaskReleased,
};
use triad_event::quantity::{MicroUsd, Micros};
use triad_event::{Event, Recorded};

use crate::fold::Moment;
use crate::row::{stored, vocabulary};

vocabulary! { DeferReason, Grounds, Optimised, PriceTaken, ReleaseReason }

stored! {
    /// What was decided of a task by what electricity costs, as it was decided last.
    pub struct Deferral {
        /// The most that a kilowatt hour may cost for it; none of one that waits for the cheapest time alone.
        pub bid: Option<MicroUsd>,
        /// The price that was taken for the one of that moment; none when there was none.
        pub price: Option<PriceTaken>,
        /// Why it waits; none when it went on at once.
        pub waits: Option<DeferReason>,
        /// Why it went on; none while it waits.
        pub goes_on: Option<ReleaseReason>,
        /// When it is looked at again at the latest, while it waits.
        pub look_again: Option<Micros>,
        /// When it runs whatever the price.
        pub last_safe_start: Micros,
        /// What else that rests on; none of a task that has but a bid, and takes its timeout.
        pub grounds: Option<Box<Grounds>>,
        /// What was weighed, of a task that waits for less carbon.
        pub optimised: Option<Box<Optimised>>,
        /// Since when it waits, or waited; none when it went on at once.
        pub since: Option<Moment>,
        /// How often it was decided that it waits.
        pub times: u32,
        /// When the last of it was decided.
        pub decided: Moment,
    }
}

impl Deferral {
    /// It waits, or goes on waiting.
    pub(super) fn waits(
        before: Option<&Self>,
        record: &Recorded<Event>,
        deferred: &TaskDeferred,
    ) -> Box<Self> {
        let TaskDeferred { reason, bid, price, look_again, last_safe_start, grounds, optimised, .. } =
            deferred.clone();
        let decided = Moment::of(record);
        Box::new(Self {
            bid,
            price,
            waits: Some(reason),
            goes_on: None,
            look_again: Some(look_again),
            last_safe_start,
            grounds: grounds.as_deref().cloned().map(Box::new),
            optimised: optimised.as_deref().cloned().map(Box::new),
            since: before.and_then(|before| before.since).or(Some(decided)),
            times: before.map_or(0, |before| before.times) + 1,
            decided,
        })
    }

    /// It goes on.
    pub(super) fn goes_on(
        before: Option<&Self>,
        record: &Recorded<Event>,
        released: &TaskReleased,
    ) -> Box<Self> {
        let TaskReleased { task: _, reason, bid, price, last_safe_start, grounds, optimised } =
            released.clone();
        Box::new(Self {
            bid,
            price,
            waits: before.and_then(|before| before.waits),
            goes_on: Some(reason),
            look_again: None,
            last_safe_start,
            grounds: grounds.as_deref().cloned().map(Box::new),
            optimised: optimised.as_deref().cloned().map(Box::new),
            since: before.and_then(|before| before.since),
            times: before.map_or(0, |before| before.times),
            decided: Moment::of(record),
        })
    }
}

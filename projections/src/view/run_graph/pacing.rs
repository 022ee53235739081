//! When a run that may be suspended ran, when it stood still, and why.

use triad_event::prices::{DeferReason, PriceTaken, ReleaseReason, RunContinued, RunSuspended};
use triad_event::quantity::{MicroUsd, Micros};
use triad_event::{Event, Recorded};

use crate::fold::Moment;
use crate::row::stored;

/// Suspensions of a run that are told, the latest ones.
pub const STOOD_MAX: usize = 48;

stored! {
    /// When a run that may be suspended ran, when it stood still, and why, as it was decided last.
    pub struct Pacing {
        /// Sequence of the request of its attempt.
        pub request: u64,
        /// When it began to run.
        pub began: Micros,
        /// When it stood still, the latest [`STOOD_MAX`] times.
        pub stood: Vec<Stood>,
        /// How often it was suspended.
        pub suspensions: u32,
        /// Whether it is suspended.
        pub is_suspended: bool,
        /// How long it had run when that was decided last, without the time in which it was suspended.
        pub ran: Micros,
        /// Why it goes on; none while it is suspended.
        pub goes_on: Option<ReleaseReason>,
        /// The price that was taken for the one of that moment; none when there was none.
        pub price: Option<PriceTaken>,
        /// When it is looked at again at the latest; none when it runs to its end.
        pub look_again: Option<Micros>,
        /// When it goes on whatever the price.
        pub last_safe_start: Micros,
        /// When the last of it was decided.
        pub decided: Moment,
    }
}

stored! {
    /// A time in which a run stood still.
    pub struct Stood {
        /// From when.
        pub from: Micros,
        /// Until when; none while it stands still.
        pub until: Option<Micros>,
        /// Why, as it was decided last.
        pub reason: DeferReason,
        /// The price that was taken for the one at its beginning; none when there was none.
        pub price: Option<PriceTaken>,
        /// What a kilowatt hour was expected to cost in the mean of what remained, where a cheaper time was found.
        pub expected: Option<MicroUsd>,
    }
}

impl Pacing {
    fn begin(request: u64, ran: Micros, record: &Recorded<Event>) -> Self {
        Self {
            request,
            began: Micros(record.at.0.saturating_sub(ran.0)),
            stood: Vec::new(),
            suspensions: 0,
            is_suspended: false,
            ran,
            goes_on: None,
            price: None,
            look_again: None,
            last_safe_start: record.at,
            decided: Moment::of(record),
        }
    }

    fn of(before: Option<&Self>, request: u64, ran: Micros, record: &Recorded<Event>) -> Self {
        let same = before.filter(|before| before.request == request).cloned();
        same.unwrap_or_else(|| Self::begin(request, ran, record))
    }

    /// It stands still, or goes on standing still.
    pub(super) fn suspended(
        before: Option<&Self>,
        record: &Recorded<Event>,
        event: &RunSuspended,
    ) -> Box<Self> {
        let mut pacing = Self::of(before, event.request, event.ran, record);
        let (reason, price) = (event.reason, event.price.clone());
        match pacing.stood.last_mut().filter(|_| pacing.is_suspended) {
            Some(stood) => stood.reason = reason,
            None => {
                let expected = event.grounds.plan.as_ref().map(|plan| plan.mean);
                let stood = Stood { from: record.at, until: None, reason, price: price.clone(), expected };
                pacing.stood.push(stood);
                pacing.suspensions = pacing.suspensions.saturating_add(1);
                if pacing.stood.len() > STOOD_MAX {
                    pacing.stood.remove(0);
                }
            }
        }
        Box::new(Self {
            is_suspended: true,
            ran: event.ran,
            goes_on: None,
            price,
            look_again: Some(event.look_again),
            last_safe_start: event.last_safe_start,
            decided: Moment::of(record),
            ..pacing
        })
    }

    /// It goes on.
    pub(super) fn continued(
        before: Option<&Self>,
        record: &Recorded<Event>,
        event: &RunContinued,
    ) -> Box<Self> {
        let mut pacing = Self::of(before, event.request, event.ran, record);
        pacing.end(record.at);
        Box::new(Self {
            ran: event.ran,
            goes_on: Some(event.reason),
            price: event.price.clone(),
            look_again: event.look_again,
            last_safe_start: event.last_safe_start,
            decided: Moment::of(record),
            ..pacing
        })
    }

    /// It stands still no longer, because it goes on or is over.
    pub(super) fn end(&mut self, at: Micros) {
        if let Some(stood) = self.stood.last_mut().filter(|_| self.is_suspended) {
            stood.until = Some(at);
        }
        (self.is_suspended, self.look_again) = (false, None);
    }
}

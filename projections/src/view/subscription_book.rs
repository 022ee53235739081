//! Who is told of which events? The subscriptions, and the messages that were not taken yet.

use triad_event::alerts::{self, AlertEscalated, Delivery, Escalation, MessageMade, SubscriptionSet};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{stored, vocabulary};
use crate::views::{Answer, Views};

vocabulary! { Escalation }

/// Messages that were given up which are kept: as many as the core keeps.
const GIVEN_UP_MAX: usize = 1000;
/// The span in which the messages of a subscription are counted.
const MINUTE_US: i64 = 60_000_000;

stored! {
    /// The subscriptions and their messages.
    #[derive(Default)]
    pub struct SubscriptionBook {
        /// In the order of their names.
        pub subscriptions: Vec<Subscription>,
        /// Those that were not taken: the ones that are tried, and the newest that were given up.
        pub messages: Vec<Message>,
        /// The channels that a subscription ever named.
        pub channels: Vec<String>,
    }
}

stored! {
    /// A subscription.
    pub struct Subscription {
        /// Its name.
        pub name: String,
        /// The channel that is told.
        pub channel: String,
        /// The kinds of events, by name.
        pub kinds: Vec<String>,
        /// What must hold of an event besides.
        pub filter: Option<String>,
        /// Who is told of alerts that nobody acknowledges.
        pub escalation: Option<Escalation>,
        /// Messages within one minute.
        pub per_minute: u32,
        /// Why it was set.
        pub reason: String,
        /// When it was set last.
        pub since: Moment,
        /// The first record that it has not told of.
        pub next: u64,
        /// When the minute began in which messages are counted.
        pub minute: Micros,
        /// Messages in it.
        pub in_minute: u32,
        /// Messages in all.
        pub made: u64,
        /// Of those, which were taken.
        pub taken: u64,
    }
}

stored! {
    /// A message that was not taken.
    pub struct Message {
        /// The record that made it.
        pub made: Moment,
        /// The name of its subscription.
        pub subscription: String,
        /// The channel.
        pub channel: String,
        /// The first event that it tells of.
        pub first: u64,
        /// The last.
        pub last: u64,
        /// How many.
        pub events: u32,
        /// How often it was tried.
        pub attempts: u32,
        /// How the last attempt ended.
        pub delivery: Option<Delivery>,
        /// What was answered then.
        pub status: Option<u32>,
        /// When it was given up.
        pub given_up: Option<Moment>,
    }
}

impl Subscription {
    fn new(record: &Recorded<Event>, set: &SubscriptionSet) -> Self {
        Self {
            name: set.name.clone(),
            channel: String::new(),
            kinds: Vec::new(),
            filter: None,
            escalation: None,
            per_minute: 0,
            reason: String::new(),
            since: Moment::of(record),
            next: set.from.unwrap_or(record.sequence).min(record.sequence),
            minute: Micros(i64::MIN),
            in_minute: 0,
            made: 0,
            taken: 0,
        }
    }

    /// Whether another message may be sent at a moment, and otherwise when.
    pub fn may_send(&self, now: Micros) -> Result<(), Micros> {
        let over = Micros(self.minute.0.saturating_add(MINUTE_US));
        if self.in_minute < self.per_minute || now >= over { Ok(()) } else { Err(over) }
    }
}

impl SubscriptionBook {
    /// The subscription of that name.
    pub fn find(&self, name: &str) -> Option<&Subscription> {
        self.subscriptions.iter().find(|subscription| subscription.name == name)
    }

    fn set(&mut self, record: &Recorded<Event>, set: &SubscriptionSet) {
        let escalation = set.escalation.as_ref().map(|escalation| &escalation.channel);
        for channel in [Some(&set.channel), escalation].into_iter().flatten() {
            if !self.channels.contains(channel) {
                self.channels.push(channel.clone());
            }
        }
        let found = self.subscriptions.binary_search_by(|one| one.name.cmp(&set.name));
        let place = found.unwrap_or_else(|place| {
            self.subscriptions.insert(place, Subscription::new(record, set));
            place
        });
        let SubscriptionSet { channel, kinds, filter, escalation, per_minute, reason, .. } = set.clone();
        let since = Moment::of(record);
        let one = &mut self.subscriptions[place];
        *one = Subscription { channel, kinds, filter, escalation, per_minute, reason, since, ..one.clone() };
    }

    fn make(&mut self, record: &Recorded<Event>, made: &MessageMade) {
        let found = self.subscriptions.iter_mut().find(|one| one.name == made.subscription);
        if let Some(of) = found {
            of.next = made.last + 1;
            if record.at.0 >= of.minute.0.saturating_add(MINUTE_US) {
                of.minute = record.at;
                of.in_minute = 0;
            }
            of.in_minute += 1;
            of.made += 1;
        }
        self.push(record, (&made.subscription, &made.channel), (made.first, made.last, made.events));
    }

    fn escalate(&mut self, record: &Recorded<Event>, escalated: &AlertEscalated) {
        let at = record.sequence;
        if let Some(of) = self.subscriptions.iter_mut().find(|one| one.name == escalated.subscription) {
            of.made += 1;
        }
        self.push(record, (&escalated.subscription, &escalated.channel), (at, at, 1));
    }

    fn push(
        &mut self,
        record: &Recorded<Event>,
        (subscription, channel): (&str, &str),
        what: (u64, u64, u32),
    ) {
        let (first, last, events) = what;
        self.messages.push(Message {
            made: Moment::of(record),
            subscription: subscription.to_owned(),
            channel: channel.to_owned(),
            first,
            last,
            events,
            attempts: 1,
            delivery: None,
            status: None,
            given_up: None,
        });
    }

    fn message(&mut self, sequence: u64) -> Option<&mut Message> {
        self.messages.iter_mut().find(|message| message.made.sequence == sequence)
    }

    fn end(&mut self, ended: &alerts::MessageEnded) {
        let Some(message) = self.message(ended.message) else { return };
        message.delivery = Some(ended.delivery);
        message.status = ended.status.map(u32::from);
        if ended.delivery == Delivery::Accepted {
            let name = message.subscription.clone();
            self.messages.retain(|message| message.made.sequence != ended.message);
            if let Some(of) = self.subscriptions.iter_mut().find(|one| one.name == name) {
                of.taken += 1;
            }
        }
    }

    fn give_up(&mut self, record: &Recorded<Event>, sequence: u64) {
        if let Some(message) = self.message(sequence) {
            message.given_up = Some(Moment::of(record));
        }
        let is_over = |message: &Message| message.given_up.is_some();
        if self.messages.iter().filter(|message| is_over(message)).count() > GIVEN_UP_MAX
            && let Some(oldest) = self.messages.iter().position(is_over)
        {
            self.messages.remove(oldest);
        }
    }
}

impl Follows<alerts::Event> for SubscriptionBook {
    fn follow(&mut self, record: &Recorded<Event>, event: &alerts::Event) -> Result<(), ViewError> {
        match event {
            alerts::Event::SubscriptionSet(set) => self.set(record, set),
            alerts::Event::SubscriptionRemoved(removed) => {
                self.subscriptions.retain(|one| one.name != removed.name);
                self.messages.retain(|message| message.subscription != removed.name);
            }
            alerts::Event::MessageMade(made) => self.make(record, made),
            alerts::Event::AlertEscalated(escalated) => self.escalate(record, escalated),
            alerts::Event::MessageRepeated(repeated) => {
                if let Some(message) = self.message(repeated.message) {
                    message.attempts = repeated.attempt;
                }
            }
            alerts::Event::MessageEnded(ended) => self.end(ended),
            alerts::Event::MessageGivenUp(given_up) => self.give_up(record, given_up.message),
            alerts::Event::MessageRedelivered(asked) => {
                if let Some(message) = self.message(asked.message) {
                    message.given_up = None;
                    message.attempts = 1;
                }
            }
            alerts::Event::ConditionReported(_)
            | alerts::Event::ConditionEnded(_)
            | alerts::Event::AlertRaised(_)
            | alerts::Event::DeliveryRequested(_)
            | alerts::Event::DeliveryEnded(_)
            | alerts::Event::DeliveryScheduled(_)
            | alerts::Event::AlertAcknowledged(_)
            | alerts::Event::AlertResolved(_)
            | alerts::Event::AlertSubsided(_)
            | alerts::Event::AlertReturned(_) => {}
        }
        Ok(())
    }
}

impl View for SubscriptionBook {
    const NAME: &'static str = "subscription_book";
    const FOLD: u32 = 1;
    type Kept = One<Self>;
}

impl<T: Holds<SubscriptionBook>> Views<T> {
    /// Who is told of which events?
    pub fn subscriptions<R>(&self, read: impl FnOnce(&SubscriptionBook) -> R) -> Answer<R> {
        self.look(|kept: &One<SubscriptionBook>| read(&kept.0))
    }
}

//! What domains write instead of each other: streams, moments, reactions, effects, uses of data
//! subjects, quotas of credentials, settings, whether bids count, whose workflows are, how long tasks took, budgets.
//!
//! A domain changes its own state and these ports, and reads these ports; it never sees another domain's state. What it
//! may ask of others besides is its `Facts`.

pub(crate) mod accounts;
pub(crate) mod budgets;
pub(crate) mod durations;
pub(crate) mod effects;
pub(crate) mod prices;
pub(crate) mod quotas;
pub(crate) mod reactions;
pub(crate) mod settings;
pub(crate) mod streams;
pub(crate) mod uses;
pub(crate) mod wakes;

use triad_event::governance::WakeReason;
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

use crate::image::structs;
use crate::plan::Definition;
use accounts::Accounts;
use budgets::Budgets;
use durations::Durations;
use effects::Effects;
use prices::Prices;
use quotas::Quotas;
use reactions::Reactions;
use settings::Settings;
use streams::Streams;
use uses::Uses;
use wakes::{Wakes, Wakeup};

#[derive(Debug, Clone, Default)]
pub(crate) struct Ports {
    pub(crate) settings: Settings,
    pub(crate) streams: Streams,
    pub(crate) wakes: Wakes,
    pub(crate) reactions: Reactions,
    pub(crate) effects: Effects,
    pub(crate) uses: Uses,
    pub(crate) quotas: Quotas,
    pub(crate) prices: Prices,
    pub(crate) accounts: Accounts,
    pub(crate) durations: Durations,
    pub(crate) budgets: Budgets,
    /// A definition on its way from the domain that took it in to the one that runs it: handed on within one record.
    pub(crate) accepted: Accepted,
}

/// Empty between records, so a snapshot says nothing of it.
pub(crate) type Accepted = crate::image::Passing<Definition>;

structs! {
    Ports {
        settings, streams, wakes, reactions, effects, uses, quotas, prices, accounts, durations, budgets, accepted,
    }
}

impl Ports {
    /// When to fire the timer next. A moment that has passed means at once.
    pub(crate) fn next_wake(&self, elapsed: Micros) -> Option<Wakeup> {
        if !self.reactions.is_empty() {
            return Some(Wakeup { due: elapsed, reason: WakeReason::Owed });
        }
        self.wakes.next()
    }

    /// Sets a stream aside with what it is owed and when it wanted to be woken.
    pub(crate) fn set_aside(&mut self, stream: StreamId) {
        let wakes = self.wakes.take(stream);
        self.streams.set_aside(stream, wakes);
    }

    /// Lets a stream go on where it was set aside.
    pub(crate) fn release(&mut self, stream: StreamId) {
        let Some(aside) = self.streams.release(stream) else { return };
        aside.wakes.into_iter().for_each(|wake| self.wakes.insert(wake));
        aside.reactions.into_iter().for_each(|pending| self.reactions.add(pending));
        self.effects.touch_stream(stream);
    }
}

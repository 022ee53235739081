//! The conditions that stand, and the alert of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use triad_event::alerts::{AlertKind, Delivery, DeliveryEnded, Event, Phase};
use triad_event::economics::{Event as EconomicsEvent, Exhaustion};
use triad_event::governance::{Event as GovernanceEvent, WakeReason};
use triad_event::healing::{Event as HealingEvent, HealingEnded};
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;
use triad_event::subjects::Event as SubjectsEvent;
use triad_event::{Domain, Event as AnyEvent, Recorded};

use super::reaction::Reaction;
use super::telling::Telling;
use crate::fold_error::FoldError;
use crate::image::{choices, structs, words};
use crate::ports::Ports;
use crate::ports::budgets::Account;
use crate::ports::effects::Acting;
use crate::ports::wakes::Wake;

/// Deliveries of one alert. After these, some eight hours, whoever does not answer will not.
pub(crate) const DELIVERIES_MAX: u32 = 16;

/// Workflows that nothing heals of which people are told at once, each by an alert. Further ones are among the incidents.
const NOT_HEALED_MAX: usize = 1000;

/// What is the matter, and with what.
pub(crate) type Condition = (AlertKind, StreamId);

/// An alert whose condition stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Alert {
    pub(crate) condition: Condition,
    pub(crate) raised_at: Micros,
    pub(crate) phase: Phase,
    /// How many deliveries were requested.
    pub(crate) deliveries: u32,
    pub(crate) delivery: DeliveryState,
    /// Set while its condition stands no longer: when it is resolved.
    pub(crate) quiet_until: Option<Micros>,
    /// How often its condition has returned before that.
    pub(crate) returns: u32,
}

/// Where the delivery of an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryState {
    /// It is to be requested now.
    Due,
    /// It was requested.
    Requested { request: u64 },
    /// It did not succeed; when it is made again is decided next.
    Failed,
    /// It waits for its moment.
    Waiting { due: Micros },
    /// It is over, in one way or the other.
    Over,
}

/// What is remembered of alerts. Shared until written.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// The conditions that stand, with what is said of each.
    pub(crate) standing: Arc<BTreeMap<Condition, String>>,
    /// Their alerts, by stream.
    pub(crate) open: Arc<BTreeMap<StreamId, Alert>>,
    /// The stream of each alert, by its condition.
    pub(crate) streams: Arc<BTreeMap<Condition, StreamId>>,
    /// Whose delivery a request is.
    pub(crate) requests: Arc<BTreeMap<u64, StreamId>>,
    /// Who else is told of which events.
    pub(crate) telling: Telling,
}

words! { AlertKind, Phase }

structs! {
    State { standing, open, streams, requests, telling }
    Alert { condition, raised_at, phase, deliveries, delivery, quiet_until, returns }
}

choices! {
    DeliveryState { 0 Due, 1 Requested { request }, 2 Failed, 3 Waiting { due }, 4 Over }
}

impl State {
    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Alerts(event) = &record.event {
            return self.evolve(record, event, ports);
        }
        if let AnyEvent::Governance(event) = &record.event {
            self.hear_governance(record, event, ports);
        }
        if let AnyEvent::Economics(event) = &record.event {
            self.hear_economics(record, event, ports);
        }
        if let AnyEvent::Healing(HealingEvent::HealingEnded(ended)) = &record.event {
            self.hear_of_failure(record, ended, ports);
        }
        if record.event.closes_stream() {
            self.end((AlertKind::BudgetExhausted, record.stream), record, ports);
        }
        if let AnyEvent::Subjects(SubjectsEvent::Erased(erased)) = &record.event {
            self.end((AlertKind::ErasureFailed, StreamId(erased.subject.0)), record, ports);
        }
        Ok(())
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "who hears another domain names what it hears")]
    fn hear_governance(&mut self, record: &Recorded<AnyEvent>, event: &GovernanceEvent, ports: &mut Ports) {
        use AlertKind::{ClockStepped, MachineShort, PriceFeedFailed, StreamQuarantined, VaultDegraded};
        match event {
            GovernanceEvent::StreamQuarantined(aside) => {
                let detail = format!("after {} panics, the last on {}", aside.panics, aside.input);
                self.begin((StreamQuarantined, aside.quarantined), detail, record, ports);
            }
            GovernanceEvent::StreamReleased(released) => {
                self.end((StreamQuarantined, released.released), record, ports);
            }
            GovernanceEvent::StreamClosed(closed) => {
                self.end((StreamQuarantined, closed.closed), record, ports);
                self.resolve(closed.closed, ports);
            }
            GovernanceEvent::ClockStepped(stepped) => {
                let by = stepped.found.0.saturating_sub(stepped.expected.0);
                let detail = format!("by {by} us; deadlines wait until it is accepted");
                self.begin((ClockStepped, StreamId::LOG), detail, record, ports);
            }
            GovernanceEvent::ClockAccepted(_) | GovernanceEvent::ClockAgreed(_) => {
                self.end((ClockStepped, StreamId::LOG), record, ports)
            }
            // Whether the vault and the feed work, and what there is too little of, is for the new process to find out.
            GovernanceEvent::EngineStarted(_) => {
                for alert in [VaultDegraded, MachineShort, PriceFeedFailed] {
                    self.end((alert, StreamId::LOG), record, ports);
                }
            }
            _ => {}
        }
    }

    /// A budget that is set or begins anew is not exhausted until that is said again.
    fn hear_economics(&mut self, record: &Recorded<AnyEvent>, event: &EconomicsEvent, ports: &mut Ports) {
        let account = match event {
            EconomicsEvent::BudgetExhausted(exhausted) => {
                let account = Account::of(&exhausted.account);
                let detail = format!("{}: {}", account.words(), words_of(exhausted.why));
                return self.begin((AlertKind::BudgetExhausted, account.about()), detail, record, ports);
            }
            EconomicsEvent::BudgetSet(set) => &set.account,
            EconomicsEvent::BudgetRemoved(removed) => &removed.account,
            EconomicsEvent::BudgetPeriodBegan(began) => &began.account,
            EconomicsEvent::RunCharged(_) => return,
        };
        self.end((AlertKind::BudgetExhausted, Account::of(account).about()), record, ports);
    }

    /// One alert for each workflow, whatever of it fails. When thousands of them fail, what people are told is that.
    fn hear_of_failure(&mut self, record: &Recorded<AnyEvent>, ended: &HealingEnded, ports: &mut Ports) {
        let condition = (AlertKind::NotHealed, record.stream);
        let stands = self.standing.range((AlertKind::NotHealed, StreamId([0; 16]))..);
        let of_kind = stands.take_while(|((kind, _), _)| *kind == AlertKind::NotHealed).count();
        // One that somebody has just acknowledged is about to be resolved, with this.
        let is_open = self.standing.contains_key(&condition) || self.streams.contains_key(&condition);
        if of_kind < NOT_HEALED_MAX && !is_open {
            let HealingEnded { task, class, .. } = ended;
            let detail = format!("task number {task}: {}", class.word());
            self.begin(condition, detail, record, ports);
        }
    }

    /// A condition stands from here on.
    fn begin(
        &mut self,
        condition: Condition,
        detail: String,
        record: &Recorded<AnyEvent>,
        ports: &mut Ports,
    ) {
        let (alert, about) = condition;
        Arc::make_mut(&mut self.standing).insert(condition, detail);
        let quiet = self.streams.get(&condition).filter(|stream| self.is_quiet(**stream));
        let reaction = match quiet {
            Some(stream) => Reaction::Return { stream: *stream },
            None => Reaction::Raise { alert, about },
        };
        ports.reactions.push(reaction, record.sequence);
    }

    fn is_quiet(&self, stream: StreamId) -> bool {
        self.open.get(&stream).is_some_and(|alert| alert.quiet_until.is_some())
    }

    /// A condition stands no longer, if it did.
    fn end(&mut self, condition: Condition, record: &Recorded<AnyEvent>, ports: &mut Ports) {
        if !self.standing.contains_key(&condition) {
            return;
        }
        Arc::make_mut(&mut self.standing).remove(&condition);
        if let Some(stream) = self.streams.get(&condition) {
            ports.reactions.push(Reaction::Resolve { stream: *stream }, record.sequence);
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is of no subscription and no condition is of an alert"
    )]
    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        if event.is_of_subscriptions() {
            let alerts = Arc::clone(&self.open);
            let is_open =
                |alert: StreamId| alerts.get(&alert).is_some_and(|alert| alert.phase == Phase::Raised);
            return self.telling.evolve(record, event, is_open, ports);
        }
        match event {
            Event::ConditionReported(met) => {
                on_the_log(record)?;
                self.begin((met.alert, met.about), met.detail.clone(), record, ports);
                Ok(())
            }
            Event::ConditionEnded(ended) => {
                on_the_log(record)?;
                self.end((ended.alert, ended.about), record, ports);
                Ok(())
            }
            Event::AlertRaised(raised) => self.raise(record, (raised.alert, raised.about), ports),
            // What is left is of an alert.
            _ => self.evolve_alert(record, event, ports),
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "what is left is of no alert that is open, and does not come here"
    )]
    fn evolve_alert(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let alerts = Arc::make_mut(&mut self.open);
        let alert = alerts.get_mut(&record.stream).ok_or(FoldError::StreamUnknown)?;
        alert.phase = Phase::after(Some(alert.phase), event).ok_or(FoldError::Grammar)?;
        match event {
            Event::DeliveryRequested(_) => {
                forget_wake(alert, record.stream, ports);
                alert.deliveries += 1;
                alert.delivery = DeliveryState::Requested { request: record.sequence };
                Arc::make_mut(&mut self.requests).insert(record.sequence, record.stream);
                ports.effects.request(record.sequence, Acting::Alerts, record.stream);
            }
            Event::DeliveryEnded(ended) => {
                let sent = Arc::make_mut(&mut self.requests).remove(&ended.request);
                sent.filter(|stream| *stream == record.stream).ok_or(FoldError::Grammar)?;
                end_delivery(alert, ended, record, ports);
            }
            Event::DeliveryScheduled(scheduled) => {
                let due = record.elapsed.later(scheduled.delay);
                alert.delivery = DeliveryState::Waiting { due };
                ports.wakes.insert(retry_wake(due, record.stream));
            }
            Event::AlertResolved(_) => self.resolve(record.stream, ports),
            Event::AlertSubsided(subsided) => {
                alert.quiet_until = Some(subsided.due);
                ports.wakes.insert(quiet_wake(subsided.due, record.stream));
            }
            Event::AlertReturned(returned) => {
                forget_quiet(alert, record.stream, ports);
                alert.quiet_until = None;
                alert.returns = returned.returns;
            }
            Event::AlertEscalated(escalated) => {
                let to = (escalated.subscription.as_str(), escalated.channel.as_str());
                self.telling.escalate(record, to, ports)?;
            }
            // A task that failed stays so: that somebody knows of it is all that there is to wait for.
            Event::AlertAcknowledged(_) if alert.condition.0 == AlertKind::NotHealed => {
                let condition = alert.condition;
                self.telling.calm_alert(record.stream, ports);
                self.end(condition, record, ports);
            }
            Event::AlertAcknowledged(_) => self.telling.calm_alert(record.stream, ports),
            _ => {}
        }
        Ok(())
    }

    fn raise(
        &mut self,
        record: &Recorded<AnyEvent>,
        condition: Condition,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        let stream = record.stream;
        if record.ordinal > 0 || stream == StreamId::LOG || self.streams.contains_key(&condition) {
            return Err(FoldError::Grammar);
        }
        ports.streams.open(stream, Domain::Alerts);
        let alert = Alert {
            condition,
            raised_at: record.at,
            phase: Phase::Raised,
            deliveries: 0,
            delivery: if self.telling.is_used { DeliveryState::Over } else { DeliveryState::Due },
            quiet_until: None,
            returns: 0,
        };
        let is_delivered_by_itself = alert.delivery == DeliveryState::Due;
        Arc::make_mut(&mut self.open).insert(stream, alert);
        Arc::make_mut(&mut self.streams).insert(condition, stream);
        if is_delivered_by_itself {
            ports.reactions.push(Reaction::Deliver { stream }, record.sequence);
        }
        Ok(())
    }

    /// What is of the alert with that stream is over.
    fn resolve(&mut self, stream: StreamId, ports: &mut Ports) {
        let Some(alert) = Arc::make_mut(&mut self.open).remove(&stream) else { return };
        forget_wake(&alert, stream, ports);
        forget_quiet(&alert, stream, ports);
        self.telling.calm_alert(stream, ports);
        if let DeliveryState::Requested { request } = alert.delivery {
            Arc::make_mut(&mut self.requests).remove(&request);
            ports.effects.settle(request);
        }
        Arc::make_mut(&mut self.streams).remove(&alert.condition);
    }
}

fn end_delivery(alert: &mut Alert, ended: &DeliveryEnded, record: &Recorded<AnyEvent>, ports: &mut Ports) {
    ports.effects.settle(ended.request);
    let is_tried_again = match ended.delivery {
        Delivery::Accepted | Delivery::NotConfigured => false,
        Delivery::Refused | Delivery::Unreachable => alert.deliveries < DELIVERIES_MAX,
    };
    if is_tried_again {
        alert.delivery = DeliveryState::Failed;
        ports.reactions.push(Reaction::Schedule { stream: record.stream }, record.sequence);
    } else {
        alert.delivery = DeliveryState::Over;
    }
}

const fn words_of(why: Exhaustion) -> &'static str {
    match why {
        Exhaustion::UsedUp => "the budget is used up",
        Exhaustion::HoldsBack => "a task waits, for which too little is left",
        Exhaustion::TooSmall => "a task waits that could need more than all of the budget",
    }
}

fn on_the_log(record: &Recorded<AnyEvent>) -> Result<(), FoldError> {
    if record.stream == StreamId::LOG { Ok(()) } else { Err(FoldError::Stream) }
}

fn forget_wake(alert: &Alert, stream: StreamId, ports: &mut Ports) {
    if let DeliveryState::Waiting { due } = alert.delivery {
        ports.wakes.remove(&retry_wake(due, stream));
    }
}

fn forget_quiet(alert: &Alert, stream: StreamId, ports: &mut Ports) {
    if let Some(due) = alert.quiet_until {
        ports.wakes.remove(&quiet_wake(due, stream));
    }
}

pub(crate) fn quiet_wake(due: Micros, stream: StreamId) -> Wake {
    Wake { due, reason: WakeReason::AlertQuiet, stream, about: 0 }
}

pub(crate) fn retry_wake(due: Micros, stream: StreamId) -> Wake {
    Wake { due, reason: WakeReason::DeliveryRetry, stream, about: 0 }
}

//! What channels are told, and how often.

use triad_event::alerts::{
    AlertAcknowledged, AlertKind, Ask, ConditionEnded, Delivery, Escalation, MessageEnded, MessageMade,
    MessageRedelivered, SubscriptionRemoved, SubscriptionSet,
};
use triad_event::governance::{ChangeSetting, Setting};
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

use super::{Door, names, notifications, report};
use crate::alerts::state::DELIVERIES_MAX;
use crate::alerts::{Letter, Refusal, Told};
use crate::{Accepted, Input, governance};

fn set(door: &mut Door, escalates_after_s: Option<i64>) {
    let escalation = escalates_after_s
        .map(|seconds| Escalation { channel: "boss".to_owned(), after: Micros(seconds * 1_000_000) });
    let set = SubscriptionSet {
        name: "ops".to_owned(),
        channel: "hook".to_owned(),
        kinds: vec!["alerts.alert_raised".to_owned()],
        filter: None,
        escalation,
        per_minute: 10,
        from: None,
        reason: String::new(),
    };
    door.input(Input::of_log(Ask::Subscribe(Box::new(set)))).expect("it is set");
}

/// A message of one record, which raised an alert if there is one.
fn send(door: &mut Door, at: u64, alerts: Vec<StreamId>) -> Result<Accepted, crate::Refusal> {
    let (subscription, channel) = ("ops".to_owned(), "hook".to_owned());
    let made = MessageMade { subscription, channel, first: at, last: at, events: 1, alerts };
    door.input(Input::of_log(Ask::Send(Box::new(made))))
}

/// The newest record, and the alert that is open.
fn newest(door: &Door) -> (u64, StreamId) {
    let last = door.log.iter().map(|record| record.sequence).max().expect("the log has begun");
    (last, door.world.alerts.open.keys().next().copied().unwrap_or(StreamId::LOG))
}

fn letters(door: &Door) -> Vec<(u64, Letter)> {
    let letter = |notification: crate::alerts::Notification| match notification.told {
        Told::Letter(letter) => Some((notification.request, letter)),
        Told::Alert(_) => None,
    };
    notifications(door).into_iter().filter_map(letter).collect()
}

fn end(door: &mut Door, delivery: Delivery) -> Letter {
    let (request, letter) = letters(door).remove(0);
    let ended = MessageEnded { request, message: letter.message, delivery, status: None };
    door.input(Input::of_log(Ask::EndMessage(ended.clone()))).expect("it ends");
    door.input(Input::of_log(Ask::EndMessage(ended))).expect_err("once");
    letter
}

fn end_condition(door: &mut Door) {
    let ended = ConditionEnded { alert: AlertKind::VaultDegraded, about: StreamId::LOG };
    door.input(Input::of_log(Ask::End(ended))).expect("it ends");
}

/// Time passes until the next moment, which comes.
fn wait(door: &mut Door) {
    let wake = door.world.next_wake().expect("something is due");
    door.wait_until(wake.due);
    door.run("timer");
}

#[track_caller]
fn refused(outcome: Result<Accepted, crate::Refusal>, expected: Refusal) {
    assert_eq!(outcome, Err(expected.into()));
}

#[test]
fn an_event_is_told_once_and_nothing_of_what_is_to_come() {
    let mut door = Door::open();
    let (at, _) = newest(&door);
    refused(send(&mut door, at, vec![]), Refusal::SubscriptionUnknown);
    set(&mut door, None);
    refused(send(&mut door, at, vec![]), Refusal::ToldAlready);
    report(&mut door).expect("it is met");
    assert!(notifications(&door).is_empty(), "alerts are told by messages from now on");
    let (at, alert) = newest(&door);
    refused(send(&mut door, at + 1, vec![]), Refusal::ToldAlready);
    send(&mut door, at, vec![alert]).expect("it is made");
    refused(send(&mut door, at, vec![alert]), Refusal::ToldAlready);
    let letter = end(&mut door, Delivery::Accepted);
    assert_eq!((letter.first, letter.last, &*letter.channel), (at, at, "hook"));
    assert!(notifications(&door).is_empty() && door.world.next_wake().is_none());
}

#[test]
fn a_message_that_is_not_taken_is_sent_again_given_up_and_sent_once_more_under_one_id() {
    let mut door = Door::open();
    set(&mut door, None);
    let (at, _) = newest(&door);
    send(&mut door, at, vec![]).expect("it is made");
    let id = letters(&door)[0].1.id;
    let message = letters(&door)[0].1.message;
    for attempt in 1..=DELIVERIES_MAX {
        assert_eq!(end(&mut door, Delivery::Refused).id, id);
        if attempt < DELIVERIES_MAX {
            wait(&mut door);
        }
    }
    assert_eq!(names(&door).last(), Some(&"message_given_up"));
    assert!(door.world.next_wake().is_none() && notifications(&door).is_empty());
    let again = |door: &mut Door, message: u64| {
        let asked = MessageRedelivered { message, reason: String::new() };
        door.input(Input::of_log(Ask::Redeliver(asked)))
    };
    refused(again(&mut door, message + 1), Refusal::MessageUnknown { message: message + 1 });
    again(&mut door, message).expect("it is sent once more");
    refused(again(&mut door, message), Refusal::NotGivenUp { message });
    assert_eq!(end(&mut door, Delivery::NotConfigured).id, id);
    assert_eq!(names(&door).last(), Some(&"message_given_up"), "there is nobody to try");
    again(&mut door, message).expect("it is sent once more");
    assert_eq!(end(&mut door, Delivery::Accepted).id, id);
    refused(again(&mut door, message), Refusal::MessageUnknown { message });
}

#[test]
fn a_subscription_that_is_removed_sends_nothing_more() {
    let mut door = Door::open();
    set(&mut door, Some(60));
    report(&mut door).expect("it is met");
    let (at, alert) = newest(&door);
    send(&mut door, at, vec![alert]).expect("it is made");
    end(&mut door, Delivery::Unreachable);
    let removed = SubscriptionRemoved { name: "ops".to_owned(), reason: String::new() };
    door.input(Input::of_log(Ask::Unsubscribe(removed.clone()))).expect("it is removed");
    refused(door.input(Input::of_log(Ask::Unsubscribe(removed))), Refusal::SubscriptionUnknown);
    assert!(door.world.next_wake().is_none() && notifications(&door).is_empty());
}

#[test]
fn what_nobody_acknowledges_goes_to_somebody_else_and_what_is_acknowledged_does_not() {
    for is_acknowledged in [false, true] {
        let mut door = Door::open();
        set(&mut door, Some(900));
        report(&mut door).expect("it is met");
        let (at, alert) = newest(&door);
        send(&mut door, at, vec![alert]).expect("it is made");
        end(&mut door, Delivery::Accepted);
        if is_acknowledged {
            let ask = Ask::Acknowledge(AlertAcknowledged { reason: "on it".to_owned() });
            door.input(Input::of(alert, ask)).expect("acknowledged");
            assert!(door.world.next_wake().is_none() && letters(&door).is_empty());
            continue;
        }
        wait(&mut door);
        assert_eq!(names(&door).last(), Some(&"alert_escalated"));
        assert_eq!(end(&mut door, Delivery::Accepted).channel, "boss");
        assert!(door.world.next_wake().is_none(), "once");
    }
}

#[test]
fn what_flaps_is_one_alert_until_it_has_been_quiet() {
    let mut door = Door::open();
    set(&mut door, None);
    report(&mut door).expect("it is met");
    let (_, alert) = newest(&door);
    for _ in 0..3 {
        end_condition(&mut door);
        assert_eq!(names(&door).last(), Some(&"alert_subsided"));
        door.wait(Micros(60_000_000));
        report(&mut door).expect("it is met again");
        assert_eq!((names(&door).last(), newest(&door).1), (Some(&"alert_returned"), alert));
        assert!(door.world.next_wake().is_none());
    }
    assert_eq!(names(&door).iter().filter(|name| **name == "alert_raised").count(), 1);
    end_condition(&mut door);
    wait(&mut door);
    assert_eq!(names(&door).last(), Some(&"alert_resolved"));
    assert!(door.world.alerts.open.is_empty());
    report(&mut door).expect("it is met again");
    assert_ne!(newest(&door).1, alert, "another alert");
}

#[test]
fn with_no_quiet_an_alert_is_resolved_at_once() {
    let mut door = Door::open();
    set(&mut door, None);
    let (setting, value, scope, reason) = (Setting::AlertQuiet, 0, String::new(), String::new());
    let change = ChangeSetting { setting, value, scope, reason };
    door.input(governance::Ask::ChangeSetting(change).into()).expect("it is set");
    report(&mut door).expect("it is met");
    end_condition(&mut door);
    assert_eq!(names(&door).last(), Some(&"alert_resolved"));
}

//! What people are told of.

mod told;

use triad_event::Event;
use triad_event::alerts::{
    AlertAcknowledged, AlertKind, Ask, ConditionEnded, ConditionReported, Delivery, DeliveryEnded,
};
use triad_event::ids::StreamId;
use triad_event::quantity::Micros;

use super::state::DELIVERIES_MAX;
use crate::alerts::{Alarm, Notification, Told};
use crate::tests::door::{Door, workflow_named};
use crate::{Effect, Input, Refusal, effects};

fn notifications(door: &Door) -> Vec<Notification> {
    let notify = |effect| match effect {
        Effect::Notify(notification) => Some(notification),
        Effect::Perform(_) | Effect::DestroyKey(_) | Effect::Evaluate(_) => None,
    };
    effects(&door.world).filter_map(notify).collect()
}

/// The alerts among them.
fn alarms(door: &Door) -> Vec<Alarm> {
    let alarm = |notification: Notification| match notification.told {
        Told::Alert(alarm) => Some(alarm),
        Told::Letter(_) => None,
    };
    notifications(door).into_iter().filter_map(alarm).collect()
}

fn report(door: &mut Door) -> Result<crate::Accepted, Refusal> {
    let (alert, about, detail) = (AlertKind::VaultDegraded, StreamId::LOG, "no space left".to_owned());
    door.input(Input::of_log(Ask::Report(ConditionReported { alert, about, detail })))
}

fn deliver(door: &mut Door, delivery: Delivery) {
    let request = notifications(door)[0].request;
    let ended = DeliveryEnded { request, delivery, status: None };
    door.input(Input::of_log(Ask::EndDelivery(ended))).expect("a delivery ends");
}

fn names(door: &Door) -> Vec<&'static str> {
    let of_alerts = door.log.iter().filter(|record| matches!(record.event, Event::Alerts(_)));
    of_alerts.map(|record| record.event.kind().name().trim_start_matches("alerts.")).collect()
}

#[test]
fn one_condition_is_one_alert_for_as_long_as_it_stands() {
    let mut door = Door::open();
    report(&mut door).expect("it is met");
    report(&mut door).expect_err("it stands already");
    let told = alarms(&door);
    assert_eq!((told.len(), told[0].kind, &*told[0].detail), (1, AlertKind::VaultDegraded, "no space left"));
    deliver(&mut door, Delivery::Accepted);
    assert!(notifications(&door).is_empty() && door.world.next_wake().is_none());
    let end = ConditionEnded { alert: AlertKind::VaultDegraded, about: StreamId::LOG };
    door.input(Input::of_log(Ask::End(end.clone()))).expect("it ends");
    door.input(Input::of_log(Ask::End(end))).expect_err("it has ended");
    report(&mut door).expect("it is met again");
    assert_ne!(alarms(&door)[0].alert, told[0].alert, "another alert");
    let first =
        ["condition_reported", "alert_raised", "delivery_requested", "delivery_ended", "condition_ended"];
    assert_eq!(names(&door)[..5], first);
    assert_eq!(
        names(&door)[5..],
        ["alert_resolved", "condition_reported", "alert_raised", "delivery_requested"]
    );
}

#[test]
fn who_does_not_answer_is_told_again_under_the_same_id_and_not_for_ever() {
    let mut door = Door::open();
    report(&mut door).expect("it is met");
    let id = alarms(&door)[0].alert;
    let mut deliveries = 1;
    loop {
        deliver(&mut door, Delivery::Unreachable);
        let Some(wake) = door.world.next_wake() else { break };
        door.wait_until(wake.due);
        door.run("timer");
        assert_eq!(alarms(&door)[0].alert, id);
        deliveries += 1;
    }
    assert_eq!(deliveries, DELIVERIES_MAX);
    assert!(door.at > Micros(1_000_000_000));
}

#[test]
fn an_alert_is_acknowledged_once_and_resolved_by_what_it_is_about() {
    let mut door = Door::open();
    door.run("submit w: a process\n quarantine w");
    let request = notifications(&door)[0].request;
    let told = alarms(&door).remove(0);
    assert_eq!((told.kind, told.about), (AlertKind::StreamQuarantined, workflow_named("w").into()));
    assert_eq!(told.detail, "after 2 panics, the last on Test");
    let acknowledge = || Ask::Acknowledge(AlertAcknowledged { reason: "on it".to_owned() });
    door.input(Input::of(told.alert, acknowledge())).expect("acknowledged");
    door.input(Input::of(told.alert, acknowledge())).expect_err("once");
    door.run("release w");
    assert!(notifications(&door).is_empty(), "what is resolved is not delivered any more");
    door.input(Input::of(told.alert, acknowledge())).expect_err("it is resolved");
    let late = DeliveryEnded { request, delivery: Delivery::Accepted, status: Some(200) };
    door.input(Input::of_log(Ask::EndDelivery(late))).expect_err("nobody waits for it");
}

#[test]
fn a_clock_that_steps_raises_an_alert_until_it_is_accepted() {
    let mut door = Door::open();
    door.run("step clock by 1h");
    assert_eq!(alarms(&door)[0].kind, AlertKind::ClockStepped);
    door.run("accept clock");
    assert_eq!(names(&door).last(), Some(&"alert_resolved"));
}

#[test]
fn a_process_without_a_receiver_tells_nobody_and_does_not_try_again() {
    let mut door = Door::open();
    report(&mut door).expect("it is met");
    deliver(&mut door, Delivery::NotConfigured);
    assert!(door.world.next_wake().is_none());
}

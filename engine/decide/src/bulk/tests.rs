//! What is decided about bulk actions: asked of an engine, one after another.

use triad_event::bulk::{
    Action, ActionRequested, Ask, Connection, EndAction, Event, Item, ItemOutcome, PageEnded, PageListed,
    StopRequested, Why,
};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::{Event as AnyEvent, Recorded};

use crate::Input;
use crate::limits::{BULK_FILTER_BYTES_MAX, BULK_OPEN_MAX, BULK_PAGE_MAX, REASON_BYTES_MAX};
use crate::tests::door::Door;

const ACTION: StreamId = StreamId([0xb1; 16]);

fn request() -> ActionRequested {
    ActionRequested {
        action: Action::Cancel,
        filter: "status=RUNNING&label=region%3Aeu".to_owned(),
        through: 0,
        expected: Some(3),
        connection: Connection::Encrypted,
        reason: "ticket 11".to_owned(),
    }
}

fn workflow(number: u8) -> WorkflowId {
    WorkflowId([number; 16])
}

fn listed(page: u32, workflows: &[u8], next: Option<u64>) -> Ask {
    let workflows = workflows.iter().copied().map(workflow).collect();
    PageListed { page, workflows, next }.into()
}

fn ended(page: u32, items: &[(u8, ItemOutcome)]) -> Ask {
    let item = |(number, outcome): &(u8, ItemOutcome)| Item {
        workflow: workflow(*number),
        outcome: *outcome,
        retried_by: None,
    };
    PageEnded { page, items: items.iter().map(item).collect() }.into()
}

fn stop() -> Ask {
    StopRequested { reason: "wrong label".to_owned() }.into()
}

fn end(why: Why) -> Ask {
    EndAction { why }.into()
}

/// What is recorded, in words, or why it is refused.
fn told(door: &mut Door, stream: StreamId, ask: Ask) -> String {
    match door.input(Input::of(stream, ask)) {
        Ok(_) => match door.log.last() {
            Some(Recorded { event: AnyEvent::Bulk(event), stream: of, .. }) if *of == stream => words(event),
            other => panic!("{other:?}"),
        },
        Err(refusal) => refusal.to_string(),
    }
}

fn words(event: &Event) -> String {
    match event {
        Event::ActionRequested(requested) => format!("{:?} of {}", requested.action, requested.filter),
        Event::PageListed(listed) => format!("page {} of {}", listed.page, listed.workflows.len()),
        Event::PageEnded(ended) => format!("page {} ended", ended.page),
        Event::StopRequested(_) => "to stop".to_owned(),
        Event::ActionEnded(ended) => {
            format!("{:?}, {} done, {} not", ended.asked.why, ended.done, ended.refused)
        }
    }
}

#[track_caller]
fn check(rows: Vec<(Ask, &str)>) -> Door {
    let mut door = Door::open();
    for (ask, expected) in rows {
        assert_eq!(told(&mut door, ACTION, ask), expected);
    }
    door
}

#[test]
fn pages_follow_one_another_and_the_end_counts_them() {
    use ItemOutcome::{Already, Done, Ended};
    let out_of_turn = "that page is not the next";
    let gone = format!("bulk action {ACTION} is not under way");
    let door = check(vec![
        (listed(1, &[1], None), &*gone),
        (request().into(), "Cancel of status=RUNNING&label=region%3Aeu"),
        (request().into(), &*format!("{ACTION} is the id of something else")),
        (ended(1, &[]), out_of_turn),
        (listed(2, &[3], None), out_of_turn),
        (listed(1, &[3], Some(1)), out_of_turn),
        (listed(1, &[], None), "a page has 1 to 100 workflows"),
        (listed(1, &[3, 2], Some(0)), "page 1 of 2"),
        (listed(2, &[1], None), out_of_turn),
        (end(Why::Finished), out_of_turn),
        (ended(1, &[(3, Done)]), "a page ends with the workflows that it was listed with"),
        (ended(1, &[(2, Done), (3, Done)]), "a page ends with the workflows that it was listed with"),
        (ended(1, &[(3, Done), (2, Ended)]), "page 1 ended"),
        (ended(1, &[(3, Done), (2, Ended)]), out_of_turn),
        (listed(2, &[1], Some(0)), out_of_turn),
        (listed(2, &[1], None), "page 2 of 1"),
        (ended(2, &[(1, Already)]), "page 2 ended"),
        (listed(3, &[4], None), out_of_turn),
        (end(Why::Stopped), "nobody asked it to stop"),
        (end(Why::Finished), "Finished, 2 done, 1 not"),
        (end(Why::Finished), &*gone),
        (stop(), &*gone),
    ]);
    assert!(door.world.bulk.open.is_empty(), "what has ended leaves the world");
}

#[test]
fn what_is_to_stop_ends_its_page_and_begins_no_other() {
    use ItemOutcome::{Done, NotTried};
    check(vec![
        (request().into(), "Cancel of status=RUNNING&label=region%3Aeu"),
        (listed(1, &[3, 2], Some(0)), "page 1 of 2"),
        (stop(), "to stop"),
        (stop(), "it is stopping already"),
        (end(Why::Stopped), "that page is not the next"),
        (ended(1, &[(3, Done), (2, NotTried)]), "page 1 ended"),
        (listed(2, &[1], None), "that page is not the next"),
        (end(Why::Stopped), "Stopped, 1 done, 1 not"),
    ]);
    check(vec![
        (request().into(), "Cancel of status=RUNNING&label=region%3Aeu"),
        (end(Why::CredentialRevoked), "CredentialRevoked, 0 done, 0 not"),
    ]);
}

#[test]
fn everything_is_bounded() {
    let long = "x".repeat(REASON_BYTES_MAX + 1);
    let too_long = format!("a reason has at most {REASON_BYTES_MAX} bytes");
    let filter = "x".repeat(BULK_FILTER_BYTES_MAX + 1);
    let filter_too_long = format!("the filter of a bulk action has at most {BULK_FILTER_BYTES_MAX} bytes");
    let many: Vec<u8> = (0..=BULK_PAGE_MAX).map(|number| u8::try_from(number).expect("a byte")).collect();
    let mut door = check(vec![
        (ActionRequested { reason: long.clone(), ..request() }.into(), &*too_long),
        (ActionRequested { filter, ..request() }.into(), &*filter_too_long),
        (
            ActionRequested { through: 1 << 40, ..request() }.into(),
            "sequence 1099511627776 is not recorded yet",
        ),
        (request().into(), "Cancel of status=RUNNING&label=region%3Aeu"),
        (listed(1, &many, None), "a page has 1 to 100 workflows"),
        (StopRequested { reason: long }.into(), &*too_long),
    ]);
    assert_eq!(
        told(&mut door, StreamId::LOG, request().into()),
        format!("{} is the id of something else", StreamId::LOG)
    );
    let another = |number: usize| StreamId([u8::try_from(number).expect("a byte"); 16]);
    for number in 1..BULK_OPEN_MAX {
        assert_eq!(
            told(&mut door, another(number), request().into()),
            words(&Event::ActionRequested(request().into()))
        );
    }
    let full = format!("{BULK_OPEN_MAX} bulk actions are under way, which is as many as may be");
    assert_eq!(told(&mut door, another(BULK_OPEN_MAX), request().into()), full);
}

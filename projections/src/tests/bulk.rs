//! What readers see of bulk actions, however the records come in.

use triad_event::Event;
use triad_event::bulk::{
    Action, ActionEnded, ActionRequested, Connection, EndAction, Item, ItemOutcome, PageEnded, PageListed,
    StopRequested, Why,
};
use triad_event::governance::StreamClosed;
use triad_event::ids::{StreamId, WorkflowId};

use super::door::{chain, open};
use super::history::{History, id};
use crate::Views;
use crate::view::bulk_actions::{BulkAction, BulkActions};

/// The action with that number.
fn action(number: u8) -> StreamId {
    StreamId([0xb0 + number; 16])
}

fn requested() -> ActionRequested {
    ActionRequested {
        action: Action::Retry,
        filter: "status=FAILED".to_owned(),
        through: 40,
        expected: Some(3),
        connection: Connection::EncryptedLocal,
        reason: "ticket 11".to_owned(),
    }
}

fn item(workflow: u8, outcome: ItemOutcome) -> Item {
    Item { workflow: id(workflow), outcome, retried_by: None }
}

/// Three actions: one that ended, one that is to stop in the middle of a page, one whose stream was closed from outside.
pub(super) fn past() -> History {
    let mut past = History::begun();
    let mut said = |number: u8, event: Event| past.recorded(action(number), event);
    for number in 1..=3 {
        said(number, requested().into());
    }
    let page =
        |page, workflows: &[WorkflowId], next| PageListed { page, workflows: workflows.to_vec(), next };
    said(1, page(1, &[id(9), id(8)], Some(30)).into());
    let items = vec![item(9, ItemOutcome::Done), item(8, ItemOutcome::NotFailed)];
    said(1, PageEnded { page: 1, items }.into());
    said(2, page(1, &[id(9), id(8)], Some(30)).into());
    said(1, page(2, &[id(7)], None).into());
    said(1, PageEnded { page: 2, items: vec![item(7, ItemOutcome::Already)] }.into());
    let end = EndAction { why: Why::Finished };
    said(1, ActionEnded { asked: end, done: 2, refused: 1 }.into());
    said(2, StopRequested { reason: "wrong label".to_owned() }.into());
    said(3, StreamClosed { closed: action(3), reason: "gone wrong".to_owned() }.into());
    past
}

fn told(actions: &BulkActions) -> Vec<String> {
    let one = |action: &BulkAction| {
        format!(
            "{:?} {:?}, page {} of {} below {:?}, {} done, {} not, {}, {:?}",
            action.phase,
            action.why,
            action.pages,
            action.listed.len(),
            action.next,
            action.done,
            action.refused,
            action.stop.as_ref().map_or("goes on", |stop| &stop.reason),
            action.ended.map(|ended| ended.sequence),
        )
    };
    actions.actions.iter().map(one).collect()
}

fn seen(views: &Views) -> Vec<String> {
    views.bulk_actions(told).value
}

#[test]
fn actions_are_shown_from_their_request_to_their_end() {
    let expected = [
        "Ended Some(Finished), page 2 of 0 below None, 2 done, 1 not, goes on, Some(11)",
        "Acting None, page 1 of 2 below Some(30), 0 done, 0 not, wrong label, None",
        "Ended None, page 0 of 0 below Some(41), 0 done, 0 not, goes on, Some(13)",
    ];
    let past = past();
    for cut in 0..past.records.len() {
        let directory = tempfile::tempdir().expect("a directory");
        let (mut host, _) = open(directory.path());
        for part in [&past.records[..cut], &past.records[cut..]] {
            if let Some(last) = part.last() {
                drop(host.apply(part, chain(last.sequence)).expect("they can follow"));
                host.flush().expect("they can be stored");
            }
            drop(host);
            host = open(directory.path()).0;
        }
        assert_eq!(seen(&host.views()), expected, "cut at {cut}");
        let open =
            host.views().bulk_actions(|actions| actions.open().map(|open| open.id).collect::<Vec<_>>());
        assert_eq!(open.value, [action(2)]);
    }
}

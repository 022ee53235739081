//! Memory holds what is alive and what is new, however much has ended; and readers get answers of one moment.

use std::thread;

use triad_event::ids::WorkflowId;
use triad_event::{Event, Recorded};

use super::door::{chain, open};
use super::history::{History, id, noop};
use crate::host::CHECKPOINT_RECORDS;
use crate::{Host, run_list};

/// Records of one workflow of [`many`].
const RECORDS: usize = 6;

/// Many workflows one after another, each of one task, all of which end.
fn many(workflows: u32, from: u64) -> Vec<Recorded<Event>> {
    let mut past = History::default();
    past.ran(1, 1);
    let begun = |number: u32| {
        past.records.iter().map(move |record| {
            let offset = from + u64::from(number) * RECORDS as u64;
            let mut record = record.clone();
            record.sequence += offset;
            record.group += offset;
            record.stream = numbered(number).into();
            #[expect(clippy::wildcard_enum_match_arm, reason = "nothing else differs between workflows")]
            match &mut record.event {
                Event::Execution(triad_event::execution::Event::AttemptEnded(ended)) => {
                    ended.request += offset
                }
                Event::Intake(triad_event::intake::Event::WorkflowSubmitted(submitted)) => {
                    submitted.asked.idempotency_key = Some(key(number));
                }
                _ => {}
            }
            record
        })
    };
    (0..workflows).flat_map(begun).collect()
}

fn numbered(number: u32) -> WorkflowId {
    let mut bytes = [0xee; 16];
    bytes[..4].copy_from_slice(&number.wrapping_mul(2_654_435_761).to_be_bytes());
    WorkflowId(bytes)
}

fn key(number: u32) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(&numbered(number).0);
    key
}

fn feed(host: &mut Host, records: &[Recorded<Event>]) {
    super::stories::feed(host, records);
}

#[test]
fn ten_thousand_finished_workflows_are_not_in_memory_and_all_are_found() {
    const WORKFLOWS: u32 = 10_000;
    let mut past = History::begun();
    past.accepted(1, "waits", vec![noop("x", &[])]);
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    feed(&mut host, &past.records);
    let records = many(WORKFLOWS, past.records.len() as u64);
    let mut most = 0;
    for block in records.chunks(512) {
        feed(&mut host, block);
        most = most.max(host.views().held());
    }
    assert!(most <= 1 + (CHECKPOINT_RECORDS + 512) / RECORDS, "{most} workflows were in memory at once");
    host.flush().unwrap();
    assert_eq!(host.views().held(), 1);
    drop(host);
    let (host, _) = open(directory.path());
    let views = host.views();
    assert_eq!(views.held(), 1);
    for number in 0..WORKFLOWS {
        let summary = views.summary(numbered(number)).unwrap().value.unwrap();
        assert_eq!(summary.id, numbered(number));
        assert_eq!(views.idempotency(&key(number)).unwrap().value.unwrap().workflow, numbered(number));
    }
    let page = views.run_list(&run_list::Query { limit: usize::MAX, ..Default::default() }).unwrap().value;
    assert_eq!(page.rows.len(), run_list::ROWS_MAX);
    assert_eq!(page.rows[0].id, numbered(WORKFLOWS - 1));
    assert_eq!(views.run_graph(id(1)).unwrap().value.unwrap().tasks().count(), 1);
}

#[test]
fn readers_beside_the_writer_see_whole_groups_and_never_go_back() {
    let records = many(4_000, 0);
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    let views = host.views();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let views = views.clone();
                scope.spawn(move || watch_until(&views, 4_000 * RECORDS as u64))
            })
            .collect();
        for (call, block) in records.chunks(97 * RECORDS).enumerate() {
            feed(&mut host, block);
            if call.is_multiple_of(3) {
                host.flush().unwrap();
            }
        }
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
}

/// Reads the newest workflow over and over. In this history every group but the last of a workflow leaves it
/// running.
fn watch_until(views: &crate::Views, end: u64) {
    let mut seen = 0;
    while seen < end {
        let answer = views.run_list(&run_list::Query { limit: 3, ..Default::default() }).unwrap();
        let through = answer.through.map_or(0, |through| through + 1);
        assert!(through >= seen, "an answer went back from {seen} to {through}");
        seen = through;
        for row in &answer.value.rows {
            assert!(row.accepted.is_some(), "half a group was seen");
            assert!(row.last.sequence < through);
        }
        let began = answer.value.rows.first().map_or(0, |row| row.began.sequence);
        assert!(began + RECORDS as u64 >= through, "the newest workflow is missing");
        if let Some(row) = answer.value.rows.last() {
            let summary = views.summary(row.id).unwrap().value.expect("what was listed is found");
            assert!(summary.records >= row.records);
        }
    }
}

#[test]
fn a_reader_waits_until_a_record_was_applied() {
    let past = History::begun();
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    let views = host.views();
    let mut subscription = views.subscribe();
    assert_eq!((views.applied(), *subscription.borrow_and_update()), (0, 0));
    drop(host.apply(&past.records, chain(2)).unwrap());
    assert!(subscription.has_changed().unwrap());
    assert_eq!(views.applied(), 3);
    let waited = std::pin::pin!(views.reached(2));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert_eq!(waited.poll(&mut context), std::task::Poll::Ready(Ok(())));
    let mut waiting = std::pin::pin!(views.reached(3));
    assert_eq!(waiting.as_mut().poll(&mut context), std::task::Poll::Pending);
    drop(host);
    assert_eq!(waiting.as_mut().poll(&mut context), std::task::Poll::Ready(Err(crate::views::Closed)));
}

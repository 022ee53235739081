//! What readers see of workflows that went one way or another.

use triad_event::dag::{QueueReason, WorkflowPhase};
use triad_event::execution::{CancelReason, Ending};
use triad_event::ids::WorkflowId;
use triad_event::subjects::{Obstacle, Phase};

use super::door::{check, fed, open};
use super::history::{History, id, noop, process, sealed};
use crate::run_list::Accepted;
use crate::{Host, run_list};

#[test]
fn a_chain_completes() {
    let mut past = History::begun();
    past.accepted(1, "report", vec![noop("fetch", &[]), process("print", &[0], 1)]);
    past.requested(1, 0);
    past.ended(1, 0, Ending::Succeeded, 0);
    past.completed(1, 0);
    past.requested(1, 1);
    past.ended(1, 1, Ending::Succeeded, 5);
    past.completed(1, 1);
    past.closed(1, false);
    check(
        &past,
        r#"
"report" Completed, 2 Completed
  fetch Some(Completed) Succeeded
    #1 of 5 Ended Some(0) 0 B
  print Some(Completed) Succeeded
    #1 of 8 Ended Some(0) 5 B
   3 report was submitted
   4 accepted with 2 tasks and 1 dependencies
   5 attempt 1 of fetch started
   6 fetch succeeded with code 0 after 700 us
   7 fetch completed on attempt 1
   8 attempt 1 of print started
   9 print succeeded with code 0 after 700 us
  10 print completed on attempt 1
  11 the workflow completed: 2 completed
"#,
    );
}

#[test]
fn a_task_is_tried_again_and_fails_and_what_depends_on_it_is_skipped() {
    let mut past = History::begun();
    past.accepted(1, "flaky", vec![process("try", &[], 2), noop("after", &[0])]);
    past.requested(1, 0);
    past.ended(1, 0, Ending::Exited, 2);
    past.retried(1, 0, Ending::Exited);
    past.requested(1, 0);
    past.progressed(1, 0);
    past.stalled(1, 0);
    past.stopped(1, 0, CancelReason::TimedOut);
    past.abandoned(1, 0, CancelReason::TimedOut);
    past.failed(1, 0, Ending::Lost);
    past.skipped(1, 1, 0);
    past.closed(1, false);
    check(
        &past,
        r#"
"flaky" Failed, 1 Failed, 1 Skipped
  try Some(Failed) Lost
    #1 of 5 Ended Some(3) 2 B
    #2 of 8 Abandoned
  after Some(Skipped)
   3 flaky was submitted
   4 accepted with 2 tasks and 1 dependencies
   5 attempt 1 of try started
   6 try exited with code 3 after 700 us
   7 try will be tried again, attempt 2: exited
   8 attempt 2 of try started
   9 try is alive and has written 5 bytes
  10 try has been silent for long
  11 try was asked to stop: timed out
  12 try did not stop in time and was given up: timed out
  13 try failed for good on attempt 2: lost
  14 after was skipped because of try
  15 the workflow failed: 1 failed, 1 skipped
"#,
    );
}

#[test]
fn a_task_that_takes_its_server_down_is_lost() {
    let mut past = History::begun();
    past.accepted(1, "poison", vec![process("try", &[], 1)]);
    past.requested(1, 0);
    past.lost(1, 0);
    past.failed(1, 0, Ending::Lost);
    past.closed(1, false);
    check(
        &past,
        r#"
"poison" Failed, 1 Failed
  try Some(Failed) Lost
    #1 of 5 Lost
   3 poison was submitted
   4 accepted with 1 tasks and 0 dependencies
   5 attempt 1 of try started
   6 try was cut off with the server 5 times and is lost: see whether it takes the server down
   7 try failed for good on attempt 1: lost
   8 the workflow failed: 1 failed
"#,
    );
}

#[test]
fn a_paused_workflow_is_cancelled_while_something_runs() {
    let mut past = History::begun();
    past.accepted(1, "long", vec![process("work", &[], 1), process("more", &[], 1), noop("join", &[0, 1])]);
    past.requested(1, 0);
    past.queued(1, 1, QueueReason::Capacity);
    past.paused(1);
    past.resumed(1);
    past.cancel_asked(1);
    past.stopped(1, 0, CancelReason::WorkflowCancelled);
    past.cancelled(1, 1);
    past.cancelled(1, 2);
    past.ended(1, 0, Ending::Cancelled, 3);
    past.cancelled(1, 0);
    past.closed(1, true);
    check(
        &past,
        r#"
"long" Cancelled, 3 Cancelled
  work Some(Cancelled) Cancelled
    #1 of 5 Ended None 3 B
  more Some(Cancelled)
  join Some(Cancelled)
   3 long was submitted
   4 accepted with 3 tasks and 2 dependencies
   5 attempt 1 of work started
   6 more waits for a place: capacity
   7 paused: lunch
   8 resumed
   9 asked to stop: no longer needed
  10 work was asked to stop: workflow cancelled
  11 more was cancelled
  12 join was cancelled
  13 work cancelled after 700 us
  14 work was cancelled
  15 the workflow was cancelled: 3 cancelled
"#,
    );
}

#[test]
fn workflows_go_on_side_by_side() {
    let mut past = History::begun();
    past.staged(1, vec![noop("a", &[])]);
    past.accepted(2, "second", vec![noop("x", &[])]);
    past.staged(3, vec![noop("lost", &[])]);
    past.staged(1, vec![noop("b", &[0])]);
    past.requested(2, 0);
    past.accepted(1, "first", vec![noop("c", &[0, 1])]);
    past.expired(3);
    past.requested(1, 0);
    past.ended(2, 0, Ending::Succeeded, 0);
    past.completed(2, 0);
    past.closed(2, false);
    check(
        &past,
        r#"
"first" Running, 2 Pending, 1 Running
  a Some(Running)
    #1 of 12 Running
  b Some(Pending)
  c Some(Pending)
   3 a part of the definition came in: 0 tasks, from number 0 on
   7 a part of the definition came in: 0 tasks, from number 1 on
   9 first was submitted
  10 accepted with 3 tasks and 3 dependencies
  12 attempt 1 of a started
"second" Completed, 1 Completed
  x Some(Completed) Succeeded
    #1 of 8 Ended Some(0) 0 B
   4 second was submitted
   5 accepted with 1 tasks and 0 dependencies
   8 attempt 1 of x started
  13 x succeeded with code 0 after 700 us
  14 x completed on attempt 1
  15 the workflow completed: 1 completed
"" Expired
  lost None
   6 a part of the definition came in: 0 tasks, from number 0 on
  11 the upload was not finished in time and is forgotten, with 1 tasks
"#,
    );
}

#[test]
fn a_graph_of_many_pages_is_read_back_with_where_its_content_lies() {
    let mut past = History::begun();
    let wide: Vec<_> = (0..200).map(|task| process(&format!("t{task}"), &[], 1)).collect();
    past.accepted(1, "wide", wide);
    for task in (0..200).rev() {
        past.requested(1, task);
        past.ended(1, task, Ending::Succeeded, u64::from(task) * 500);
        past.completed(1, task);
    }
    past.closed(1, false);
    let directory = tempfile::tempdir().unwrap();
    let seen = fed(
        directory.path(),
        &past.records,
        super::door::Feed { at_once: 7, flush_every: 5, ..Default::default() },
    );
    for (task, attempts) in seen.runs[0].attempts.iter().enumerate() {
        let outcome = attempts[0].end.as_ref().unwrap().outcome.as_ref().unwrap();
        let length = task as u64 * 500;
        let kept = (task > 0).then(|| sealed(task as u8, length));
        assert_eq!(
            (outcome.stdout.kept.as_deref().cloned(), outcome.stdout.total.0),
            (kept, length),
            "{task}"
        );
    }
    let graph = &seen.runs[0].graph;
    assert!(graph.tasks().all(|task| task.input.as_deref() == Some(&sealed(1, 64))));
    assert_eq!(graph.summary().subject, Some(id(1).into()));
    super::door::assert_same_however_fed(&past.records, &seen);
}

#[test]
fn a_data_subject_shows_its_holds_its_erasure_and_who_read_it() {
    let mut past = History::begun();
    past.ran(1, 1);
    past.held(1, "case-2", 1);
    past.held(1, "case-1", 2);
    past.erasure_asked(1, Some(Obstacle::LegalHold));
    let held = past.records.len();
    past.read(1);
    past.let_go(1, "case-2", 1);
    past.let_go(1, "case-1", 0);
    let request = past.erasure_asked(1, None);
    let erasing = past.records.len();
    past.erased(1, request);
    past.ran(2, 1);
    let shown = |length: usize, flushed: bool| {
        let directory = tempfile::tempdir().unwrap();
        let flush_every = usize::from(flushed);
        let feed = super::door::Feed { at_once: 1, flush_every, restart_every: flush_every * 3 };
        fed(directory.path(), &past.records[..length], feed)
    };
    for flushed in [false, true] {
        let seen = shown(held, flushed);
        let subject = seen.subjects[0].clone();
        let names: Vec<&str> = subject.holds.iter().map(|hold| hold.name.as_str()).collect();
        assert_eq!((subject.phase, names), (Phase::Held, vec!["case-1", "case-2"]));
        assert_eq!((subject.refusals, subject.refused.map(|(_, why)| why)), (1, Some(Obstacle::LegalHold)));
        assert_eq!((seen.engine.subjects.holds, seen.engine.subjects.refused), (2, 1));
        let seen = shown(erasing, flushed);
        let subject = seen.subjects[0].clone();
        assert_eq!((subject.phase, subject.holds.len(), subject.reads), (Phase::Erasing, 0, 1));
        assert_eq!((seen.engine.subjects.erasing, seen.engine.subjects.erased), (1, 0));
        let seen = shown(past.records.len(), flushed);
        let subject = seen.subjects[0].clone();
        assert_eq!((subject.phase, subject.records), (Phase::Erased, 8));
        assert_eq!(subject.erased.map(|moment| moment.sequence), Some(request + 1));
        assert_eq!((seen.engine.subjects.erasing, seen.engine.subjects.erased), (0, 1));
        assert_eq!(seen.subjects.len(), 1, "of the others nothing is recorded");
    }
}

#[test]
fn the_list_is_filtered_by_phase_in_pages() {
    let mut past = History::begun();
    for workflow in 1..=40 {
        past.ran(workflow, 1);
        past.accepted(100 + workflow, "waits", vec![noop("x", &[])]);
    }
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    let (stored, kept) = past.records.split_at(past.records.len() / 2);
    feed(&mut host, stored);
    host.flush().unwrap();
    feed(&mut host, kept);
    let list = |phase| {
        let mut found = Vec::new();
        let mut query = run_list::Query { phase: Some(phase), limit: 7, ..Default::default() };
        loop {
            let page = host.views().run_list(&query).unwrap().value;
            assert!(page.rows.len() <= 7);
            found.extend(page.rows.iter().map(|row| row.id.0[0]));
            match page.next {
                Some(next) => query.before = Some(next),
                None => return found,
            }
        }
    };
    assert_eq!(list(WorkflowPhase::Completed), (1..=40).rev().collect::<Vec<_>>());
    assert_eq!(list(WorkflowPhase::Running), (101..=140).rev().collect::<Vec<_>>());
    assert_eq!(list(WorkflowPhase::Failed), []);
}

#[test]
fn a_key_names_the_newest_workflow_that_was_accepted_under_it() {
    let key = [7; 32];
    let mut past = History::begun();
    past.accepted_under(1, "old", vec![noop("a", &[]), noop("b", &[])], Some(key));
    let old = past.records.len();
    past.accepted_under(2, "new", vec![noop("a", &[])], Some(key));
    let new = past.records.len();
    past.requested(2, 0);
    past.ended(2, 0, Ending::Succeeded, 0);
    past.completed(2, 0);
    past.closed(2, false);
    past.cancel_asked(1);
    past.cancelled(1, 0);
    past.cancelled(1, 1);
    past.closed(1, true);
    for length in 1..=past.records.len() {
        let expected = match length {
            length if length < old => None,
            length if length < new => Some((id(1), old)),
            _ => Some((id(2), new)),
        };
        for flushed in [false, true] {
            let found = asked_for(&key, &past.records[..length], flushed);
            assert_eq!(found, expected.map(|(workflow, records)| accepted(&past, workflow, records)));
        }
    }
}

fn accepted(past: &History, workflow: WorkflowId, records: usize) -> Accepted {
    let record = &past.records[records - 1];
    Accepted { workflow, digest: [workflow.0[0]; 32], elapsed: record.elapsed, sequence: record.sequence }
}

/// Asks after a restart, with checkpoints after each record or only before the restart.
fn asked_for(
    key: &[u8; 32],
    records: &[triad_event::Recorded<triad_event::Event>],
    flushed: bool,
) -> Option<Accepted> {
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    for record in records {
        feed(&mut host, std::slice::from_ref(record));
        if flushed {
            host.flush().unwrap();
        }
    }
    host.flush().unwrap();
    drop(host);
    let (host, _) = open(directory.path());
    let views = host.views();
    assert_eq!(views.idempotency(&[8; 32]).unwrap().value, None);
    let answer = views.idempotency(key).unwrap();
    assert_eq!(answer.through, Some(records.len() as u64 - 1));
    answer.value
}

#[test]
fn a_task_is_found_by_its_id_whatever_page_it_is_in() {
    const TASKS: u32 = 150;
    let mut past = History::begun();
    past.ran(1, TASKS);
    past.accepted(2, "alive", (0..TASKS).map(|task| noop(&format!("t{task}"), &[])).collect());
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    feed(&mut host, &past.records);
    for _ in 0..2 {
        let views = host.views();
        for workflow in [1, 2] {
            let find = |task: &str| views.task(id(workflow), task).unwrap().value.unwrap();
            for number in 0..TASKS {
                let (summary, found) = find(&format!("t{number}"));
                assert_eq!((summary.id, found.map(|found| found.0)), (id(workflow), Some(number)));
                let attempts = views.attempt_history(id(workflow), number).unwrap().value.unwrap();
                assert_eq!(attempts.len(), usize::from(workflow == 1));
            }
            assert_eq!(find("t150").1, None);
        }
        assert_eq!(views.task(id(3), "t1").unwrap().value, None);
        host.flush().unwrap();
    }
}

/// Applies records that must follow the grammar.
pub(super) fn feed(host: &mut Host, records: &[triad_event::Recorded<triad_event::Event>]) {
    let last = records.last().unwrap().sequence;
    assert_eq!(host.apply(records, super::door::chain(last)).unwrap().faults, []);
}

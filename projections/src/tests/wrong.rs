//! Records that cannot follow, and calls that cannot be right: each is named, nothing panics, nothing is
//! passed over.

use triad_event::dag::{self, Tally};
use triad_event::economics::{BudgetAccount, BudgetPeriod, BudgetRemoved, BudgetSet};
use triad_event::execution::{AttemptEnded, Captured, Ending};
use triad_event::governance;
use triad_event::ids::{LogId, StreamId};
use triad_event::intake;
use triad_event::prices::{CarbonSourceRemoved, SourceRemoved};
use triad_event::quantity::Micros;
use triad_event::quantity::MilliwattHours;
use triad_event::{Event, Recorded};

use super::door::{chain, folded, open};
use super::history::{History, LOG, id, noop, subject};
use super::seen::{Seen, SeenRun};
use crate::engine_state::EngineState;
use crate::{ApplyError, Host, Opening, Run, ViewError};

/// A workflow of two tasks, one of which runs: records 3, 4 and 5.
fn begun() -> History {
    let mut past = History::begun();
    past.accepted(1, "w", vec![noop("a", &[]), noop("b", &[0])]);
    past.requested(1, 0);
    past
}

fn ended(request: u64, task: u32) -> AttemptEnded {
    AttemptEnded {
        request,
        task,
        ending: Ending::Succeeded,
        exit_code: None,
        signal: None,
        duration: Micros(1),
        stdout: Captured::NOTHING,
        stderr: Captured::NOTHING,
        used: None,
        findings: None,
    }
}

#[test]
fn what_cannot_follow_is_named() {
    let tally = Tally { completed: 2, failed: 0, skipped: 0, cancelled: 0 };
    let cases: [(Event, &str); 9] = [
        (
            dag::TaskCompleted { task: 0, attempts: 1 }.into(),
            "record 6: dag.task_completed cannot follow: task 0 is Running",
        ),
        (
            dag::TaskCompleted { task: 2, attempts: 1 }.into(),
            "record 6: dag.task_completed names task 2 of 2",
        ),
        (
            dag::TaskSkipped { task: u32::MAX, because: 0 }.into(),
            "record 6: dag.task_skipped names task 4294967295 of 2",
        ),
        (
            dag::WorkflowCompleted { tally }.into(),
            "record 6: dag.workflow_completed counts 2 completed tasks, the records before it 0",
        ),
        (
            dag::WorkflowResumed { reason: String::new() }.into(),
            "record 6: dag.workflow_resumed cannot follow: its workflow is Running",
        ),
        (ended(4, 0).into(), "record 6: execution.attempt_ended cannot follow: attempt 4 is not there"),
        (ended(5, 1).into(), "record 6: execution.attempt_ended cannot follow: attempt 5 is not there"),
        (
            intake::ChunkStaged { first_task: 2, subject: subject(1), tasks: vec![] }.into(),
            "record 6: intake.chunk_staged cannot follow: its workflow is Running",
        ),
        (
            governance::EngineResumed { reason: String::new() }.into(),
            "record 6: governance.engine_resumed cannot follow: the engine is Running",
        ),
    ];
    for (event, expected) in cases {
        let mut past = begun();
        past.recorded(id(1).into(), event);
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(faults(&mut open(directory.path()).0, &past.records), [expected]);
    }
}

fn faults(host: &mut Host, records: &[Recorded<Event>]) -> Vec<String> {
    let last = records.last().unwrap().sequence;
    host.apply(records, chain(last)).unwrap().faults.iter().map(ViewError::to_string).collect()
}

#[test]
fn what_a_data_subject_cannot_undergo_is_named_and_changes_nothing() {
    type Word = fn(&mut History);
    let cases: [(Word, &str); 6] = [
        (|past| past.held(1, "case", 2), "subjects.hold_placed cannot follow: its data subject is Held"),
        (|past| past.held(1, "other", 3), "subjects.hold_placed counts 3 holds, the records before it 2"),
        (|past| past.let_go(1, "other", 0), "subjects.hold_released cannot follow: its data subject is Held"),
        (|past| past.let_go(1, "case", 1), "subjects.hold_released counts 2 holds, the records before it 1"),
        (|past| past.erased(1, 3), "subjects.erased cannot follow: its data subject is Held"),
        (|past| past.erased(2, 3), "subjects.erased cannot follow: its data subject is not there"),
    ];
    for (word, expected) in cases {
        let mut past = begun();
        past.held(1, "case", 1);
        let before = past.records.len();
        word(&mut past);
        let directory = tempfile::tempdir().unwrap();
        let (mut host, _) = open(directory.path());
        assert_eq!(faults(&mut host, &past.records), [format!("record {before}: {expected}")]);
        let seen = Seen::of(&host.views());
        assert_eq!((seen.subjects.len(), seen.subjects[0].records), (1, 1));
        assert_eq!((seen.engine.subjects.holds, seen.engine.subjects.erased), (1, 0));
    }
}

#[test]
fn a_workflow_with_a_fault_stands_still_and_others_go_on() {
    let completed: Event = dag::TaskCompleted { task: 0, attempts: 1 }.into();
    let faults = [
        (completed, "record 6: dag.task_completed cannot follow: task 0 is Running"),
        // The graph alone could follow this one.
        (ended(4, 0).into(), "record 6: execution.attempt_ended cannot follow: attempt 4 is not there"),
    ];
    for (event, fault) in faults {
        let mut past = begun();
        past.recorded(id(1).into(), event);
        past.ran(2, 1);
        past.recorded(id(1).into(), ended(5, 0));
        for flushed in [false, true] {
            assert_stands_still(&past, fault, flushed);
        }
    }
}

/// Workflow 1 stands still since record 6, and workflow 2 is not harmed.
fn assert_stands_still(past: &History, fault: &str, flushed: bool) {
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    let (before, after) = past.records.split_at(10);
    assert_eq!(faults(&mut host, before), [fault]);
    if flushed {
        host.flush().unwrap();
    }
    let late =
        "record 13: execution.attempt_ended is left out, because its stream stands still since record 6";
    assert_eq!(faults(&mut host, after), [late]);
    let seen = Seen::of(&host.views());
    assert_eq!(seen.list.iter().map(|row| row.fault).collect::<Vec<_>>(), [None, Some(6)]);
    let mut expected = SeenRun::of_fold(&folded(&past.records, id(1), 5).unwrap());
    expected.graph.summary.fault = Some(6);
    assert_eq!(seen.runs[1], expected);
    host.flush().unwrap();
    drop(host);
    let (host, opening) = open(directory.path());
    assert_eq!((Seen::of(&host.views()), opening), (seen, Opening::Resumed));
}

#[test]
fn a_stream_that_never_began_or_is_closed_takes_nothing() {
    let mut past = History::begun();
    past.ran(1, 1);
    let late = past.recorded(id(1).into(), dag::CancelRequested { reason: String::new() });
    past.recorded(id(2).into(), dag::CancelRequested { reason: String::new() });
    past.recorded(StreamId::LOG, dag::CancelRequested { reason: String::new() });
    let expected = [
        "record 9: dag.cancel_requested cannot follow: its workflow is Completed",
        "record 10: dag.cancel_requested cannot follow: its workflow is not there",
        "record 11: dag.cancel_requested has no place in this stream",
    ];
    for cut in [late as usize - 1, late as usize] {
        let directory = tempfile::tempdir().unwrap();
        let (mut host, _) = open(directory.path());
        let (before, after) = past.records.split_at(cut);
        assert_eq!(faults(&mut host, before), [""; 0]);
        host.flush().unwrap();
        assert_eq!(faults(&mut host, after), expected);
        assert_eq!(host.views().summary(id(2)).unwrap().value, None);
    }
}

#[test]
fn a_missing_record_of_a_stream_is_named() {
    let past = begun();
    let stream = past.records.iter().filter(|record| record.stream == id(1).into()).skip(1);
    let folded = Run::as_of::<_, ViewError>(stream.map(Ok), u64::MAX);
    assert_eq!(folded, Err(ViewError::Gap { sequence: 4, expected: 0, found: 1 }));
}

#[test]
fn the_engine_is_seen_as_it_stands() {
    let mut past = History::begun();
    past.governed(governance::EnginePaused { reason: "upgrade".to_owned() });
    past.started();
    past.governed(governance::ClockStepped { expected: Micros(1), found: Micros(9) });
    past.governed(governance::StreamQuarantined {
        quarantined: id(4).into(),
        panics: 2,
        input: "x".to_owned(),
    });
    let change = governance::SettingChanged {
        asked: governance::ChangeSetting {
            scope: String::new(),
            setting: governance::Setting::AttemptsRunningMax,
            value: 3,
            reason: "less".to_owned(),
        },
        previous: Some(256),
    };
    past.governed(change);
    let state = engine(&past);
    assert_eq!((state.phase, state.lives_total), (Some(governance::Phase::Paused), 2));
    assert_eq!(state.phase_since.as_ref().map(|(since, why)| (since.sequence, &**why)), Some((3, "upgrade")));
    assert_eq!(state.clock_step.as_ref().map(|(since, _)| since.sequence), Some(5));
    assert!(state.is_quarantined(id(4).into()));
    assert_eq!(state.setting(governance::Setting::AttemptsRunningMax), 3);
    assert_eq!(state.setting(governance::Setting::StallAfter), 60_000);
    past.governed(governance::EngineResumed { reason: String::new() });
    past.governed(governance::ClockAccepted { found: Micros(7), reason: String::new() });
    past.governed(governance::StreamReleased { released: id(4).into(), reason: String::new() });
    let state = engine(&past);
    assert_eq!((state.phase, &state.clock_step), (Some(governance::Phase::Running), &None));
    assert!(!state.is_quarantined(id(4).into()));
}

fn engine(past: &History) -> EngineState {
    let directory = tempfile::tempdir().unwrap();
    let seen = super::door::fed(
        directory.path(),
        &past.records,
        super::door::Feed { at_once: 9, ..Default::default() },
    );
    super::door::assert_same_however_fed(&past.records, &seen);
    seen.engine
}

#[test]
fn records_out_of_order_and_of_another_log_are_refused() {
    let past = begun();
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    let refused = host.apply(&past.records[1..], chain(5));
    assert!(matches!(refused, Err(ApplyError::OutOfOrder { expected: 0, found: 1 })), "{refused:?}");
    let gap = [past.records[0].clone(), past.records[2].clone()];
    let refused = host.apply(&gap, chain(2));
    assert!(matches!(refused, Err(ApplyError::OutOfOrder { expected: 1, found: 2 })), "{refused:?}");
    assert_eq!(host.next_sequence(), 0);
    let other = tempfile::tempdir().unwrap();
    let (mut other, _) = Host::open(other.path(), LogId([8; 16]), |_| None).unwrap();
    let refused = other.apply(&past.records, chain(5));
    assert!(matches!(refused, Err(ApplyError::ForeignLog { found: LOG })), "{refused:?}");
}

#[test]
fn the_cursor_is_the_last_record_and_its_chain_value() {
    let past = begun();
    let directory = tempfile::tempdir().unwrap();
    let (mut host, opening) = open(directory.path());
    assert_eq!((host.cursor(), opening), (None, Opening::New));
    drop(host.apply(&past.records, chain(5)).unwrap());
    let cursor = host.cursor();
    assert_eq!(cursor.map(|cursor| (cursor.sequence, cursor.chain)), Some((5, chain(5))));
    host.flush().unwrap();
    drop(host);
    assert_eq!(open(directory.path()).0.cursor(), cursor);
}

#[test]
fn what_is_recorded_of_no_workflow_stops_no_view() {
    let mut past = History::begun();
    let tenant = || BudgetAccount { tenant: "acme".to_owned(), owner: None, workflow: None };
    let (period, energy) = (BudgetPeriod::Day, Some(MilliwattHours(9)));
    past.recorded(
        StreamId::LOG,
        BudgetSet { account: tenant(), period, energy, money: None, reason: String::new() },
    );
    past.recorded(StreamId::LOG, BudgetRemoved { account: tenant(), reason: String::new() });
    past.recorded(StreamId::LOG, SourceRemoved { reason: String::new() });
    past.recorded(StreamId::LOG, CarbonSourceRemoved { reason: String::new() });
    let directory = tempfile::tempdir().unwrap();
    let (mut host, _) = open(directory.path());
    assert_eq!(faults(&mut host, &past.records), [""; 0]);
}

//! What holds for every history.

use std::collections::BTreeMap;

use quickcheck::{QuickCheck, TestResult};
use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::ids::WorkflowId;
use triad_event::{Event, Recorded, intake};

use super::door::{Feed, assert_same_however_fed, chain, fed, folded, open};
use super::random::{Chance, history};
use super::seen::SeenRun;
use crate::Run;

/// Records of a random history.
const RECORDS: usize = 160;

fn for_many_seeds(tests: u64, property: fn(u64) -> TestResult) {
    QuickCheck::new().tests(tests).quickcheck(property);
}

#[test]
fn rebuilt_is_incremental_and_restarted_is_straight_through() {
    for_many_seeds(12, |seed| {
        let past = history(seed, RECORDS);
        let directory = tempfile::tempdir().unwrap();
        let rebuilt = fed(directory.path(), &past.records, Feed { at_once: usize::MAX, ..Feed::default() });
        assert_same_however_fed(&past.records, &rebuilt);
        TestResult::passed()
    });
}

#[test]
fn as_of_every_sequence_is_what_readers_saw_then() {
    for_many_seeds(12, |seed| {
        let past = history(seed, RECORDS);
        let mut chance = Chance::of(seed);
        let directory = tempfile::tempdir().unwrap();
        let (mut host, _) = open(directory.path());
        for record in &past.records {
            drop(host.apply(std::slice::from_ref(record), chain(record.sequence)).unwrap());
            if chance.below(5) == 0 {
                host.flush().unwrap();
            }
            if let Event::Intake(_) | Event::Dag(_) | Event::Execution(_) = record.event {
                let workflow = WorkflowId::from(record.stream);
                let then = folded(&past.records, workflow, record.sequence).unwrap();
                assert_eq!(SeenRun::of(&host.views(), workflow), SeenRun::of_fold(&then));
            }
        }
        TestResult::passed()
    });
}

#[test]
fn before_its_first_record_a_workflow_is_not_there() {
    let past = history(3, RECORDS);
    let first = past.records.iter().find(|record| matches!(record.event, Event::Intake(_))).unwrap();
    let workflow = WorkflowId::from(first.stream);
    assert_eq!(folded(&past.records, workflow, first.sequence - 1), None);
    assert_eq!(folded(&past.records, workflow, first.sequence).unwrap().summary().records, 1);
}

#[test]
fn phases_are_those_of_the_grammars() {
    for_many_seeds(300, |seed| {
        let past = history(seed, RECORDS);
        for (workflow, expected) in phases(&past.records) {
            let run = folded(&past.records, workflow, u64::MAX).unwrap();
            assert_eq!(Phases::shown(&run), expected);
        }
        TestResult::passed()
    });
}

/// Phases of a workflow and its tasks.
#[derive(Debug, Default, PartialEq)]
struct Phases {
    workflow: Option<WorkflowPhase>,
    tasks: Vec<Option<TaskPhase>>,
}

impl Phases {
    fn shown(run: &Run) -> Self {
        let tasks: Vec<_> = run.graph().tasks().map(|task| task.phase).collect();
        for phase in TaskPhase::ALL {
            let standing = tasks.iter().filter(|task| **task == Some(*phase)).count();
            assert_eq!(run.summary().counts.of(*phase) as usize, standing, "{phase:?}");
        }
        Self { workflow: Some(run.summary().phase), tasks }
    }
}

/// What the grammars alone say.
fn phases(records: &[Recorded<Event>]) -> BTreeMap<WorkflowId, Phases> {
    let mut all = BTreeMap::<WorkflowId, Phases>::new();
    for record in records {
        if let Event::Log(_) | Event::Governance(_) | Event::Subjects(_) = record.event {
            continue;
        }
        let phases = all.entry(record.stream.into()).or_default();
        phases.workflow = WorkflowPhase::after(phases.workflow, &record.event);
        if let Event::Intake(intake::Event::ChunkStaged(staged)) = &record.event {
            phases.tasks.extend(staged.tasks.iter().map(|_| None));
        }
        if let Event::Intake(intake::Event::WorkflowSubmitted(submitted)) = &record.event {
            phases.tasks.extend(submitted.asked.tasks.iter().map(|_| None));
        }
        if let Event::Intake(intake::Event::WorkflowAccepted(_)) = &record.event {
            phases.tasks.fill(TaskPhase::after(None, &record.event));
        }
        if let Some(task) = record.event.task() {
            let phase = &mut phases.tasks[task as usize];
            *phase = TaskPhase::after(*phase, &record.event);
        }
    }
    all
}

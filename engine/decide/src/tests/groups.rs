//! Groups that are full, and what goes on in the next.

use triad_event::execution::Ending;
use triad_event::governance::{Setting, WakeReason};
use triad_event::intake::{ChunkStaged, TaskDefinition, TaskKind};
use triad_event::subjects::Subject;
use triad_event::{Event, dag};

use super::door::{Door, performances, workflow_named};
use super::invariants::check_grammars;
use super::script::ended;
use crate::governance::Ask as Govern;
use crate::intake::Submission;
use crate::limits::GROUP_EVENTS_MAX;
use crate::{Input, World, evolve, execution, intake, snapshot};

/// Enough tasks that what follows from one end needs several groups.
const WIDE: u32 = 10_000;

/// One task, and very many for which `dependencies` says what they depend on.
fn submit(door: &mut Door, name: &str, dependencies: impl Fn(u32) -> Vec<u32>) {
    let task = |position: u32| TaskDefinition {
        dependencies: if position == 0 { vec![] } else { dependencies(position) },
        ..TaskDefinition::new(format!("t{position}"), TaskKind::Noop)
    };
    let workflow = workflow_named(name);
    let subject = Subject::of(workflow, 1, 0);
    let mut pieces = intake::pieces((0..=WIDE).map(task).collect());
    let tasks = pieces.pop().expect("at least one piece");
    let mut staged_tasks = 0;
    for tasks in pieces {
        let chunk = ChunkStaged { first_task: staged_tasks, subject: subject.clone(), tasks };
        staged_tasks += chunk.tasks.len() as u32;
        door.input(Input::of(workflow, intake::Ask::StageChunk(chunk))).expect("staged");
    }
    let submission = Submission {
        name: "wide".to_owned(),
        idempotency_key: None,
        earlier: None,
        looked_up_through: 0,
        subject,
        owner: String::new(),
        content: [0; 32],
        staged_tasks,
        tasks,
        terms: None,
    };
    door.input(Input::of(workflow, intake::Ask::from(submission))).expect("accepted");
}

fn end_first(door: &mut Door, ending: Ending) {
    let effect = performances(&door.world).remove(0);
    door.input(execution::Ask::EndAttempt(ended(effect.request, effect.task, ending)).into())
        .expect("accepted");
}

/// Fires the timer for as long as work is owed, and counts how often.
fn go_on(door: &mut Door) -> usize {
    let mut groups = 0;
    while door.world.owes_work() {
        assert_eq!(door.world.next_wake().map(|wake| wake.reason), Some(WakeReason::Owed));
        door.input(Govern::FireTimer.into()).expect("work is owed");
        groups += 1;
    }
    groups
}

fn count(door: &Door, is_counted: impl Fn(&dag::Event) -> bool) -> usize {
    let counted = |event: &Event| matches!(event, Event::Dag(event) if is_counted(event));
    door.log.iter().filter(|record| counted(&record.event)).count()
}

#[test]
fn what_does_not_fit_into_a_group_goes_on_in_the_next() {
    let mut door = Door::open();
    submit(&mut door, "wide", |_| vec![0]);
    end_first(&mut door, Ending::Succeeded);
    assert_eq!(door.group.records.len(), GROUP_EVENTS_MAX);
    assert_eq!(go_on(&mut door), 2);
    let places = door.world.settings().count(Setting::AttemptsRunningMax);
    assert_eq!(count(&door, |event| matches!(event, dag::Event::TaskQueued(_))), WIDE as usize - places);
    check_grammars(&door);
}

#[test]
fn others_progress_between_the_groups_of_a_wide_one() {
    let mut door = Door::open();
    door.run("submit narrow: a, b after a");
    submit(&mut door, "wide", |_| vec![0]);
    let wide = performances(&door.world).remove(1);
    let end = execution::Ask::EndAttempt(ended(wide.request, wide.task, Ending::Succeeded));
    door.input(end.into()).expect("accepted");
    assert!(door.world.owes_work());
    door.run("end narrow/a ok");
    go_on(&mut door);
    let narrow = door.world.workflow(workflow_named("narrow")).expect("alive");
    assert_eq!(narrow.tally().completed, 1);
    assert!(!matches!(narrow.task(1).expect("a task").state, crate::dag::TaskState::Pending { .. }));
}

#[test]
fn a_process_that_stops_between_two_groups_goes_on_where_it_was() {
    let mut door = Door::open();
    submit(&mut door, "wide", |_| vec![0]);
    end_first(&mut door, Ending::Succeeded);
    let mut recovered = World::new();
    door.log.iter().for_each(|record| evolve(&mut recovered, record).expect("legal"));
    assert!(recovered.owes_work());
    assert_eq!(snapshot::encode(&recovered), snapshot::encode(&door.world));
}

#[test]
fn a_failure_at_the_head_of_a_long_chain_skips_it_all() {
    let mut door = Door::open();
    submit(&mut door, "chain", |position| vec![position - 1]);
    end_first(&mut door, Ending::Exited);
    go_on(&mut door);
    assert_eq!(count(&door, |event| matches!(event, dag::Event::TaskSkipped(_))), WIDE as usize);
    assert_eq!(door.world.alive(), 0);
    check_grammars(&door);
}

#[test]
fn a_wide_workflow_is_cancelled_over_several_groups() {
    let mut door = Door::open();
    submit(&mut door, "wide", |_| vec![0]);
    end_first(&mut door, Ending::Succeeded);
    // Half of it is offered only after the cancellation was asked for.
    door.run("cancel wide");
    go_on(&mut door);
    while !performances(&door.world).is_empty() {
        end_first(&mut door, Ending::Cancelled);
    }
    assert_eq!(door.world.alive(), 0);
    assert_eq!(count(&door, |event| matches!(event, dag::Event::TaskCancelled(_))), WIDE as usize);
    check_grammars(&door);
}

//! Groups that are full, and what goes on in the next.

use triad_event::execution::Ending;
use triad_event::governance::{Setting, WakeReason};
use triad_event::intake::{ChunkStaged, Deadline, FanOut, TaskDefinition, TaskKind, TaskRules};
use triad_event::quantity::Millis;
use triad_event::subjects::Subject;
use triad_event::{Event, dag};

use super::door::{Door, performances, workflow_named};
use super::invariants::check_grammars;
use super::script::{ended, sealed};
use crate::governance::Ask as Govern;
use crate::intake::Submission;
use crate::limits::GROUP_EVENTS_MAX;
use crate::{Input, World, evolve, execution, intake, snapshot};

/// Enough tasks that what follows from one end needs several groups.
const WIDE: u32 = 10_000;

/// One task, and very many for which `dependencies` says what they depend on.
fn submit(door: &mut Door, name: &str, dependencies: impl Fn(u32) -> Vec<u32>) {
    submit_ruled(door, name, dependencies, |_| None);
}

/// The same, where `rules` says when each runs and how often.
fn submit_ruled(
    door: &mut Door,
    name: &str,
    dependencies: impl Fn(u32) -> Vec<u32>,
    rules: impl Fn(u32) -> Option<TaskRules>,
) {
    let task = |position: u32| TaskDefinition {
        dependencies: if position == 0 { vec![] } else { dependencies(position) },
        rules: rules(position).map(Into::into),
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

/// The last two tasks are run for each entry of a list.
fn lists(position: u32) -> Option<TaskRules> {
    let fan_out = Some(FanOut { list: sealed(9), at_once: 1 });
    (position > WIDE - 2).then(|| TaskRules { fan_out, ..TaskRules::nothing() })
}

/// Those that nothing follows from wait for the first one.
fn all_but_the_last_two(position: u32) -> Vec<u32> {
    if position > WIDE - 2 { vec![] } else { vec![0] }
}

#[test]
fn what_was_evaluated_while_a_wide_workflow_is_being_cancelled_is_refused_and_nothing_follows() {
    let mut door = Door::open();
    submit_ruled(&mut door, "wide", all_but_the_last_two, lists);
    door.run("cancel wide");
    assert!(door.world.owes_work());
    let said = door.run(&format!("eval wide/t{WIDE} list=5"));
    assert!(said[0].ends_with("requests no evaluation"), "{said:?}");
    go_on(&mut door);
    end_first(&mut door, Ending::Succeeded);
    assert_eq!(door.world.alive(), 0);
    assert_eq!(count(&door, |event| matches!(event, dag::Event::TaskCancelled(_))), WIDE as usize);
    check_grammars(&door);
}

#[test]
fn two_lists_that_come_while_much_is_owed_do_not_exceed_the_bound_together() {
    let mut door = Door::open();
    submit_ruled(&mut door, "wide", all_but_the_last_two, lists);
    door.run(&format!("set tasks_per_workflow_max {}", WIDE + 1 + 8));
    end_first(&mut door, Ending::Succeeded);
    let (first, second) = (WIDE - 1, WIDE);
    assert_eq!(
        door.run(&format!("eval wide/t{first} list=5"))[0],
        format!("wide evaluation_ended {first} List 5")
    );
    assert_eq!(
        door.run(&format!("eval wide/t{second} list=5"))[0],
        format!("wide evaluation_ended {second} TooMuch")
    );
    go_on(&mut door);
    assert_eq!(
        door.world.workflow(workflow_named("wide")).map(|alive| alive.tasks.len() as u32),
        Some(WIDE + 6)
    );
}

#[test]
fn a_list_that_comes_before_its_deadline_and_is_looked_at_behind_it_is_too_late() {
    let mut door = Door::open();
    let late = |position| {
        let deadline = Some(Deadline { at: None, after: Some(Millis(5_000)) });
        lists(position).map(|rules| TaskRules { deadline, ..rules })
    };
    submit_ruled(&mut door, "wide", all_but_the_last_two, late);
    end_first(&mut door, Ending::Succeeded);
    door.run("wait 5s\n timer");
    assert!(door.world.owes_work());
    door.run(&format!("eval wide/t{WIDE} list=5"));
    go_on(&mut door);
    assert_eq!(count(&door, |event| matches!(event, dag::Event::TaskFannedOut(_))), 0);
    let failed = count(&door, |event| matches!(event, dag::Event::TaskFailed(_)));
    assert_eq!(failed, 2, "both lists are late");
}

//! What must hold of tasks and of what they wait for, after every group: read off the plan and the states, without what the core
//! counts along.

use std::collections::BTreeSet;

use triad_event::dag::{Event as DagEvent, TaskPhase, WorkflowPhase};
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::intake::{Deadline, EdgeOn};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded};

use super::door::{Door, evaluations};
use crate::World;
use crate::dag::{TaskState, Workflow};
use crate::evaluation::state::Asked;

/// Checks all of them.
pub(super) fn check_graphs(door: &Door) {
    let world = &door.world;
    for (_, workflow) in world.dag.workflows.iter() {
        invariant_a_task_knows_what_it_waits_for(workflow);
        invariant_a_task_of_which_something_is_open_counts_it(workflow);
        invariant_as_many_parts_are_under_way_as_may(workflow);
    }
    invariant_nothing_waits_for_ever(world);
    invariant_what_is_evaluated_is_owed(world);
    invariant_what_runs_beyond_its_deadline_was_asked_to_stop(door);
}

fn is_open(workflow: &Workflow, task: u32) -> bool {
    !workflow.tasks[task as usize].state.phase().is_terminal()
}

/// What the end of a dependency means: that it ended as wanted, that it did not, or neither; none for what is not there yet, and
/// never will be where it failed.
fn meaning(edge: Option<EdgeOn>, state: TaskState) -> Option<(bool, bool)> {
    let (ran, astray, neither) = (Some((true, false)), Some((false, true)), Some((false, false)));
    match (edge, state) {
        (_, state) if !state.phase().is_terminal() => None,
        (Some(EdgeOn::Ended), _)
        | (None, TaskState::Completed)
        | (Some(EdgeOn::Failed), TaskState::Failed) => ran,
        (None, TaskState::LeftOut) => neither,
        (None, _) => None,
        (Some(EdgeOn::Failed), _) => astray,
    }
}

fn invariant_a_task_knows_what_it_waits_for(workflow: &Workflow) {
    if workflow.phase() == WorkflowPhase::Cancelling {
        return;
    }
    let dependencies = workflow.plan.dependents.reversed();
    for task in 0..workflow.plan.task_count() as u32 {
        let TaskState::Pending { missing, seen } = workflow.tasks[task as usize].state else { continue };
        let group = workflow.container(task).map(|group| workflow.tasks[group as usize].state);
        let Some(waits_for_group) = group.map_or(Some(false), waits_for) else { continue };
        let met = dependencies
            .get(task)
            .iter()
            .map(|other| meaning(workflow.plan.edge(task, *other), workflow.tasks[*other as usize].state));
        let met: Vec<_> = met.collect();
        let expected = met.iter().filter(|met| met.is_none()).count() + usize::from(waits_for_group);
        assert_eq!(missing as usize, expected, "task {task} waits for so many");
        let ran = met.is_empty() || met.iter().flatten().any(|(ran, _)| *ran);
        let astray = met.iter().flatten().any(|(_, astray)| *astray);
        assert_eq!((seen.ran, seen.astray), (ran, astray), "task {task} has seen so much");
    }
}

/// Whether the task of a sub-workflow waits for that to begin; none when that is over, and its tasks will be.
fn waits_for(group: TaskState) -> Option<bool> {
    let is_spread = matches!(group, TaskState::Spread { .. });
    if is_spread { Some(false) } else { (!group.phase().is_terminal()).then_some(true) }
}

fn invariant_a_task_of_which_something_is_open_counts_it(workflow: &Workflow) {
    for (task, index) in workflow.tasks.iter().zip(0..) {
        let TaskState::Spread { left, failed } = task.state else { continue };
        let contents = workflow.contents(index);
        let open = contents.iter().filter(|part| is_open(workflow, **part)).count();
        assert_eq!(left as usize, open, "what is open in task {index}");
        let bad = |part: &u32| {
            matches!(workflow.tasks[*part as usize].state, TaskState::Failed | TaskState::Skipped)
        };
        assert_eq!(failed, contents.iter().any(bad), "whether something of task {index} failed");
    }
}

fn invariant_as_many_parts_are_under_way_as_may(workflow: &Workflow) {
    for (task, index) in workflow.tasks.iter().zip(0..) {
        let Some((first, fan)) = workflow.fans.of_task(index) else { continue };
        if !matches!(task.state, TaskState::Spread { .. }) || workflow.phase() == WorkflowPhase::Cancelling {
            continue;
        }
        let begun = (first..first + fan.next).filter(|part| is_open(workflow, *part)).count() as u32;
        let fan_out = workflow.plan.rules(index).and_then(|rules| rules.fan_out.as_ref());
        let at_once = fan_out.expect("it has a list").at_once;
        assert!(begun <= at_once, "no more parts than may");
        assert!(begun == at_once || fan.next == fan.parts, "a part waits only for others");
        let waiting = first + fan.next..first + fan.parts;
        assert!(
            waiting.into_iter().all(|part| workflow.tasks[part as usize].state.phase() == TaskPhase::Pending)
        );
    }
}

/// What is alive has a task of which it can be said what it waits for: a place, an attempt, a retry, a gate, an evaluation, a
/// price.
fn invariant_nothing_waits_for_ever(world: &World) {
    let has_reason = |state: TaskState| {
        matches!(
            state,
            TaskState::Queued
                | TaskState::Running { .. }
                | TaskState::Waiting { .. }
                | TaskState::Awaiting
                | TaskState::Evaluating
                | TaskState::Deferred
                | TaskState::Proposed { .. }
                | TaskState::Held
        )
    };
    for (id, workflow) in world.dag.workflows.iter() {
        let goes_on = !world.owes_work() && !world.ports.streams.is_aside((*id).into());
        assert!(!goes_on || workflow.tasks.iter().any(|task| has_reason(task.state)), "something goes on");
    }
}

fn invariant_what_is_evaluated_is_owed(world: &World) {
    let mut evaluated: BTreeSet<(WorkflowId, u32)> = BTreeSet::new();
    for (id, workflow) in world.dag.workflows.iter() {
        let tasks = workflow.tasks.iter().zip(0..).filter(|(task, _)| task.state == TaskState::Evaluating);
        evaluated.extend(tasks.map(|(_, index)| (*id, index)));
    }
    let asked: Vec<(u64, Asked)> = world.evaluation.all().collect();
    let tasks: BTreeSet<_> = asked.iter().map(|(_, asked)| (asked.workflow, asked.task)).collect();
    assert_eq!(tasks, evaluated);
    assert_eq!(tasks.len(), asked.len(), "each is evaluated once");
    let owed: BTreeSet<u64> = evaluations(world).iter().map(|owed| owed.request).collect();
    let goes_on = |asked: &Asked| !world.ports.streams.is_aside(asked.workflow.into());
    let expected = asked.iter().filter(|(_, asked)| goes_on(asked)).map(|(request, _)| *request);
    assert_eq!(owed, expected.collect());
}

fn invariant_what_runs_beyond_its_deadline_was_asked_to_stop(door: &Door) {
    let world = &door.world;
    let passed = passed(door);
    if passed.is_empty() || world.owes_work() {
        return;
    }
    for (request, attempt) in world.execution.running.iter() {
        let stream = StreamId::from(attempt.workflow);
        let workflow = world.workflow(attempt.workflow).expect("what runs is alive");
        let around = std::iter::successors(Some(attempt.task), |task| workflow.container(*task));
        let mut about = around.map(u64::from).chain([u64::MAX]);
        let is_late = about.any(|about| passed.contains(&(stream, about)));
        let goes_on = !world.ports.streams.is_aside(stream);
        assert!(!is_late || !goes_on || attempt.stopping.is_some(), "attempt {request} is late");
    }
}

/// The deadlines of what is open that have not passed: the stream, the task or that it is the whole, and when.
pub(super) fn deadlines_to_come(door: &Door) -> Vec<(StreamId, u64, Micros)> {
    let mut deadlines = Vec::new();
    for (id, workflow) in door.world.dag.workflows.iter() {
        if workflow.phase() == WorkflowPhase::Cancelling {
            continue;
        }
        let due = |deadline: &Deadline| {
            let (at, elapsed) = (workflow.began.at, workflow.began.elapsed);
            match (deadline.at, deadline.after) {
                (Some(moment), _) => Micros(elapsed.0 + (moment.0 - at.0).max(0)),
                (None, span) => elapsed.after(span.expect("one of both")),
            }
        };
        let stream = StreamId::from(*id);
        let whole = workflow.plan.deadline.as_ref().map(|deadline| (stream, u64::MAX, due(deadline)));
        deadlines.extend(whole);
        for (task, rules) in workflow.plan.ruled().filter(|(task, _)| is_open(workflow, *task)) {
            deadlines.extend(rules.deadline.as_ref().map(|deadline| (stream, task.into(), due(deadline))));
        }
    }
    let passed = passed(door);
    deadlines.retain(|(stream, about, _)| !passed.contains(&(*stream, *about)));
    deadlines
}

/// The deadlines that have passed, of workflows that are alive and have any.
fn passed(door: &Door) -> BTreeSet<(StreamId, u64)> {
    let has_any = |workflow: &Workflow| workflow.plan.has_deadlines || workflow.plan.deadline.is_some();
    if !door.world.dag.workflows.iter().any(|(_, workflow)| has_any(workflow)) {
        return BTreeSet::new();
    }
    let of_record = |record: &Recorded<Event>| {
        let Event::Dag(DagEvent::DeadlinePassed(passed)) = &record.event else { return None };
        Some((record.stream, passed.of.map_or(u64::MAX, u64::from)))
    };
    door.log.iter().filter_map(of_record).collect()
}

//! Sub-workflows.

use crate::tests::door::check;

#[test]
fn tasks_of_a_sub_workflow_begin_with_it_and_it_ends_with_them() {
    check(
        "submit w: a, g group after a, g.x in=g, g.y in=g after g.x, b after g",
        "end w/a ok
         end w/g.x ok
         end w/g.y ok
         end w/b ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w group_began 1
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w task_completed 1 #0
         w attempt_requested 4 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w workflow_completed 5/0/0/0",
    );
}

#[test]
fn sub_workflows_lie_in_sub_workflows() {
    check(
        "submit w: g group, g.h group in=g, g.h.x in=g.h, g.y in=g after g.h",
        "end w/g.h.x ok
         end w/g.y ok",
        "w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w task_completed 1 #0
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w task_completed 0 #0
         w workflow_completed 4/0/0/0",
    );
}

#[test]
fn a_task_of_it_that_failed_fails_it_when_the_others_have_ended() {
    check(
        "submit w: g group, g.x in=g, g.y in=g after g.x, g.z in=g, a after g!, b after g",
        "end w/g.x exit
         end w/g.z ok
         end w/a ok",
        "w attempt_ended 1 Exited
         w task_failed 1 #1 Exited
         w task_skipped 2 because 1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w task_failed 0 #0 PartFailed
         w attempt_requested 4 #1
         w task_skipped 5 because 0
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w workflow_failed 2/2/2/0",
    );
}

#[test]
fn one_whose_tasks_were_left_out_is_completed() {
    check(
        "submit w: g group, g.x in=g when, a after g",
        "eval w/g.x not
         end w/a ok",
        "w evaluation_ended 1 DoesNotHold
         w task_left_out 1 Condition
         w task_completed 0 #0
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_completed 2/0/1/0",
    );
}

#[test]
fn one_that_is_left_out_takes_its_tasks_along() {
    check(
        "submit w: a, g group after a!, g.h group in=g, g.h.x in=g.h, g.y in=g after g.h, b after g",
        "end w/a ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w task_left_out 1 Edge
         w task_left_out 2 Group
         w task_left_out 4 Group
         w task_left_out 5 Branch
         w task_left_out 3 Group
         w workflow_completed 1/0/5/0",
    );
}

#[test]
fn one_that_is_skipped_takes_its_tasks_along() {
    check(
        "submit w: a, g group after a, g.h group in=g, g.h.x in=g.h, g.y in=g after g.h",
        "end w/a exit",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w task_skipped 1 because 0
         w task_skipped 2 because 1
         w task_skipped 4 because 1
         w task_skipped 3 because 2
         w workflow_failed 0/1/4/0",
    );
}

#[test]
fn one_whose_condition_cannot_be_evaluated_takes_its_tasks_along() {
    check(
        "submit w: g group when, g.x in=g",
        "eval w/g missing",
        "w evaluation_ended 0 Missing
         w task_failed 0 #0 NotEvaluated
         w task_skipped 1 because 0
         w workflow_failed 0/1/1/0",
    );
}

#[test]
fn one_that_is_cancelled_is_cancelled_with_its_tasks() {
    check(
        "submit w: g group, g.x in=g, g.y in=g after g.x, h group after g, h.x in=h",
        "cancel w
         end w/g.x ok",
        "w cancel_requested
         w task_cancelled 0
         w attempt_cancel_requested 1 WorkflowCancelled
         w task_cancelled 2
         w task_cancelled 3
         w task_cancelled 4
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_cancelled 1/0/0/4",
    );
}

#[test]
fn a_task_that_was_skipped_before_it_began_is_not_waited_for() {
    check(
        "submit w: a, b, g group after a?+b, g.x in=g after a, g.y in=g",
        "end w/a exit
         end w/b ok
         end w/g.y ok",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w task_skipped 3 because 0
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w group_began 2
         w attempt_requested 4 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w task_failed 2 #0 PartFailed
         w workflow_failed 2/2/1/0",
    );
}

#[test]
fn one_of_which_nothing_is_left_when_it_begins_ends_at_once() {
    check(
        "submit w: a, b, g group after a?+b, g.x in=g after a, c after g?",
        "end w/a exit
         end w/b ok
         end w/c ok",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w task_skipped 3 because 0
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w group_began 2
         w task_failed 2 #0 PartFailed
         w attempt_requested 4 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w workflow_failed 2/2/1/0",
    );
}

#[test]
fn what_depends_on_it_may_depend_on_a_task_of_it_too() {
    check(
        "submit w: g group, g.x in=g, g.y in=g after g.x, b process after g+g.x takes=g.x",
        "end w/g.x ok out
         end w/g.y ok
         end w/b ok",
        "w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w task_completed 0 #0
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w workflow_completed 4/0/0/0",
    );
}

#[test]
fn a_task_that_was_late_before_it_began_is_not_waited_for() {
    check(
        "submit w: a, g group after a, g.x in=g deadline=5s, g.y in=g",
        "wait 5s
         timer
         end w/a ok
         end w/g.y ok",
        "timer_fired Deadline
         w deadline_passed 2
         w task_failed 2 #0 DeadlinePassed
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w group_began 1
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w task_failed 1 #0 PartFailed
         w workflow_failed 2/2/0/0",
    );
}

#[test]
fn within_one_a_task_may_depend_on_a_task_of_another() {
    check(
        "submit w: o group, o.g group in=o, o.g.x in=o.g, o.b process in=o after o.g+o.g.x takes=o.g.x",
        "end w/o.g.x ok out
         end w/o.b ok",
        "w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w task_completed 1 #0
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w task_completed 0 #0
         w workflow_completed 4/0/0/0",
    );
}

#[test]
fn a_list_within_one_is_waited_for() {
    check(
        "submit w: g group, g.a in=g each=2, b after g",
        "eval w/g.a list=2
         end w/g.a.0 ok
         end w/g.a.1 ok
         end w/b ok",
        "w evaluation_ended 1 List 2
         w task_fanned_out 1 3+2
         w attempt_requested 3 #1
         w attempt_requested 4 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w task_completed 1 #0
         w task_completed 0 #0
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_completed 5/0/0/0",
    );
}

#[test]
fn a_workflow_that_is_paused_begins_one_and_runs_nothing_of_it() {
    check(
        "submit w: a, g group after a, g.x in=g
         pause w",
        "end w/a ok
         resume w",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w group_began 1
         w task_queued 2 WorkflowPaused
         w workflow_resumed
         w attempt_requested 2 #1",
    );
}

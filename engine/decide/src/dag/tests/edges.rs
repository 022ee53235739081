//! What follows from the ends of those that a task depends on: the skip rule, row by row.

use crate::tests::door::check;

#[test]
fn what_wants_a_failure_runs_after_one_and_is_left_out_after_an_end_as_intended() {
    check(
        "submit w: a, b, c after a!, d after b!",
        "end w/a exit
         end w/b ok
         end w/c ok",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w attempt_requested 2 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w task_left_out 3 Edge
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_failed 2/1/1/0",
    );
}

#[test]
fn what_wants_any_end_runs_after_each_of_them() {
    check(
        "submit w: a, b after a, c after a!, x after a?, y after b?, z after c?",
        "end w/a exit
         end w/c ok
         end w/x ok
         end w/y ok
         end w/z ok",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w task_skipped 1 because 0
         w attempt_requested 2 #1
         w attempt_requested 3 #1
         w attempt_requested 4 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w attempt_requested 5 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w attempt_ended 5 Succeeded
         w task_completed 5 #1
         w workflow_failed 4/1/1/0",
    );
}

#[test]
fn after_a_task_that_was_left_out_any_end_is_an_end() {
    check(
        "submit w: a, b after a!, c after b?, d after b",
        "end w/a ok
         end w/c ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w task_left_out 1 Edge
         w attempt_requested 2 #1
         w task_left_out 3 Branch
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_completed 2/0/2/0",
    );
}

#[test]
fn a_failure_that_is_wanted_is_none_when_the_task_was_skipped() {
    check(
        "submit w: a, b after a, c after b!",
        "end w/a exit",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w task_skipped 1 because 0
         w task_left_out 2 Edge
         w workflow_failed 0/1/2/0",
    );
}

#[test]
fn a_join_runs_when_one_of_its_branches_did() {
    check(
        "submit w: a, b after a, c after a!, d after b+c",
        "end w/a ok
         end w/b ok
         end w/d ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_requested 1 #1
         w task_left_out 2 Edge
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w workflow_completed 3/0/1/0",
    );
}

#[test]
fn a_join_of_branches_that_were_all_left_out_is_left_out_and_so_is_what_follows() {
    check(
        "submit w: a, b after a!, c after a!, d after b+c, e after d, f after e?",
        "end w/a ok
         end w/f ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w task_left_out 1 Edge
         w task_left_out 2 Edge
         w task_left_out 3 Branch
         w task_left_out 4 Branch
         w attempt_requested 5 #1
         w attempt_ended 5 Succeeded
         w task_completed 5 #1
         w workflow_completed 2/0/4/0",
    );
}

#[test]
fn a_failure_skips_at_once_whatever_else_was_left_out() {
    check(
        "submit w: a, b, x, c after a!+b, d after b+x",
        "end w/a ok
         end w/b exit
         end w/x ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_ended 1 Exited
         w task_failed 1 #1 Exited
         w task_skipped 3 because 1
         w task_skipped 4 because 1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_failed 2/1/2/0",
    );
}

#[test]
fn a_failure_skips_a_join_that_also_wants_a_failure() {
    check(
        "submit w: a, b, c after a!+b",
        "end w/b exit
         end w/a exit",
        "w attempt_ended 1 Exited
         w task_failed 1 #1 Exited
         w task_skipped 2 because 1
         w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w workflow_failed 0/2/1/0",
    );
}

#[test]
fn an_edge_that_is_not_taken_leaves_out_though_others_are() {
    check(
        "submit w: a, b, c after a!+b?",
        "end w/b exit
         end w/a ok",
        "w attempt_ended 1 Exited
         w task_failed 1 #1 Exited
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w task_left_out 2 Edge
         w workflow_failed 1/1/1/0",
    );
}

#[test]
fn a_skip_goes_on_through_what_wants_an_end_as_intended_and_ends_at_what_wants_any() {
    check(
        "submit w: a, b after a, c after b, d after c?, e after d+b",
        "end w/a exit
         end w/d ok",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w task_skipped 1 because 0
         w task_skipped 2 because 1
         w task_skipped 4 because 1
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w workflow_failed 1/1/3/0",
    );
}

#[test]
fn cancelling_releases_nothing() {
    check(
        "submit w: a, b after a!, c after a?",
        "cancel w
         end w/a exit",
        "w cancel_requested
         w attempt_cancel_requested 0 WorkflowCancelled
         w task_cancelled 1
         w task_cancelled 2
         w attempt_ended 0 Exited
         w task_cancelled 0
         w workflow_cancelled 0/0/0/3",
    );
}

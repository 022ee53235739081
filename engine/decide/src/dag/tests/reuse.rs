//! Tasks for which stands what an earlier workflow did.

use crate::tests::door::check;

#[test]
fn what_an_earlier_workflow_did_is_not_done_again() {
    check(
        "submit w: a reused, b after a",
        "end w/b ok",
        "w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn it_stands_whatever_it_depended_on_comes_to() {
    check(
        "submit v: x",
        "submit w: a, b after a reused, c after b
         end w/a exit
         end w/c ok",
        "w workflow_submitted 0+3
         w workflow_accepted 3 2
         w attempt_requested 0 #1
         w task_reused 1
         w attempt_requested 2 #1
         w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_failed 2/1/0/0",
    );
}

#[test]
fn a_sub_workflow_of_which_a_part_was_done_waits_for_the_rest() {
    check(
        "",
        "submit w: g group, g.x in=g reused, g.y in=g after g.x
         end w/g.y ok",
        "w workflow_submitted 0+3
         w workflow_accepted 3 1
         w group_began 0
         w task_reused 1
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w task_completed 0 #0
         w workflow_completed 3/0/0/0",
    );
}

#[test]
fn a_sub_workflow_that_was_done_needs_nothing_of_its_tasks() {
    check(
        "",
        "submit w: g group reused, g.x in=g reused, g.y in=g, b after g
         end w/b ok",
        "w workflow_submitted 0+4
         w workflow_accepted 4 1
         w task_reused 0
         w task_reused 1
         w task_left_out 2 Group
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w workflow_completed 3/0/1/0",
    );
}

#[test]
fn a_condition_or_a_list_is_not_evaluated_again() {
    check(
        "",
        "submit w: a when reused, b each=2 reused=2",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_reused 0
         w task_reused 1
         w workflow_completed 2/0/0/0",
    );
}

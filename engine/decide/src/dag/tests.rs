//! What the dag decides. Its ideas have files of their own; what is left is here.

mod deadlines;
mod edges;
mod lists;
mod outputs;
mod reuse;
mod sub_workflows;

use crate::tests::door::check;

#[test]
fn a_chain_goes_from_task_to_task() {
    check(
        "submit w: a, b after a",
        "end w/a ok
         end w/b ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn a_task_waits_for_all_that_it_depends_on() {
    check(
        "submit w: a, b, c after a+b",
        "end w/b ok
         end w/a ok",
        "w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_requested 2 #1",
    );
}

#[test]
fn dependencies_may_stand_later_in_the_definition() {
    check(
        "",
        "submit w: a after b, b",
        "w workflow_submitted 0+2
         w workflow_accepted 2 1
         w attempt_requested 1 #1",
    );
}

#[test]
fn what_depends_on_a_failed_task_is_skipped_and_the_rest_goes_on() {
    check(
        "submit w: a, b after a, c after b, d, e after d",
        "end w/a exit
         end w/d ok
         end w/e ok",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w task_skipped 1 because 0
         w task_skipped 2 because 1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w attempt_requested 4 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w workflow_failed 2/1/2/0",
    );
}

#[test]
fn a_task_with_two_failed_dependencies_is_skipped_once() {
    check(
        "submit w: a, b, c after a+b
         end w/a exit",
        "end w/b exit",
        "w attempt_ended 1 Exited
         w task_failed 1 #1 Exited
         w workflow_failed 0/2/1/0",
    );
}

#[test]
fn a_task_with_attempts_left_is_tried_again_when_its_delay_has_passed() {
    check(
        "submit w: a attempts=3 base=10ms",
        "end w/a exit
         wait 10ms
         timer
         end w/a lost
         wait 20ms
         timer
         end w/a exit",
        "w attempt_ended 0 Exited
         w retry_scheduled 0 #2 Exited
         timer_fired Retry
         w attempt_requested 0 #2
         w attempt_ended 0 Lost
         w retry_scheduled 0 #3 Lost
         timer_fired Retry
         w attempt_requested 0 #3
         w attempt_ended 0 Exited
         w task_failed 0 #3 Exited
         w workflow_failed 0/1/0/0",
    );
}

#[test]
fn cancelling_stops_what_runs_and_drops_what_waits() {
    check(
        "set attempts_running_max 2
         submit w: a, b process, c, d after a, e after b",
        "cancel w
         end w/a ok
         end w/b cancelled",
        "w cancel_requested
         w attempt_cancel_requested 0 WorkflowCancelled
         w attempt_cancel_requested 1 WorkflowCancelled
         w task_cancelled 2
         w task_cancelled 3
         w task_cancelled 4
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_ended 1 Cancelled
         w task_cancelled 1
         w workflow_cancelled 1/0/0/4",
    );
}

#[test]
fn cancelling_needs_no_end_when_nothing_runs() {
    check(
        "pause engine
         submit w: a, b after a",
        "cancel w",
        "w cancel_requested
         w task_cancelled 0
         w task_cancelled 1
         w workflow_cancelled 0/0/0/2",
    );
}

#[test]
fn a_retry_that_waits_is_cancelled() {
    check(
        "submit w: a attempts=2
         end w/a exit",
        "cancel w
         wait 1h
         timer",
        "w cancel_requested
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1
         refused: nothing is due",
    );
}

#[test]
fn a_failure_while_cancelling_is_not_tried_again() {
    check(
        "submit w: a attempts=5
         cancel w",
        "end w/a exit",
        "w attempt_ended 0 Exited
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1",
    );
}

#[test]
fn a_paused_workflow_starts_nothing_until_it_is_resumed() {
    check(
        "submit w: a, b after a, c after a
         submit other: x, y after x
         pause w",
        "end w/a ok
         end other/x ok
         resume w",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w task_queued 1 WorkflowPaused
         w task_queued 2 WorkflowPaused
         other attempt_ended 0 Succeeded
         other task_completed 0 #1
         other attempt_requested 1 #1
         w workflow_resumed
         w attempt_requested 1 #1
         w attempt_requested 2 #1",
    );
}

#[test]
fn a_paused_workflow_can_end_and_be_cancelled() {
    check(
        "submit w: a
         submit v: a, b after a
         pause w
         pause v
         end v/a ok",
        "end w/a ok
         cancel v",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0
         v cancel_requested
         v task_cancelled 1
         v workflow_cancelled 1/0/0/1",
    );
}

#[test]
fn a_retry_of_a_paused_workflow_waits_for_it() {
    check(
        "submit w: a attempts=2 base=10ms
         end w/a exit
         pause w
         wait 10ms",
        "timer
         resume w",
        "timer_fired Retry
         w task_queued 0 WorkflowPaused
         w workflow_resumed
         w attempt_requested 0 #2",
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    check(
        "submit w: a
         submit v: a
         pause v
         submit u: a
         cancel u",
        "pause v
         resume w
         cancel u
         pause u
         cancel nobody",
        "refused: the workflow is paused already
         refused: the workflow is not paused
         refused: the workflow is being cancelled
         refused: the workflow is being cancelled
         refused: workflow 6e6f626f64792e2e2e2e2e2e2e2e2e2e is not alive",
    );
}

#[test]
fn a_task_is_tried_again_after_the_ends_that_its_retry_names() {
    check(
        "submit w: a process attempts=3 base=1s on=exit",
        "end w/a exit
         wait 10s
         timer
         end w/a lost",
        "w attempt_ended 0 Exited
         w retry_scheduled 0 #2 Exited
         timer_fired Retry
         w attempt_requested 0 #2
         w attempt_ended 0 Lost
         w task_failed 0 #2 Lost
         w workflow_failed 0/1/0/0",
    );
}

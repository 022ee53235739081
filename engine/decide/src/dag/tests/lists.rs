//! Tasks that are run for each entry of a list.

use crate::tests::door::check;

#[test]
fn each_entry_is_a_part_and_so_many_are_under_way_at_once() {
    check(
        "submit w: a each=2, b after a",
        "eval w/a list=4
         end w/a.0 ok
         end w/a.1 ok
         end w/a.3 ok
         end w/a.2 ok
         end w/b ok",
        "w evaluation_ended 0 List 4
         w task_fanned_out 0 2+4
         w attempt_requested 2 #1
         w attempt_requested 3 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w attempt_requested 4 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w attempt_requested 5 #1
         w attempt_ended 5 Succeeded
         w task_completed 5 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w task_completed 0 #0
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_completed 6/0/0/0",
    );
}

#[test]
fn an_empty_list_completes_at_once() {
    check(
        "submit w: a each=2, b after a",
        "eval w/a list=0",
        "w evaluation_ended 0 List 0
         w task_fanned_out 0 2+0
         w task_completed 0 #0
         w attempt_requested 1 #1",
    );
}

#[test]
fn a_part_that_failed_fails_the_task_when_all_others_have_ended() {
    check(
        "submit w: a each=1, b after a, c after a!",
        "eval w/a list=3
         end w/a.0 exit
         end w/a.1 ok
         end w/a.2 ok
         end w/c ok",
        "w evaluation_ended 0 List 3
         w task_fanned_out 0 3+3
         w attempt_requested 3 #1
         w attempt_ended 3 Exited
         w task_failed 3 #1 Exited
         w attempt_requested 4 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w attempt_requested 5 #1
         w attempt_ended 5 Succeeded
         w task_completed 5 #1
         w task_failed 0 #0 PartFailed
         w task_skipped 1 because 0
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_failed 3/2/1/0",
    );
}

#[test]
fn a_part_is_tried_again_by_itself() {
    check(
        "submit w: a each=2 attempts=2 base=10ms",
        "eval w/a list=2
         end w/a.0 exit
         end w/a.1 ok
         wait 20ms
         timer
         end w/a.0 ok",
        "w evaluation_ended 0 List 2
         w task_fanned_out 0 1+2
         w attempt_requested 1 #1
         w attempt_requested 2 #1
         w attempt_ended 1 Exited
         w retry_scheduled 1 #2 Exited
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         timer_fired Retry
         w attempt_requested 1 #2
         w attempt_ended 1 Succeeded
         w task_completed 1 #2
         w task_completed 0 #0
         w workflow_completed 3/0/0/0",
    );
}

#[test]
fn a_workflow_is_paused_and_resumed_among_its_parts() {
    check(
        "submit w: a each=2
         eval w/a list=3",
        "pause w
         end w/a.0 ok
         end w/a.1 ok
         resume w
         end w/a.2 ok",
        "w workflow_paused
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w task_queued 3 WorkflowPaused
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w workflow_resumed
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w task_completed 0 #0
         w workflow_completed 4/0/0/0",
    );
}

#[test]
fn a_workflow_is_cancelled_among_its_parts() {
    check(
        "submit w: a each=2, b after a
         eval w/a list=4",
        "cancel w
         end w/a.0 cancelled
         end w/a.1 ok",
        "w cancel_requested
         w task_cancelled 0
         w task_cancelled 1
         w attempt_cancel_requested 2 WorkflowCancelled
         w attempt_cancel_requested 3 WorkflowCancelled
         w task_cancelled 4
         w task_cancelled 5
         w attempt_ended 2 Cancelled
         w task_cancelled 2
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w workflow_cancelled 1/0/0/5",
    );
}

#[test]
fn parts_wait_for_places_as_other_tasks_do() {
    check(
        "set attempts_running_max 1
         submit w: a each=3
         submit v: x, y",
        "eval w/a list=3
         end v/x ok
         end v/y ok
         end w/a.0 ok
         end w/a.1 ok",
        "w evaluation_ended 0 List 3
         w task_fanned_out 0 1+3
         w task_queued 1 Capacity
         w task_queued 2 Capacity
         w task_queued 3 Capacity
         v attempt_ended 0 Succeeded
         v task_completed 0 #1
         v attempt_requested 1 #1
         v attempt_ended 1 Succeeded
         v task_completed 1 #1
         w attempt_requested 1 #1
         v workflow_completed 2/0/0/0
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w attempt_requested 3 #1",
    );
}

#[test]
fn a_list_that_is_too_long_by_the_time_it_comes_is_too_much() {
    check(
        "set tasks_per_workflow_max 6
         submit w: a each=2, b each=2",
        "eval w/a list=4
         eval w/b list=1
         end w/a.0 ok
         end w/a.1 ok
         end w/a.2 ok
         end w/a.3 ok",
        "w evaluation_ended 0 List 4
         w task_fanned_out 0 2+4
         w attempt_requested 2 #1
         w attempt_requested 3 #1
         w evaluation_ended 1 TooMuch
         w task_failed 1 #0 NotEvaluated
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w attempt_requested 4 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w attempt_requested 5 #1
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w attempt_ended 5 Succeeded
         w task_completed 5 #1
         w task_completed 0 #0
         w workflow_failed 5/1/0/0",
    );
}

#[test]
fn a_list_with_a_condition_is_run_or_left_out() {
    check(
        "submit w: a when each=2, b when each=2",
        "eval w/a list=1
         eval w/b not
         end w/a.0 ok",
        "w evaluation_ended 0 List 1
         w task_fanned_out 0 2+1
         w attempt_requested 2 #1
         w evaluation_ended 1 DoesNotHold
         w task_left_out 1 Condition
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w task_completed 0 #0
         w workflow_completed 2/0/1/0",
    );
}

#[test]
fn a_list_of_many_entries_is_under_way_as_far_as_it_may() {
    check(
        "set attempts_running_max 1
         submit w: a each=1
         eval w/a list=2",
        "pause engine
         end w/a.0 ok
         resume engine
         end w/a.1 ok",
        "engine_paused
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w task_queued 2 EnginePaused
         engine_resumed
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w task_completed 0 #0
         w workflow_completed 3/0/0/0",
    );
}

#[test]
fn a_part_that_is_cut_off_or_takes_too_long_ends_as_any_task() {
    check(
        "submit w: a process each=2 timeout=5s
         eval w/a list=2
         run w/a.0",
        "wait 5s
         timer
         end w/a.0 timed-out
         end w/a.1 lost",
        "timer_fired Timeout
         w attempt_cancel_requested 1 TimedOut
         w attempt_ended 1 TimedOut
         w task_failed 1 #1 TimedOut
         w attempt_ended 2 Lost
         w task_failed 2 #1 Lost
         w task_failed 0 #0 PartFailed
         w workflow_failed 0/3/0/0",
    );
}

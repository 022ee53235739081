//! What execution decides.

use crate::tests::door::check;

#[test]
fn more_tasks_than_places_take_turns_by_workflow() {
    check(
        "set attempts_running_max 1
         submit wide: a, b, c
         submit narrow: x",
        "end wide/a ok
         end wide/b ok
         end narrow/x ok",
        "wide attempt_ended 0 Succeeded
         wide task_completed 0 #1
         wide attempt_requested 1 #1
         wide attempt_ended 1 Succeeded
         wide task_completed 1 #1
         narrow attempt_requested 0 #1
         narrow attempt_ended 0 Succeeded
         narrow task_completed 0 #1
         wide attempt_requested 2 #1
         narrow workflow_completed 1/0/0/0",
    );
}

#[test]
fn a_task_that_finds_no_place_is_queued() {
    check(
        "set attempts_running_max 1",
        "submit w: a, b",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w attempt_requested 0 #1
         w task_queued 1 Capacity",
    );
}

#[test]
fn more_places_admit_more() {
    check(
        "set attempts_running_max 1
         submit w: a, b, c, d",
        "set attempts_running_max 3",
        "setting_changed attempts_running_max 1>3
         w attempt_requested 1 #1
         w attempt_requested 2 #1",
    );
}

#[test]
fn an_attempt_that_reaches_its_deadline_is_stopped() {
    check(
        "submit w: a process timeout=5s, b after a
         run w/a",
        "wait 4s
         timer
         wait 1s
         timer
         end w/a timed-out",
        "refused: nothing is due
         timer_fired Timeout
         w attempt_cancel_requested 0 TimedOut
         w attempt_ended 0 TimedOut
         w task_failed 0 #1 TimedOut
         w task_skipped 1 because 0
         w workflow_failed 0/1/1/0",
    );
}

#[test]
fn an_attempt_that_does_not_stop_is_given_up() {
    check(
        "submit w: a process timeout=5s attempts=2 base=1ms
         run w/a
         wait 5s
         timer",
        "wait 30s
         timer
         wait 1ms
         timer",
        "timer_fired CancelGrace
         w attempt_abandoned 0 TimedOut
         w retry_scheduled 0 #2 TimedOut
         timer_fired Retry
         w attempt_requested 0 #2",
    );
}

#[test]
fn what_an_attempt_reports_after_it_was_given_up_changes_nothing() {
    check(
        "submit w: a process timeout=5s
         run w/a
         submit v: a
         wait 5s
         timer
         wait 30s
         timer",
        "end #4/0 ok",
        "refused: nothing is owed for request 4 any more",
    );
}

#[test]
fn an_end_counts_once() {
    check(
        "submit w: a, b after a
         end w/a ok",
        "end #4/0 ok
         end #99/0 ok",
        "refused: nothing is owed for request 4 any more
         refused: record 99 requests nothing",
    );
}

#[test]
fn an_end_names_the_task_of_its_attempt() {
    check("submit w: a, b after a", "end #4/1 ok", "refused: attempt 4 is one of task 0, not of task 1");
}

#[test]
fn silence_is_told_once_and_ends_with_the_next_sign_of_life() {
    check(
        "submit w: a process
         run w/a",
        "wait 50s
         progress w/a
         wait 50s
         timer
         wait 10s
         timer
         wait 60s
         timer
         progress w/a
         wait 60s
         timer",
        "w attempt_progressed 0
         refused: nothing is due
         timer_fired Stall
         w attempt_stalled 0
         refused: nothing is due
         w attempt_progressed 0
         timer_fired Stall
         w attempt_stalled 0",
    );
}

#[test]
fn after_a_restart_what_runs_begins_anew_and_has_its_whole_time() {
    check(
        "submit w: a process timeout=5s
         run w/a
         wait 1h
         start",
        "timer
         wait 1h
         timer
         run w/a
         wait 5s
         timer",
        "refused: nothing is due
         refused: nothing is due
         w attempt_started 0
         timer_fired Timeout
         w attempt_cancel_requested 0 TimedOut",
    );
}

#[test]
fn what_an_attempt_may_take_counts_from_its_start_however_late_that_is() {
    check(
        "submit w: a process timeout=5s",
        "wait 1h
         timer
         run w/a
         wait 4s
         timer
         wait 1s
         timer",
        "refused: nothing is due
         w attempt_started 0
         refused: nothing is due
         timer_fired Timeout
         w attempt_cancel_requested 0 TimedOut",
    );
}

#[test]
fn a_cancelled_process_that_ignores_it_is_given_up() {
    check(
        "submit w: a process
         cancel w",
        "wait 30s
         timer",
        "timer_fired CancelGrace
         w attempt_abandoned 0 WorkflowCancelled
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1",
    );
}

#[test]
fn a_no_op_has_no_deadline() {
    check("submit w: a", "wait 1h\n timer", "refused: nothing is due");
}

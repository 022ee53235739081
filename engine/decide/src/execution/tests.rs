//! What execution decides.

mod valued;

use triad_event::execution::CancelReason;

use crate::tests::door::{Door, check, performances};

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

#[test]
fn an_attempt_that_is_cut_off_with_its_server_too_often_is_lost() {
    check(
        "submit w: a process attempts=2 base=1ms, b after a
         start
         run w/a
         start
         start
         start",
        "timer
         start
         run w/a
         timer
         wait 1ms
         timer
         start
         timer
         end w/a ok
         end w/b ok",
        "refused: nothing is due
         engine_started
         refused: attempt 4 is not performed now
         timer_fired CutOff
         w attempt_lost 0 after 5
         w retry_scheduled 0 #2 Lost
         timer_fired Retry
         w attempt_requested 0 #2
         engine_started
         refused: nothing is due
         w attempt_ended 0 Succeeded
         w task_completed 0 #2
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn a_server_that_ends_in_good_order_cuts_nothing_off() {
    check(
        "submit w: a process, b text
         start
         start
         start
         start
         stop engine
         start
         stop engine
         start",
        "timer
         start
         end w/b ok
         timer",
        "refused: nothing is due
         engine_started
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         timer_fired CutOff
         w attempt_lost 0 after 5
         w task_failed 0 #1 Lost
         w workflow_failed 1/1/0/0",
    );
}

#[test]
fn what_is_to_stop_is_not_performed_again_and_not_cut_off() {
    check(
        "submit w: a process
         cancel w
         start
         start
         start
         start
         start",
        "timer
         end w/a cancelled",
        "refused: nothing is due
         w attempt_ended 0 Cancelled
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1",
    );
}

#[test]
fn what_is_in_quarantine_is_not_cut_off() {
    check(
        "submit w: a process
         start
         start
         start
         start
         quarantine w
         start
         start
         release w",
        "timer
         end w/a ok",
        "refused: nothing is due
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0",
    );
}

#[test]
fn a_life_that_begins_paused_performs_nothing_until_it_is_resumed() {
    let mut door = Door::open();
    door.run(
        "submit w: a process timeout=5s, b process
         submit v: c process
         run w/a
         pause engine",
    );
    assert_eq!(performances(&door.world).len(), 3, "what runs when the engine is paused goes on");
    door.run("start");
    assert!(performances(&door.world).is_empty());
    for line in ["wait 1h", "start", "start", "start", "start", "start", "start", "wait 1h"] {
        door.run(line);
    }
    assert_eq!(
        door.run("timer"),
        ["refused: nothing is due"],
        "nothing of it takes time, and nothing is cut off"
    );
    assert_eq!(door.run("end w/a ok"), ["refused: attempt 4 is not performed now"]);
    door.run("cancel v");
    let stopped: Vec<_> = performances(&door.world).into_iter().map(|one| one.stop).collect();
    assert_eq!(stopped, [Some(CancelReason::WorkflowCancelled)], "what waits can be stopped");
    assert_eq!(door.run("resume engine"), ["engine_resumed"]);
    assert_eq!(door.world.changed_effects().len(), 3, "all of it is looked at");
    assert_eq!(performances(&door.world).len(), 3);
    let ended = door.run("run w/a\n wait 5s\n timer");
    assert_eq!(
        ended,
        ["w attempt_started 0", "timer_fired Timeout", "w attempt_cancel_requested 0 TimedOut"]
    );
}

#[test]
fn what_is_more_urgent_gets_the_next_place() {
    check(
        "set attempts_running_max 1
         submit v: x
         submit w: a priority=low, b, c priority=critical, d [priority=high]
         submit u: e",
        "end v/x ok
         end w/c ok
         end w/b ok
         end w/d ok
         end u/e ok",
        "v attempt_ended 0 Succeeded
         v task_completed 0 #1
         w attempt_requested 2 #1
         v workflow_completed 1/0/0/0
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         u attempt_requested 0 #1
         u attempt_ended 0 Succeeded
         u task_completed 0 #1
         w attempt_requested 0 #1
         u workflow_completed 1/0/0/0",
    );
}

#[test]
fn equally_urgent_workflows_take_turns() {
    check(
        "set attempts_running_max 1
         submit v: x
         submit w: a, b [priority=high]
         submit u: e, f [priority=high]",
        "end v/x ok
         end w/a ok
         end u/e ok
         end w/b ok",
        "v attempt_ended 0 Succeeded
         v task_completed 0 #1
         w attempt_requested 0 #1
         v workflow_completed 1/0/0/0
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         u attempt_requested 0 #1
         u attempt_ended 0 Succeeded
         u task_completed 0 #1
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         u attempt_requested 1 #1
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn a_list_hands_its_priority_to_its_parts() {
    check(
        "set attempts_running_max 1
         submit w: x, a each=2 priority=high, b",
        "eval w/a list=2
         end w/x ok
         end w/a.0 ok",
        "w evaluation_ended 1 List 2
         w task_fanned_out 1 3+2
         w task_queued 3 Capacity High
         w task_queued 4 Capacity High
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w attempt_requested 4 #1",
    );
}

#[test]
fn one_that_is_late_leaves_the_queue() {
    check(
        "set attempts_running_max 1
         submit v: x
         submit w: a priority=high deadline=5s, b priority=high",
        "wait 5s
         timer
         end v/x ok",
        "timer_fired Deadline
         w deadline_passed 0
         w task_failed 0 #0 DeadlinePassed
         v attempt_ended 0 Succeeded
         v task_completed 0 #1
         w attempt_requested 1 #1
         v workflow_completed 1/0/0/0",
    );
}

//! Tasks and workflows that must have ended.

use crate::tests::door::check;

#[test]
fn what_must_have_ended_fails_where_it_stands() {
    check(
        "set attempts_running_max 1
         submit v: x
         submit w: q deadline=5s, p after q deadline=5s, s signal=go deadline=5s, e when deadline=5s, o after q?+p?+s?+e?",
        "wait 5s
         timer
         timer",
        "timer_fired Deadline
         w deadline_passed 0
         w deadline_passed 1
         w deadline_passed 2
         w deadline_passed 3
         w task_failed 0 #0 DeadlinePassed
         w task_failed 1 #0 DeadlinePassed
         w task_failed 2 #0 DeadlinePassed
         w task_failed 3 #0 DeadlinePassed
         w task_queued 4 Capacity
         refused: nothing is due",
    );
}

/// The retry comes first, and its end makes the other one ready before the deadline of that has passed.
#[test]
fn what_becomes_ready_when_it_must_have_ended_is_not_evaluated() {
    check(
        "submit w: a attempts=2 base=1s deadline=2s, b after a? when deadline=3s
         end w/a exit",
        "wait 5s
         timer",
        "timer_fired Retry
         w task_failed 0 #1 DeadlinePassed
         w deadline_passed 1
         w task_failed 1 #0 DeadlinePassed
         w workflow_failed 0/2/0/0",
    );
}

#[test]
fn what_becomes_ready_when_it_must_have_ended_opens_no_gate() {
    check(
        "submit w: a attempts=2 base=1s deadline=2s, b after a? signal=go deadline=3s
         end w/a exit",
        "wait 5s
         timer",
        "timer_fired Retry
         w task_failed 0 #1 DeadlinePassed
         w deadline_passed 1
         w task_failed 1 #0 DeadlinePassed
         w workflow_failed 0/2/0/0",
    );
}

#[test]
fn what_runs_is_asked_to_stop_and_fails_when_it_has_ended() {
    check(
        "submit w: a attempts=3 deadline=5s, b after a!",
        "wait 5s
         timer
         end w/a cancelled
         end w/b ok",
        "timer_fired Deadline
         w deadline_passed 0
         w attempt_cancel_requested 0 DeadlinePassed
         w attempt_ended 0 Cancelled
         w task_failed 0 #1 DeadlinePassed
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_failed 1/1/0/0",
    );
}

#[test]
fn what_does_not_stop_is_given_up() {
    check(
        "submit w: a attempts=3 deadline=5s
         wait 5s
         timer",
        "wait 10m
         timer",
        "timer_fired CancelGrace
         w attempt_abandoned 0 DeadlinePassed
         w task_failed 0 #1 DeadlinePassed
         w workflow_failed 0/1/0/0",
    );
}

#[test]
fn an_attempt_that_succeeded_late_has_succeeded() {
    check(
        "submit w: a deadline=5s
         wait 5s
         timer",
        "end w/a ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0",
    );
}

#[test]
fn what_fails_late_is_not_tried_again() {
    check(
        "submit w: a attempts=3 base=1s deadline=5s",
        "wait 6s
         end w/a exit",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 DeadlinePassed
         w workflow_failed 0/1/0/0",
    );
}

#[test]
fn a_retry_that_waits_is_too_late() {
    check(
        "submit w: a attempts=3 base=1h deadline=5s
         end w/a exit",
        "wait 5s
         timer
         timer",
        "timer_fired Deadline
         w deadline_passed 0
         w task_failed 0 #1 DeadlinePassed
         w workflow_failed 0/1/0/0
         refused: nothing is due",
    );
}

#[test]
fn of_a_list_it_is_that_of_its_parts() {
    check(
        "submit w: a each=2 deadline=5s, b after a!
         eval w/a list=4
         end w/a.0 ok",
        "wait 5s
         timer
         end w/a.1 cancelled
         end w/a.2 ok
         end w/b ok",
        "timer_fired Deadline
         w deadline_passed 0
         w attempt_cancel_requested 3 DeadlinePassed
         w attempt_cancel_requested 4 DeadlinePassed
         w task_failed 5 #0 DeadlinePassed
         w attempt_ended 3 Cancelled
         w task_failed 3 #1 DeadlinePassed
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w task_failed 0 #0 DeadlinePassed
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_failed 3/3/0/0",
    );
}

#[test]
fn of_a_sub_workflow_it_is_that_of_its_tasks() {
    check(
        "submit w: g group deadline=5s, g.x in=g, g.y in=g after g.x, g.h group in=g, g.h.z in=g.h signal=go, b after g?",
        "wait 5s
         timer
         end w/g.x ok
         end w/b ok",
        "timer_fired Deadline
         w deadline_passed 0
         w attempt_cancel_requested 1 DeadlinePassed
         w task_failed 2 #0 DeadlinePassed
         w task_failed 4 #0 DeadlinePassed
         w task_failed 3 #0 DeadlinePassed
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w task_failed 0 #0 DeadlinePassed
         w attempt_requested 5 #1
         w attempt_ended 5 Succeeded
         w task_completed 5 #1
         w workflow_failed 2/4/0/0",
    );
}

#[test]
fn a_sub_workflow_that_has_not_begun_is_late_with_its_tasks() {
    check(
        "submit w: a, g group after a deadline=5s, g.x in=g",
        "wait 5s
         timer
         end w/a ok",
        "timer_fired Deadline
         w deadline_passed 1
         w task_failed 1 #0 DeadlinePassed
         w task_failed 2 #0 DeadlinePassed
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_failed 1/2/0/0",
    );
}

#[test]
fn of_the_workflow_it_is_that_of_all_that_is_open() {
    check(
        "submit w: a, b after a, c when, d signal=go, e after a! [deadline=5s]",
        "wait 5s
         timer
         end w/a cancelled",
        "timer_fired Deadline
         w deadline_passed
         w attempt_cancel_requested 0 DeadlinePassed
         w task_failed 1 #0 DeadlinePassed
         w task_failed 2 #0 DeadlinePassed
         w task_failed 3 #0 DeadlinePassed
         w task_failed 4 #0 DeadlinePassed
         w attempt_ended 0 Cancelled
         w task_failed 0 #1 DeadlinePassed
         w workflow_failed 0/5/0/0",
    );
}

#[test]
fn what_ended_in_time_asks_for_no_moment() {
    check(
        "submit w: a deadline=5s, b [deadline=1h]",
        "end w/a ok
         wait 5s
         timer
         end w/b ok
         wait 1h
         timer",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         refused: nothing is due
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_completed 2/0/0/0
         refused: nothing is due",
    );
}

#[test]
fn it_passes_while_the_workflow_is_paused_and_not_when_it_is_cancelled() {
    check(
        "submit w: a deadline=5s [deadline=6s]
         submit v: a, b after a deadline=5s
         pause v
         cancel w",
        "wait 5s
         timer
         wait 1s
         timer
         resume v
         end v/a ok",
        "timer_fired Deadline
         v deadline_passed 1
         v task_failed 1 #0 DeadlinePassed
         refused: nothing is due
         v workflow_resumed
         v attempt_ended 0 Succeeded
         v task_completed 0 #1
         v workflow_failed 1/1/0/0",
    );
}

#[test]
fn one_that_has_passed_before_the_acceptance_fails_all_of_it() {
    check(
        "",
        "submit w: a, b after a, c waits=5s, d each=2 [by=-5s]
         timer",
        "w workflow_submitted 0+4
         w workflow_accepted 4 1
         w task_failed 0 #0 DeadlinePassed
         w task_failed 2 #0 DeadlinePassed
         w task_failed 3 #0 DeadlinePassed
         w task_skipped 1 because 0
         w workflow_failed 0/3/1/0
         refused: nothing is due",
    );
}

#[test]
fn a_moment_of_the_calendar_counts_from_the_acceptance() {
    check(
        "submit w: a by=5s, b signal=go by=10s",
        "wait 5s
         timer
         end w/a cancelled
         wait 5s
         timer",
        "timer_fired Deadline
         w deadline_passed 0
         w attempt_cancel_requested 0 DeadlinePassed
         w attempt_ended 0 Cancelled
         w task_failed 0 #1 DeadlinePassed
         timer_fired Deadline
         w deadline_passed 1
         w task_failed 1 #0 DeadlinePassed
         w workflow_failed 0/2/0/0",
    );
}

#[test]
fn what_is_late_takes_no_place_that_becomes_free_at_the_same_moment() {
    check(
        "set attempts_running_max 1
         submit v: x process timeout=5s
         run v/x
         submit w: a deadline=35s
         wait 5s
         timer",
        "wait 30s
         timer",
        "timer_fired CancelGrace
         v attempt_abandoned 0 TimedOut
         w deadline_passed 0
         v task_failed 0 #1 TimedOut
         w task_failed 0 #0 DeadlinePassed
         v workflow_failed 0/1/0/0
         w workflow_failed 0/1/0/0",
    );
}

#[test]
fn a_task_that_waits_for_people_is_late_too() {
    check(
        "submit w: a approval=1 deadline=5s, b waits=1h deadline=5s",
        "wait 5s
         timer
         timer",
        "timer_fired Deadline
         w deadline_passed 0
         w deadline_passed 1
         w task_failed 0 #0 DeadlinePassed
         w task_failed 1 #0 DeadlinePassed
         w workflow_failed 0/2/0/0
         refused: nothing is due",
    );
}

#[test]
fn a_gate_that_closes_at_the_same_moment_is_in_time() {
    check(
        "submit w: a waits=5s deadline=5s",
        "wait 5s
         timer",
        "timer_fired Gate
         w gate_closed 0 Elapsed
         w deadline_passed 0
         w task_completed 0 #0
         w workflow_completed 1/0/0/0",
    );
}

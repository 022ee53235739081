//! What evaluations decide.

use crate::tests::door::check;

#[test]
fn a_condition_that_holds_lets_the_task_run() {
    check(
        "submit w: a, b after a when",
        "end w/a ok
         eval w/b holds
         end w/b ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w evaluation_requested 1
         w evaluation_ended 1 Holds
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn a_condition_that_does_not_hold_leaves_the_task_out_and_what_follows() {
    check(
        "submit w: a when, b after a, c, d after a+c",
        "eval w/a not
         end w/c ok
         end w/d ok",
        "w evaluation_ended 0 DoesNotHold
         w task_left_out 0 Condition
         w task_left_out 1 Branch
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w workflow_completed 2/0/2/0",
    );
}

#[test]
fn a_condition_in_front_of_a_join_stops_nothing() {
    check(
        "submit w: a, b after a when, c after a, d after b+c",
        "end w/a ok
         end w/c ok
         eval w/b not
         end w/d ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w evaluation_requested 1
         w attempt_requested 2 #1
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w evaluation_ended 1 DoesNotHold
         w task_left_out 1 Condition
         w attempt_requested 3 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w workflow_completed 3/0/1/0",
    );
}

#[test]
fn what_cannot_be_evaluated_fails_the_task_and_is_not_tried_again() {
    check(
        "submit w: a when attempts=3, b when, c when, d when, e after a!",
        "eval w/a missing
         eval w/b no-value
         eval w/c too-much
         eval w/d unavailable
         end w/e ok",
        "w evaluation_ended 0 Missing
         w task_failed 0 #0 NotEvaluated
         w attempt_requested 4 #1
         w evaluation_ended 1 NoValue
         w task_failed 1 #0 NotEvaluated
         w evaluation_ended 2 TooMuch
         w task_failed 2 #0 NotEvaluated
         w evaluation_ended 3 Unavailable
         w task_failed 3 #0 NotEvaluated
         w attempt_ended 4 Succeeded
         w task_completed 4 #1
         w workflow_failed 1/4/0/0",
    );
}

#[test]
fn an_outcome_is_taken_once_and_from_its_request_alone() {
    check(
        "submit w: a when, b",
        "eval #5/1 holds
         eval w/a holds
         eval #5/0 holds
         eval #6/1 holds
         eval #99/0 holds",
        "refused: record 5 requests no evaluation
         w evaluation_ended 0 Holds
         w attempt_requested 0 #1
         refused: record 5 requests no evaluation
         refused: nothing is owed for request 6 any more
         refused: record 99 requests nothing",
    );
}

#[test]
fn what_contradicts_itself_is_refused() {
    check(
        "submit w: a when, b each=2, c when each=2",
        "eval w/a list=2
         eval w/a holds=2
         eval w/b holds
         eval w/b not
         eval w/c holds
         eval w/c not=2",
        "refused: what the expressions of the task came to contradicts itself
         refused: what the expressions of the task came to contradicts itself
         refused: what the expressions of the task came to contradicts itself
         refused: what the expressions of the task came to contradicts itself
         refused: what the expressions of the task came to contradicts itself
         refused: what the expressions of the task came to contradicts itself",
    );
}

#[test]
fn what_waits_or_consists_of_others_may_have_a_condition() {
    check(
        "submit w: a waits=5s when, g group when, g.a in=g, h group when, h.a in=h",
        "eval w/g holds
         eval w/h not
         eval w/a holds
         wait 5s
         timer
         end w/g.a ok",
        "w evaluation_ended 1 Holds
         w group_began 1
         w attempt_requested 2 #1
         w evaluation_ended 3 DoesNotHold
         w task_left_out 3 Condition
         w task_left_out 4 Group
         w evaluation_ended 0 Holds
         w gate_opened 0 Time
         timer_fired Gate
         w gate_closed 0 Elapsed
         w task_completed 0 #0
         w attempt_ended 2 Succeeded
         w task_completed 2 #1
         w task_completed 1 #0
         w workflow_completed 3/0/2/0",
    );
}

#[test]
fn a_workflow_that_is_cancelled_waits_for_no_evaluation() {
    check(
        "submit w: a when, b when each=1",
        "cancel w
         eval #5/0 holds",
        "w cancel_requested
         w task_cancelled 0
         w task_cancelled 1
         w workflow_cancelled 0/0/0/2
         refused: nothing is owed for request 5 any more",
    );
}

#[test]
fn expressions_are_evaluated_while_the_workflow_is_paused_and_nothing_runs() {
    check(
        "submit w: a when, b each=2
         pause w",
        "eval w/a holds
         eval w/b list=3
         resume w",
        "w evaluation_ended 0 Holds
         w task_queued 0 WorkflowPaused
         w evaluation_ended 1 List 3
         w task_fanned_out 1 2+3
         w task_queued 2 WorkflowPaused
         w task_queued 3 WorkflowPaused
         w workflow_resumed
         w attempt_requested 0 #1
         w attempt_requested 2 #1
         w attempt_requested 3 #1",
    );
}

#[test]
fn a_workflow_in_quarantine_takes_no_outcome_and_goes_on_when_it_is_released() {
    check(
        "submit w: a when
         quarantine w",
        "eval #5/0 holds
         release w
         eval w/a holds",
        "refused: nothing is owed for request 5 any more
         stream_released w
         alert alert_resolved StreamQuarantined
         w evaluation_ended 0 Holds
         w attempt_requested 0 #1",
    );
}

#[test]
fn an_outcome_that_comes_after_the_deadline_is_refused() {
    check(
        "submit w: a when deadline=5s, b after a!",
        "wait 5s
         timer
         eval #5/0 holds",
        "timer_fired Deadline
         w deadline_passed 0
         w task_failed 0 #0 DeadlinePassed
         w attempt_requested 1 #1
         refused: nothing is owed for request 5 any more",
    );
}

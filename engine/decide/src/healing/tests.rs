//! What healing decides.

use crate::tests::door::check;

#[test]
fn a_variable_that_is_offered_is_set_and_one_that_is_not_is_not() {
    check(
        "offer QUEUE TOKEN
         submit w: a process heals, b process heals",
        "end w/a exit why=missing_configuration lacks=QUEUE
         timer
         end w/a ok
         end w/b exit why=missing_configuration",
        "w attempt_ended 0 Exited
         w fix_applied 0 #2 SetEnvironment QUEUE
         timer_fired Retry
         w attempt_requested 0 #2 sets QUEUE
         w attempt_ended 0 Succeeded
         w task_completed 0 #2
         w attempt_ended 1 Exited
         w healing_ended 1 missing_configuration NotOffered
         w task_failed 1 #1 Exited
         alert alert_raised NotHealed
         w workflow_failed 1/1/0/0
         alert delivery_requested #1",
    );
}

#[test]
fn what_helps_to_wait_for_is_waited_for_longer_each_time_and_not_for_ever() {
    check(
        "submit w: a process heals attempts=1",
        "end w/a exit why=network
         wait 30s
         timer
         end w/a exit why=network
         wait 60s
         timer
         end w/a exit why=network:other
         wait 120s
         timer
         end w/a exit why=dns:third",
        "w attempt_ended 0 Exited
         w fix_applied 0 #2 WaitAndRetry in 30s
         timer_fired Retry
         w attempt_requested 0 #2
         w attempt_ended 0 Exited
         w fix_applied 0 #3 WaitAndRetry in 60s
         timer_fired Retry
         w attempt_requested 0 #3
         w attempt_ended 0 Exited
         w fix_applied 0 #4 WaitAndRetry in 120s
         timer_fired Retry
         w attempt_requested 0 #4
         w attempt_ended 0 Exited
         w healing_ended 0 dns TaskLimit
         w task_failed 0 #4 Exited
         alert alert_raised NotHealed
         w workflow_failed 0/1/0/0
         alert delivery_requested #1",
    );
}

#[test]
fn a_rule_whose_fixes_do_not_help_is_believed_less_until_nothing_follows_from_it() {
    check(
        "set fixes_per_task_max 100
         submit w: a process heals, b process heals, c process heals, d process heals",
        "end w/a exit why=network:poisoned:940
         wait 30s
         timer
         end w/a exit why=unknown::0
         end w/b exit why=network:poisoned:940
         wait 30s
         timer
         end w/b exit why=unknown::0
         end w/c exit why=network:poisoned:940
         wait 30s
         timer
         end w/c exit why=unknown::0
         end w/d exit why=network:poisoned:940",
        "w attempt_ended 0 Exited
         w fix_applied 0 #2 WaitAndRetry in 30s
         timer_fired Retry
         w attempt_requested 0 #2
         w attempt_ended 0 Exited
         w healing_ended 0 unknown NoFix
         w task_failed 0 #2 Exited
         alert alert_raised NotHealed
         alert delivery_requested #1
         w attempt_ended 1 Exited
         w fix_applied 1 #2 WaitAndRetry in 30s
         timer_fired Retry
         w attempt_requested 1 #2
         w attempt_ended 1 Exited
         w healing_ended 1 unknown NoFix
         w task_failed 1 #2 Exited
         w attempt_ended 2 Exited
         w fix_applied 2 #2 WaitAndRetry in 30s
         timer_fired Retry
         w attempt_requested 2 #2
         w attempt_ended 2 Exited
         w healing_ended 2 unknown NoFix
         w task_failed 2 #2 Exited
         w attempt_ended 3 Exited
         w healing_ended 3 network NotSure
         w task_failed 3 #1 Exited
         w workflow_failed 0/4/0/0",
    );
}

#[test]
fn time_and_memory_are_raised_up_to_what_the_operator_allows() {
    check(
        "set fix_timeout_max 15000
         set fix_memory_max 2147483648
         submit w: a process heals timeout=10s, b process heals",
        "end w/a timed-out why=timeout
         timer
         end w/a timed-out why=timeout
         end w/b exit why=out_of_memory",
        "w attempt_ended 0 TimedOut
         w fix_applied 0 #2 RaiseTimeout 10000..15000ms
         timer_fired Retry
         w attempt_requested 0 #2
         w attempt_ended 0 TimedOut
         w healing_ended 0 timeout AtMost
         w task_failed 0 #2 TimedOut
         alert alert_raised NotHealed
         alert delivery_requested #1
         w attempt_ended 1 Exited
         w healing_ended 1 out_of_memory AtMost
         w task_failed 1 #1 Exited
         w workflow_failed 0/2/0/0",
    );
}

#[test]
fn what_no_fix_is_known_for_is_tried_again_as_its_retry_says_unless_it_stays() {
    check(
        "submit w: a process heals attempts=2, b process heals attempts=2",
        "end w/a exit why=crash
         wait 1s
         timer
         end w/a exit why=crash
         end w/b exit why=missing_file",
        "w attempt_ended 0 Exited
         w retry_scheduled 0 #2 Exited
         timer_fired Retry
         w attempt_requested 0 #2
         w attempt_ended 0 Exited
         w healing_ended 0 crash NoFix
         w task_failed 0 #2 Exited
         alert alert_raised NotHealed
         alert delivery_requested #1
         w attempt_ended 1 Exited
         w healing_ended 1 missing_file NoFix
         w task_failed 1 #1 Exited
         w workflow_failed 0/2/0/0",
    );
}

#[test]
fn a_task_without_such_a_policy_is_diagnosed_and_not_healed() {
    check(
        "submit w: a process",
        "end w/a exit why=network",
        "w attempt_ended 0 Exited
         w task_failed 0 #1 Exited
         w workflow_failed 0/1/0/0",
    );
}

#[test]
fn a_fix_waits_for_somebody_else_than_whoever_submitted() {
    check(
        "offer QUEUE
         as 1
         submit w: a process asks",
        "end w/a exit why=missing_configuration lacks=QUEUE
         apply w/a
         as 2
         apply w/a
         apply w/a
         timer
         end w/a ok",
        "w attempt_ended 0 Exited
         w fix_proposed 0 SetEnvironment QUEUE
         refused: whoever submitted a workflow does not decide on its fixes: somebody else has to
         w fix_approved 0
         w fix_applied 0 #2 SetEnvironment QUEUE
         refused: no fix of the task waits for approval
         timer_fired Retry
         w attempt_requested 0 #2 sets QUEUE
         w attempt_ended 0 Succeeded
         w task_completed 0 #2
         w workflow_completed 1/0/0/0",
    );
}

#[test]
fn a_fix_that_is_declined_or_that_nobody_approves_ends_the_task() {
    check(
        "as 1
         submit w: a process asks, b process asks
         end w/a exit why=network
         end w/b exit why=network",
        "as 2
         drop w/a
         wait 604800s
         timer",
        "w fix_declined 0
         w healing_ended 0 network Declined
         w task_failed 0 #1 Exited
         alert alert_raised NotHealed
         alert delivery_requested #1
         timer_fired FixExpiry
         w healing_ended 1 network Expired
         w task_failed 1 #1 Exited
         w workflow_failed 0/2/0/0",
    );
}

#[test]
fn a_workflow_and_an_hour_have_as_many_fixes_as_they_may() {
    check(
        "set fixes_per_workflow_max 1
         set fixes_per_hour_max 2
         submit w: a process heals, b process heals
         submit x: a process heals
         submit y: a process heals",
        "end w/a exit why=conflict
         end w/b exit why=conflict
         end x/a exit why=conflict
         end y/a exit why=conflict",
        "w attempt_ended 0 Exited
         w fix_applied 0 #2 WaitAndRetry in 30s
         w attempt_ended 1 Exited
         w healing_ended 1 conflict WorkflowLimit
         w task_failed 1 #1 Exited
         alert alert_raised NotHealed
         alert delivery_requested #1
         x attempt_ended 0 Exited
         x fix_applied 0 #2 WaitAndRetry in 30s
         y attempt_ended 0 Exited
         y healing_ended 0 conflict HourLimit
         y task_failed 0 #1 Exited
         alert alert_raised NotHealed
         y workflow_failed 0/1/0/0
         alert delivery_requested #1",
    );
}

#[test]
fn what_waits_for_a_fix_is_cancelled_with_its_workflow_and_ended_by_its_deadline() {
    check(
        "submit w: a process asks
         end w/a exit why=network
         submit x: a process asks deadline=60s
         end x/a exit why=network",
        "cancel w
         wait 60s
         timer",
        "w cancel_requested
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1
         timer_fired Deadline
         x deadline_passed 0
         x task_failed 0 #1 DeadlinePassed
         x workflow_failed 0/1/0/0",
    );
}

#[test]
fn rules_are_set_and_removed() {
    check(
        "submit w: a process",
        "unrules
         rules version = 3
         unrules",
        "refused: no rules of an operator are set: only those that are built in diagnose
         rules_set 3
         rules_removed",
    );
}

//! What follows from a step that a rule of moderation holds.

use crate::tests::door::check;

#[test]
fn a_step_that_is_held_waits_for_a_review_and_is_begun_with_a_reason() {
    check(
        "submit w: a process, b after a",
        "end w/a held
         override w/a
         as 2
         approve w/a
         override w/a
         timer
         end w/a ok
         override w/a",
        "w attempt_ended 0 Held
         w gate_opened 0 Review
         refused: whoever submitted a workflow does not decide on its approvals: somebody else has to
         refused: a step that a rule of moderation holds is released with a reason
         w approval_given 0
         w gate_closed 0 Released
         timer_fired Retry
         w attempt_requested 0 #2
         w attempt_ended 0 Succeeded
         w task_completed 0 #2
         w attempt_requested 1 #1
         refused: the task does not wait for approval",
    );
}

#[test]
fn one_who_declines_ends_it_and_no_retry_follows() {
    check(
        "submit w: a process attempts=3, b after a
         end w/a held
         as 2",
        "decline w/a",
        "w approval_declined 0
         w gate_closed 0 Declined
         w task_failed 0 #1 Declined
         w task_skipped 1 because 0
         w workflow_failed 0/1/1/0",
    );
}

/// The attempt that was held is none of those that the retry of its task allows.
#[test]
fn what_was_held_is_no_attempt_that_counts() {
    check(
        "submit w: a process attempts=2 base=1s
         end w/a held
         as 2
         override w/a
         timer",
        "end w/a exit
         wait 10s
         timer
         end w/a exit",
        "w attempt_ended 0 Exited
         w retry_scheduled 0 #3 Exited
         timer_fired Retry
         w attempt_requested 0 #3
         w attempt_ended 0 Exited
         w task_failed 0 #3 Exited
         w workflow_failed 0/1/0/0",
    );
}

#[test]
fn what_is_held_ends_with_its_workflow_and_at_its_deadline() {
    check(
        "submit w: a process
         submit v: a process deadline=5s
         end w/a held
         end v/a held",
        "cancel w
         wait 5s
         timer",
        "w cancel_requested
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1
         timer_fired Deadline
         v deadline_passed 0
         v task_failed 0 #1 DeadlinePassed
         v workflow_failed 0/1/0/0",
    );
}

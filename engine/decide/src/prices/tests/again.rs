//! What prices let go and what then waited for something else: whether it goes on is asked again.

use crate::tests::door::check;

/// Cheap for 2600 s, then dear for an hour, cheap for one and dear again.
const CHEAP_IN_TURNS: &str = "source series
    publish 5 18 5 18";

#[test]
fn what_a_pause_held_for_long_is_asked_about_again_when_it_goes_on() {
    check(
        &format!("{CHEAP_IN_TURNS}\nset attempts_running_max 1\nsubmit x: a"),
        "submit w: a bid=10
         pause w
         end x/a ok
         wait 3000s
         resume w
         wait 3200s
         timer",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 5
         w task_queued 0 Capacity
         w workflow_paused
         x attempt_ended 0 Succeeded
         x task_completed 0 #1
         x workflow_completed 1/0/0/0
         w workflow_resumed
         w task_deferred 0 AboveBid at 18 look 3200s last 83400s
         timer_fired Price
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1",
    );
}

#[test]
fn what_stood_for_a_minute_or_is_still_cheap_or_may_wait_no_longer_begins() {
    let given = format!("{CHEAP_IN_TURNS}\nset attempts_running_max 1\nsubmit x: a");
    let begins = |script: &str, then: &str| check(&format!("{given}\n{script}"), "end x/a ok", then);
    let then = "x attempt_ended 0 Succeeded
         x task_completed 0 #1
         w attempt_requested 0 #1
         x workflow_completed 1/0/0/0";
    begins("wait 2590s\nsubmit w: a bid=10\nwait 59s", then);
    begins("submit w: a bid=10\nwait 2590s", then);
    begins("submit w: a bid=10\nwait 6300s", then);
    begins("submit w: a bid=10 deadline=1h\nwait 3591s", then);
    begins("submit w: a bid=10 priority=critical\nwait 3000s", then);
    begins("submit w: a bid=10\nwait 3000s\nunsource", then);
}

#[test]
fn what_begins_before_waits_for_no_other_time_when_it_is_tried_again() {
    check(
        &format!("{CHEAP_IN_TURNS}\nsubmit w: a process bid=10 attempts=2 base=1ms"),
        "wait 3000s
         end w/a exit
         wait 1ms
         timer",
        "w attempt_ended 0 Exited
         w retry_scheduled 0 #2 Exited
         timer_fired Retry
         w attempt_requested 0 #2",
    );
}

#[test]
fn what_waits_for_a_price_again_leaves_its_turn_to_the_next() {
    check(
        &format!("{CHEAP_IN_TURNS}\nset attempts_running_max 1\nsubmit x: a"),
        "submit w: a bid=10, b bid=20
         wait 3000s
         end x/a ok",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_released 0 WithinBid at 5
         w task_queued 0 Capacity
         w task_released 1 WithinBid at 5
         w task_queued 1 Capacity
         x attempt_ended 0 Succeeded
         x task_completed 0 #1
         w task_deferred 0 AboveBid at 18 look 3200s last 83400s
         w attempt_requested 1 #1
         x workflow_completed 1/0/0/0",
    );
}

#[test]
fn what_a_budget_held_for_long_is_asked_about_again() {
    check(
        &format!(
            "{CHEAP_IN_TURNS}
             budget tenant total energy=12000
             submit x: a process timeout=1h"
        ),
        "submit w: a process timeout=1h bid=10
         wait 3000s
         end x/a ok",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 5
         w task_queued 0 Budget
         budget_exhausted default HoldsBack
         alert alert_raised BudgetExhausted
         alert delivery_requested #1
         x attempt_ended 0 Succeeded
         x task_completed 0 #1
         w task_deferred 0 AboveBid at 18 look 3200s last 83400s
         x workflow_completed 1/0/0/0",
    );
}

#[test]
fn the_longest_wait_of_a_task_counts_from_its_first() {
    check(
        "source series\npublish 18 5 18\nset attempts_running_max 1\nsubmit x: a",
        "submit w: a bid=10
         wait 2600s
         timer
         wait 3700s
         end x/a ok",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 AboveBid at 18 look 2600s last 86400s
         timer_fired Price
         w task_released 0 WithinBid at 5
         w task_queued 0 Capacity
         x attempt_ended 0 Succeeded
         x task_completed 0 #1
         w task_deferred 0 AboveBid at 18 look 3500s last 80100s
         x workflow_completed 1/0/0/0",
    );
}

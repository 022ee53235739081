//! What is decided of runs that may be suspended.

use crate::tests::door::check;

/// Two cheap hours with dear ones between them.
const TWO_CHEAP_HOURS: &str = "source series
    publish 18 5 18 5 18 18 18 18";

#[test]
fn a_run_lies_in_the_cheap_hours_and_stands_still_between_them() {
    check(
        TWO_CHEAP_HOURS,
        "submit w: a process cheapest pauses timeout=2h deadline=6h
         wait 2600s
         timer
         run w/a
         wait 1h
         timer
         wait 1h
         timer
         wait 1h
         end w/a ok [took=3h]",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 CheaperLater at 18 look 2600s last 14390s plan 5 not 11 in 2600s known 27800s
         timer_fired Price
         w task_released 0 CheapestNow at 5 plan 5 not 5 in 0s known 25200s
         w attempt_requested 0 #1
         w attempt_started 0
         w run_continued 0 CheapestNow at 5 ran 0s look 3600s plan 5 not 5 in 0s known 25200s
         timer_fired Stall
         w attempt_stalled 0
         w run_suspended 0 CheaperLater at 18 ran 3600s look 3600s last 11790s plan 5 not 18 in 3600s known 21600s
         timer_fired Price
         w run_continued 0 CheapestNow at 5 ran 3600s look 3600s plan 5 not 5 in 0s known 18000s
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0",
    );
}

/// The bid decides at once, and the timeout counts what ran.
#[test]
fn a_run_stands_still_above_its_bid_and_so_does_its_timeout() {
    check(
        "set stall_after 3600000
         source series
         publish 5 18 5",
        "submit w: a process bid=10 pauses timeout=50m deadline=8h
         run w/a
         wait 2600s
         timer
         wait 1h
         timer
         wait 399s
         timer
         wait 1s
         timer",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         w attempt_started 0
         w run_continued 0 WithinBid at 5 ran 0s look 2600s
         timer_fired Price
         w run_suspended 0 AboveBid at 18 ran 2600s look 3600s last 25790s
         timer_fired Price
         w run_continued 0 WithinBid at 5 ran 2600s look 3600s
         refused: nothing is due
         timer_fired Timeout
         w attempt_cancel_requested 0 TimedOut",
    );
}

/// However dear it is, what remains is begun early enough.
#[test]
fn a_run_goes_on_at_its_last_safe_start() {
    check(
        "set stall_after 3600000
         source series
         publish 5 18 18 18",
        "submit w: a process bid=10 pauses timeout=1h deadline=2h
         run w/a
         wait 2600s
         timer
         wait 3589s
         timer
         wait 1s
         timer
         publish 18",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         w attempt_started 0
         w run_continued 0 WithinBid at 5 ran 0s look 2600s
         timer_fired Price
         w run_suspended 0 AboveBid at 18 ran 2600s look 3590s last 3590s
         refused: nothing is due
         timer_fired Price
         w run_continued 0 LastSafeStart at 18 ran 2600s
         prices_published 1",
    );
}

#[test]
fn a_run_that_is_suspended_takes_no_place_and_waits_for_one_to_go_on() {
    check(
        "set attempts_running_max 1
         set stall_after 3600000
         source series
         publish 5 18 5 18",
        "submit w: a process bid=10 pauses timeout=1h deadline=8h
         run w/a
         submit v: b process timeout=8h, c process timeout=8h
         wait 2600s
         timer
         run v/b
         wait 1h
         timer
         end v/b ok
         end w/a ok
         run v/c",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         w attempt_started 0
         w run_continued 0 WithinBid at 5 ran 0s look 2600s
         v workflow_submitted 0+2
         v workflow_accepted 2 0
         v task_queued 0 Capacity
         v task_queued 1 Capacity
         timer_fired Price
         w run_suspended 0 AboveBid at 18 ran 2600s look 3600s last 25190s
         v attempt_requested 0 #1
         v attempt_started 0
         timer_fired Stall
         v attempt_stalled 0
         w run_suspended 0 NoPlace at 5 ran 2600s look 3600s last 21590s
         v attempt_ended 0 Succeeded
         w run_continued 0 WithinBid at 5 ran 2600s look 3600s
         v task_completed 0 #1
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         v attempt_requested 1 #1
         w workflow_completed 1/0/0/0
         v attempt_started 1",
    );
}

#[test]
fn a_run_that_is_suspended_is_cancelled_as_one_that_runs() {
    check(
        "source series
         publish 18 5",
        "submit w: a process bid=30 pauses timeout=1h deadline=8h
         run w/a
         publish 31
         pause w
         cancel w
         end w/a cancelled",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 18
         w attempt_requested 0 #1
         w attempt_started 0
         w run_continued 0 WithinBid at 18 ran 0s look 6200s
         prices_published 1
         w run_suspended 0 AboveBid at 31 ran 0s look 2600s last 25190s
         w workflow_paused
         w cancel_requested
         w attempt_cancel_requested 0 WorkflowCancelled
         w attempt_ended 0 Cancelled
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1",
    );
}

/// A source that falls silent is dealt with as the task or the source says.
#[test]
fn a_price_that_is_missing_suspends_what_waits_for_one_and_nothing_else() {
    check(
        "set stall_after 36000000
         source series missing=wait age=2h
         publish 5 5 5 5",
        "submit w: a process bid=10 pauses timeout=3h deadline=9h, b process bid=10 pauses no-price=run timeout=3h
         run w/a
         run w/b
         wait 7201s
         timer
         unsource",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_released 0 WithinBid at 5
         w task_released 1 WithinBid at 5
         w attempt_requested 0 #1
         w attempt_requested 1 #1
         w attempt_started 0
         w run_continued 0 WithinBid at 5 ran 0s look 2600s
         w attempt_started 1
         w run_continued 1 WithinBid at 5 ran 0s look 2600s
         timer_fired Price
         w run_suspended 0 NoPrice ran 7201s look 2599s last 21590s
         w run_continued 1 NoPrice ran 7201s look 2599s
         source_removed
         w run_continued 0 NoSource ran 7201s
         w run_continued 1 NoSource ran 7201s",
    );
}

/// Nothing of it is left when the process that ran it is gone.
#[test]
fn what_is_suspended_is_performed_from_its_beginning_by_the_next_process() {
    check(
        "source series
         publish 5 18 18",
        "submit w: a process bid=10 pauses timeout=2h deadline=9h
         run w/a
         publish 18
         start
         run w/a
         publish 5
         unsource",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         w attempt_started 0
         w run_continued 0 WithinBid at 5 ran 0s look 2600s
         prices_published 1
         w run_suspended 0 AboveBid at 18 ran 0s look 9800s last 25190s
         engine_started
         w attempt_started 0
         w run_suspended 0 AboveBid at 18 ran 0s look 9800s last 25190s
         prices_published 1
         w run_continued 0 WithinBid at 5 ran 0s look 2600s
         source_removed
         w run_continued 0 NoSource ran 0s",
    );
}

#[test]
fn a_run_that_is_critical_or_in_one_piece_is_never_suspended() {
    check(
        "source series
         publish 5 18",
        "submit w: a process bid=10 timeout=2h, b process bid=10 pauses priority=critical timeout=2h
         run w/a
         run w/b
         publish 18",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w attempt_requested 1 #1
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         w attempt_started 0
         w attempt_started 1
         prices_published 1",
    );
}

/// The mean of the stretches in which it ran, by how long each was.
#[test]
fn a_run_is_charged_by_the_stretches_in_which_it_ran() {
    check(
        "set stall_after 36000000
         source series
         publish 4 18 7 18",
        "submit w: a process bid=10 pauses timeout=3h deadline=20h
         run w/a
         wait 2600s
         timer
         wait 1h
         timer
         wait 1h
         timer
         wait 30m
         end w/a ok [took=3h used=3600s]",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 WithinBid at 4
         w attempt_requested 0 #1
         w attempt_started 0
         w run_continued 0 WithinBid at 4 ran 0s look 2600s
         timer_fired Price
         w run_suspended 0 AboveBid at 18 ran 2600s look 3600s last 61190s
         timer_fired Price
         w run_continued 0 WithinBid at 7 ran 2600s look 3600s
         timer_fired Price
         w run_suspended 0 AboveBid at 18 ran 6200s look 3600s last 57590s
         w attempt_ended 0 Succeeded
         w run_charged 0 12000 mWh, 689 uUSD at 5, now 1455
         w task_completed 0 #1
         w workflow_completed 1/0/0/0",
    );
}

/// Two runs that would go on beside others that have both places.
const TWO_WANT_A_PLACE: &str = "set attempts_running_max 2
    set stall_after 36000000
    source series
    publish 5 18 5 18
    submit w: a process bid=10 pauses timeout=1h deadline=8h
    submit x: a process bid=10 pauses timeout=1h deadline=8h
    run w/a
    run x/a
    submit v: b process timeout=8h, c process timeout=8h
    wait 2600s
    timer
    run v/b
    run v/c
    wait 1h
    timer";

#[test]
fn places_go_to_all_that_want_one_while_there_are_any() {
    check(
        TWO_WANT_A_PLACE,
        "set attempts_running_max 4",
        "setting_changed attempts_running_max 2>4
         w run_continued 0 WithinBid at 5 ran 2600s look 3600s
         x run_continued 0 WithinBid at 5 ran 2600s look 3600s",
    );
}

#[test]
fn a_place_that_is_left_goes_to_the_next_that_wants_one() {
    check(
        TWO_WANT_A_PLACE,
        "cancel w
         end v/b ok",
        "w cancel_requested
         w attempt_cancel_requested 0 WorkflowCancelled
         v attempt_ended 0 Succeeded
         v task_completed 0 #1
         x run_continued 0 WithinBid at 5 ran 2600s look 3600s",
    );
}

#[test]
fn what_begins_anew_beside_more_than_may_run_waits_for_a_place() {
    check(
        "set attempts_running_max 1
         set stall_after 36000000
         source series
         publish 5 18 5 18
         submit w: a process bid=10 pauses timeout=1h deadline=8h
         run w/a
         submit v: b process timeout=8h
         wait 2600s
         timer
         run v/b
         wait 1h
         timer",
        "start
         run v/b
         run w/a
         unsource
         end v/b ok",
        "engine_started
         v attempt_started 0
         w attempt_started 0
         w run_suspended 0 NoPlace at 5 ran 0s look 3600s last 18990s
         source_removed
         w run_suspended 0 NoPlace ran 0s look 18990s last 18990s
         v attempt_ended 0 Succeeded
         v task_completed 0 #1
         v workflow_completed 1/0/0/0
         w run_continued 0 NoSource ran 0s",
    );
}

/// What lay in the gap was the last price, which is within the bid.
#[test]
fn a_run_that_goes_on_by_the_last_price_is_looked_at_when_another_is_known() {
    check(
        "source series missing=last
         publish 5
         publish 30 [from=2h]
         submit w: a process bid=10 pauses timeout=3h deadline=9h
         run w/a",
        "wait 2600s
         timer
         wait 1h
         timer",
        "timer_fired Stall
         w attempt_stalled 0
         w run_continued 0 WithinBid at 5 LastKnown ran 2600s look 3600s
         timer_fired Price
         w run_suspended 0 AboveBid at 30 ran 6200s look 3600s last 21590s",
    );
}

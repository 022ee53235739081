//! What is decided about prices, and by them.

mod again;
mod carbon;
mod cheapest;
mod currency;
mod random_asks;
mod stretches;

use triad_event::governance::Setting;

use crate::tests::door::{Door, check};

const DEAR_THEN_CHEAP: &str = "source series
    publish 18 18 5 18";

/// The rule of the seed: above the bid and not critical is DEFER, everything else EXECUTE. 1000 s have passed of the hour.
#[test]
fn the_rule_as_a_table() {
    let table = [
        (18, 10, "critical", "execute"),
        (10, 10, "critical", "execute"),
        (18, 10, "high", "defer"),
        (18, 10, "normal", "defer"),
        (18, 10, "low", "defer"),
        (11, 10, "normal", "defer"),
        (10, 10, "normal", "execute"),
        (9, 10, "normal", "execute"),
        (-3, 10, "normal", "execute"),
        (1, 0, "normal", "defer"),
        (0, 0, "normal", "execute"),
        (-1, 0, "normal", "execute"),
    ];
    for (price, bid, priority, expected) in table {
        let mut door = Door::open();
        door.run(&format!("source fixed={price}"));
        let found = door.run(&format!("submit w: a process bid={bid} priority={priority}"));
        let is_deferred = found.last().is_some_and(|line| line.starts_with("w task_deferred"));
        let is_requested = found.last().is_some_and(|line| line.starts_with("w attempt_requested"));
        let case = format!("{price} {bid} {priority}: {found:?}");
        assert!(is_deferred != is_requested, "{case}");
        assert_eq!(is_deferred, expected == "defer", "{case}");
        let is_by_price = found.iter().any(|line| line.starts_with("w task_released"));
        assert_eq!(is_by_price, expected == "execute" && priority != "critical", "{case}");
    }
}

#[test]
fn what_is_critical_runs_at_once_and_a_normal_copy_in_the_cheap_hour() {
    check(
        DEAR_THEN_CHEAP,
        "submit seed: ingest, task_123 process after ingest bid=10 priority=critical timeout=1h
         end seed/ingest ok
         submit copy: ingest, task_123 process after ingest bid=10 priority=normal timeout=1h
         end copy/ingest ok
         wait 6200s
         timer
         end copy/task_123 ok",
        "seed workflow_submitted 0+2
         seed workflow_accepted 2 1
         seed attempt_requested 0 #1
         seed attempt_ended 0 Succeeded
         seed task_completed 0 #1
         seed attempt_requested 1 #1
         copy workflow_submitted 0+2
         copy workflow_accepted 2 1
         copy attempt_requested 0 #1
         copy attempt_ended 0 Succeeded
         copy task_completed 0 #1
         copy task_deferred 1 AboveBid at 18 look 6200s last 86400s
         timer_fired Price
         copy task_released 1 WithinBid at 5
         copy attempt_requested 1 #1
         copy attempt_ended 1 Succeeded
         copy task_completed 1 #1
         copy workflow_completed 2/0/0/0",
    );
}

#[test]
fn without_a_source_bids_decide_nothing() {
    check(
        "",
        "submit w: a bid=0
         source fixed=1
         submit v: a bid=0, b
         unsource
         unsource",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w attempt_requested 0 #1
         source_set Fixed
         v workflow_submitted 0+2
         v workflow_accepted 2 0
         v task_deferred 0 AboveBid at 1 look 86400s last 86400s
         v attempt_requested 1 #1
         source_removed
         v task_released 0 NoSource
         v attempt_requested 0 #1
         refused: prices come from nowhere: set a source first",
    );
}

#[test]
fn a_deadline_is_kept_whatever_the_price() {
    check(
        "source fixed=18",
        "submit w: a process bid=10 timeout=60s deadline=1h, b process bid=10 timeout=60s deadline=65s
         end w/b ok
         wait 3529999ms
         timer
         wait 1ms
         timer
         end w/a ok",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 AboveBid at 18 look 3530s last 3530s
         w task_released 1 LastSafeStart at 18
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         refused: nothing is due
         timer_fired Price
         w task_released 0 LastSafeStart at 18
         w attempt_requested 0 #1
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn what_is_published_is_looked_at_at_once() {
    check(
        DEAR_THEN_CHEAP,
        "submit w: a bid=10, b bid=1
         publish 18 9
         publish 18 9
         publish 7 [as-of=0s]
         publish 7 [as-of=1h]",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 AboveBid at 18 look 6200s last 86400s
         w task_deferred 1 AboveBid at 18 look 13400s last 86400s
         prices_published 2
         w task_deferred 0 AboveBid at 18 look 2600s last 86400s
         prices_published 2
         prices_published 1
         w task_released 0 WithinBid at 7
         w attempt_requested 0 #1
         refused: prices that were published later are there already, as of 1000000000 us after 1970",
    );
}

#[test]
fn what_waits_is_paused_and_cancelled_as_anything_that_waits() {
    check(
        DEAR_THEN_CHEAP,
        "submit w: a bid=10
         submit v: a bid=10, b after a
         pause w
         wait 6200s
         timer
         resume w
         publish 18
         cancel v",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 AboveBid at 18 look 6200s last 86400s
         v workflow_submitted 0+2
         v workflow_accepted 2 1
         v task_deferred 0 AboveBid at 18 look 6200s last 86400s
         w workflow_paused
         timer_fired Price
         v task_released 0 WithinBid at 5
         v attempt_requested 0 #1
         w task_released 0 WithinBid at 5
         w task_queued 0 WorkflowPaused
         w workflow_resumed
         w attempt_requested 0 #1
         prices_published 1
         v cancel_requested
         v attempt_cancel_requested 0 WorkflowCancelled
         v task_cancelled 1",
    );
    check(
        "source fixed=18",
        "submit w: a bid=10
         cancel w
         submit v: a process bid=10 timeout=1s deadline=20s
         quarantine v
         unsource
         wait 30s
         release v
         timer",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 AboveBid at 18 look 86400s last 86400s
         w cancel_requested
         w task_cancelled 0
         w workflow_cancelled 0/0/0/1
         v workflow_submitted 0+1
         v workflow_accepted 1 0
         v task_deferred 0 AboveBid at 18 look 9s last 9s
         stream_quarantined v
         alert alert_raised StreamQuarantined
         alert delivery_requested #1
         source_removed
         stream_released v
         alert alert_resolved StreamQuarantined
         v task_failed 0 #0 DeadlinePassed
         v workflow_failed 0/1/0/0
         refused: nothing is due",
    );
}

#[test]
fn a_price_that_is_missing_or_old_is_dealt_with_as_the_source_says() {
    let found = |missing: &str, more: &str| {
        let mut door = Door::open();
        door.run(&format!("source series missing={missing}\n{more}\nwait 1h"));
        door.run("submit w: a bid=10").remove(2)
    };
    let (none, known) = ("", "publish 5 [quarters]");
    assert_eq!(found("run", none), "w task_released 0 NoPrice");
    assert_eq!(found("wait", none), "w task_deferred 0 NoPrice look 86400s last 86400s");
    assert_eq!(found("last", none), "w task_deferred 0 NoPrice look 86400s last 86400s");
    assert_eq!(found("typical", none), "w task_deferred 0 NoPrice look 86400s last 86400s");
    assert_eq!(found("run", known), "w task_released 0 NoPrice");
    assert_eq!(found("last", known), "w task_released 0 WithinBid at 5 LastKnown");
    assert_eq!(found("typical", known), "w task_released 0 WithinBid at 5 Typical");
    // What is dear now is looked at when it is too old to count.
    assert_eq!(
        found("run age=90m", "publish 18 18"),
        "w task_deferred 0 AboveBid at 18 look 1800s last 86400s"
    );
    assert_eq!(found("run age=30m", "publish 18 18"), "w task_released 0 NoPrice");
}

#[test]
fn the_longest_that_a_task_without_a_deadline_waits_is_a_setting() {
    assert_eq!(Setting::DeferralMax.default_value(), 86_400_000);
    check(
        "source fixed=18",
        "submit w: a bid=10
         wait 10s
         set deferral_max 60000
         wait 50s
         timer",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 AboveBid at 18 look 86400s last 86400s
         setting_changed deferral_max ->60000
         w task_deferred 0 AboveBid at 18 look 50s last 50s
         timer_fired Price
         w task_released 0 LastSafeStart at 18
         w attempt_requested 0 #1",
    );
}

#[test]
fn parts_of_a_list_and_what_has_a_condition_wait_as_well_and_a_retry_does_not() {
    check(
        DEAR_THEN_CHEAP,
        "submit w: a when bid=10 attempts=2 base=1ms, b each=1 bid=10
         eval w/a holds
         eval w/b list=2
         publish 5
         end w/a exit
         publish 18
         wait 10s
         timer",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w evaluation_requested 0
         w evaluation_requested 1
         w evaluation_ended 0 Holds
         w task_deferred 0 AboveBid at 18 look 6200s last 86400s
         w evaluation_ended 1 List 2
         w task_fanned_out 1 2+2
         w task_deferred 2 AboveBid at 18 look 6200s last 86400s
         prices_published 1
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         w task_released 2 WithinBid at 5
         w attempt_requested 2 #1
         w attempt_ended 0 Exited
         w retry_scheduled 0 #2 Exited
         prices_published 1
         timer_fired Retry
         w attempt_requested 0 #2",
    );
}

#[test]
fn what_cannot_be_compared_with_bids_or_is_no_price_is_refused() {
    check(
        "",
        "publish 5
         source series currency=EUR
         source series fixed=5
         source fixed=5 age=1h
         source fixed=5
         publish 5
         source series age=0s
         source series
         publish
         publish 5 [from=1m]
         publish 5 [from=241h]
         publish 5 [as-of=-1h]
         publish 100001",
        "refused: prices come from nowhere: set a source first
         refused: bids are in USD, and there is no recorded rate for \"EUR\": only USD can be compared with them
         refused: a fixed price needs what a kilowatt hour costs, and no other source has that
         refused: a fixed price does not grow old: it has no `age_max`
         source_set Fixed
         refused: the price is fixed, so none can be published; set another source first
         refused: the greatest age of a price is 1 to 2678400 seconds
         source_set Series
         refused: 1 to 6144 steps are published at once
         refused: step 1 does not begin where a quarter of an hour begins
         refused: step 1 is not within 56 days back and 8 days ahead
         refused: prices cannot have been published 4600000000 us after 1970, which is to come
         refused: a kilowatt hour costs -1000 to 1000 of the currency",
    );
}

/// A publication may make a great many tasks go on: that goes on in the next group.
#[test]
fn what_many_tasks_wait_for_is_bounded_work_in_each_group() {
    let mut door = Door::open();
    door.is_watched = false;
    door.run("source fixed=18");
    let tasks: Vec<String> = (0..1700).map(|task| format!("t{task} bid=10")).collect();
    for name in ["u", "v", "w"] {
        door.run(&format!("submit {name}: {}", tasks.join(", ")));
    }
    while door.world.owes_work() {
        door.run("timer");
    }
    assert_eq!(door.world.prices.all().count(), 5100);
    door.run("source fixed=9");
    assert!(door.group.records.len() <= crate::limits::GROUP_BACKGROUND_EVENTS_MAX + 1);
    assert!(door.world.owes_work());
    let found = door.run("submit other: a");
    let own = found.iter().filter(|line| line.starts_with("other ")).cloned().collect::<Vec<_>>();
    assert_eq!(
        own,
        ["other workflow_submitted 0+1", "other workflow_accepted 1 0", "other attempt_requested 0 #1"]
    );
    while door.world.owes_work() {
        door.run("timer");
    }
    assert_eq!(door.world.prices.all().count(), 0);
}

/// Whatever else there is to do, tasks that wait for a price are looked at.
#[test]
fn what_waits_for_a_price_is_looked_at_beside_others_that_keep_the_engine_busy() {
    let mut door = Door::open();
    door.is_watched = false;
    let tasks: Vec<String> = (0..1700).map(|task| format!("t{task} waits=5s")).collect();
    for name in ["u", "v", "w"] {
        door.run(&format!("submit {name}: {}", tasks.join(", ")));
    }
    door.run("source fixed=18\nsubmit dear: a bid=10\nwait 5s");
    door.run("timer");
    assert!(door.group.is_full());
    let found = door.run("source fixed=9");
    assert!(door.group.is_full());
    assert!(found.iter().any(|line| line.starts_with("dear task_released 0")), "{found:?}");
}

/// How long an attempt may take is what its last safe start is counted back by, so another default is another moment.
#[test]
fn a_longer_default_timeout_makes_last_safe_starts_earlier() {
    check(
        "source fixed=18",
        "submit w: a process bid=10 deadline=7200s
         set timeout_default 5400000",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 AboveBid at 18 look 3590s last 3590s
         setting_changed timeout_default ->5400000
         w task_deferred 0 AboveBid at 18 look 1790s last 1790s",
    );
}

#[test]
fn what_is_published_during_a_quarantine_is_looked_at_once_at_its_end() {
    check(
        DEAR_THEN_CHEAP,
        "submit w: a bid=10
         quarantine w
         publish 18 5
         publish 18 18 18 5
         release w",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 AboveBid at 18 look 6200s last 86400s
         stream_quarantined w
         alert alert_raised StreamQuarantined
         alert delivery_requested #1
         prices_published 2
         prices_published 4
         stream_released w
         alert alert_resolved StreamQuarantined
         w task_deferred 0 AboveBid at 18 look 9800s last 86400s",
    );
}

#[test]
fn recorded_time_that_stands_still_makes_nobody_look_all_the_time() {
    let mut door = Door::open();
    door.run("source series\npublish 18 5\nsubmit w: a bid=10\nwait 2599s");
    let (stands, mut looks) = (door.at, 0);
    for _ in 0..59 {
        door.run("wait 1s");
        door.at = stands;
        looks += door.run("timer").iter().filter(|line| line.contains("task_deferred")).count();
    }
    assert_eq!(looks, 1);
}

//! Tasks that wait for the cheapest time that they have.

use crate::tests::door::{Door, check};

/// Hours from the present one on, of which 1000 s have passed.
const DAY: &str = "source series
    publish 18 18 5 4 18 18 18 18 18 18 18 18 18 18 18 18 18 18 18 18 18 18 18 18 18";

/// The rule of the seed goes first in a task that has a bid as well: a task of an hour, a plan for two hours at 5 and 4 cents.
#[test]
fn the_rule_as_a_table() {
    let table = [
        // Bid, whether it waits for the cheapest time, urgency, and what is decided at 18 cents.
        ("bid=10", "critical", ""),
        ("bid=10 cheapest", "critical", ""),
        ("cheapest", "critical", ""),
        ("bid=10", "normal", "AboveBid at 18 look 6200s"),
        ("bid=4", "normal", "AboveBid at 18 look 9800s"),
        ("bid=10 cheapest", "normal", "AboveBid at 18 look 6200s"),
        ("bid=3 cheapest", "high", "AboveBid at 18 look 9800s"),
        ("bid=18 cheapest", "normal", "WithinBid at 18"),
        ("cheapest", "normal", "CheaperLater at 18 look 9800s"),
        ("cheapest", "low", "CheaperLater at 18 look 9800s"),
    ];
    for (words, urgency, expected) in table {
        let mut door = Door::open();
        door.run(DAY);
        let found = door.run(&format!("submit w: a process {words} timeout=1h priority={urgency}"));
        let by_price =
            found.iter().find(|line| line.contains("task_deferred") || line.contains("task_released"));
        let case = format!("{words} {urgency}: {found:?}");
        match by_price {
            None => assert_eq!(expected, "", "{case}"),
            Some(line) => assert!(line.contains(&format!(" 0 {expected}")) && !expected.is_empty(), "{case}"),
        }
    }
}

#[test]
fn the_cheapest_hours_of_the_window_are_waited_for() {
    check(
        DAY,
        "submit w: a process cheapest timeout=1h, b process cheapest timeout=2h
         wait 6200s
         timer
         end w/b ok
         wait 3600s
         timer",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 CheaperLater at 18 look 9800s last 86400s plan 4 not 18 in 9800s known 89000s
         w task_deferred 1 CheaperLater at 18 look 6200s last 86400s plan 4 not 16 in 6200s known 89000s
         timer_fired Price
         w task_released 1 CheapestNow at 5 plan 4 not 4 in 0s known 82800s
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         timer_fired Price
         w task_released 0 CheapestNow at 4 plan 4 not 4 in 0s known 79200s
         w attempt_requested 0 #1",
    );
}

/// The first is to begin by 6290 s, of which the cheapest hour is the last.
#[test]
fn a_deadline_bounds_the_window() {
    check(
        DAY,
        "submit w: a process cheapest timeout=1h deadline=9900s, b process cheapest timeout=1h deadline=3000s",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 CheaperLater at 18 look 6290s last 6290s plan 4 not 18 in 6290s known 89000s
         w task_released 1 LastSafeStart at 18
         w attempt_requested 1 #1",
    );
}

/// Above its bid it goes on where its window has no better time.
#[test]
fn a_bid_as_well_ends_the_wait_earlier() {
    check(
        DAY,
        "submit w: a process cheapest bid=10 timeout=1h, b process cheapest bid=1 timeout=1h
         wait 6200s
         timer
         wait 3600s
         timer",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 AboveBid at 18 look 6200s last 86400s
         w task_deferred 1 AboveBid at 18 look 9800s last 86400s
         timer_fired Price
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         timer_fired Price
         w task_released 1 CheapestNow at 4 plan 4 not 4 in 0s known 79200s
         w attempt_requested 1 #1",
    );
}

/// What leaves the plan as it was is not recorded; what is cheaper in an hour, and then now, is.
#[test]
fn what_is_published_changes_the_plan() {
    check(
        DAY,
        "submit w: a process cheapest timeout=1h
         publish 18 18 5 4 [as-of=0s]
         publish 18 3
         publish 1",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 CheaperLater at 18 look 9800s last 86400s plan 4 not 18 in 9800s known 89000s
         prices_published 4
         prices_published 2
         w task_deferred 0 CheaperLater at 18 look 2600s last 86400s plan 3 not 13 in 2600s known 89000s
         prices_published 1
         w task_released 0 CheapestNow at 1 plan 1 not 1 in 0s known 89000s
         w attempt_requested 0 #1",
    );
}

/// Beyond what is known a forecast goes on, and the task is looked at again where the curve ends.
#[test]
fn where_the_curve_ends_it_is_looked_at_again() {
    check(
        "wait 48h
         source series missing=last
         publish 3 3 [from=-22h]
         publish 18 18",
        "submit w: a process cheapest timeout=1h
         wait 6200s
         timer
         publish 18 18",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 CheaperLater at 18 look 6200s last 86400s plan 3 not 18 in 6200s known 6200s
         timer_fired Price
         w task_released 0 CheapestNow at 18 LastKnown plan 3 not 3 in 0s known 0s
         w attempt_requested 0 #1
         prices_published 2",
    );
}

/// An hour at 17 instead of 18 cents is 0.04 cents less in the mean of a day.
#[test]
fn next_to_nothing_is_not_waited_for() {
    let dear = "18 ".repeat(25);
    check(
        &format!("source series\npublish {dear} 17 18 18 18 18 18 18 18"),
        "submit w: a process cheapest timeout=24h deadline=30h",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 NotWorthWaiting at 18
         w attempt_requested 0 #1",
    );
}

#[test]
fn where_nothing_is_cheaper_nothing_is_waited_for() {
    check(
        "source fixed=18",
        "submit w: a process cheapest timeout=1h",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_released 0 CheapestNow at 18 plan 18 not 18 in 0s known 253402299799s
         w attempt_requested 0 #1",
    );
}

#[test]
fn without_a_source_it_waits_for_nothing_and_goes_on_when_the_source_is_removed() {
    check(
        "",
        &format!(
            "submit w: a cheapest
             {DAY}
             submit v: a cheapest
             unsource"
        ),
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w attempt_requested 0 #1
         source_set Series
         prices_published 25
         v workflow_submitted 0+1
         v workflow_accepted 1 0
         v task_deferred 0 CheaperLater at 18 look 9800s last 86400s plan 4 not 18 in 9800s known 89000s
         source_removed
         v task_released 0 NoSource
         v attempt_requested 0 #1",
    );
}

#[test]
fn a_task_says_what_happens_to_it_without_a_price() {
    check(
        "source series missing=run",
        "submit w: a cheapest no-price=wait, b cheapest no-price=run, c bid=10 no-price=wait, d bid=10
         publish 18
         wait 3h
         submit v: a bid=10, b bid=10 no-price=last, c bid=10 no-price=typical, d bid=10 no-price=wait",
        "w workflow_submitted 0+4
         w workflow_accepted 4 0
         w task_deferred 0 NoPrice look 86400s last 86400s
         w task_released 1 NoPrice
         w attempt_requested 1 #1
         w task_deferred 2 NoPrice look 86400s last 86400s
         w task_released 3 NoPrice
         w attempt_requested 3 #1
         prices_published 1
         w task_released 0 CheapestNow at 18 plan 18 not 18 in 0s known 2600s
         w attempt_requested 0 #1
         w task_deferred 2 AboveBid at 18 look 2600s last 86400s
         v workflow_submitted 0+4
         v workflow_accepted 4 0
         v task_released 0 NoPrice
         v attempt_requested 0 #1
         v task_deferred 1 AboveBid at 18 LastKnown look 86400s last 86400s
         v task_deferred 2 AboveBid at 18 Typical look 86400s last 86400s
         v task_deferred 3 NoPrice look 86400s last 86400s",
    );
}

/// Runs of so many minutes, none of which waits. One that fails says nothing.
fn ran(door: &mut Door, minutes: std::ops::RangeInclusive<u32>, words: &str) {
    door.run("source fixed=1 runs");
    for took in minutes {
        let begun = door.run(&format!("submit w{took}: a process {words} timeout=1h attempts=2"));
        assert!(begun.last().is_some_and(|line| line.contains("attempt_requested")), "{begun:?}");
        door.run(&format!("end w{took}/a exit took=59m\nwait 1h\ntimer\nend w{took}/a ok took={took}m"));
    }
}

#[test]
fn own_runs_say_how_long_a_task_takes() {
    // Of nine runs the one of rank 5 is taken for most, the longest for nine in ten: it need not begin before 2990 s.
    let rows = [
        (8, "runs", "LastSafeStart"),
        (9, "runs", "look 3050s last 3050s takes 300s of 9 to 540s of 9"),
        (9, "", "LastSafeStart"),
    ];
    for (runs, source, expected) in rows {
        let mut door = Door::open();
        ran(&mut door, 1..=runs, "bid=10");
        let found =
            door.run(&format!("source fixed=18 {source}\nsubmit w: a process bid=10 timeout=1h deadline=1h"));
        let decided = found.iter().find(|line| line.contains("task_")).expect("a decision");
        assert!(decided.contains(expected), "{runs} {source}: {decided}");
    }
}

#[test]
fn others_with_the_same_names_say_nothing_of_it() {
    let mut door = Door::open();
    ran(&mut door, 1..=9, "cheapest");
    let decided = |door: &mut Door, name: &str| {
        let found = door.run(&format!(
            "publish 18 5 18 18\nsubmit {name}: a process cheapest timeout=1h deadline=4h, b process cheapest timeout=1h deadline=4h"
        ));
        found.into_iter().filter(|line| line.contains("task_deferred")).collect::<Vec<_>>()
    };
    door.run("source series runs");
    let found = decided(&mut door, "x");
    assert!(
        found[0].contains("last 13850s") && found[0].ends_with("takes 300s of 9 to 540s of 9"),
        "{found:?}"
    );
    assert!(found[1].contains("last 10790s") && !found[1].contains("takes"), "{found:?}");
    door.run("as 9");
    let found = decided(&mut door, "y");
    assert!(found[0].contains("last 10790s") && !found[0].contains("takes"), "{found:?}");
}

/// Durations that are taken for certain no more make last safe starts earlier at once.
#[test]
fn when_a_source_says_otherwise_of_durations_all_are_looked_at_again() {
    let mut door = Door::open();
    ran(&mut door, 1..=9, "bid=10");
    door.run("source fixed=18 runs\nsubmit w: a process bid=10 timeout=1h deadline=2h");
    let found = door.run("source fixed=18");
    assert_eq!(found, ["source_set Fixed", "w task_deferred 0 AboveBid at 18 look 3590s last 3590s"]);
}

/// One price is known, and that all lie between 5 and 60 cents: the first up to 17.3 cents is taken, which is at most
/// √12 times the least. Nothing is promised of a run that is longer than a step, nor at a price out of bounds.
#[test]
fn without_a_curve_a_threshold_decides() {
    check(
        "source series low=5 high=60
         publish 20 [quarters from=15m]",
        "submit w: a process cheapest timeout=10m deadline=1h, b process cheapest timeout=20m deadline=2h
         wait 800s
         publish 61 [quarters from=30m]
         wait 900s
         publish 20 [quarters from=45m]
         wait 900s
         publish 17 [quarters]",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 AboveThreshold at 20 look 800s last 2990s up to 173205 ratio 3464104
         w task_deferred 1 AboveThreshold at 20 look 800s last 5990s up to 173205
         prices_published 1
         w task_deferred 0 AboveThreshold at 61 look 900s last 2190s up to 173205
         w task_deferred 1 AboveThreshold at 61 look 900s last 5190s up to 173205
         prices_published 1
         w task_deferred 0 AboveThreshold at 20 look 900s last 1290s up to 173205 ratio 3464104
         w task_deferred 1 AboveThreshold at 20 look 900s last 4290s up to 173205
         prices_published 1
         w task_released 0 WithinThreshold at 17 up to 173205 ratio 3464104
         w task_released 1 WithinThreshold at 17 up to 173205
         w attempt_requested 0 #1
         w attempt_requested 1 #1",
    );
}

#[test]
fn one_known_step_after_the_present_is_a_curve() {
    check(
        "source series low=5 high=60
         publish 20 19 [quarters from=15m]",
        "submit w: a process cheapest timeout=10m deadline=1h",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 CheaperLater at 20 look 800s last 2990s plan 19 not 20 in 800s known 1700s",
    );
}

/// No step begins any more by its last safe start, so nothing can become cheaper for it.
#[test]
fn in_the_last_step_that_it_has_a_task_goes_on_at_any_price() {
    check(
        "source series low=5 high=60
         publish 59 [quarters from=15m]",
        "submit w: a process cheapest timeout=10m deadline=23m, b process cheapest bid=10 timeout=10m deadline=23m
         wait 169s",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_released 0 NoSlotToSpare at 59 up to 173205 ratio 3464104
         w attempt_requested 0 #1
         w task_deferred 1 AboveBid at 59 look 770s last 770s",
    );
}

#[test]
fn bounds_are_of_prices_that_are_published_and_have_a_ratio() {
    check(
        "",
        "source fixed=5 low=1 high=9
         source series low=0 high=9
         source series low=9 high=9
         source series low=1 high=100001
         source series low=1 high=9
         publish 1 9 10 0",
        "refused: a fixed price has no bounds: they are for prices of which only the present one is published
         refused: the lower bound of prices is above zero and below the upper one, which is less than 1000000 times as much
         refused: the lower bound of prices is above zero and below the upper one, which is less than 1000000 times as much
         refused: a kilowatt hour costs -1000 to 1000 of the currency
         source_set Series
         prices_published 4",
    );
    let mut door = Door::open();
    door.run("source series low=1 high=9\npublish 1 9 10 0\npublish -1");
    assert_eq!(door.world.prices().map(|known| known.outside), Some(3));
    door.run("source series low=1 high=10");
    assert_eq!(door.world.prices().map(|known| known.outside), Some(0));
}

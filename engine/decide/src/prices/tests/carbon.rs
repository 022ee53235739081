//! Tasks that wait for less carbon, alone or beside what it costs.

use crate::tests::door::{Door, check};

/// 1000 s of the first hour have passed: it is dear and clean in turn.
const BOTH: &str = "source series
    publish 18 5 18 10 18
    carbon
    emit 430 400 120 200 430";

#[test]
fn the_hour_with_the_least_carbon_is_waited_for_whatever_it_costs() {
    check(
        BOTH,
        "submit w: a process carbon timeout=1h deadline=6h
         wait 6200s
         timer",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_deferred 0 CheaperLater look 6200s last 17990s by Carbon at 430g plan 120g not 421g in 6200s known 17000s
         timer_fired Price
         w task_released 0 CheapestNow by Carbon at 120g plan 120g not 120g in 0s known 10800s
         w attempt_requested 0 #1",
    );
}

#[test]
fn what_is_weighed_is_divided_by_its_mean_and_the_least_sum_is_waited_for() {
    check(
        BOTH,
        "submit w: a process price-share=70 timeout=1h deadline=6h, b process price-share=10 timeout=1h deadline=6h
         wait 2600s
         timer",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 CheaperLater at 18 look 2600s last 17990s by Price+Carbon at 430g \
             plan 5 not 14, 400g not 421g in 2600s known 17000s
         w task_deferred 1 CheaperLater at 18 look 6200s last 17990s by Price+Carbon at 430g \
             plan 18 not 14, 120g not 421g in 6200s known 17000s
         timer_fired Price
         w task_released 0 CheapestNow at 5 by Price+Carbon at 400g plan 5 not 5, 400g not 400g in 0s known 14400s
         w attempt_requested 0 #1",
    );
}

/// Above its bid it does not run, however clean an hour is; within it the plan on carbon decides.
#[test]
fn a_bid_goes_first() {
    check(
        BOTH,
        "submit w: a process carbon bid=10 timeout=1h deadline=6h, b process price-share=50 bid=18 timeout=1h deadline=6h
         wait 2600s
         timer
         wait 7200s
         timer",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 AboveBid at 18 look 2600s last 17990s by Price at 430g
         w task_deferred 1 CheaperLater at 18 look 9800s last 17990s by Price+Carbon at 430g \
             plan 10 not 14, 200g not 421g in 9800s known 17000s
         timer_fired Price
         w task_deferred 0 CheaperLater at 5 look 3600s last 15390s by Carbon at 400g plan 120g not 400g in 3600s known 14400s
         timer_fired Price
         w task_released 0 CheapestNow at 10 by Carbon at 200g plan 200g not 200g in 0s known 7200s
         w attempt_requested 0 #1
         w task_released 1 CheapestNow at 10 by Price+Carbon at 200g plan 10 not 10, 200g not 200g in 0s known 7200s
         w attempt_requested 1 #1",
    );
}

#[test]
fn what_has_no_source_or_is_not_known_does_not_count() {
    check(
        "",
        "submit u: a carbon
         source series
         publish 18 5 18
         submit v: a carbon, b process price-share=50 timeout=1h
         carbon
         submit w: a carbon, b process price-share=50 timeout=1h
         emit 430 430 120
         unsource
         uncarbon",
        "u workflow_submitted 0+1
         u workflow_accepted 1 0
         u attempt_requested 0 #1
         source_set Series
         prices_published 3
         v workflow_submitted 0+2
         v workflow_accepted 2 0
         v attempt_requested 0 #1
         v task_deferred 1 CheaperLater at 18 look 2600s last 86400s plan 5 not 14 in 2600s known 9800s by Price
         carbon_source_set
         w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 NoPrice look 86400s last 86400s by nothing
         w task_deferred 1 CheaperLater at 18 look 2600s last 86400s plan 5 not 14 in 2600s known 9800s by Price
         carbon_published 3
         v task_deferred 1 CheaperLater at 18 look 6200s last 86400s by Price+Carbon at 430g \
             plan 18 not 14, 120g not 430g in 6200s known 9800s
         w task_deferred 0 CheaperLater look 6200s last 86400s by Carbon at 430g plan 120g not 430g in 6200s known 9800s
         w task_deferred 1 CheaperLater at 18 look 6200s last 86400s by Price+Carbon at 430g \
             plan 18 not 14, 120g not 430g in 6200s known 9800s
         source_removed
         carbon_source_removed
         v task_released 1 NoSource by nothing
         v attempt_requested 1 #1
         w task_released 0 NoSource by nothing
         w attempt_requested 0 #1
         w task_released 1 NoSource by nothing
         w attempt_requested 1 #1",
    );
}

/// What is not known now but later is looked at then; a policy may say what is taken meanwhile.
#[test]
fn where_one_series_ends_it_is_looked_at_again() {
    check(
        "source series missing=last
         publish 18 18 18 18 5
         carbon
         emit 430 400 120 [from=2h]",
        "submit w: a process price-share=50 timeout=1h deadline=12h, b process carbon timeout=1h deadline=12h no-price=run
         wait 6200s
         timer",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 CheaperLater at 18 look 6200s last 39590s plan 5 not 18 in 13400s known 17000s by Price
         w task_released 1 NoPrice by nothing
         w attempt_requested 1 #1
         timer_fired Price
         w task_deferred 0 CheaperLater at 18 look 7200s last 33390s by Price+Carbon at 430g \
             plan 5 not 18, 120g not 430g in 7200s known 10800s",
    );
}

#[test]
fn only_those_that_wait_for_less_carbon_are_looked_at_when_it_is_published() {
    check(
        BOTH,
        "submit w: a process bid=4 timeout=1h deadline=6h, b process carbon timeout=1h deadline=6h
         emit 430 100
         emit 90
         publish 18 4",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_deferred 0 AboveBid at 18 look 17000s last 17990s
         w task_deferred 1 CheaperLater look 6200s last 17990s by Carbon at 430g plan 120g not 421g in 6200s known 17000s
         carbon_published 2
         w task_deferred 1 CheaperLater look 2600s last 17990s by Carbon at 430g plan 100g not 338g in 2600s known 17000s
         carbon_published 1
         w task_released 1 CheapestNow by Carbon at 90g plan 92g not 92g in 0s known 17000s
         w attempt_requested 1 #1
         prices_published 2
         w task_deferred 0 AboveBid at 18 look 2600s last 17990s",
    );
}

#[test]
fn a_gram_or_a_hundredth_is_not_waited_for() {
    check(
        "source series
         publish 18 18 18
         carbon
         emit 100 99 100",
        "submit w: a process price-share=50 timeout=1h deadline=4h, b process carbon timeout=1h deadline=4h
         emit 100 98",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w task_released 0 NotWorthWaiting at 18 by Price+Carbon at 100g
         w attempt_requested 0 #1
         w task_released 1 NotWorthWaiting by Carbon at 100g
         w attempt_requested 1 #1
         carbon_published 2",
    );
}

#[test]
fn carbon_intensity_is_no_less_than_nothing_and_has_a_source_of_its_own() {
    check(
        "",
        "emit 5
         uncarbon
         carbon age=0s
         carbon
         emit
         emit 5 [from=1m]
         emit 5 [as-of=-1h]
         emit 100001
         emit 0
         emit 5 [as-of=1h]
         uncarbon",
        "refused: carbon intensity comes from nowhere: set a source first
         refused: carbon intensity comes from nowhere: set a source first
         refused: the greatest age of a price is 1 to 2678400 seconds
         carbon_source_set
         refused: 1 to 6144 steps are published at once
         refused: step 1 does not begin where a quarter of an hour begins
         refused: prices cannot have been published 4600000000 us after 1970, which is to come
         refused: carbon intensity lies between 0 and 100000 grams of CO2e per kilowatt hour
         carbon_published 1
         refused: prices that were published later are there already, as of 1000000000 us after 1970
         carbon_source_removed",
    );
    let mut door = Door::open();
    door.run("carbon area=NO1\nemit 5");
    let steps = |door: &Door| door.world.carbon().map(|known| known.curve.pieces().count());
    assert_eq!(steps(&door), Some(1));
    door.run("carbon area=NO1 missing=last");
    assert_eq!(steps(&door), Some(1));
    door.run("carbon area=NO2");
    assert_eq!(steps(&door), Some(0), "of another area");
    assert!(door.world.prices().is_none());
}

/// As last safe starts follow from estimates, a source that says otherwise of these has all looked at that wait for it.
#[test]
fn its_own_runs_count_where_all_that_decides_says_so() {
    let mut door = Door::open();
    door.run("carbon runs\nemit 100 100 100 100 100 100 100 100 100 100");
    for run in 0..9 {
        door.run(&format!("submit w{run}: a process carbon timeout=1h\nend w{run}/a ok took=5m"));
    }
    door.run("emit 100 50 100 100");
    let found = door.run("submit v: a process carbon timeout=1h deadline=2h");
    assert!(
        found[2].contains("last 6890s") && found[2].contains("takes 300s of 9 to 300s of 9"),
        "{found:?}"
    );
    let found = door.run("carbon");
    assert!(found[1].contains("last 3590s") && !found[1].contains("takes"), "{found:?}");
}

//! What is decided, by price, bid, plan, threshold and what is missing.

use crate::script::check;

const FALLING: &str = "300 250 200 150 100 150 200 250";
const TWO_NIGHTS: &str = "100 300 300 100 300 300 300 300";

#[test]
fn above_the_bid_a_task_waits_and_critical_ones_do_not() {
    check("300 300 300 300 300 300 300 300", "bid 100", "defer to 7:00: above bid 100");
    check("300 300 300 300 300 300 300 300", "bid 100 priority CRITICAL", "execute: critical");
    check("300 300 300 300 300 300 300 300", "bid 300", "execute: within bid 300");
    check(FALLING, "bid 160", "defer to 3:00: above bid 160");
    check(FALLING, "bid 160 at 3:00", "execute: within bid 160");
    check("100 300", "bid 100", "execute: within bid 100");
    check("-50 300", "bid 0", "execute: within bid 0");
}

#[test]
fn the_last_safe_start_comes_before_every_price() {
    check(FALLING, "bid 10 at 7:00", "execute: last safe start");
    check(FALLING, "bid 10 at 9:00", "execute: last safe start (no price)");
    check(FALLING, "bid 10 for 2:00 margin 0:10", "defer to 5:50: above bid 10");
    check(FALLING, "bid 10 for 9:00", "execute: last safe start");
    check("", "bid 10 at 7:00", "execute: last safe start (no price)");
}

#[test]
fn deferred_tasks_are_looked_at_when_more_becomes_known() {
    check("300 300", "bid 100", "defer to 2:00: above bid 100");
    check("300 300", "bid 100 publication 1:00", "defer to 1:00: above bid 100");
    check("300 300", "bid 100 publication 0:00", "defer to 2:00: above bid 100");
    check(FALLING, "publication 1:30", "defer to 1:30: 100 at 4:00, known until 8:00");
}

#[test]
fn the_cheapest_time_of_the_window_is_taken_and_the_earliest_of_several() {
    check(FALLING, "by 8:00", "defer to 4:00: 100 at 4:00, known until 8:00");
    check(FALLING, "at 4:00", "execute: cheapest at 100 until 5:00");
    check(FALLING, "by 4:30", "defer to 3:30: 125 at 3:30, known until 8:00");
    check(FALLING, "for 2:30", "defer to 3:00: 130 at 3:00, known until 8:00");
    check("100 100 100 100 100 100 100 100", "", "execute: cheapest at 100 until 1:00");
    check("100 -20 -20 100 100 100 100 100", "for 1:30", "defer to 1:00: -20 at 1:00, known until 8:00");
    check(FALLING, "least 201", "execute: saves only 200");
    check(FALLING, "least 200", "defer to 4:00: 100 at 4:00, known until 8:00");
}

#[test]
fn plans_take_the_usual_duration_and_deadlines_the_long_one() {
    check("300 300 300 300 300 300 100 100", "for 1:00 safe 3:00", "execute: cheapest at 300 until 1:00");
    check(
        "300 300 300 300 300 300 100 100",
        "for 2:00 safe 2:00",
        "defer to 6:00: 100 at 6:00, known until 8:00",
    );
    check(
        "300 300 300 300 300 200 100 100",
        "for 1:00 safe 3:00",
        "defer to 5:00: 200 at 5:00, known until 8:00",
    );
}

#[test]
fn above_the_bid_the_cheapest_time_is_taken_only_when_told_so() {
    let rising = "200 210 220 230 240 250 260 270";
    check(rising, "bid 100", "defer to 7:00: above bid 100");
    check(rising, "bid-or-cheapest 100", "execute: cheapest at 200 until 1:00");
    check(rising, "bid-or-cheapest 100 least 71", "defer to 7:00: above bid 100");
    check("300 300 300 300 300 300 300 300", "bid-or-cheapest 100", "defer to 7:00: above bid 100");
    check("300 200 300 300 300 300 300 300", "bid-or-cheapest 100", "defer to 1:00: above bid 100");
}

#[test]
fn what_runs_in_one_piece_goes_on_and_what_may_pause_pauses() {
    check("300 100 100 100 100 100 100 100", "running yes", "execute: it runs");
    check(TWO_NIGHTS, "for 2:00 pausing 0", "execute: cheapest at 100 until 1:00");
    check(
        TWO_NIGHTS,
        "for 1:00 pausing 0 at 1:00 running yes",
        "defer to 3:00: 100 at 3:00, known until 8:00",
    );
    check(TWO_NIGHTS, "for 1:00 pausing 250 at 1:00 running yes", "execute: cheapest at 300 until 2:00");
    check(TWO_NIGHTS, "for 1:00 pausing 0 at 7:00 running yes", "execute: last safe start");
}

#[test]
fn without_a_price_the_rules_say_what_happens() {
    check("", "", "defer to 0:15: no price (no price)");
    check("", "missing run", "execute: no price (no price)");
    check("300 - 100", "bid 200 at 1:00", "defer to 2:00: no price (no price)");
    check("300 - 100", "bid 200 at 1:00 missing run", "execute: no price (no price)");
    check("100 - 300", "bid 200 at 1:20 last-known 0:30", "execute: within bid 200 (last known, 1:20 old)");
    check("100 - 300", "bid 200 at 1:40 last-known 0:30", "defer to 2:00: no price (no price)");
    check(
        "100 100",
        "bid 200 at 0:50 age 0:30 last-known 0:30",
        "execute: within bid 200 (last known, 0:50 old)",
    );
    check("100 100", "bid 200 at 1:10 age 0:30 last-known 0:30", "defer to 1:25: no price (no price)");
    check("100 200 300 -", "bid 150 at 3:00 typical 500000", "defer to 3:15: above bid 150 (typical of 3)");
    check("100 200 300 -", "bid 200 at 3:00 typical 500000", "execute: within bid 200 (typical of 3)");
}

#[test]
fn beyond_the_curve_the_same_time_of_the_day_before_is_expected() {
    let day =
        "100 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 300 200";
    check(day, "at 23:00 by 27:00", "defer to 24:00: 100 at 24:00, known until 24:00");
    check(day, "at 20:00 by 24:00", "defer to 23:00: 200 at 23:00, known until 24:00");
}

#[test]
fn without_a_curve_a_threshold_decides() {
    check("210", "search 100-400", "defer to 1:00: above threshold 200");
    check("200", "search 100-400", "execute: within threshold 200");
    check("- - - - - - 400", "search 100-400 at 6:00 by 8:30", "defer to 7:00: above threshold 200");
    check("- - - - - - 400", "search 100-400 at 6:00 by 7:30", "execute: no slot to spare");
    check("- - - - - - 200", "search 100-400 at 6:00 by 7:30", "execute: within threshold 200");
}

//! What budgets hold back, and when it goes on.
//!
//! A core takes 12 W unless it is said, so an attempt that may take an hour needs 12000 mWh, and at 18 cents 2160 millionths.

use triad_event::ids::PrincipalId;

use crate::tests::door::{Door, check, name_of, performances};

#[test]
fn what_fits_starts_and_what_does_not_waits_until_something_is_given_back() {
    check(
        "source fixed=18
         budget tenant total energy=24000",
        "submit w: a process timeout=1h, b process timeout=1h, c process timeout=1h, d
         end w/a ok took=1h used=30m
         end w/d ok
         end w/b ok took=1h used=1h",
        "w workflow_submitted 0+4
         w workflow_accepted 4 0
         w attempt_requested 0 #1 keeps 12000 mWh, 2160 uUSD
         w attempt_requested 1 #1 keeps 12000 mWh, 2160 uUSD
         w task_queued 2 Budget
         w attempt_requested 3 #1
         budget_exhausted default HoldsBack
         alert alert_raised BudgetExhausted
         alert delivery_requested #1
         w attempt_ended 0 Succeeded
         w run_charged 0 6000 mWh, 1080 uUSD at 18
         w task_completed 0 #1
         w attempt_ended 3 Succeeded
         w task_completed 3 #1
         w attempt_ended 1 Succeeded
         w run_charged 1 12000 mWh, 2160 uUSD at 18
         w task_completed 1 #1",
    );
}

#[test]
fn a_budget_is_used_to_its_last_milliwatt_hour() {
    check(
        "budget tenant total energy=12000
         submit w: a process timeout=1h, b process timeout=1h",
        "end w/a ok took=1m used=0s",
        "w attempt_ended 0 Succeeded
         w run_charged 0 0 mWh
         w task_completed 0 #1
         w attempt_requested 1 #1 keeps 12000 mWh",
    );
    check(
        "budget tenant total energy=11999",
        "submit w: a process timeout=1h",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_queued 0 BudgetTooSmall
         budget_exhausted default TooSmall
         alert alert_raised BudgetExhausted
         alert delivery_requested #1",
    );
}

#[test]
fn without_a_timeout_the_setting_counts_and_a_higher_estimate_counts_more() {
    check(
        "set timeout_default 1800000
         budget tenant total energy=1000000",
        "submit w: a process, b process energy=5999, c process energy=6001
         set core_power 1000
         submit v: a process",
        "w workflow_submitted 0+3
         w workflow_accepted 3 0
         w attempt_requested 0 #1 keeps 6000 mWh
         w attempt_requested 1 #1 keeps 6000 mWh
         w attempt_requested 2 #1 keeps 6001 mWh
         setting_changed core_power ->1000
         v workflow_submitted 0+1
         v workflow_accepted 1 0
         v attempt_requested 0 #1 keeps 500 mWh",
    );
}

#[test]
fn money_is_kept_at_the_dearest_price_of_the_time_and_not_where_none_is_known() {
    let kept = |prices: &str| {
        let mut door = Door::open();
        door.run(&format!("{prices}\nbudget tenant total money=100000"));
        door.run("submit w: a process timeout=1h").remove(2)
    };
    let keeps = |what: &str| format!("w attempt_requested 0 #1 keeps {what}");
    assert_eq!(kept(""), keeps("12000 mWh"));
    assert_eq!(kept("source series"), keeps("12000 mWh"));
    // It is 1000 s after the hour.
    assert_eq!(kept("source series\npublish 9 18 40"), keeps("12000 mWh, 2160 uUSD"));
    assert_eq!(kept("source series\npublish 18 9"), keeps("12000 mWh, 2160 uUSD"));
    assert_eq!(kept("source series\npublish -5 -9"), keeps("12000 mWh, 0 uUSD"));
    assert_eq!(kept("source series missing=last\npublish 18\nwait 2h"), keeps("12000 mWh, 2160 uUSD"));
}

#[test]
fn what_electricity_costs_less_has_room_when_that_is_published() {
    check(
        "source series
         publish 18 18
         budget tenant total money=4000
         submit w: a process timeout=1h, b process timeout=1h",
        "publish 9 9",
        "prices_published 2
         w attempt_requested 1 #1 keeps 12000 mWh, 1080 uUSD",
    );
}

#[test]
fn raising_or_removing_a_budget_lets_go_on_in_the_order_of_coming() {
    let given = "budget tenant total energy=12000
                 submit w: a process timeout=1h
                 submit x: a process timeout=1h
                 submit v: a process timeout=1h priority=high";
    check(
        given,
        "budget tenant total energy=24000",
        "budget_set default Total
         x attempt_requested 0 #1 keeps 12000 mWh
         alert alert_resolved BudgetExhausted
         budget_exhausted default HoldsBack
         alert alert_raised BudgetExhausted
         alert delivery_requested #1",
    );
    check(
        given,
        "unbudget tenant",
        "budget_removed default
         v attempt_requested 0 #1
         x attempt_requested 0 #1
         alert alert_resolved BudgetExhausted",
    );
    check(
        given,
        "budget tenant total energy=11000",
        "budget_set default Total
         budget_exhausted default TooSmall
         x task_queued 0 BudgetTooSmall
         v task_queued 0 BudgetTooSmall High",
    );
}

#[test]
fn a_period_ends_at_midnight_and_begins_with_nothing_charged() {
    check(
        "budget tenant day energy=12000
         submit w: a process timeout=1h, b process timeout=1h
         end w/a ok took=1s used=1h
         wait 85399s",
        "timer
         wait 1s
         timer",
        "refused: nothing is due
         timer_fired Budget
         budget_period_began default
         w attempt_requested 1 #1 keeps 12000 mWh
         alert alert_resolved BudgetExhausted",
    );
}

#[test]
fn what_was_larger_than_all_of_a_budget_is_asked_about_again_when_its_period_begins() {
    check(
        "source series missing=last
         publish 18 18
         budget tenant day money=2000
         submit w: a process timeout=1h, b process timeout=1h
         publish 9 9
         wait 85400s",
        "timer",
        "timer_fired Budget
         budget_period_began default
         w attempt_requested 0 #1 keeps 12000 mWh, 1080 uUSD
         budget_exhausted default HoldsBack",
    );
}

#[test]
fn what_runs_when_a_period_ends_is_kept_of_the_next_one() {
    check(
        "budget tenant day energy=12000
         submit w: a process timeout=1h, b process timeout=1h
         wait 85400s
         timer",
        "end w/a ok took=1s used=1s",
        "w attempt_ended 0 Succeeded
         w run_charged 0 3 mWh
         w task_completed 0 #1",
    );
}

#[test]
fn what_a_run_takes_beyond_what_was_kept_is_charged_and_counted() {
    let mut door = Door::open();
    door.run("budget tenant total energy=30000\nsubmit w: a process timeout=1h, b process timeout=1h");
    // Two cores, for an hour.
    let found = door.run("end w/a ok took=1h used=2h\nend w/b ok took=1h used=30m");
    assert_eq!(
        found,
        [
            "w attempt_ended 0 Succeeded",
            "w run_charged 0 24000 mWh",
            "w task_completed 0 #1",
            "w attempt_ended 1 Succeeded",
            "w run_charged 1 6000 mWh",
            "w task_completed 1 #1",
            "budget_exhausted default UsedUp",
            "w workflow_completed 2/0/0/0",
            "alert alert_raised BudgetExhausted",
            "alert delivery_requested #1",
        ]
    );
    let (_, budget) = door.world.ports.budgets.all().next().expect("a budget");
    assert_eq!((budget.charged.energy.0, budget.overrun.energy.0, budget.kept.energy.0), (30_000, 12_000, 0));
    let found = door.run("submit v: a process timeout=1s");
    assert_eq!(found.last().map(String::as_str), Some("v task_queued 0 Budget"));
}

#[test]
fn what_runs_when_a_budget_is_set_is_charged_to_it_and_never_stopped() {
    check(
        "submit w: a process timeout=1h, b process timeout=1h
         budget w total energy=6000",
        "end w/a ok took=1h used=1h
         budget w total energy=6000 money=1
         unbudget w
         end w/b ok took=1h used=1h",
        "w attempt_ended 0 Succeeded
         w run_charged 0 12000 mWh
         w task_completed 0 #1
         budget_exhausted w UsedUp
         alert alert_raised BudgetExhausted
         alert delivery_requested #1
         budget_set w Total
         budget_exhausted w UsedUp
         budget_removed w
         alert alert_resolved BudgetExhausted
         w attempt_ended 1 Succeeded
         w run_charged 1 12000 mWh
         w task_completed 1 #1
         w workflow_completed 2/0/0/0",
    );
}

#[test]
fn each_attempt_of_a_retry_is_kept_for_anew() {
    check(
        "budget tenant total energy=13000
         submit w: a process timeout=1h attempts=3 base=1ms",
        "end w/a exit took=1h used=5m
         wait 1ms
         timer
         budget tenant total energy=26000",
        "w attempt_ended 0 Exited
         w run_charged 0 1000 mWh
         w retry_scheduled 0 #2 Exited
         timer_fired Retry
         w attempt_requested 0 #2 keeps 12000 mWh
         budget_set default Total",
    );
    check(
        "budget tenant total energy=12000
         submit w: a process timeout=1h attempts=3 base=1ms
         end w/a exit took=1h used=5m
         wait 1ms",
        "timer
         budget tenant total energy=13000",
        "timer_fired Retry
         w task_queued 0 Budget
         budget_exhausted default HoldsBack
         alert alert_raised BudgetExhausted
         alert delivery_requested #1
         budget_set default Total
         w attempt_requested 0 #2 keeps 12000 mWh
         alert alert_resolved BudgetExhausted",
    );
}

#[test]
fn what_waits_for_a_budget_can_be_cancelled_paused_and_closed() {
    let given = "budget tenant total energy=12000
                 submit w: a process timeout=1h
                 submit x: a process timeout=1h
                 submit v: a process timeout=1h";
    check(
        given,
        "cancel x
         end w/a ok",
        "x cancel_requested
         x task_cancelled 0
         x workflow_cancelled 0/0/0/1
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         v attempt_requested 0 #1 keeps 12000 mWh
         w workflow_completed 1/0/0/0",
    );
    check(
        given,
        "pause x
         end w/a ok
         resume x
         end v/a ok",
        "x workflow_paused
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         v attempt_requested 0 #1 keeps 12000 mWh
         w workflow_completed 1/0/0/0
         x workflow_resumed
         v attempt_ended 0 Succeeded
         v task_completed 0 #1
         x attempt_requested 0 #1 keeps 12000 mWh
         v workflow_completed 1/0/0/0",
    );
    check(
        given,
        "quarantine w
         close w",
        "stream_quarantined w
         alert alert_raised StreamQuarantined
         alert delivery_requested #1
         w stream_closed w
         x attempt_requested 0 #1 keeps 12000 mWh
         alert alert_resolved StreamQuarantined",
    );
}

#[test]
fn what_is_cut_off_too_often_gives_back_what_was_kept() {
    check(
        "budget tenant total energy=12000
         submit w: a process timeout=1h
         submit v: a process timeout=1h
         start
         start
         start
         start
         start",
        "timer",
        "timer_fired CutOff
         w attempt_lost 0 after 5
         v attempt_requested 0 #1 keeps 12000 mWh
         w task_failed 0 #1 Lost
         w workflow_failed 0/1/0/0",
    );
}

/// Whoever asks has a key, and names whose a workflow is.
fn with_budgets(budgets: &str) -> Door {
    let mut door = Door::open();
    door.input(super::key("default").into()).expect("a key is issued");
    door.principal = PrincipalId([9; 16]);
    door.run(budgets);
    door
}

fn last(door: &mut Door, script: &str) -> String {
    let is_of_alerts = |line: &&String| line.starts_with("alert ") || line.starts_with("budget_");
    let found = door.run(script);
    found.iter().rev().find(|line| !is_of_alerts(line)).cloned().unwrap_or_default()
}

#[test]
fn owners_do_not_wait_for_each_other_and_within_one_whoever_came_first_goes_first() {
    let mut door = with_budgets("budget owner=ann total energy=12000\nbudget owner=bob total energy=12000");
    door.run("submit a1: a process timeout=1h [owner=ann]");
    assert_eq!(last(&mut door, "submit a2: a process timeout=1h [owner=ann]"), "a2 task_queued 0 Budget");
    assert_eq!(
        last(&mut door, "submit a3: a process timeout=10m priority=critical [owner=ann]"),
        "a3 task_queued 0 Budget Critical"
    );
    assert_eq!(last(&mut door, "submit a4: a text [owner=ann]"), "a4 attempt_requested 0 #1");
    assert_eq!(
        last(&mut door, "submit b1: a process timeout=1h [owner=bob]"),
        "b1 attempt_requested 0 #1 keeps 12000 mWh"
    );
    // There is room for what takes ten minutes, but not for what came before it.
    assert_eq!(last(&mut door, "budget owner=ann total energy=14000"), "");
    assert_eq!(
        door.run("budget owner=ann total energy=26000")[1..3],
        ["a2 attempt_requested 0 #1 keeps 12000 mWh", "a3 attempt_requested 0 #1 keeps 2000 mWh"]
    );
}

#[test]
fn owners_who_share_a_budget_do_not_wait_for_the_first_of_another() {
    let mut door = with_budgets("budget tenant total energy=20000");
    door.run("submit a1: a process timeout=1h [owner=ann]");
    assert_eq!(last(&mut door, "submit a2: a process timeout=1h [owner=ann]"), "a2 task_queued 0 Budget");
    assert_eq!(last(&mut door, "submit a3: a process timeout=10m [owner=ann]"), "a3 task_queued 0 Budget");
    let small = "submit c1: a process timeout=10m [owner=carl]";
    assert_eq!(last(&mut door, small), "c1 attempt_requested 0 #1 keeps 2000 mWh");
    // What is larger than all of the budget keeps nobody waiting.
    assert_eq!(
        last(&mut door, "submit c2: a process timeout=3h [owner=carl]"),
        "c2 task_queued 0 BudgetTooSmall"
    );
    assert_eq!(
        last(&mut door, "submit c3: a process timeout=10m [owner=carl]"),
        "c3 attempt_requested 0 #1 keeps 2000 mWh"
    );
    // A budget of a workflow is none of what else is its owner's, but whoever came first waits for the tenant's.
    door.run("end c1/a ok\nend c3/a ok\nsubmit b1: a process after w, w waits=1h [owner=bob]");
    door.run("budget b1 total energy=14000\nsubmit b2: a process timeout=10m [owner=bob]");
    let waits = "submit b3: a process timeout=1h [owner=bob]";
    assert_eq!(last(&mut door, waits), "b3 task_queued 0 Budget");
    let found = door.run("end a1/a ok took=1h used=1h");
    assert!(
        found.iter().all(|line| !line.contains("attempt_requested")),
        "8000 are left, less 2000: {found:?}"
    );
    let found = door.run("budget tenant total energy=40000");
    let started: Vec<_> = found.iter().filter(|line| line.contains("requested 0")).collect();
    assert_eq!(
        started,
        [
            "a2 attempt_requested 0 #1 keeps 12000 mWh",
            "a3 attempt_requested 0 #1 keeps 2000 mWh",
            "b3 attempt_requested 0 #1 keeps 12000 mWh"
        ]
    );
}

/// Those that wait for places and those that waited for a budget take turns.
#[test]
fn places_go_in_turn_to_those_that_wait_for_them_and_to_those_that_waited_for_a_budget() {
    let mut door = with_budgets("set attempts_running_max 1\nbudget owner=ann total energy=12000");
    door.run("submit a1: a process timeout=1h, b process timeout=1h, c process timeout=1h [owner=ann]");
    door.run("submit b1: a, b, c [owner=bob]\nbudget owner=ann total energy=99000");
    let mut order = Vec::new();
    for _ in 0..5 {
        let running = performances(&door.world);
        let named = name_of(running[0].workflow);
        let task = ["a", "b", "c"][running[0].task as usize];
        door.run(&format!("end {named}/{task} ok"));
        order.push(format!("{named}/{task}"));
    }
    assert_eq!(order, ["a1/a", "a1/b", "b1/a", "a1/c", "b1/b"]);
}

#[test]
fn a_budget_that_cannot_be_is_refused() {
    let table = [
        ("budget tenant day", "a budget limits energy, money or both"),
        ("budget tenant day energy=0", "a budget is 0.000001 to"),
        ("budget tenant day money=0", "a budget is 0.000001 to"),
        ("budget tenant day money=-1", "a budget is 0.000001 to"),
        ("budget tenant day energy=5 money=0", "a budget is 0.000001 to"),
        ("budget tenant day energy=1000000000000001", "a budget is 0.000001 to"),
        ("budget tenant day money=1000000000000001", "a budget is 0.000001 to"),
        ("budget tenant day energy=5 in=A", "the account is a tenant of 1 to 64"),
        ("budget owner=a\u{202e}b day energy=5", "the account is a tenant of 1 to 64"),
        ("budget nobody day energy=5", "is not alive, so it has no budget"),
        ("budget w day energy=5 in=acme", "is not alive, so it has no budget"),
        ("budget tenant day energy=5 why=", "a reason is needed: it is recorded"),
        ("unbudget tenant", "the account has no budget"),
        ("unbudget owner=ann", "the account has no budget"),
        ("unbudget w why=", "a reason is needed: it is recorded"),
    ];
    for (line, why) in table {
        let mut door = Door::open();
        door.run("submit w: a process\nbudget w total energy=5");
        let found = door.run(line);
        assert!(
            found.len() == 1 && found[0].starts_with("refused: ") && found[0].contains(why),
            "{line}: {found:?}"
        );
    }
    let mut door = Door::open();
    door.is_watched = false;
    for number in 0..1000 {
        door.run(&format!("budget owner=o{number} total energy=5"));
    }
    assert_eq!(door.run("budget tenant total energy=5"), ["refused: there may be at most 1000 budgets"]);
    assert_eq!(door.run("budget owner=o7 day energy=9"), ["budget_set default/o7 Day"]);
}

#[test]
fn the_budget_of_a_workflow_ends_with_it() {
    let mut door = Door::open();
    door.run("submit w: a process timeout=1h\nbudget w day energy=5\nend w/a ok took=1h used=1h");
    assert!(door.world.ports.budgets.is_empty() && door.world.alerts.standing.is_empty());
    assert!(door.world.next_wake().is_none());
}

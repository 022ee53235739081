//! What is decided about what runs used.

mod budgets;

use triad_event::access::{Ask as Access, Grants, IssueKey, Reach};
use triad_event::ids::PrincipalId;

use crate::tests::door::{Door, check};

#[test]
fn a_run_is_charged_when_it_ends_and_before_anything_follows_from_that() {
    check(
        "source fixed=18",
        "submit w: a process energy=10000, b after a, c process attempts=2 base=1ms
         end w/a ok took=1h used=1h
         end w/b ok
         end w/c exit took=1h used=30m
         wait 1ms
         timer
         end w/c ok took=1s used=10s",
        "w workflow_submitted 0+3
         w workflow_accepted 3 1
         w attempt_requested 0 #1
         w attempt_requested 2 #1
         w attempt_ended 0 Succeeded
         w run_charged 0 12000 mWh, 2160 uUSD at 18, of 10000
         w task_completed 0 #1
         w attempt_requested 1 #1
         w attempt_ended 1 Succeeded
         w task_completed 1 #1
         w attempt_ended 2 Exited
         w run_charged 2 6000 mWh, 1080 uUSD at 18
         w retry_scheduled 2 #2 Exited
         timer_fired Retry
         w attempt_requested 2 #2
         w attempt_ended 2 Succeeded
         w run_charged 2 33 mWh, 6 uUSD at 18
         w task_completed 2 #2
         w workflow_completed 3/0/0/0",
    );
}

/// A kilowatt hour is 3.6 million joules.
#[test]
fn what_processors_counted_is_charged_in_place_of_their_time() {
    check(
        "source fixed=18
         submit w: a process, b process",
        "end w/a ok took=1h used=1h joules=360000
         end w/b ok took=1h used=1h joules=0",
        "w attempt_ended 0 Succeeded
         w run_charged 0 100000 mWh, 18000 uUSD at 18
         w task_completed 0 #1
         w attempt_ended 1 Succeeded
         w run_charged 1 0 mWh, 0 uUSD at 18
         w task_completed 1 #1
         w workflow_completed 2/0/0/0",
    );
}

/// So a log without such ends, as all earlier ones are, is decided again to the same end.
#[test]
fn what_was_not_measured_is_not_charged_whatever_the_price() {
    check(
        "source fixed=18",
        "submit w: a process energy=10000, b process
         end w/a ok took=1h
         end w/b lost",
        "w workflow_submitted 0+2
         w workflow_accepted 2 0
         w attempt_requested 0 #1
         w attempt_requested 1 #1
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_ended 1 Lost
         w task_failed 1 #1 Lost
         w workflow_failed 1/1/0/0",
    );
}

#[test]
fn without_a_price_energy_is_charged_and_no_money() {
    let charged = |prices: &str| {
        let mut door = Door::open();
        door.run(&format!("{prices}\nsubmit w: a process\nwait 1h"));
        door.run("end w/a ok took=30m used=1h").remove(1)
    };
    assert_eq!(charged(""), "w run_charged 0 12000 mWh");
    assert_eq!(charged("source series"), "w run_charged 0 12000 mWh");
    assert_eq!(charged("source series\npublish 18\nunsource"), "w run_charged 0 12000 mWh");
    // It ran in the last 30 minutes of 1000 s and an hour: 1000 s in the second hour, 800 s in the first.
    assert_eq!(charged("source series\npublish 18"), "w run_charged 0 12000 mWh");
    let (mean, micro) = ((18 * 800 + 9 * 1000) / 1800, (180_000 * 800 + 90_000 * 1000) / 1800 * 12 / 1000);
    assert_eq!(
        charged("source series\npublish 18 9"),
        format!("w run_charged 0 12000 mWh, {micro} uUSD at {mean}")
    );
    let taken = |missing: &str| charged(&format!("source series missing={missing}\npublish 18"));
    assert_eq!(taken("last"), "w run_charged 0 12000 mWh, 2160 uUSD at 18 LastKnown");
    assert_eq!(taken("typical"), "w run_charged 0 12000 mWh, 2160 uUSD at 18 Typical");
    assert_eq!(taken("run"), "w run_charged 0 12000 mWh");
}

#[test]
fn what_waited_for_a_price_is_held_against_running_at_once() {
    check(
        "source series
         publish 18 18 5 18
         submit w: a process bid=10, b process, c process bid=10 priority=critical
         end w/b ok took=1s used=1h
         end w/c ok took=1s used=1h",
        "wait 6200s
         timer
         wait 30m
         end w/a ok took=30m used=1h",
        "timer_fired Price
         w task_released 0 WithinBid at 5
         w attempt_requested 0 #1
         w attempt_ended 0 Succeeded
         w run_charged 0 12000 mWh, 600 uUSD at 5, now 2160, least 600
         w task_completed 0 #1
         w workflow_completed 3/0/0/0",
    );
}

#[test]
fn a_retry_of_what_waited_is_moved_back_by_the_same_time() {
    check(
        "source series
         publish 18 11 5 7
         submit w: a process bid=5 attempts=2 base=1ms
         wait 6200s
         timer
         end w/a exit took=1s used=1h
         wait 1ms
         timer
         wait 3700s",
        "end w/a ok took=1s used=1h",
        "w attempt_ended 0 Succeeded
         w run_charged 0 12000 mWh, 840 uUSD at 7, now 1320, least 600
         w task_completed 0 #2
         w workflow_completed 1/0/0/0",
    );
}

/// It waits for 4 cents, which come after its last safe start.
#[test]
fn the_least_that_a_run_could_have_cost_lies_before_its_last_safe_start_and_in_what_is_published() {
    let charged = |prices: &str, then: &str| {
        let mut door = Door::open();
        door.run(&format!(
            "source series\npublish {prices}\nsubmit w: a process bid=4 timeout=10m deadline=10200s"
        ));
        door.run(&format!("wait 9590s\ntimer\n{then}"));
        door.run("end w/a ok took=1s used=1h").remove(1)
    };
    assert_eq!(
        charged("18 5 18 1", "wait 1s"),
        "w run_charged 0 12000 mWh, 2160 uUSD at 18, now 2160, least 600"
    );
    // What was not published is not guessed, and what came later counts.
    assert_eq!(
        charged("18 7 18", "wait 1s"),
        "w run_charged 0 12000 mWh, 2160 uUSD at 18, now 2160, least 840"
    );
    let known_since = "wait 1s\npublish 18";
    assert_eq!(
        charged("18 7", known_since),
        "w run_charged 0 12000 mWh, 2160 uUSD at 18, now 2160, least 840"
    );
    // It could have waited until it ran, though that was too late.
    assert_eq!(
        charged("18 7 18 3", "wait 400s"),
        "w run_charged 0 12000 mWh, 360 uUSD at 3, now 2160, least 360"
    );
}

#[test]
fn the_power_of_a_core_is_a_setting() {
    check(
        "set core_power 500
         submit w: a process, b process",
        "end w/a ok took=1h used=1h
         set core_power 1000000
         end w/b ok took=1h used=1h
         set core_power 0",
        "w attempt_ended 0 Succeeded
         w run_charged 0 500 mWh
         w task_completed 0 #1
         setting_changed core_power 500>1000000
         w attempt_ended 1 Succeeded
         w run_charged 1 1000000 mWh
         w task_completed 1 #1
         w workflow_completed 2/0/0/0
         refused: core_power must lie between 1 and 1000000 mW",
    );
}

/// The key of number 9.
fn key(tenant: &str) -> Access {
    let key = PrincipalId([9; 16]);
    let grants = Grants {
        owner: "ann".to_owned(),
        roles: vec!["admin".to_owned()],
        reach: Reach::Installation,
        tenant: tenant.to_owned(),
        further_tenants: Vec::new(),
        zones: Vec::new(),
        classes: Vec::new(),
        requests_per_minute: None,
        workflows_alive_max: None,
        expires: None,
    };
    let (label, reason) = ("ci".to_owned(), String::new());
    Access::from(IssueKey { key, label, person: None, digest: [9; 32], grants, link: None, reason })
}

#[test]
fn an_account_is_that_of_the_owner_and_the_tenant_at_submission() {
    let mut door = Door::open();
    door.input(key("acme").into()).expect("a key is issued");
    door.run("as 9\nsubmit w: a process, b process [owner=ann]\nas 7\nsubmit v: a process");
    let charged = door.run("end w/a ok used=1h\nend v/a ok used=1h");
    assert_eq!(charged[1], "w run_charged 0 12000 mWh, acme/ann");
    assert_eq!(charged[4], "v run_charged 0 12000 mWh");
}

/// A charge that did not fit into the group of its run's end, because much else was owed, is kept for a stream that is set aside
/// meanwhile, and goes with one that is closed.
#[test]
fn what_is_owed_of_a_stream_that_is_set_aside_is_charged_when_it_goes_on() {
    let mut door = Door::open();
    door.is_watched = false;
    door.run("submit w: a process, b\nsubmit v: a process, b\nsource fixed=18");
    let tasks: Vec<String> = (0..1700).map(|task| format!("t{task} waits=5s")).collect();
    for name in ["s", "t", "x", "y", "z"] {
        door.run(&format!("submit {name}: {}", tasks.join(", ")));
    }
    while door.world.owes_work() {
        door.run("timer");
    }
    door.run("source fixed=9\nwait 5s\ntimer");
    for name in ["w", "v"] {
        let found = door.run(&format!("end {name}/a ok used=1h"));
        assert!(door.group.is_full() && !found.iter().any(|line| line.contains("run_charged")));
        door.run(&format!("quarantine {name}"));
    }
    let mut found = Vec::new();
    while door.world.owes_work() {
        found.extend(door.run("timer"));
    }
    assert!(!found.iter().any(|line| line.contains("run_charged")), "they are set aside");
    let released = door.run("release w");
    assert!(released.contains(&"w run_charged 0 12000 mWh, 1080 uUSD at 9".to_owned()), "{released:?}");
    assert_eq!(door.world.economics.runs.len(), 1);
    let closed = door.run("close v");
    assert!(!closed.iter().any(|line| line.contains("run_charged")), "{closed:?}");
    assert!(door.world.economics.runs.is_empty());
}

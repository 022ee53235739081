//! Schedules that follow the runs of others. A script begins at 1000 s.

use crate::limits::FOLLOWED_WAIT_MAX;
use crate::tests::door::{Door, check};
use crate::tests::scheduled::check_followers;

/// One schedule of the calendar and one that follows it.
const FOLLOWED: &str = "schedule nightly
    schedule report after schedule:nightly";

/// Runs a script, and shows what it leads to in the stream of a schedule.
#[track_caller]
fn leads_to(door: &mut Door, stream: &str, script: &str, expected: &str) {
    let found = door.run(script);
    let begins = format!("{stream} ");
    let found: Vec<&String> =
        found.iter().filter(|line| line.starts_with(&begins) || line.starts_with("refused")).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found, expected);
    check_followers(&door.log);
}

#[test]
fn a_run_that_ends_names_a_moment_at_its_end() {
    check(
        &format!(
            "{FOLLOWED}
             submit w: a [labelled=nightly]
             schedule nightly fires 999000 w
             wait 5s"
        ),
        "end w/a ok
         schedule report fires 1005000 r
         schedule report fires 1005000 r",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0
         report run_followed 1005000 w Completed
         report moment_fired 1005000 r
         refused: moment 1005000 is not behind what was handled",
    );
}

#[test]
fn how_a_run_ended_decides_who_follows_it() {
    let ends = [
        ("end w/a ok", "Completed", [true, false, true]),
        ("end w/a exit", "Failed", [false, true, true]),
        ("cancel w\n end w/a cancelled", "Cancelled", [false, false, true]),
        ("quarantine w\n close w", "Closed", [false, false, true]),
    ];
    for (end, how, followed) in ends {
        let mut door = Door::open();
        door.run(
            "schedule nightly
             schedule success after schedule:nightly
             schedule failure after schedule:nightly on=failure
             schedule any after schedule:nightly on=any
             submit w: a process
             schedule nightly fires 999000 w",
        );
        let found = door.run(end);
        let expected = ["success", "failure", "any"].into_iter().zip(followed).filter(|(_, is)| *is);
        let mut expected: Vec<String> =
            expected.map(|(name, _)| format!("{name} run_followed 1000000 w {how}")).collect();
        expected.sort();
        let found: Vec<String> = found.into_iter().filter(|line| line.contains("run_followed")).collect();
        assert_eq!(found, expected, "{end}");
    }
}

/// The server submits first, and records then that it fired: the run may have ended.
#[test]
fn a_run_that_ends_before_its_firing_is_recorded_is_followed_then() {
    let mut door = Door::open();
    door.run(FOLLOWED);
    door.run("submit w: a [labelled=nightly]\n submit other: a [labelled=nightly]\n submit bare: a");
    leads_to(&mut door, "report", "wait 1s\n end w/a ok\n end other/a ok\n end bare/a ok\n wait 60s", "");
    leads_to(
        &mut door,
        "report",
        "schedule nightly fires 999000 w",
        "report run_followed 1001000 w Completed",
    );
    // A label is only a hint: who submitted a run is what the schedule records.
    leads_to(&mut door, "report", "schedule nightly fires 999001 bare", "");
}

/// Two follow, one of them only since after the run ended.
#[test]
fn what_ended_before_it_was_set_is_not_followed() {
    let mut door = Door::open();
    door.run(FOLLOWED);
    door.run("submit v: a [labelled=nightly]\n end v/a ok\n schedule late after schedule:nightly");
    leads_to(&mut door, "late", "schedule nightly fires 1000 v", "");
    leads_to(
        &mut door,
        "late",
        "submit w: a
         end w/a ok
         submit x: a
         schedule nightly fires 2000 w
         schedule nightly fires 3000 x
         end x/a ok",
        "late run_followed 1000000 x Completed",
    );
}

#[test]
fn runs_that_end_at_one_time_name_moments_of_their_own() {
    let mut door = Door::open();
    door.run(FOLLOWED);
    door.run("submit v: a\n submit w: a\n submit x: a\n submit y: a [labelled=nightly]");
    door.run("schedule nightly fires 1000 v\n schedule nightly fires 2000 w\n schedule nightly fires 3000 x");
    leads_to(
        &mut door,
        "report",
        "end y/a ok
         wait 1s
         end x/a ok
         end v/a ok
         end w/a ok
         schedule nightly fires 4000 y",
        "report run_followed 1001000 x Completed
         report run_followed 1001001 v Completed
         report run_followed 1001002 w Completed
         report run_followed 1001003 y Completed",
    );
    // The oldest fires first, and nothing in between is passed over unsaid.
    leads_to(
        &mut door,
        "report",
        "schedule report fires 1001001 r
         schedule report fires 1001000 r
         schedule report omits 1001001 1001002 3
         schedule report omits 1001001 1001002 2
         schedule report omits 1001001 1001002 2
         schedule report fires 1001003 s",
        "refused: moment 1001001 is not behind what was handled
         report moment_fired 1001000 r
         refused: moment 1001001 is not behind what was handled
         report moments_left_out 1001001 1001002 2
         refused: moment 1001001 is not behind what was handled
         report moment_fired 1001003 s",
    );
}

#[test]
fn runs_of_a_definition_are_followed_whoever_submits_them() {
    let mut door = Door::open();
    door.run("define etl\n schedule report after definition:etl submits=report");
    leads_to(
        &mut door,
        "report",
        "submit w: a [definition=etl]
         submit x: a [definition=other]
         schedule other
         submit y: a [labelled=other definition=etl]
         end w/a ok
         end x/a ok
         end y/a ok
         schedule other fires 4000 y",
        "report run_followed 1000000 w Completed
         report run_followed 1000001 y Completed",
    );
}

#[test]
fn who_follows_is_not_followed_back() {
    let circle = "refused: schedules would follow one another in a circle: ";
    let mut door = Door::open();
    let mut said = |script: &str| door.run(script).pop().unwrap_or_default();
    let unknown = "refused: there is no schedule \"b\" whose runs could be followed";
    assert_eq!(said("schedule a after schedule:b"), unknown);
    assert_eq!(said("schedule a after schedule:a"), format!("{circle}a after a"));
    assert_eq!(
        said("schedule c\n schedule b after schedule:c\n schedule a after schedule:b"),
        "a schedule_set"
    );
    assert_eq!(said("schedule c after schedule:a"), format!("{circle}c after a after b after c"));
    let unknown = "refused: there is no definition \"etl\" whose runs could be followed";
    assert_eq!(said("schedule d after definition:etl"), unknown);
    assert_eq!(
        said("define etl\n schedule d after definition:etl submits=etl"),
        format!("{circle}d after d")
    );
    // Through definitions: one submits what the other follows.
    assert_eq!(
        said("schedule d after definition:etl submits=report\n define report"),
        "definition_published"
    );
    let through = format!("{circle}e after d after e");
    assert_eq!(said("schedule e after definition:report submits=etl"), through);
    assert_eq!(said("schedule e after definition:report submits=load"), "e schedule_set");
    assert_eq!(said("schedule d after schedule:e submits=report"), format!("{circle}d after e after d"));
    // What is deleted closes no circle, and comes back only where it closes none.
    assert_eq!(said("schedule c ends\n schedule x after schedule:c").as_str(), {
        "refused: there is no schedule \"c\" whose runs could be followed"
    });
}

#[test]
fn what_is_followed_may_go_and_come_again() {
    let mut door = Door::open();
    door.run(FOLLOWED);
    door.run("submit v: a\n schedule nightly fires 1000 v\n schedule nightly ends");
    leads_to(&mut door, "report", "end v/a ok", "report run_followed 1000000 v Completed");
    // It is another one of that name. A deleted one leaves its stream closed, so it has another id.
    let circle =
        "refused: schedules would follow one another in a circle: nightly after report after nightly";
    assert_eq!(door.run("schedule nightly after schedule:report").pop().as_deref(), Some(circle));
    leads_to(
        &mut door,
        "report",
        "schedule report ends
         submit w: a
         end w/a ok",
        "report schedule_deleted",
    );
}

#[test]
fn while_it_is_paused_moments_are_named_and_wait() {
    let mut door = Door::open();
    door.run(FOLLOWED);
    door.run("schedule report pauses\n submit v: a\n schedule nightly fires 1000 v");
    leads_to(
        &mut door,
        "report",
        "end v/a ok
         schedule report resumes
         schedule report omits 1000000 1000000 1",
        "report run_followed 1000000 v Completed
         report schedule_resumed
         report moments_left_out 1000000 1000000 1",
    );
}

#[test]
fn one_in_quarantine_follows_nothing_and_goes_on_after_it() {
    let mut door = Door::open();
    door.run(FOLLOWED);
    door.run("submit v: a\n schedule nightly fires 1000 v\n submit w: a\n schedule nightly fires 2000 w");
    leads_to(&mut door, "report", "quarantine report\n end v/a ok\n release report", "");
    leads_to(&mut door, "report", "end w/a ok", "report run_followed 1000000 w Completed");
    // That the followed one is set aside does not keep its runs from ending.
    door.run("submit x: a\n schedule nightly fires 3000 x\n quarantine nightly");
    leads_to(&mut door, "report", "end x/a ok", "report run_followed 1000001 x Completed");
    leads_to(
        &mut door,
        "report",
        "quarantine report\n submit y: a\n close report\n end y/a ok",
        "report stream_closed report",
    );
}

#[test]
fn as_many_wait_as_may_and_the_oldest_may_be_about_to_fire() {
    let mut door = Door::open();
    door.is_watched = false;
    door.run(FOLLOWED);
    for number in 0..FOLLOWED_WAIT_MAX {
        door.run(&format!("submit w{number}: a\n schedule nightly fires {} w{number}", number + 1));
        door.run(&format!("end w{number}/a ok"));
    }
    door.run("submit more: a\n schedule nightly fires 5000 more\n submit most: a\n schedule nightly fires 6000 most");
    leads_to(
        &mut door,
        "report",
        "end more/a ok
         end most/a ok
         schedule report fires 1000000 r
         schedule report fires 1000001 s
         schedule report fires 1000003 s",
        "report run_followed 1000100 more Completed for 1000001
         report run_followed 1000101 most Completed for 1000002
         report moment_fired 1000000 r
         refused: moment 1000001 is not behind what was handled
         report moment_fired 1000003 s",
    );
}

#[test]
fn a_schedule_follows_or_has_a_calendar_and_may_change() {
    let mut door = Door::open();
    door.run(FOLLOWED);
    door.run("submit v: a\n schedule nightly fires 1000 v\n end v/a ok");
    let fills = "refused: it follows the runs of schedule \"nightly\", which name no moments in the past: \
        there is nothing to fill back";
    assert_eq!(door.run("schedule report fills 1000 2000").pop().as_deref(), Some(fills));
    // Set again to the same it keeps what waits; set to something else what waited is none of its own any more.
    leads_to(
        &mut door,
        "report",
        "schedule report after schedule:nightly submits=x
         schedule report fires 1000000 r
         schedule report after schedule:nightly on=any
         submit w: a
         schedule nightly fires 2000 w
         end w/a ok
         schedule report
         schedule report fires 1000001 r
         schedule report fires 1000002 r
         schedule report fills 1000 5000
         schedule report after schedule:nightly",
        "report schedule_set
         report moment_fired 1000000 r
         report schedule_set
         report run_followed 1000001 w Completed
         report schedule_set
         refused: moment 1000001 is not behind what was handled
         report moment_fired 1000002 r
         report backfill_requested
         refused: a backfill is under way",
    );
}

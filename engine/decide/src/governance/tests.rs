//! What governance decides.

use triad_event::ClockState;
use triad_event::dag::CancelRequested;
use triad_event::governance::{Ask, ClockAccepted, EnginePaused, EngineResumed, EngineStarted, Setting};
use triad_event::quantity::Micros;

use super::Refusal;
use crate::tests::door::{Door, check, started};
use crate::{Group, Stamp, World, dag, step};

#[test]
fn a_setting_changes_within_its_bounds_and_the_record_says_from_what() {
    check(
        "",
        "set cancel_grace 5000
         set cancel_grace 6000
         set cancel_grace 0",
        "setting_changed cancel_grace ->5000
         setting_changed cancel_grace 5000>6000
         refused: cancel_grace must lie between 1000 and 3600000 ms",
    );
}

#[test]
fn the_table_holds_until_something_is_recorded() {
    let mut door = Door::open();
    assert_eq!(door.world.settings().value(Setting::CancelGrace), 30_000);
    door.run("set cancel_grace 5000");
    assert_eq!(door.world.settings().value(Setting::CancelGrace), 5_000);
    assert_eq!(door.world.settings().recorded(Setting::StallAfter, ""), None);
}

#[test]
fn a_paused_engine_starts_nothing_and_lets_end_what_runs() {
    check(
        "submit w: a, b after a",
        "pause engine
         end w/a ok
         submit v: x
         pause engine
         resume engine
         resume engine",
        "engine_paused
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w task_queued 1 EnginePaused
         v workflow_submitted 0+1
         v workflow_accepted 1 0
         v task_queued 0 EnginePaused
         refused: the engine is paused already
         engine_resumed
         w attempt_requested 1 #1
         v attempt_requested 0 #1
         refused: the engine is not paused",
    );
}

#[test]
fn a_pause_of_the_engine_survives_its_restart() {
    check(
        "pause engine
         start",
        "submit w: a",
        "w workflow_submitted 0+1
         w workflow_accepted 1 0
         w task_queued 0 EnginePaused",
    );
}

#[test]
fn a_stepped_clock_does_not_concern_deadlines() {
    check(
        "submit w: a process timeout=5s
         run w/a",
        "step clock by 1s
         step clock by 1h
         step clock by 1h
         wait 5s
         timer
         accept clock
         accept clock
         agree clock",
        "refused: the clock is within 5000 ms of what was expected
         clock_stepped
         alert alert_raised ClockStepped
         alert delivery_requested #1
         refused: the clock has stepped already and waits for an operator
         timer_fired Timeout
         w attempt_cancel_requested 0 TimedOut
         clock_accepted
         alert alert_resolved ClockStepped
         refused: the clock has not stepped
         refused: the clock has not stepped",
    );
}

#[test]
fn a_clock_that_is_right_again_needs_nobody() {
    check(
        "step clock by 1h",
        "agree clock",
        "clock_agreed
         alert alert_resolved ClockStepped",
    );
}

#[test]
fn recorded_time_waits_for_a_clock_that_was_accepted_behind_it() {
    let mut door = Door::open();
    door.run("step clock by 1h");
    let found = Micros(door.at.0 - 1_000);
    door.input(Ask::AcceptClock(ClockAccepted { found, reason: String::new() }).into()).expect("accepted");
    assert_eq!(door.world.clock_state(), ClockState::Waiting);
    door.elapsed = Micros(5);
    door.run("pause engine");
    assert_eq!(door.world.clock_state(), ClockState::Waiting);
    door.wait(Micros(1));
    door.run("resume engine");
    assert_eq!(door.world.clock_state(), ClockState::Steady);
}

#[test]
fn a_stream_in_quarantine_is_left_alone_and_goes_on_when_released() {
    check(
        "submit bad: a, b process timeout=5s, c attempts=2 base=1ms
         submit good: x, y after x
         end bad/c exit",
        "quarantine bad
         quarantine bad
         end bad/a ok
         cancel bad
         wait 1h
         timer
         end good/x ok
         release bad
         timer
         end bad/a ok
         release bad",
        "stream_quarantined bad
         alert alert_raised StreamQuarantined
         alert delivery_requested #1
         refused: stream 6261642e2e2e2e2e2e2e2e2e2e2e2e2e is in quarantine until an operator releases it
         refused: stream 6261642e2e2e2e2e2e2e2e2e2e2e2e2e is in quarantine until an operator releases it
         refused: stream 6261642e2e2e2e2e2e2e2e2e2e2e2e2e is in quarantine until an operator releases it
         refused: nothing is due
         good attempt_ended 0 Succeeded
         good task_completed 0 #1
         good attempt_requested 1 #1
         stream_released bad
         alert alert_resolved StreamQuarantined
         timer_fired Retry
         bad attempt_requested 2 #2
         bad attempt_ended 0 Succeeded
         bad task_completed 0 #1
         refused: stream 6261642e2e2e2e2e2e2e2e2e2e2e2e2e is not in quarantine",
    );
}

#[test]
fn only_what_is_alive_can_be_set_aside() {
    check("", "quarantine nobody", "refused: stream 6e6f626f64792e2e2e2e2e2e2e2e2e2e is not alive");
}

#[test]
fn a_snapshot_is_recorded_and_changes_nothing() {
    check("submit w: a", "snapshot", "snapshot_taken");
}

#[test]
fn a_setting_has_a_value_of_its_own_in_a_scope() {
    let mut door = Door::open();
    door.run("set cancel_grace 5000\n set cancel_grace@nightly 7000");
    let settings = door.world.settings();
    assert_eq!(settings.value(Setting::CancelGrace), 5_000);
    assert_eq!(settings.value_in(Setting::CancelGrace, "nightly"), 7_000);
    assert_eq!(settings.value_in(Setting::CancelGrace, "daily"), 5_000);
    let all: Vec<_> = settings.all_recorded().map(|(_, scope, value)| (scope, value)).collect();
    assert_eq!(all, [("", 5_000), ("nightly", 7_000)]);
    let refused = door.run("set cancel_grace@Nightly 7000");
    assert!(refused[0].starts_with("refused: a scope has"), "{refused:?}");
}

#[test]
fn what_is_in_quarantine_can_be_closed_for_ever_and_then_be_erased() {
    check(
        "set attempts_running_max 1
         submit w: a process, b
         submit v: x
         quarantine w",
        "close v
         cancel w
         erase w
         close w
         end #5/0 ok
         erase w
         erased w
         submit w: b",
        "refused: stream 762e2e2e2e2e2e2e2e2e2e2e2e2e2e2e is not in quarantine
         refused: stream 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e is in quarantine until an operator releases it
         erasure_refused w InUse
         refused: data subject 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e is in use by 1 workflows that have not ended
         w stream_closed w
         v attempt_requested 0 #1
         alert alert_resolved StreamQuarantined
         refused: nothing is owed for request 5 any more
         erasure_requested w
         erased w
         refused: data subject 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e is erased",
    );
}

fn stamp_of(door: &Door) -> Stamp {
    Stamp { at: door.at, elapsed: door.elapsed, principal: door.principal }
}

#[test]
fn time_does_not_go_back() {
    let mut door = Door::open();
    let stamp = Stamp { at: Micros(door.at.0 - 1), ..stamp_of(&door) };
    let refused = step(&mut door.world, Ask::FireTimer.into(), stamp, &mut Group::default());
    assert_eq!(refused, Err(Refusal::TimeWentBack { now: door.at, given: stamp.at }.into()));
    door.wait(Micros(5));
    door.run("pause engine");
    let stamp = Stamp { elapsed: Micros(4), ..stamp_of(&door) };
    let refused = step(&mut door.world, Ask::FireTimer.into(), stamp, &mut Group::default());
    assert_eq!(refused, Err(Refusal::ElapsedWentBack { now: Micros(5), given: Micros(4) }.into()));
}

#[test]
fn nothing_is_decided_before_an_engine_has_started() {
    let mut world = World::new();
    let principal = triad_event::ids::PrincipalId::ZERO;
    let stamp = Stamp { at: Micros(0), elapsed: Micros(0), principal };
    let workflow = triad_event::ids::WorkflowId([1; 16]);
    let cancel = dag::Ask::Cancel(CancelRequested { reason: String::new() });
    let inputs = [
        crate::Input::of(workflow, cancel),
        Ask::PauseEngine(EnginePaused { reason: String::new() }).into(),
        Ask::ResumeEngine(EngineResumed { reason: String::new() }).into(),
    ];
    for input in inputs {
        let refused = step(&mut world, input, stamp, &mut Group::default());
        assert_eq!(refused, Err(Refusal::NotStarted.into()));
    }
}

#[test]
fn another_version_of_the_core_does_not_start() {
    let started = EngineStarted { build_digest: [0; 32], decide_version: 99, ..started() };
    let mut door = Door::open();
    let refused = door.input(Ask::StartEngine(started).into());
    assert_eq!(refused, Err(Refusal::OtherVersion { given: 99, own: crate::DECIDE_VERSION }.into()));
}

#[test]
fn records_of_the_log_itself_are_folded_between_groups() {
    check(
        "submit w: a, b after a
         note somebody was here",
        "end w/a ok",
        "w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w attempt_requested 1 #1",
    );
}

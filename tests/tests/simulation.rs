//! The simulation itself: seeds hold, a seed is one history, a history is a script, and bugs that are planted are found.

use std::num::NonZero;
use std::path::Path;
use tests::entropy::fresh_seed;
use tests::simulation::boundaries::run_every_boundary;
use tests::simulation::failure::write_down;
use tests::simulation::scenario::{ScriptError, run_script};
use tests::simulation::stage::LineError;
use tests::simulation::{Failed, Options, plant, run};
use triad_perform::shell::planted::Bug;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::Trust;
use triad_replay::frame::frames;
use triad_replay::replay::{Replay, Stopped};

/// Seeds of every flavour but the one with very many keys, which is for the long proof.
const FIXED: [u64; 11] = [1, 4, 13, 77, 312, 318, 340, 781, 1023, 1172, 1205];
const FRESH: u64 = 6;
/// Seeds in one of which a planted bug must be found.
const PLANTED: std::ops::Range<u64> = 1130..1330;

fn evidence(options: &Options, failed: &Failed) -> String {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("simulation");
    write_down(options, failed, &directory).expect("evidence can be written").message
}

#[track_caller]
fn check(seed: u64) {
    let options = Options::seed(seed);
    if let Err(failed) = run(&options) {
        panic!("{}", evidence(&options, &failed));
    }
}

#[test]
fn seeds_that_were_tried_before_hold() {
    FIXED.into_iter().for_each(check);
}

#[test]
fn seeds_that_nobody_has_tried_hold() {
    let first = fresh_seed().expect("the system gives random bytes");
    // By turns seeds have very many keys, which takes too long here.
    (first..first + FRESH).filter(|seed| seed % 256 != 0).for_each(check);
}

#[test]
fn a_seed_is_one_history() {
    for seed in [5, 316] {
        let [first, second] =
            [run(&Options::seed(seed)), run(&Options::seed(seed))].map(|report| match report {
                Ok(report) => report,
                Err(failed) => panic!("{}", failed.violation),
            });
        assert_eq!(first.digest, second.digest, "the same log, byte for byte");
        assert_eq!(first, second);
    }
}

#[test]
fn a_history_is_a_script() {
    for seed in [2, 333] {
        let options = Options { is_written_down: true, ..Options::seed(seed) };
        let report = run(&options).unwrap_or_else(|failed| panic!("{}", failed.violation));
        let log = run_script(&report.script).expect("the script runs");
        assert_eq!(*blake3::hash(&log).as_bytes(), report.digest, "the same log, byte for byte");
    }
}

#[test]
fn every_commit_boundary_holds_in_every_way() {
    let met = run_every_boundary(7).unwrap_or_else(|failed| panic!("{}", evidence(&failed.0, &failed.1)));
    assert!(met.runs > 100, "{met:?}");
}

/// The first seed that finds a bug.
fn found(bug: Bug) -> (Options, Box<Failed>) {
    let options = PLANTED.map(|seed| Options { plant: Some(bug), ..Options::seed(seed) });
    let found = options.into_iter().find_map(|options| run(&options).err().map(|failed| (options, failed)));
    found.unwrap_or_else(|| panic!("{bug:?} is not found"))
}

/// What a script finds.
fn violated(script: &str) -> &'static str {
    match run_script(script) {
        Err(
            ScriptError::Line { why: LineError::Violation(violation), .. }
            | ScriptError::Violation(violation),
        ) => violation.invariant,
        other => panic!("the script should find something: {:?}", other.map(|log| log.len())),
    }
}

/// Reads the written log as the replay tool does.
fn decided_again(log: &Path) -> Result<u64, Stopped> {
    let file = std::fs::File::open(log).expect("the log was written");
    let (mut replay, mut stopped) = (Replay::default(), None);
    verify_and_fold(file, Trust::default(), NonZero::<usize>::MIN, frames, |frames| {
        if stopped.is_none() {
            stopped = replay.take(frames).err();
        }
    })
    .expect("the log verifies");
    match stopped {
        Some(stopped) => Err(stopped),
        None => replay.finish().map(|(progress, _)| progress.records),
    }
}

#[track_caller]
fn check_plant(bug: Bug, expected: &[&str]) -> Result<u64, Stopped> {
    let (options, failed) = found(bug);
    assert!(expected.contains(&failed.violation.invariant), "{bug:?} shows as {}", failed.violation);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted");
    let evidence = write_down(&options, &failed, &directory).expect("evidence can be written");
    assert!(evidence.message.contains("soak -- simulate --seed"), "{}", evidence.message);
    let script = std::fs::read_to_string(&evidence.scenario).expect("the script was written");
    assert_eq!(violated(&script), failed.violation.invariant);
    decided_again(&evidence.log)
}

#[test]
fn a_lost_wake_up_is_found() {
    let expected = ["invariant_what_is_owed_is_under_way", "invariant_everything_comes_to_an_end"];
    check_plant(Bug::LostWakeup, &expected).expect("the log itself is right");
}

#[test]
fn a_double_outcome_is_found() {
    let stopped = check_plant(Bug::DoubleOutcome, &["invariant_one_outcome_per_attempt"]);
    let stopped = stopped.expect_err("the log cannot be decided again");
    assert!(stopped.to_string().contains("kind is execution.attempt_ended in the log"), "{stopped}");
}

#[test]
fn an_effect_before_durability_is_found() {
    let expected = ["invariant_no_effect_before_its_request_is_durable"];
    check_plant(Bug::EffectBeforeDurability, &expected).expect("the log itself is right");
}

#[test]
fn an_output_of_which_the_row_is_not_told_is_found() {
    let expected = ["invariant_rows_say_what_was_accepted"];
    check_plant(Bug::OutputForgotten, &expected).expect("the log itself is right");
}

#[test]
fn a_row_that_moves_back_is_found() {
    let expected = ["invariant_rows_say_what_was_accepted"];
    check_plant(Bug::RowsByWallClock, &expected).expect("the log itself is right");
}

#[test]
fn a_verdict_that_is_not_decided_on_is_found() {
    // That nothing is left to happen is no line of a script, so that only the seed shows it.
    let (_, failed) = found(Bug::VerdictForgotten);
    assert_eq!(failed.violation.invariant, "invariant_everything_comes_to_an_end");
}

#[test]
fn a_last_safe_start_that_is_ignored_is_found() {
    let expected = ["invariant_no_task_begins_later_than_its_last_safe_start"];
    let stopped = check_plant(Bug::LastSafeStartIgnored, &expected);
    stopped.expect_err("the log cannot be decided again");
}

#[test]
fn a_run_that_is_suspended_too_long_is_found() {
    let expected = ["invariant_nothing_is_suspended_past_its_last_safe_start"];
    let stopped = check_plant(Bug::SuspendedTooLong, &expected);
    stopped.expect_err("the log cannot be decided again");
}

#[test]
fn an_answer_after_a_failure_is_found() {
    let expected = ["invariant_no_answer_before_what_it_observed_is_durable"];
    check_plant(Bug::AnswerAfterFailure, &expected).expect("the log itself is right");
}

/// Chance rarely asks between a failed commit and the end of the process, so this one has a script.
#[test]
fn an_answer_from_a_world_that_was_never_durable_is_found() {
    let script = "turn
        commit ok
        submit lost key=k: pay process
        turn
        commit failed
        submit eager key=k: pay process";
    let script: Vec<&str> = script.lines().map(str::trim).collect();
    let script = script.join("\n");
    assert!(run_script(&script).is_ok());
    let planted = format!("#! plant {}\n{script}", plant::name(Some(Bug::AnswerAfterFailure)));
    assert_eq!(violated(&planted), "invariant_no_answer_before_what_it_observed_is_durable");
}

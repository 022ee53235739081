//! Stories: each file of `fixtures/scenarios` is a script with, below each line, what came of it. The engine of the
//! simulation tells it anew, and every invariant is held on the way.

use crate::environment::{is_set, root};
use std::collections::BTreeSet;
use std::path::PathBuf;
use tests::simulation::scenario::tell;

/// Set to anything, stories are written as they are told now instead of being compared.
const TELL_ANEW: &str = "TRIAD_TELL_SCENARIOS";

/// Where the stories stand.
fn stories() -> PathBuf {
    root().join("fixtures/scenarios")
}

/// One test for each story.
macro_rules! tell_stories {
    ($($story:ident),+ $(,)?) => {
        $(
            #[test]
            fn $story() {
                check(stringify!($story));
            }
        )+

        const STORIES: &[&str] = &[$(stringify!($story)),+];
    };
}

tell_stories! {
    a_branch_that_is_left_out_does_not_fail_the_join,
    a_chain_runs_one_after_the_other,
    a_commit_that_nobody_can_tell_about,
    a_crash_between_destroying_a_key_and_saying_so,
    a_crash_between_request_and_outcome,
    a_crash_while_an_expression_is_evaluated,
    a_deadline_passes_while_tasks_run_and_wait,
    a_diamond_with_a_failure_skips_what_hangs_on_it,
    a_large_definition_comes_in_pieces,
    a_life_begins_paused,
    a_list_is_run_a_few_at_a_time,
    a_part_that_fails_stops_no_other_part,
    a_pause_holds_back_what_has_not_started,
    a_process_that_takes_too_long,
    a_retry_waits_longer_each_time,
    a_run_is_suspended_while_electricity_is_dear,
    a_signal_comes_before_anybody_waits,
    a_stream_that_panics_twice_is_set_aside,
    a_sub_workflow_fails_with_what_is_in_it,
    a_sub_workflow_is_cancelled_with_its_parent,
    a_submission_that_is_repeated,
    a_workflow_is_cancelled_while_it_runs,
    an_approval_is_declined_or_expires,
    an_attempt_that_takes_its_server_down_is_lost,
    an_edge_on_failure_is_taken,
    an_empty_list_completes_its_task,
    an_erasure_under_legal_hold_is_refused_and_recorded,
    content_is_kept_for_as_long_as_the_rule_says,
    few_places_go_round_by_turns,
    the_clock_jumps_and_spans_go_on,
    the_more_urgent_goes_first,
    two_people_approve_and_a_third_comes_too_late,
    what_a_condition_needs_is_missing,
    what_an_earlier_workflow_gave_stands,
    what_is_set_aside_is_closed_for_good,
    who_reads_content_is_recorded_once_a_minute,
}

#[track_caller]
fn check(story: &str) {
    let path = stories().join(format!("{story}.txt"));
    let text = std::fs::read_to_string(&path).expect("the story is there");
    let told = tell(&text).unwrap_or_else(|error| panic!("{story}: {error}"));
    if is_set(TELL_ANEW) {
        std::fs::write(&path, &told).expect("the story can be written");
        return;
    }
    let differs = text.lines().zip(told.lines()).zip(1..).find(|((was, is), _)| was != is);
    let place =
        differs.map_or(String::new(), |((was, is), line)| format!("line {line}\n  was {was}\n  is  {is}\n"));
    assert!(
        text == told,
        "{story} goes otherwise now: {place}\nthe whole of it:\n{told}\nif that is right, set {TELL_ANEW}=1 and run again"
    );
}

#[test]
fn every_story_has_a_test() {
    let files = std::fs::read_dir(stories()).expect("the stories are there");
    let name =
        |file: std::fs::DirEntry| file.path().file_stem().and_then(|name| name.to_str()).map(str::to_owned);
    let found: BTreeSet<String> =
        files.filter_map(|file| name(file.expect("an entry can be read"))).collect();
    let tested: BTreeSet<String> = STORIES.iter().map(|story| (*story).to_owned()).collect();
    assert_eq!(found, tested);
}

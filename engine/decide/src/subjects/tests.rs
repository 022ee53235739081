//! What the domain of data subjects decides.

use crate::limits::{ERASED_KEPT_MAX, LEFT_KEPT_MAX};
use crate::tests::door::{Door, check};

#[test]
fn an_erasure_is_owed_until_its_key_is_destroyed() {
    check(
        "submit w: a text
         end w/a ok out",
        "erase w
         erase w
         erased w
         erased #7/w
         erase w",
        "erasure_requested w
         refused: the erasure of data subject 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e is under way
         erased w
         refused: nothing is owed for request 7 any more
         refused: data subject 772e2e2e2e2e2e2e2e2e2e2e2e2e2e2e is erased",
    );
}

#[test]
fn nothing_is_accepted_for_who_is_erased() {
    check(
        "submit w: a [subject=ann vault=new]
         end w/a ok
         erase ann",
        "submit v: a [subject=ann vault=known]
         stage v: a [subject=ann vault=known]
         hold ann case vault=known
         read w/0
         erased ann
         submit v: a [subject=ann vault=known]
         submit v: a [subject=ann vault=erased]
         stage v: a [subject=bob vault=erased]
         hold bob case vault=erased",
        "refused: the erasure of data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under way
         refused: the erasure of data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under way
         refused: the erasure of data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under way
         payload_read w w/0 Stdout
         erased ann
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is erased
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is erased
         refused: data subject 626f622e2e2e2e2e2e2e2e2e2e2e2e2e is erased
         refused: data subject 626f622e2e2e2e2e2e2e2e2e2e2e2e2e is erased",
    );
}

#[test]
fn a_legal_hold_stands_against_an_erasure_and_both_are_recorded() {
    check(
        "hold ann case-1
         hold ann case-2",
        "erase ann
         lift ann case-1
         erase ann
         lift ann case-2
         lift ann case-2
         erase ann
         hold ann case-3",
        "erasure_refused ann LegalHold
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under 2 legal holds
         hold_released ann case-1 1
         erasure_refused ann LegalHold
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under 1 legal holds
         hold_released ann case-2 0
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under no hold of that name
         erasure_requested ann
         refused: the erasure of data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under way",
    );
}

#[test]
fn a_hold_has_a_name_of_its_own() {
    check(
        "hold ann case",
        "hold ann case
         hold ann Case!
         hold bob case",
        "refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is under a hold of that name already
         refused: the name of a hold is 1 to 64 characters of a-z, 0-9, _ and -
         hold_placed bob case 1",
    );
}

#[test]
fn what_a_workflow_uses_is_not_erased() {
    check(
        "submit w: a [subject=ann]
         stage v: a [subject=ann]",
        "erase ann
         end w/a ok
         erase ann
         wait 1h
         timer
         erase ann",
        "erasure_refused ann InUse
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is in use by 2 workflows that have not ended
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0
         erasure_refused ann InUse
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is in use by 1 workflows that have not ended
         timer_fired UploadExpiry
         v upload_expired 1
         erasure_requested ann",
    );
}

#[test]
fn the_retention_rule_counts_from_what_was_accepted_last() {
    check(
        "set retention_min 60000",
        "erase ann [last=59s]
         erase ann [last=60s]
         submit w: a [subject=bob]
         wait 1s
         end w/a ok out
         erase bob [last=1h]
         wait 59s
         erase bob [last=2h]
         wait 1s
         erase bob [last=3h]",
        "erasure_refused ann Retention
         refused: the content of data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e must be kept until 1001000000 us
         erasure_requested ann
         w workflow_submitted 0+1
         w workflow_accepted 1 0
         w attempt_requested 0 #1
         w attempt_ended 0 Succeeded
         w task_completed 0 #1
         w workflow_completed 1/0/0/0
         erasure_refused bob Retention
         refused: the content of data subject 626f622e2e2e2e2e2e2e2e2e2e2e2e2e must be kept until 1061000000 us
         erasure_refused bob Retention
         refused: the content of data subject 626f622e2e2e2e2e2e2e2e2e2e2e2e2e must be kept until 1061000000 us
         erasure_requested bob",
    );
}

/// The entries of a list are content of the workflow's data subject, unless there are none.
#[test]
fn the_retention_rule_counts_from_the_entries_of_a_list() {
    check(
        "set retention_min 60000",
        "submit v: a each=1 [subject=ann]
         submit w: a each=1 [subject=bob]
         wait 30s
         eval v/a list=1
         end v/a.0 ok
         eval w/a list=0
         erase ann [last=1h]
         erase bob [last=1h]",
        "v workflow_submitted 0+1
         v workflow_accepted 1 0
         v evaluation_requested 0
         w workflow_submitted 0+1
         w workflow_accepted 1 0
         w evaluation_requested 0
         v evaluation_ended 0 List 1
         v task_fanned_out 0 1+1
         v attempt_requested 1 #1
         v attempt_ended 1 Succeeded
         v task_completed 1 #1
         v task_completed 0 #0
         v workflow_completed 2/0/0/0
         w evaluation_ended 0 List 0
         w task_fanned_out 0 1+0
         w task_completed 0 #0
         w workflow_completed 1/0/0/0
         erasure_refused ann Retention
         refused: the content of data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e must be kept until 1090000000 us
         erasure_refused bob Retention
         refused: the content of data subject 626f622e2e2e2e2e2e2e2e2e2e2e2e2e must be kept until 1060000000 us",
    );
}

#[test]
fn what_the_vault_does_not_know_is_not_erased() {
    check(
        "",
        "erase ann vault=new
         erase ann vault=erased",
        "refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is not known
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e is erased",
    );
}

#[test]
fn an_outcome_names_the_erasure_that_was_asked_for() {
    check(
        "erase ann",
        "erased #2/bob
         erased #2/ann slot=9
         erased #99/ann
         erased #2/ann",
        "refused: erasure 2 is not that of data subject 626f622e2e2e2e2e2e2e2e2e2e2e2e2e
         refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e has slot 1, not 9
         refused: record 99 requests nothing
         erased ann",
    );
}

#[test]
fn a_data_subject_has_one_slot_and_an_upload_one_data_subject() {
    check(
        "stage w: a [subject=ann slot=4]",
        "submit v: a [subject=ann slot=5]
         submit w from 1: b [subject=bob]
         submit w from 1: b [subject=ann slot=4]",
        "refused: data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e has slot 4, not 5
         refused: what was staged is of data subject 616e6e2e2e2e2e2e2e2e2e2e2e2e2e2e, not of 626f622e2e2e2e2e2e2e2e2e2e2e2e2e
         w workflow_submitted 1+1
         w workflow_accepted 2 0
         w attempt_requested 0 #1
         w attempt_requested 1 #1",
    );
}

#[test]
fn a_read_is_recorded_once_for_each_reader_workflow_and_minute() {
    check(
        "submit w: a
         submit v: a",
        "read w/0
         read w/0
         read v/0
         as 2
         read w/0
         wait 1m
         read w/0",
        "payload_read w w/0 Stdout
         recorded before
         payload_read v v/0 Stdout
         payload_read w w/0 Stdout
         payload_read w w/0 Stdout",
    );
}

/// Erases so many data subjects.
fn erase_many(door: &mut Door, count: usize) {
    for number in 0..count {
        door.run(&format!("erase s{number}\nerased s{number}"));
    }
}

#[test]
fn an_answer_of_the_vault_that_is_too_old_is_asked_for_again() {
    let mut door = Door::open();
    door.is_watched = false;
    erase_many(&mut door, ERASED_KEPT_MAX);
    // All of them are known here, so the vault may have been asked at any time.
    assert_eq!(
        door.run("submit w: a [subject=s0 vault=known asked=0]"),
        ["refused: data subject 73302e2e2e2e2e2e2e2e2e2e2e2e2e2e is erased"]
    );
    door.run("erase t\nerased t");
    assert_eq!(
        door.run("submit w: a [subject=s0 vault=known asked=2]"),
        ["refused: the vault was asked when record 2 was the newest, and must be asked after record 3"]
    );
    assert_eq!(
        door.run("submit w: a [subject=s0 vault=erased asked=3]"),
        ["refused: data subject 73302e2e2e2e2e2e2e2e2e2e2e2e2e2e is erased"]
    );
    assert_eq!(door.run("submit w: a [asked=3]").len(), 3);
}

#[test]
fn what_was_accepted_just_before_counts_though_the_vault_was_asked_earlier() {
    let mut door = Door::open();
    door.is_watched = false;
    door.run("set retention_min 60000");
    for number in 0..=LEFT_KEPT_MAX {
        door.run(&format!("submit w{number}: a text\nend w{number}/a ok"));
    }
    let refused = door.run("erase w1 [last=1h asked=8]");
    assert!(refused[1].contains("must be kept until"), "{refused:?}");
    let refused = door.run("erase w0 [last=1h asked=7]");
    assert!(refused[0].contains("the vault was asked when record 7"), "{refused:?}");
    let requested = door.run("erase w0 [last=1h asked=8]");
    assert_eq!(requested, ["erasure_requested w0"]);
}

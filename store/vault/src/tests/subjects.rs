//! Slots: one for each subject, without a sync, and none twice.

use super::*;
use crate::disk::Step;
use crate::{SLOTS_PER_FILE, Subject};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};

/// Two files and two names, and before them the name of an epoch file that an earlier try may have left.
const SYNCS_PER_FILE: u64 = 5;

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
fn three_thousand_subjects_have_a_slot_each_and_keep_it() {
    const SUBJECTS: u64 = 3000;
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let references: Vec<Reference> = (0..SUBJECTS)
        .map(|number| seal(&vault, &attachments, subject(number), &number.to_be_bytes()))
        .collect();
    let slot = |vault: &Vault, number| match vault.subject(subject(number)).expect("works") {
        Subject::Known { slot, last_accepted_us: 7 } => slot,
        other => panic!("{other:?}"),
    };
    let slots: Vec<u64> = (0..SUBJECTS).map(|number| slot(&vault, number)).collect();
    assert_eq!(slots.iter().collect::<BTreeSet<_>>().len() as u64, SUBJECTS);
    drop(vault);
    let vault = open(directory.path(), &attachments);
    for (number, reference) in (0..).zip(&references) {
        assert_eq!(slot(&vault, number), slots[number as usize]);
        assert_eq!(unseal(&vault, reference), Ok(number.to_be_bytes().to_vec()));
    }
    let next = vault.slot_for(subject(SUBJECTS)).expect("works").expect("has a slot");
    assert!(!slots.contains(&next));
}

#[test]
fn a_slot_whose_row_never_came_is_given_to_another_after_a_restart() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let lost = vault.slot_for(subject(1)).expect("works").expect("has a slot");
    assert_eq!(vault.slot_for(subject(1)).expect("works"), Ok(lost), "while the process lives it is its own");
    let kept = seal(&vault, &attachments, subject(2), b"kept");
    assert_eq!(vault.subject(subject(1)).expect("works"), Subject::Unknown);
    drop(vault);
    let vault = open(directory.path(), &attachments);
    assert_eq!(vault.slot_for(subject(3)).expect("works"), Ok(lost));
    assert_eq!(unseal(&vault, &kept), Ok(b"kept".to_vec()));
}

#[test]
fn a_slot_that_everybody_gave_back_is_given_to_another() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let take = |number| vault.slot_for(subject(number)).expect("works").expect("has a slot");
    let give_back = |number| vault.give_back(subject(number)).expect("works");
    let first = take(1);
    assert_eq!(take(1), first);
    give_back(1);
    assert_ne!(take(2), first, "one of both still seals under it");
    give_back(1);
    assert_eq!(take(3), first);
    give_back(9);
    let kept = seal(&vault, &attachments, subject(3), b"kept");
    give_back(3);
    assert_ne!(take(4), first, "a durable row keeps it");
    assert_eq!(unseal(&vault, &kept), Ok(b"kept".to_vec()));
}

#[test]
fn two_callers_at_once_get_one_slot() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    for number in 0..200 {
        let slots: Vec<u64> = std::thread::scope(|scope| {
            let ask = || vault.slot_for(subject(number)).expect("works").expect("has a slot");
            let asking: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
            asking.into_iter().map(|asking| asking.join().expect("no panic")).collect()
        });
        assert_eq!(slots, [slots[0]; 4]);
    }
}

#[test]
fn a_new_subject_costs_no_sync_on_the_way() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    drop(create(directory.path(), &attachments));
    let caller = std::thread::current().id();
    let (here, elsewhere) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let counts = (Arc::clone(&here), Arc::clone(&elsewhere));
    let watch = move |step: Step| {
        if matches!(step, Step::Sync(_) | Step::SyncDirectory(_)) {
            let count = if std::thread::current().id() == caller { &counts.0 } else { &counts.1 };
            count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    let disk = Disk { watch: Some(Arc::new(watch)) };
    let vault = open_on(disk, directory.path(), &attachments).expect("opens");
    for number in 0..4 * SLOTS_PER_FILE {
        seal(&vault, &attachments, subject(number), b"x");
        // Half a file is always ahead, once the thread that makes files has had its time.
        let files_made = (number + 1 + SLOTS_PER_FILE / 2).div_ceil(SLOTS_PER_FILE) - 1;
        while elsewhere.load(Ordering::Relaxed) < files_made * SYNCS_PER_FILE {
            std::thread::yield_now();
        }
    }
    drop(vault);
    assert_eq!(elsewhere.load(Ordering::Relaxed), 4 * SYNCS_PER_FILE);
    assert_eq!(here.load(Ordering::Relaxed), 0);
}

#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "anything else is not what is looked for")]
fn a_slot_for_which_no_file_can_be_made_is_an_error_and_not_a_lost_subject() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    drop(create(directory.path(), &attachments));
    let full = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let is_full = Arc::clone(&full);
    let watch = move |step: Step| match step {
        Step::Write { .. } if is_full.load(Ordering::Relaxed) => Err(std::io::ErrorKind::StorageFull.into()),
        _ => Ok(()),
    };
    let vault =
        open_on(Disk { watch: Some(Arc::new(watch)) }, directory.path(), &attachments).expect("opens");
    for number in 0..SLOTS_PER_FILE {
        seal(&vault, &attachments, subject(number), b"x");
    }
    let refused = vault.slot_for(subject(5000)).expect_err("no slot is left");
    assert!(matches!(refused, VaultError::Io { .. }), "{refused:?}");
    full.store(false, Ordering::Relaxed);
    let reference = seal(&vault, &attachments, subject(5000), b"once there is space");
    assert_eq!(unseal(&vault, &reference), Ok(b"once there is space".to_vec()));
}

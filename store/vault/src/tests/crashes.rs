//! A crash at every boundary, with every choice of what had reached the disk: nothing half done is ever seen.

use super::lost_writes::{Machine, record};
use super::*;
use crate::disk::Step;
use crate::{CHUNK_LENGTH, SLOTS_PER_FILE};
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// Does something in a copy of a directory, and shows every state that a crash on the way can leave. Returns how many.
fn at_every_boundary(base: &Path, work: impl FnOnce(Disk, &Path), mut look: impl FnMut(&Path)) -> usize {
    let running = tempfile::tempdir().expect("a directory");
    copy(base, running.path());
    let mut machine = Machine::of(running.path());
    let steps = record(|disk| work(disk, running.path()));
    let mut states = 0;
    for step in std::iter::once(None).chain(steps.iter().map(Some)) {
        step.into_iter().for_each(|step| machine.apply(step));
        for luck in machine.lucks() {
            let crashed = tempfile::tempdir().expect("a directory");
            machine.crash(luck, crashed.path());
            look(crashed.path());
            states += 1;
        }
    }
    states
}

/// A vault in which each slot of the first file is taken, and what was sealed.
fn full_file() -> (TempDir, Attachments, Vec<Reference>) {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let sealed = |number: u64| seal(&vault, &attachments, subject(number), &number.to_be_bytes());
    let references = (0..SLOTS_PER_FILE).map(sealed).collect();
    (directory, attachments, references)
}

const VICTIM: u64 = 500;

/// Opens a vault in which the victim was being erased, and says whether it is.
fn is_erased(vault: &Vault, references: &[Reference], every: usize) -> bool {
    for (number, reference) in (0u64..).zip(references).step_by(every).filter(|(number, _)| *number != VICTIM)
    {
        assert_eq!(unseal(vault, reference), Ok(number.to_be_bytes().to_vec()), "everybody else is there");
    }
    match unseal(vault, &references[VICTIM as usize]) {
        Ok(plaintext) => {
            assert_eq!(plaintext, VICTIM.to_be_bytes());
            false
        }
        Err(unopened) => {
            assert_eq!(unopened, Unopened::Erased { slot: VICTIM });
            true
        }
    }
}

/// Nothing is left of an erasure, begun or done.
fn assert_finished(directory: &Path) {
    let layout = layout(directory);
    assert_eq!(layout.unfinished().expect("reads"), Vec::<u64>::new());
    assert!(!layout.slot_file(0).with_extension("new").exists());
    let epochs = std::fs::read(layout.epoch_file(0)).expect("reads");
    let wiped =
        epochs.chunks(crate::epoch_file::PLACE_LENGTH).filter(|place| place.iter().all(|byte| *byte == 0));
    assert_eq!(wiped.count(), 1, "one epoch key, and no other");
}

#[test]
fn a_crash_in_an_erasure_leaves_the_key_or_not_and_every_other_key() {
    let (base, attachments, references) = full_file();
    let erase = |disk: Disk, directory: &Path| {
        let vault = open_on(disk, directory, &attachments).expect("opens");
        assert_eq!(vault.destroy(subject(VICTIM)).expect("works"), Ok(Some(VICTIM)));
    };
    let (mut erased, mut kept) = (0, 0);
    let states = at_every_boundary(base.path(), erase, |crashed| {
        // A second crash, while the first is being recovered from.
        let reopen =
            |disk: Disk, directory: &Path| drop(open_on(disk, directory, &attachments).expect("opens"));
        at_every_boundary(crashed, reopen, |crashed| {
            let vault = open(crashed, &attachments);
            is_erased(&vault, &references, 64);
            assert_finished(crashed);
        });
        let vault = open(crashed, &attachments);
        match is_erased(&vault, &references, 1) {
            true => erased += 1,
            false => kept += 1,
        }
        assert_finished(crashed);
        assert_eq!(vault.destroy(subject(VICTIM)).expect("works"), Ok(Some(VICTIM)), "it is asked for again");
        assert!(is_erased(&vault, &references, 1));
        assert_finished(crashed);
    });
    assert!(states > 20 && erased > 5 && kept > 5, "{states} states: {erased} erased, {kept} kept");
}

#[test]
fn a_crash_while_a_key_is_destroyed_again_leaves_it_for_the_next_opening() {
    let (base, attachments, references) = full_file();
    let newer = tempfile::tempdir().expect("a directory");
    copy(base.path(), newer.path());
    let vault = open(newer.path(), &attachments);
    vault.destroy(subject(VICTIM)).expect("works").expect("destroys");
    attachments.commit(erasure_rows(&vault, subject(VICTIM), VICTIM, 8));
    // The directory from before is the one that is opened.
    let reopen = |disk: Disk, directory: &Path| drop(open_on(disk, directory, &attachments).expect("opens"));
    let forgetful = Attachments::default();
    forgetful.commit(attachments.with(|held| held.clone()).into_iter().filter(|(key, _)| key[0] == b'b'));
    let (mut gone, mut kept) = (0, 0);
    let states = at_every_boundary(base.path(), reopen, |crashed| {
        let left = tempfile::tempdir().expect("a directory");
        copy(crashed, left.path());
        match is_erased(&open(left.path(), &forgetful), &references, 64) {
            true => gone += 1,
            false => kept += 1,
        }
        drop(open(crashed, &attachments));
        assert_finished(crashed);
        assert!(is_erased(&open(crashed, &forgetful), &references, 64), "whatever the log's rows say");
    });
    assert!(states > 20 && gone > 5 && kept > 5, "{states} states: {gone} gone, {kept} there");
}

#[test]
fn when_erasing_has_returned_no_crash_brings_the_key_back() {
    let (base, attachments, references) = full_file();
    let running = tempfile::tempdir().expect("a directory");
    copy(base.path(), running.path());
    let mut machine = Machine::of(running.path());
    let steps = record(|disk| {
        let vault = open_on(disk, running.path(), &attachments).expect("opens");
        vault.destroy(subject(VICTIM)).expect("works").expect("destroys");
    });
    steps.iter().for_each(|step| machine.apply(step));
    let crashed = tempfile::tempdir().expect("a directory");
    machine.crash(machine.lucks()[0], crashed.path());
    assert!(is_erased(&open(crashed.path(), &attachments), &references, 1));
}

#[test]
fn a_failed_step_of_an_erasure_stops_erasing_and_the_next_opening_finishes_it() {
    let (base, attachments, references) = full_file();
    let mut failed = 0;
    for at in 0.. {
        let directory = tempfile::tempdir().expect("a directory");
        copy(base.path(), directory.path());
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let watch = move |_: Step| match counted.fetch_add(1, Ordering::Relaxed) {
            number if number == at => Err(std::io::ErrorKind::StorageFull.into()),
            _ => Ok(()),
        };
        let disk = Disk { watch: Some(Arc::new(watch)) };
        let vault = open_on(disk, directory.path(), &attachments).expect("opens");
        match vault.destroy(subject(VICTIM)) {
            Ok(destroyed) => {
                assert_eq!(destroyed, Ok(Some(VICTIM)));
                break;
            }
            Err(error) => assert!(matches!(error, VaultError::Io { .. }), "{error:?}"),
        }
        failed += 1;
        assert!(
            matches!(vault.destroy(subject(1)), Err(VaultError::Stopped)),
            "step {at}: never try a sync again"
        );
        is_erased(&vault, &references, 1);
        drop(vault);
        let vault = open(directory.path(), &attachments);
        is_erased(&vault, &references, 1);
        assert_finished(directory.path());
        vault.destroy(subject(VICTIM)).expect("works").expect("destroys");
        assert!(is_erased(&vault, &references, 1));
    }
    assert!(failed > 8, "{failed} steps were refused");
}

#[test]
fn a_crash_while_slots_are_made_loses_no_subject() {
    let (base, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(base.path(), &attachments);
    let half = SLOTS_PER_FILE / 2;
    let references: Vec<Reference> =
        (0..half).map(|number| seal(&vault, &attachments, subject(number), &number.to_be_bytes())).collect();
    drop(vault);
    let make = |disk: Disk, directory: &Path| {
        let vault = open_on(disk, directory, &attachments).expect("opens");
        // The first slot of the second half has the next file made, and dropping waits for it.
        vault.slot_for(subject(9999)).expect("works").expect("has a slot");
    };
    let states = at_every_boundary(base.path(), make, |crashed| {
        let committed = Attachments(Arc::new(Mutex::new(attachments.with(|held| held.clone()))));
        let vault = open(crashed, &committed);
        for (number, reference) in (0u64..).zip(&references) {
            assert_eq!(unseal(&vault, reference), Ok(number.to_be_bytes().to_vec()));
        }
        for number in (half..3 * half).rev().step_by(7).chain(half..2 * half + 9) {
            let reference = seal(&vault, &committed, subject(number), &number.to_be_bytes());
            assert_eq!(unseal(&vault, &reference), Ok(number.to_be_bytes().to_vec()), "{number}");
        }
    });
    assert!(states > 15, "{states} states");
}

#[test]
fn a_crash_while_a_vault_is_created_leaves_none_or_one() {
    let base = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(base.path().join("vault")).expect("creates");
    let attachments = Attachments::default();
    let make = |disk: Disk, directory: &Path| {
        drop(Vault::create_on(disk, directory, LOG, &root(), attachments.read()).expect("creates"));
    };
    let (mut none, mut one) = (0, 0);
    at_every_boundary(base.path(), make, |crashed| {
        let attachments = Attachments::default();
        let vault = match open_on(Disk::default(), crashed, &attachments) {
            Ok(vault) => {
                one += 1;
                vault
            }
            Err(error) => {
                assert!(matches!(error, VaultError::Absent(_)), "{error:?}");
                none += 1;
                // Whoever begins again may have drawn another root meanwhile.
                let root = Zeroizing::new([0x21; 32]);
                Vault::create(crashed, LOG, &root, attachments.read()).expect("creates")
            }
        };
        let reference = seal(&vault, &attachments, subject(1), b"works");
        assert_eq!(unseal(&vault, &reference), Ok(b"works".to_vec()));
    });
    assert!(none > 5 && one > 0, "{none} without, {one} with");
}

#[test]
fn a_large_blob_is_on_disk_before_anybody_hears_of_it() {
    let (base, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    seal(&create(base.path(), &attachments), &attachments, subject(1), b"x");
    let plaintext = vec![1; 2 * CHUNK_LENGTH + 1];
    let running = tempfile::tempdir().expect("a directory");
    copy(base.path(), running.path());
    let mut machine = Machine::of(running.path());
    let mut reference = None;
    let steps = record(|disk| {
        let vault = open_on(disk, running.path(), &attachments).expect("opens");
        reference = Some(seal(&vault, &attachments, subject(1), &plaintext));
    });
    for (done, step) in (1..).zip(&steps) {
        machine.apply(step);
        for luck in machine.lucks() {
            let crashed = tempfile::tempdir().expect("a directory");
            machine.crash(luck, crashed.path());
            let opened = unseal(&open(crashed.path(), &attachments), &reference.expect("sealed"));
            let is_whole = opened.as_ref() == Ok(&plaintext);
            assert!(is_whole || opened == Err(Unopened::Missing), "whole or not at all: {opened:?}");
            assert!(is_whole || done < steps.len(), "once it is named it is there");
            let names = crate::layout::names(&layout(crashed.path()).blobs()).expect("reads");
            assert_eq!(names.len(), usize::from(is_whole), "{names:?}");
        }
    }
}

//! Damaged, swapped, cut and foreign files: each has its reason, and nothing is lost by looking.

use super::*;
use crate::{BindingField, CHUNK_LENGTH, Damage, KeyDamage, KeyFile, NoKey, SLOTS_PER_FILE};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::path::PathBuf;

fn is_typed(opened: &Result<Vec<u8>, Unopened>) -> bool {
    matches!(
        opened,
        Err(Unopened::Damaged { .. }
            | Unopened::OtherBinding { .. }
            | Unopened::KeyDamaged { .. }
            | Unopened::KeyMissing { .. })
    )
}

#[test]
fn every_flipped_bit_of_a_blob_is_found() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let reference = seal(&vault, &attachments, subject(1), b"a small secret");
    let key = crate::rows::blob_key(&reference.address);
    let whole = attachments.with(|held| held[&key].clone());
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        attachments.commit([(key.clone(), flipped.clone())]);
        assert_eq!(unseal(&vault, &reference), Err(Unopened::Damaged { what: Damage::Address }), "bit {bit}");
        // Also when whoever did it could change the reference: what lies below the address must notice by itself.
        let address = Sha256::digest(&flipped).into();
        attachments.commit([(crate::rows::blob_key(&address), flipped)]);
        let opened = unseal(&vault, &Reference { address, ..reference });
        assert!(is_typed(&opened), "bit {bit}: {opened:?}");
    }
    attachments.commit([(key, whole)]);
    assert_eq!(unseal(&vault, &reference), Ok(b"a small secret".to_vec()));
}

#[test]
fn a_cut_or_swapped_blob_is_found() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let [one, two] = [b"one", b"two"].map(|text| seal(&vault, &attachments, subject(1), text));
    let [first, second] = [one, two].map(|reference| crate::rows::blob_key(&reference.address));
    let whole = attachments.with(|held| held[&first].clone());
    let other = attachments.with(|held| held[&second].clone());
    attachments.commit([(first.clone(), other)]);
    assert_eq!(unseal(&vault, &one), Err(Unopened::Damaged { what: Damage::Address }));
    for length in 0..whole.len() {
        attachments.commit([(first.clone(), whole[..length].to_vec())]);
        assert!(is_typed(&unseal(&vault, &one)), "{length}");
    }
    attachments.with(|held| held.remove(&first));
    assert_eq!(unseal(&vault, &one), Err(Unopened::Missing));
    // Another plaintext of the same subject does not pass for this one.
    let forged = Reference { commitment: one.commitment, ..two };
    assert_eq!(unseal(&vault, &forged), Err(Unopened::Damaged { what: Damage::Commitment }));
}

#[test]
fn a_large_blob_cannot_be_cut_reordered_or_changed() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let plaintext = vec![5; 3 * CHUNK_LENGTH + 100];
    let reference = seal(&vault, &attachments, subject(1), &plaintext);
    let path = layout(directory.path()).blob(&reference.address);
    let whole = std::fs::read(&path).expect("reads");
    let prefix = whole.len() - 3 * (CHUNK_LENGTH + 16) - 116;
    let chunk = |number: usize| prefix + number * (CHUNK_LENGTH + 16);
    let mut swapped = whole.clone();
    swapped[chunk(0)..chunk(2)].rotate_left(CHUNK_LENGTH + 16);
    let changed = |at: usize| {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        changed
    };
    let without_one = [&whole[..chunk(1)], &whole[chunk(2)..]].concat();
    let shorter = reference.length - CHUNK_LENGTH as u64;
    for (bytes, length, what) in [
        (swapped, reference.length, Damage::Chunk(0)),
        (changed(chunk(2)), reference.length, Damage::Chunk(2)),
        (changed(whole.len() - 1), reference.length, Damage::Chunk(3)),
        (changed(70), reference.length, Damage::DataKey),
        (whole[..chunk(3)].to_vec(), reference.length, Damage::Length),
        (whole[..chunk(3)].to_vec(), 3 * CHUNK_LENGTH as u64, Damage::Chunk(2)),
        (without_one, shorter, Damage::Chunk(1)),
    ] {
        std::fs::write(&path, bytes).expect("writes");
        let opened = unseal(&vault, &Reference { length, ..reference });
        assert_eq!(opened.map(|opened| opened.len()), Err(Unopened::Damaged { what }));
    }
    std::fs::write(&path, whole).expect("writes");
    assert_eq!(unseal(&vault, &reference), Ok(plaintext));
}

#[test]
fn a_blob_opens_only_where_it_belongs() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let reference = seal(&vault, &attachments, subject(1), b"bound");
    let other = |binding| vault.unseal(&reference, binding).expect("works").err();
    let stream = Binding { stream: [0; 16], ..BINDING };
    let class = Binding { class: 1, ..BINDING };
    assert_eq!(other(stream), Some(Unopened::OtherBinding { field: BindingField::Stream }));
    assert_eq!(other(class), Some(Unopened::OtherBinding { field: BindingField::Class }));
    let elsewhere = tempfile::tempdir().expect("a directory");
    attachments.with(|held| held.retain(|key, _| key[0] == b'b'));
    let foreign = Vault::create(elsewhere.path(), [9; 16], &root(), attachments.read()).expect("creates");
    assert_eq!(unseal(&foreign, &reference), Err(Unopened::OtherBinding { field: BindingField::Log }));
}

/// Two subjects: one in slot 0, one in slot 1, of which the second is erased.
fn with_an_erased(directory: &Path, attachments: &Attachments) -> [Reference; 2] {
    let vault = create(directory, attachments);
    let references = [1, 2].map(|number| seal(&vault, attachments, subject(number), b"kept"));
    vault.destroy(subject(2)).expect("works").expect("destroys");
    references
}

/// Flips each of these bits in turn, and mends the file at the end.
fn flip_each(path: &Path, bits: impl Iterator<Item = usize>, mut look: impl FnMut(usize)) {
    let whole = std::fs::read(path).expect("reads");
    for bit in bits {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(path, flipped).expect("writes");
        look(bit);
    }
    std::fs::write(path, whole).expect("writes");
}

#[test]
fn every_flipped_bit_of_a_slot_file_costs_one_subject_at_most_and_erases_none() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let [kept, erased] = with_an_erased(directory.path(), &attachments);
    let path = layout(directory.path()).slot_file(0);
    let length = std::fs::metadata(&path).expect("reads").len() as usize;
    let (header, entry) = (64 * 8, 48 * 8);
    // Every bit of the header, of both subjects' slots, of the seal; and some of every other slot.
    let others = (header + 2 * entry..(length - 32) * 8).step_by(997);
    let bits = (0..header + 2 * entry).chain(others).chain((length - 32) * 8..length * 8);
    flip_each(&path, bits, |bit| {
        let vault = open(directory.path(), &attachments);
        let opened = unseal(&vault, &kept);
        if (header..header + entry).contains(&bit) {
            assert_eq!(opened, Err(Unopened::KeyDamaged { what: KeyDamage::Slot(0) }), "bit {bit}");
        } else if bit < header {
            assert!(matches!(opened, Err(Unopened::KeyDamaged { .. })), "bit {bit}: {opened:?}");
        } else {
            assert_eq!(opened, Ok(b"kept".to_vec()), "bit {bit}");
        }
        // Damage must not pass for erasure: the log would be told that somebody was forgotten.
        let opened = unseal(&vault, &erased);
        assert!(matches!(opened, Err(Unopened::KeyDamaged { .. })), "bit {bit}: {opened:?}");
        let destroyed = vault.destroy(subject(1)).expect("works");
        assert!(destroyed.is_err(), "bit {bit}: to go on would lose what can still be mended");
    });
}

#[test]
fn every_flipped_bit_of_an_epoch_file_costs_nothing_since_its_key_is_there_twice() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let [kept, erased] = with_an_erased(directory.path(), &attachments);
    let path = layout(directory.path()).epoch_file(0);
    // Generation 1 is in force, in the second place; its copies lie at 4096 and 6144.
    let copy = |at: usize| at * 8..(at + 68) * 8;
    flip_each(&path, (0..4096 * 8).step_by(101).chain(copy(4096)).chain(copy(6144)), |bit| {
        let vault = open(directory.path(), &attachments);
        assert_eq!(unseal(&vault, &kept), Ok(b"kept".to_vec()), "bit {bit}");
        assert_eq!(unseal(&vault, &erased), Err(Unopened::Erased { slot: 1 }), "bit {bit}");
    });
    let mut both = std::fs::read(&path).expect("reads");
    for copy in [4096, 6144] {
        both[copy + 20] ^= 1;
    }
    let whole = std::fs::read(&path).expect("reads");
    std::fs::write(&path, both).expect("writes");
    let vault = open(directory.path(), &attachments);
    let damaged = NoKey::Damaged { what: KeyDamage::EpochKey(0) };
    assert_eq!(unseal(&vault, &kept), Err(damaged.into()));
    assert_eq!(vault.destroy(subject(1)).expect("works"), Err(damaged));
    std::fs::write(&path, whole).expect("writes");
    assert_eq!(unseal(&vault, &kept), Ok(b"kept".to_vec()), "nothing was lost");
}

#[test]
fn swapped_cut_and_missing_key_files_have_their_reasons() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let references: Vec<Reference> =
        (0..SLOTS_PER_FILE + 1).map(|number| seal(&vault, &attachments, subject(number), b"kept")).collect();
    drop(vault);
    let (first, last) = (references[0], references[SLOTS_PER_FILE as usize]);
    let layout = layout(directory.path());
    let broken = |change: &dyn Fn(&Path), missing: bool| {
        let damaged = tempfile::tempdir().expect("a directory");
        copy(directory.path(), damaged.path());
        change(damaged.path());
        let vault = open(damaged.path(), &attachments);
        for reference in [first, last] {
            let opened = unseal(&vault, &reference);
            let is_right = match opened {
                Err(Unopened::KeyMissing { .. }) => missing,
                Err(Unopened::KeyDamaged { .. }) => !missing,
                _ => false,
            };
            assert!(is_right, "{opened:?}");
        }
    };
    let swap = |of: &dyn Fn(&Layout, u64) -> PathBuf| {
        let of: Vec<PathBuf> = (0..2).map(|number| of(&layout, number)).collect();
        let of: Vec<PathBuf> =
            of.iter().map(|path| path.strip_prefix(directory.path()).expect("below").to_owned()).collect();
        move |root: &Path| {
            let [one, two] = [&of[0], &of[1]].map(|path| root.join(path));
            std::fs::rename(&one, root.join("aside")).expect("renames");
            std::fs::rename(&two, &one).expect("renames");
            std::fs::rename(root.join("aside"), &two).expect("renames");
        }
    };
    broken(&swap(&Layout::slot_file), false);
    broken(&swap(&Layout::epoch_file), false);
    let each = |change: &'static dyn Fn(&Path)| {
        move |root: &Path| (0..2).for_each(|number| change(&Layout::of(root).slot_file(number)))
    };
    broken(&each(&|path| std::fs::write(path, b"").expect("writes")), false);
    broken(
        &each(&|path| drop(File::options().write(true).open(path).expect("opens").set_len(49_247))),
        false,
    );
    broken(&each(&|path| std::fs::remove_file(path).expect("removes")), true);
}

#[test]
fn a_lost_epoch_file_is_not_made_anew() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let reference = seal(&create(directory.path(), &attachments), &attachments, subject(1), b"kept");
    let path = layout(directory.path()).epoch_file(0);
    let epoch_keys = std::fs::read(&path).expect("reads");
    std::fs::remove_file(&path).expect("removes");
    let vault = open(directory.path(), &attachments);
    assert_eq!(unseal(&vault, &reference), Err(Unopened::KeyMissing { file: KeyFile::Epoch(0) }));
    let refused = vault.slot_for(subject(2)).expect_err("refuses");
    assert!(matches!(refused, VaultError::Behind { slot: 0, .. }), "{refused:?}");
    drop(vault);
    std::fs::write(&path, epoch_keys).expect("writes");
    assert_eq!(unseal(&open(directory.path(), &attachments), &reference), Ok(b"kept".to_vec()));
}

#[test]
fn another_root_another_log_and_a_damaged_identity_are_told_apart() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    drop(create(directory.path(), &attachments));
    let refused = |log_id, root| {
        Vault::open(directory.path(), log_id, &Zeroizing::new(root), attachments.read())
            .err()
            .expect("refused")
    };
    assert!(matches!(refused(LOG, [0; 32]), VaultError::WrongRoot(_)));
    assert!(matches!(refused([0; 16], ROOT), VaultError::OtherLog(_)));
    let exists = Vault::create(directory.path(), LOG, &root(), attachments.read()).err();
    assert!(matches!(exists, Some(VaultError::Exists(_))));
    let identity = layout(directory.path()).identity();
    let length = std::fs::metadata(&identity).expect("reads").len() as usize;
    flip_each(&identity, 0..length * 8, |bit| {
        assert!(matches!(refused(LOG, ROOT), VaultError::Identity(_)), "bit {bit}");
    });
    drop(open(directory.path(), &attachments));
    std::fs::remove_file(identity).expect("removes");
    let absent = refused(LOG, ROOT);
    assert!(matches!(absent, VaultError::Absent(_)));
    assert!(
        absent.to_string().ends_with("restore it from any copy of the directory, it never changes"),
        "{absent}"
    );
    // Whoever takes the vault for an unfinished one does not get to overwrite keys that are in use.
    attachments.commit(known_rows(subject(1), 0, 7));
    let before = files(directory.path());
    let created = Vault::create(directory.path(), LOG, &root(), attachments.read()).err();
    assert!(matches!(created, Some(VaultError::Behind { slot: 0, .. })), "{created:?}");
    assert_eq!(files(directory.path()), before);
}

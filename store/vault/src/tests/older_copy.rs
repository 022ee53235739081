//! Key files from before an erasure, put back under a log that tells of it.

use super::*;
use crate::rows::{decode_generation, generation_key};
use crate::{KeyDamage, NoKey, Subject};
use tempfile::TempDir;

const SUBJECTS: u64 = 9;
const ERASED: [u64; 3] = [2, 5, 6];

/// A vault, what was sealed in it, and a copy of its directory from before three erasures.
struct Erasures {
    directory: TempDir,
    copy: TempDir,
    attachments: Attachments,
    references: Vec<Reference>,
}

fn erase(vault: &Vault, attachments: &Attachments, number: u64) {
    vault.destroy(subject(number)).expect("works").expect("destroys");
    attachments.commit(erasure_rows(vault, subject(number), number, 8));
}

impl Erasures {
    fn new() -> Self {
        let (directory, copy) =
            (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("another"));
        let attachments = Attachments::default();
        let vault = create(directory.path(), &attachments);
        let sealed = |number: u64| seal(&vault, &attachments, subject(number), &number.to_be_bytes());
        let references = (0..SUBJECTS).map(sealed).collect();
        super::copy(directory.path(), copy.path());
        ERASED.iter().for_each(|number| erase(&vault, &attachments, *number));
        drop(vault);
        Self { directory, copy, attachments, references }
    }

    fn put_back(&self, of: fn(&Layout, u64) -> std::path::PathBuf) {
        let [from, to] = [&self.copy, &self.directory].map(|directory| of(&layout(directory.path()), 0));
        std::fs::copy(from, to).expect("copies");
    }

    fn put_back_both(&self) {
        self.put_back(Layout::slot_file);
        self.put_back(Layout::epoch_file);
    }

    fn recorded_generation(&self) -> u64 {
        let row = self.attachments.with(|held| held[&generation_key(0)].clone());
        decode_generation(&row).expect("well-formed")
    }

    /// Whether the log may say what it likes: the keys of those who were erased are in no file, and the others are.
    fn assert_gone(&self, directory: &Path, erased: &[u64]) {
        let forgetful = Attachments::default();
        forgetful
            .commit(self.attachments.with(|held| held.clone()).into_iter().filter(|(key, _)| key[0] == b'b'));
        let vault = open(directory, &forgetful);
        for (number, reference) in (0..).zip(&self.references) {
            let gone = Err(Unopened::Erased { slot: number });
            let expected = if erased.contains(&number) { gone } else { Ok(number.to_be_bytes().to_vec()) };
            assert_eq!(unseal(&vault, reference), expected, "subject {number}");
        }
    }
}

#[test]
fn opening_destroys_again_what_an_older_copy_brought_back() {
    let erasures = Erasures::new();
    let Erasures { directory, attachments, .. } = &erasures;
    erasures.put_back_both();
    erasures.assert_gone(directory.path(), &[]);
    drop(open(directory.path(), attachments));
    erasures.assert_gone(directory.path(), &ERASED);
    let settled = files(directory.path());
    drop(open(directory.path(), attachments));
    assert_eq!(files(directory.path()), settled, "once is enough");
    // The log goes on, and knows this file from a copy that was made before.
    let newer = tempfile::tempdir().expect("a directory");
    copy(directory.path(), newer.path());
    let before = erasures.recorded_generation();
    erase(&open(directory.path(), attachments), attachments, 8);
    assert!(erasures.recorded_generation() > before + 1, "no copy from before can pass for it");
    for older in [newer.path(), erasures.copy.path()] {
        drop(open(older, attachments));
        erasures.assert_gone(older, &[2, 5, 6, 8]);
    }
}

#[test]
fn an_erasure_destroys_again_what_was_brought_back_while_the_vault_was_open() {
    let erasures = Erasures::new();
    let Erasures { directory, attachments, .. } = &erasures;
    let vault = open(directory.path(), attachments);
    erasures.put_back_both();
    erase(&vault, attachments, 0);
    drop(vault);
    erasures.assert_gone(directory.path(), &[0, 2, 5, 6]);
}

#[test]
fn one_of_the_two_files_from_an_older_copy_is_damage_with_the_way_out() {
    for of in [Layout::slot_file, Layout::epoch_file] {
        let erasures = Erasures::new();
        erasures.put_back(of);
        let before = files(erasures.directory.path());
        let vault = open(erasures.directory.path(), &erasures.attachments);
        let damaged = NoKey::Damaged { what: KeyDamage::EpochKey(0) };
        assert_eq!(unseal(&vault, &erasures.references[1]), Err(damaged.into()));
        assert_eq!(unseal(&vault, &erasures.references[2]), Err(Unopened::Erased { slot: 2 }));
        assert_eq!(vault.destroy(subject(1)).expect("works"), Err(damaged));
        assert_eq!(
            damaged.to_string(),
            "the epoch key for slots/0 of the vault does not verify: restore slots/0 and epochs/0 together, from a copy \
             made after the last erasure; nothing was changed"
        );
        assert_eq!(files(erasures.directory.path()), before);
    }
}

#[test]
fn an_older_copy_that_is_damaged_opens_and_keeps_what_can_be_mended() {
    let erasures = Erasures::new();
    let Erasures { directory, attachments, references, .. } = &erasures;
    erasures.put_back_both();
    let path = layout(directory.path()).slot_file(0);
    let whole = std::fs::read(&path).expect("reads");
    let mut damaged = whole.clone();
    // In the slot of subject 1.
    damaged[64 + 48 + 5] ^= 1;
    std::fs::write(&path, &damaged).expect("writes");
    let vault = open(directory.path(), attachments);
    assert_eq!(unseal(&vault, &references[0]), Ok(0u64.to_be_bytes().to_vec()));
    assert_eq!(unseal(&vault, &references[1]), Err(Unopened::KeyDamaged { what: KeyDamage::Slot(1) }));
    assert_eq!(unseal(&vault, &references[2]), Err(Unopened::Erased { slot: 2 }));
    assert_eq!(std::fs::read(&path).expect("reads"), damaged);
    drop(vault);
    std::fs::write(&path, whole).expect("writes");
    drop(open(directory.path(), attachments));
    erasures.assert_gone(directory.path(), &ERASED);
}

#[test]
fn erasures_recorded_in_another_order_never_take_the_generation_back() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    for number in 0..2 {
        seal(&vault, &attachments, subject(number), b"x");
    }
    let generation = || {
        let row = attachments.with(|held| held[&generation_key(0)].clone());
        decode_generation(&row).expect("well-formed")
    };
    for number in 0..2 {
        vault.destroy(subject(number)).expect("works").expect("destroys");
    }
    for number in [1, 0] {
        attachments.commit(erasure_rows(&vault, subject(number), number, 8));
        assert_eq!(generation(), 2);
    }
    drop(vault);
    // Done again after a restart, it is recorded as it is.
    let vault = open(directory.path(), &attachments);
    erase(&vault, &attachments, 0);
    assert_eq!(generation(), 2);
    assert_eq!(vault.subject(subject(0)).expect("works"), Subject::Erased { slot: 0 });
}

//! Destroying the key of a data subject: what it takes away, and what it leaves.

use super::*;
use crate::epoch_file::Epoch;
use crate::slot_file::SlotFile;
use crate::slot_number::SLOTS_PER_FILE;
use crate::{NoKey, Subject};
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn an_erased_subject_is_gone_and_nobody_else() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let references: Vec<Reference> =
        (0..20).map(|number| seal(&vault, &attachments, subject(number), &[number as u8; 100])).collect();
    let erased = Unopened::Erased { slot: 7 };
    for round in 0..3 {
        assert_eq!(
            vault.destroy(subject(7)).expect("works"),
            Ok(Some(7)),
            "round {round}: it may be done again"
        );
        for (number, reference) in references.iter().enumerate() {
            let expected = if number == 7 { Err(erased) } else { Ok(vec![number as u8; 100]) };
            assert_eq!(unseal(&vault, reference), expected);
        }
    }
    assert_eq!(vault.destroy(subject(99)).expect("works"), Ok(None), "it never had a key");
    let sealed = vault.seal(7, BINDING, b"more").expect("works");
    assert_eq!(sealed.err(), Some(NoKey::Erased { slot: 7 }));
    attachments.commit(erasure_rows(&vault, subject(7), 7, 8));
    assert_eq!(vault.subject(subject(7)).expect("works"), Subject::Erased { slot: 7 });
    assert_eq!(vault.slot_for(subject(7)).expect("works"), Err(NoKey::Erased { slot: 7 }));
    let again = open(directory.path(), &attachments);
    assert_eq!(unseal(&again, &references[7]), Err(erased));
    assert_eq!(unseal(&again, &references[8]), Ok(vec![8; 100]));
}

#[test]
fn neither_plaintext_nor_keys_are_found_in_any_file_of_an_erased_subject() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let secret = b"the patient's name is not to be found".repeat(3000);
    let large = seal(&vault, &attachments, subject(1), &secret);
    let small = seal(&vault, &attachments, subject(1), &secret[..500]);
    seal(&vault, &attachments, subject(2), b"somebody else");
    let (slots, epochs) = (layout(directory.path()).slot_file(0), layout(directory.path()).epoch_file(0));
    let (old_slots, old_epochs) =
        (std::fs::read(slots).expect("reads"), std::fs::read(epochs).expect("reads"));
    let wrapping_root = crate::cipher::Cipher::new(&crate::cipher::derive(
        "triad 2026-11 vault-v1 epoch key wrapping",
        &root(),
    ));
    let epoch = Epoch { log_id: LOG, file: 0, generation: 0 };
    let epoch_key = epoch.unwrap(&old_epochs, &wrapping_root).expect("opens");
    let subject_key = SlotFile::decode(epoch, old_slots.clone(), &epoch_key).key(0).expect("opens");
    let gone: [(&str, &[u8]); 5] = [
        ("the plaintext", &secret[..37]),
        ("the subject key", subject_key.as_slice()),
        ("the wrapped subject key", &old_slots[64..112]),
        ("the old epoch key", epoch_key.as_slice()),
        ("the wrapped old epoch key", &old_epochs[20..68]),
    ];
    let found = |name: &str, bytes: &[u8]| {
        let held = attachments.with(|held| held.values().any(|value| contains(value, bytes)));
        let named: Vec<String> = files(directory.path())
            .into_iter()
            .filter(|(_, held)| contains(held, bytes))
            .map(|(path, _)| format!("{name} in {path}"))
            .collect();
        (held, named)
    };
    assert_eq!(found(gone[2].0, gone[2].1).1.len(), 1, "the search finds what is there");
    assert_eq!(found(gone[4].0, gone[4].1).1.len(), 1);
    vault.destroy(subject(1)).expect("works").expect("destroys");
    for (name, bytes) in gone {
        assert_eq!(found(name, bytes), (false, Vec::new()));
    }
    for reference in [large, small] {
        assert_eq!(unseal(&vault, &reference), Err(Unopened::Erased { slot: 0 }));
    }
}

#[test]
fn a_copy_from_before_the_erasure_does_not_bring_a_key_back() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let reference = seal(&vault, &attachments, subject(1), b"to be forgotten");
    let backup = tempfile::tempdir().expect("a directory");
    copy(directory.path(), backup.path());
    vault.destroy(subject(1)).expect("works").expect("destroys");
    attachments.commit(erasure_rows(&vault, subject(1), 0, 8));
    // The whole directory is restored: only the log knows that the key was destroyed, and it is asked.
    assert_eq!(unseal(&open(backup.path(), &attachments), &reference), Err(Unopened::Erased { slot: 0 }));
    // The slot file alone is restored: its epoch key is gone.
    let (old, new) = (layout(backup.path()).slot_file(0), layout(directory.path()).slot_file(0));
    std::fs::copy(old, new).expect("copies");
    attachments.with(|held| held.retain(|key, _| key[0] == b'b'));
    let opened = unseal(&open(directory.path(), &attachments), &reference);
    assert!(matches!(opened, Err(Unopened::KeyDamaged { .. })), "{opened:?}");
}

#[test]
fn many_seal_and_open_while_one_erases() {
    const THREADS: u64 = 4;
    const ERASED: u64 = 12;
    const _: () = assert!(ERASED <= SLOTS_PER_FILE, "they lie in one file, which is written anew each time");
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let doomed: Vec<Reference> =
        (0..ERASED).map(|number| seal(&vault, &attachments, subject(number), b"doomed")).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (vault, attachments, done, doomed) = (vault.clone(), attachments.clone(), &done, &doomed);
            scope.spawn(move || {
                let mut number = 1000 * (thread + 1);
                while !done.load(Ordering::Relaxed) {
                    number += 1;
                    let text = number.to_be_bytes();
                    let reference = seal(&vault, &attachments, subject(number), &text);
                    assert_eq!(unseal(&vault, &reference), Ok(text.to_vec()));
                    let slot = number % ERASED;
                    let opened = unseal(&vault, &doomed[slot as usize]);
                    let erased = Err(Unopened::Erased { slot });
                    assert!(opened == erased || opened == Ok(b"doomed".to_vec()), "{opened:?}");
                }
            });
        }
        for number in 0..ERASED {
            vault.destroy(subject(number)).expect("works").expect("destroys");
            let reference = &doomed[number as usize];
            assert_eq!(
                unseal(&vault, reference),
                Err(Unopened::Erased { slot: number }),
                "at once, for everybody"
            );
        }
        done.store(true, Ordering::Relaxed);
    });
    let vault = open(directory.path(), &attachments);
    for (slot, reference) in (0..).zip(&doomed) {
        assert_eq!(unseal(&vault, reference), Err(Unopened::Erased { slot }));
    }
}

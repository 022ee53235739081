//! Sealing and opening: what goes in comes out, and large blobs go through files.

use super::*;
use crate::{CHUNK_LENGTH, Damage, OPEN_LENGTH_MAX};
use std::time::{Duration, SystemTime};

pub(super) fn text(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

const LENGTHS: [usize; 9] = [
    0,
    1,
    1000,
    CHUNK_LENGTH - 1,
    CHUNK_LENGTH,
    CHUNK_LENGTH + 1,
    2 * CHUNK_LENGTH - 1,
    2 * CHUNK_LENGTH,
    3 * CHUNK_LENGTH + 5,
];

#[test]
fn what_is_sealed_opens_at_every_length() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    for length in LENGTHS {
        let reference = seal(&vault, &attachments, subject(1), &text(length));
        assert_eq!(reference.length, length as u64);
        assert_eq!(unseal(&vault, &reference), Ok(text(length)), "{length}");
        let in_a_file = layout(directory.path()).blob(&reference.address).exists();
        assert_eq!(in_a_file, length > CHUNK_LENGTH, "{length}");
    }
    let again = open(directory.path(), &Attachments(Arc::clone(&attachments.0)));
    let reference = seal(&again, &attachments, subject(1), b"after a restart");
    assert_eq!(unseal(&again, &reference), Ok(b"after a restart".to_vec()));
}

#[test]
fn pieces_of_any_size_seal_to_what_the_whole_seals_to() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let slot = vault.slot_for(subject(1)).expect("works").expect("has a slot");
    for length in LENGTHS {
        for piece in [1000, CHUNK_LENGTH, CHUNK_LENGTH + 1, 1 << 20] {
            let mut writer = vault.writer(slot, BINDING).expect("works").expect("seals");
            for piece in text(length).chunks(piece) {
                writer.write(piece).expect("writes");
            }
            let sealed = writer.finish().expect("finishes");
            assert_eq!(sealed.attachment.1.len() > 1, length <= CHUNK_LENGTH);
            attachments.commit([sealed.attachment]);
            assert_eq!(unseal(&vault, &sealed.reference), Ok(text(length)), "{length} by {piece}");
        }
    }
}

#[test]
fn a_blob_that_is_not_finished_leaves_nothing() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let slot = vault.slot_for(subject(1)).expect("works").expect("has a slot");
    let blobs = layout(directory.path()).blobs();
    let mut writer = vault.writer(slot, BINDING).expect("works").expect("seals");
    writer.write(&text(3 * CHUNK_LENGTH)).expect("writes");
    assert_eq!(crate::layout::names(&blobs).expect("reads").len(), 1);
    drop(writer);
    assert_eq!(crate::layout::names(&blobs).expect("reads").len(), 0);
    // The process dies.
    let mut writer = vault.writer(slot, BINDING).expect("works").expect("seals");
    writer.write(&text(3 * CHUNK_LENGTH)).expect("writes");
    std::mem::forget(writer);
    drop(open(directory.path(), &attachments));
    assert_eq!(crate::layout::names(&blobs).expect("reads").len(), 0);
}

#[test]
fn a_sweep_removes_old_blobs_that_no_record_names() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let named = seal(&vault, &attachments, subject(1), &text(CHUNK_LENGTH + 1));
    let slot = vault.slot_for(subject(1)).expect("works").expect("has a slot");
    let orphan = vault.seal(slot, BINDING, &text(CHUNK_LENGTH + 2)).expect("works").expect("seals").reference;
    let written = std::fs::metadata(layout(directory.path()).blob(&orphan.address)).expect("reads");
    let written = written.modified().expect("reads");
    let young = vault.sweep(SystemTime::UNIX_EPOCH).expect("sweeps");
    assert_eq!((young.removed, young.kept), (0, 2));
    let old = vault.sweep(written + Duration::from_secs(60));
    let old = old.expect("sweeps");
    assert_eq!((old.removed, old.kept), (1, 1));
    assert_eq!(unseal(&vault, &named).map(|plaintext| plaintext.len()), Ok(CHUNK_LENGTH + 1));
    assert_eq!(unseal(&vault, &orphan), Err(Unopened::Missing));
}

#[test]
fn a_reader_gives_chunks_and_says_at_the_end_whether_the_whole_is_right() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let reference = seal(&vault, &attachments, subject(1), &text(3 * CHUNK_LENGTH + 5));
    let read = |reference: &Reference| {
        let mut reader = vault.reader(reference, BINDING).expect("works").expect("opens");
        let mut lengths = Vec::new();
        loop {
            match reader.next_chunk().expect("works") {
                Ok(Some(chunk)) => lengths.push(chunk.len()),
                Ok(None) => return (lengths, None),
                Err(unopened) => return (lengths, Some(unopened)),
            }
        }
    };
    let lengths = vec![CHUNK_LENGTH, CHUNK_LENGTH, CHUNK_LENGTH, 5];
    assert_eq!(read(&reference), (lengths.clone(), None));
    // The chunks are right, and yet not what this reference names.
    let other = Reference { commitment: [9; 32], ..reference };
    assert_eq!(read(&other), (lengths, Some(Unopened::Damaged { what: Damage::Commitment })));
}

#[test]
fn what_is_too_large_for_one_piece_is_refused_before_it_is_read() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let (length, max) = (OPEN_LENGTH_MAX + 1, OPEN_LENGTH_MAX);
    let reference = Reference { address: [1; 32], commitment: [2; 32], length };
    assert_eq!(unseal(&vault, &reference), Err(Unopened::TooLarge { length, max }));
}

#[test]
fn a_request_is_known_again_by_its_key_and_content() {
    let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
    let vault = create(directory.path(), &attachments);
    let digest = |key: Option<&[u8]>, pieces: &[&[u8]]| {
        let mut hasher = vault.content_hasher(key);
        pieces.iter().for_each(|piece| hasher.update(piece));
        hasher.finish()
    };
    let once = digest(Some(b"night-1"), &[b"hello"]);
    assert_eq!(once, digest(Some(b"night-1"), &[b"hel", b"lo"]));
    assert_ne!(once, digest(Some(b"night-2"), &[b"hello"]));
    assert_ne!(once, digest(Some(b"night-1"), &[b"hullo"]));
    assert_ne!(digest(None, &[b"hello"]), digest(None, &[b"hello"]), "without a key nothing is known again");
    drop(vault);
    let again = open(directory.path(), &attachments);
    let mut hasher = again.content_hasher(Some(b"night-1"));
    hasher.update(b"hello");
    assert_eq!(once, hasher.finish(), "after a restart too");
}

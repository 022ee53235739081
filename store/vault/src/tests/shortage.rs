//! A disk that refuses for a while: what is sealed waits for it, and nothing is lost.

use super::blobs::text;
use super::*;
use crate::CHUNK_LENGTH;
use crate::disk::Step;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a disk refuses.
type Refuses = fn(&Step) -> bool;

/// A vault on a disk that refuses such steps so many times.
fn short_vault(directory: &Path, attachments: &Attachments, refuses: Refuses, times: u32) -> Vault {
    drop(create(directory, attachments));
    let refused = AtomicU32::new(0);
    let watch = move |step: Step| match refuses(&step) && refused.fetch_add(1, Ordering::Relaxed) < times {
        true => Err(ErrorKind::StorageFull.into()),
        false => Ok(()),
    };
    open_on(Disk { watch: Some(Arc::new(watch)) }, directory, attachments).expect("opens")
}

/// Seals a text, with as many tries as it takes; also says how many failed.
fn seal_patiently(vault: &Vault, text: &[u8]) -> (Sealed, u32) {
    let slot = vault.slot_for(subject(1)).expect("works").expect("has a slot");
    let mut writer = vault.writer(slot, BINDING).expect("works").expect("seals");
    let mut failures = 0;
    for piece in text.chunks(CHUNK_LENGTH / 3) {
        let mut written = writer.write(piece);
        while let Err(error) = written {
            assert!(error.may_pass(), "{error}");
            failures += 1;
            written = writer.write(&[]);
        }
    }
    let mut whole = writer.end();
    loop {
        match whole.store() {
            Ok(sealed) => return (sealed, failures),
            Err(error) => assert!(error.may_pass(), "{error}"),
        }
        failures += 1;
    }
}

#[test]
fn a_blob_whose_file_cannot_be_written_for_a_while_is_whole_in_the_end() {
    let refusals: [Refuses; 3] = [
        |step| matches!(step, Step::Create(_)),
        |step| matches!(step, Step::Write { offset: 1.., .. }),
        |step| matches!(step, Step::Rename { .. }),
    ];
    let text = text(4 * CHUNK_LENGTH + 7);
    for refuses in refusals {
        let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
        let vault = short_vault(directory.path(), &attachments, refuses, 3);
        let (sealed, failures) = seal_patiently(&vault, &text);
        assert_eq!(failures, 3);
        attachments.commit([sealed.attachment]);
        assert_eq!(unseal(&vault, &sealed.reference), Ok(text.clone()));
        let blobs = crate::layout::names(&layout(directory.path()).blobs()).expect("reads");
        assert_eq!(blobs, [crate::layout::hex(&sealed.reference.address)]);
    }
}

#[test]
fn a_sync_that_failed_is_not_tried_again() {
    let refusals: [Refuses; 2] =
        [|step| matches!(step, Step::Sync(_)), |step| matches!(step, Step::SyncDirectory(_))];
    for refuses in refusals {
        let (directory, attachments) = (tempfile::tempdir().expect("a directory"), Attachments::default());
        let vault = short_vault(directory.path(), &attachments, refuses, 1);
        let slot = vault.slot_for(subject(1)).expect("works").expect("has a slot");
        let failed = vault.seal(slot, BINDING, &text(2 * CHUNK_LENGTH)).expect_err("is not durable");
        assert!(matches!(failed, VaultError::NotSynced { .. }) && !failed.may_pass(), "{failed:?}");
    }
}

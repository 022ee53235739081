//! What is attached to a commit is durable exactly when its block is, and survives what the block survives; and the vault
//! works on a real log.

use fixtures::directory_image::DirectoryImage;
use fixtures::disk_log::{DiskLog, entry};
use fixtures::sample_log::LOG_ID;
use fixtures::twin_log::TwinLog;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use triad_log::FjallReader;
use triad_log::directory::LogDirectory;
use triad_log::repair::repair;
use triad_log::storage::LogRead;
use triad_log::twin::{Fault, TwinReader};
use triad_vault::{Binding, ReadAttachment, Reference, Unopened, Vault, erased_rows, known_rows};
use zeroize::Zeroizing;

fn named(name: &str, value: &[u8]) -> (Vec<u8>, Vec<u8>) {
    (name.as_bytes().to_vec(), value.to_vec())
}

fn attached(reader: &impl LogRead, key: &str) -> Option<Vec<u8>> {
    reader.attachment(key.as_bytes()).expect("reads").map(|value| value.to_vec())
}

#[test]
fn attachments_come_with_their_block_and_the_newest_value_counts() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    log.attach([named("a", b"one"), named("b", b"")]).expect("durable");
    log.writer.attach(b"a".to_vec(), b"two".to_vec());
    assert_eq!(log.writer.submit(), None, "nothing travels without a record");
    assert_eq!(attached(&log.reader, "a"), Some(b"one".to_vec()));
    log.attach([]).expect("durable");
    assert_eq!(attached(&log.reader, "a"), Some(b"two".to_vec()));
    log.close();
    let log = DiskLog::open(directory.path()).expect("opens");
    assert_eq!(attached(&log.reader, "a"), Some(b"two".to_vec()));
    assert_eq!(attached(&log.reader, "b"), Some(Vec::new()));
    assert_eq!(attached(&log.reader, "c"), None);
}

#[test]
fn attachments_count_to_the_size_of_the_open_block() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    log.writer.attach(b"a".to_vec(), vec![0; 1000]);
    assert_eq!(log.writer.open_bytes(), 0, "there is nothing to submit yet");
    log.writer.append(&entry(1, "a record")).expect("appends");
    let with_one = log.writer.open_bytes();
    log.writer.attach(b"bb".to_vec(), vec![0; 5000]);
    assert_eq!(log.writer.open_bytes() - with_one, 5002);
    log.attach([]).expect("durable");
    assert_eq!(log.writer.open_bytes(), 0);
}

#[test]
fn on_the_twin_attachments_are_there_exactly_when_their_block_is() {
    for fault in [Fault::None, Fault::FailedNotPersisted, Fault::UnknownNotPersisted, Fault::UnknownPersisted]
    {
        let mut log = TwinLog::on(TwinReader::default()).expect("begins");
        log.writer.append(&entry(1, "a record")).expect("appends");
        log.writer.attach(b"a".to_vec(), b"one".to_vec());
        log.writer.submit().expect("a block waits");
        assert_eq!(attached(&log.disk, "a"), None, "it waits");
        log.writer.storage_mut().step(fault);
        let image = log.disk.image();
        let is_there = image.last_block().expect("reads").is_some();
        assert_eq!(attached(&image, "a").is_some(), is_there, "{fault:?}");
        assert_eq!(is_there, matches!(fault, Fault::None | Fault::UnknownPersisted));
    }
}

/// A log with attachments in tables and in the journal, and which.
fn damaged_log(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let value = |number: usize| blake3::hash(&number.to_le_bytes()).as_bytes().repeat(1 + number % 300);
    let mut expected = BTreeMap::new();
    let mut attach = |log: &mut DiskLog, numbers: std::ops::Range<usize>| {
        for number in numbers {
            expected.insert(format!("blob {number}"), value(number));
            expected.insert("row".into(), number.to_string().into_bytes());
            log.attach([
                named(&format!("blob {number}"), &value(number)),
                named("row", number.to_string().as_bytes()),
            ])
            .expect("durable");
        }
    };
    let mut log = DiskLog::create(path).expect("creates");
    attach(&mut log, 0..100);
    log.close();
    let mut log = DiskLog::open(path).expect("opens");
    attach(&mut log, 100..150);
    log.abandon();
    expected
}

#[test]
fn repair_keeps_the_attachments_that_lie_in_tables_and_in_journals() {
    let whole = tempfile::tempdir().expect("a directory");
    let expected = damaged_log(whole.path());
    let image = DirectoryImage::of(whole.path()).expect("reads");
    let check = |path: &Path, what: &str| {
        let repaired = repair(path, false).expect(what);
        assert_eq!(repaired.attachments, expected.len() as u64, "{what}");
        let log = DiskLog::open(path).expect("opens");
        for (key, value) in &expected {
            assert_eq!(attached(&log.reader, key).as_ref(), Some(value), "{what}: {key}");
        }
    };
    check(whole.path(), "nothing is damaged");
    let damaged = tempfile::tempdir().expect("a directory");
    let mut changed = image.clone();
    changed.files.retain(|path, _| path.file_name().is_none_or(|name| name != "version"));
    changed.write_to(damaged.path()).expect("writes");
    assert!(LogDirectory::open(damaged.path()).is_err());
    check(damaged.path(), "fjall does not open the database");
}

#[test]
fn what_damage_takes_from_a_journal_costs_the_attachments_of_its_batch_only() {
    let whole = tempfile::tempdir().expect("a directory");
    let expected = damaged_log(whole.path());
    let mut image = DirectoryImage::of(whole.path()).expect("reads");
    let journal = image.journals().pop().expect("a journal");
    let bytes = &image.files[&journal].bytes;
    let value = &expected["blob 120"];
    let at =
        bytes.windows(value.len()).position(|window| window == value).expect("blob 120 is in the journal");
    let flipped = image.files[&journal].with_byte(at as u64, |byte| byte ^ 1);
    image.files.insert(journal, flipped);
    let damaged = tempfile::tempdir().expect("a directory");
    image.write_to(damaged.path()).expect("writes");
    let repaired = repair(damaged.path(), true).expect("the blocks can all be found");
    assert_eq!(repaired.attachments, expected.len() as u64 - 1);
    let log = DiskLog::open(damaged.path()).expect("opens");
    for (key, value) in &expected {
        let found = attached(&log.reader, key);
        assert_eq!(found.as_ref() == Some(value), key != "blob 120", "{key}");
    }
}

const BINDING: Binding = Binding { stream: [1; 16], class: 2 };

fn read(reader: &FjallReader) -> ReadAttachment {
    let reader = reader.clone();
    Arc::new(move |key| Ok(reader.attachment(key)?.map(|value| value.to_vec())))
}

fn unseal(vault: &Vault, reference: &Reference) -> Result<Vec<u8>, Unopened> {
    vault.unseal(reference, BINDING).expect("works").map(|plaintext| plaintext.to_vec())
}

#[test]
fn a_vault_on_a_log_seals_forgets_and_survives_restarts_and_repair() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = Zeroizing::new([7; 32]);
    let mut log = DiskLog::create(directory.path()).expect("creates");
    let vault = Vault::create(directory.path(), LOG_ID, &root, read(&log.reader)).expect("creates");
    let mut references = Vec::new();
    for subject in 0..30u8 {
        let slot = vault.slot_for([subject; 16]).expect("works").expect("has a slot");
        let sealed = vault.seal(slot, BINDING, &[subject; 700]).expect("works").expect("seals");
        assert_eq!(unseal(&vault, &sealed.reference), Err(Unopened::Missing), "it is not durable yet");
        log.attach(known_rows([subject; 16], slot, 1).into_iter().chain([sealed.attachment]))
            .expect("durable");
        assert_eq!(unseal(&vault, &sealed.reference), Ok(vec![subject; 700]));
        references.push(sealed.reference);
    }
    let slot = vault.destroy([5; 16]).expect("works").expect("destroys").expect("had a slot");
    log.attach(erased_rows([5; 16], slot, 2).into_iter().chain(vault.generation_row(slot))).expect("durable");
    let check = |log: &DiskLog| {
        let vault = Vault::open(directory.path(), LOG_ID, &root, read(&log.reader)).expect("opens");
        for (subject, reference) in (0..30u8).zip(&references) {
            let expected = if subject == 5 { Err(Unopened::Erased { slot }) } else { Ok(vec![subject; 700]) };
            assert_eq!(unseal(&vault, reference), expected);
        }
    };
    drop(vault);
    log.abandon();
    let log = DiskLog::open(directory.path()).expect("opens");
    check(&log);
    log.abandon();
    repair(directory.path(), false).expect("repairs");
    let log = DiskLog::open(directory.path()).expect("opens");
    check(&log);
    log.close();
}

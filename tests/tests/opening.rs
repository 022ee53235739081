//! What an opening must notice although fjall does not, what it must leave alone, and what a later one must still find.

use fixtures::directory_image::{DirectoryImage, FileImage};
use fixtures::disk_log::{DiskLog, entry};
use fixtures::whole_log::check_whole;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use triad_log::ReadOnly;
use triad_log::directory::{Dropped, LogDirectory, OpenError};
use triad_log::fjall_store::DatabaseError;
use triad_log::repair::repair;

fn append(log: &mut DiskLog, count: u64) {
    for number in 0..count {
        log.append([entry((number % 3) as u8, format!("entry {number}"))]).expect("durable");
    }
}

/// A log of this many records whose process died, with everything in the journal.
fn abandoned(count: u64) -> DirectoryImage {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, count);
    log.abandon();
    image(directory.path())
}

/// A log that several processes wrote and closed, so that there are several tables.
fn closed(sessions: u64, count: u64) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, count);
    log.close();
    for _ in 1..sessions {
        let mut log = DiskLog::open(directory.path()).expect("opens");
        append(&mut log, count);
        log.close();
    }
    directory
}

fn image(directory: &Path) -> DirectoryImage {
    DirectoryImage::of(directory).expect("reads")
}

fn written(image: &DirectoryImage) -> TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    image.write_to(directory.path()).expect("writes");
    directory
}

fn refused(directory: &Path) -> OpenError {
    LogDirectory::open(directory).err().expect("refused")
}

fn records(directory: &Path) -> u64 {
    let opened = LogDirectory::open(directory).expect("opens");
    check_whole(opened.reader()).expect("whole").report.counts.verified
}

/// The files of the database.
fn database(directory: &Path) -> BTreeMap<PathBuf, FileImage> {
    let mut files = image(directory).files;
    files.retain(|path, _| path.starts_with("db"));
    files
}

fn copies(directory: &Path) -> usize {
    let names = std::fs::read_dir(directory).expect("lists").map(|entry| entry.expect("lists").file_name());
    names.filter(|name| name.to_string_lossy().starts_with("journals-")).count()
}

/// Where the batches begin in the journal whose first item is a block, and where the block begins.
fn batches(journal: &FileImage) -> Vec<(usize, usize)> {
    let blocks = journal.bytes.windows(8).enumerate().filter(|(_, window)| window == b"TRIADBLK");
    // Before it: the start of the batch with its number, and the item's kind, keyspace, lengths and key.
    blocks.map(|(at, _)| (at - 42, at)).filter(|(start, _)| journal.bytes[*start] == 1).collect()
}

#[test]
fn every_flipped_bit_in_a_list_of_tables_is_refused_before_a_table_is_deleted() {
    let log = closed(6, 4);
    let pristine = image(log.path());
    let mut lists = Vec::new();
    for keyspace in 0..=3 {
        let keyspace = Path::new("db/keyspaces").join(keyspace.to_string());
        let current = &pristine.files[&keyspace.join("current")];
        let newest = u64::from_le_bytes(*current.bytes.first_chunk().expect("a number"));
        lists.extend([keyspace.join("current"), keyspace.join(format!("v{newest}"))]);
    }
    for (number, list) in lists.iter().enumerate() {
        let bytes = pristine.files[list].bytes.len() as u64;
        for (place, byte) in (number as u64 % 5..bytes).step_by(bytes as usize / 4).enumerate() {
            let mut damaged = pristine.clone();
            damaged.files.insert(list.clone(), pristine.files[list].with_byte(byte, |byte| byte ^ 4));
            let directory = written(&damaged);
            let before = database(directory.path());
            let error = refused(directory.path());
            assert!(
                matches!(error, OpenError::Database { watermark: 23, source: DatabaseError::Unsound(_) }),
                "byte {byte} of {}: {error:?}",
                list.display()
            );
            assert!(before == database(directory.path()), "byte {byte} of {}", list.display());
            if place == number % 4 {
                repair(directory.path(), false).expect("one flipped bit is mended in a copy");
                assert_eq!(records(directory.path()), 24);
            }
        }
    }
}

#[test]
fn a_keyspace_without_its_list_is_refused_and_not_deleted() {
    let log = closed(1, 10);
    std::fs::remove_file(log.path().join("db/keyspaces/1/current")).expect("removes");
    let before = database(log.path());
    let error = refused(log.path());
    assert!(matches!(error, OpenError::Database { watermark: 9, .. }), "{error:?}");
    assert!(before == database(log.path()));
}

#[test]
fn a_database_without_a_journal_is_refused_before_fjall_counts_from_0_again() {
    let log = closed(2, 10);
    for journal in image(log.path()).journals() {
        std::fs::remove_file(log.path().join(journal)).expect("removes");
    }
    let before = database(log.path());
    let error = refused(log.path());
    assert!(
        matches!(error, OpenError::Database { watermark: 19, source: DatabaseError::Unsound(_) }),
        "{error:?}"
    );
    assert!(before == database(log.path()));
    repair(log.path(), false).expect("repairs");
    let mut log_again = DiskLog::open(log.path()).expect("opens");
    append(&mut log_again, 5);
    log_again.abandon();
    assert_eq!(records(log.path()), 25);
}

#[test]
fn blocks_in_tables_are_repaired_from_whatever_else_is_lost() {
    let log = closed(3, 10);
    for lost in ["db/keyspaces/0", "db/keyspaces/2", "db/keyspaces/3"] {
        std::fs::remove_dir_all(log.path().join(lost)).expect("removes");
    }
    for journal in image(log.path()).journals() {
        std::fs::remove_file(log.path().join(journal)).expect("removes");
    }
    assert!(matches!(refused(log.path()), OpenError::Database { watermark: 29, .. }));
    let repaired = repair(log.path(), false).expect("repairs");
    assert_eq!(repaired.salvaged_blocks, 0);
    assert_eq!(records(log.path()), 30);
}

#[test]
fn a_length_that_nobody_wrote_is_refused_before_memory_is_taken_for_it() {
    let pristine = abandoned(12);
    let journal = pristine.journals().pop().expect("a journal");
    let (_, block) = batches(&pristine.files[&journal])[6];
    // The high bytes of both lengths of the item, just before its key.
    for high in [block - 8 - 4 - 1, block - 8 - 1] {
        let mut damaged = pristine.clone();
        damaged.files.insert(journal.clone(), pristine.files[&journal].with_byte(high as u64, |_| 0xf0));
        let directory = written(&damaged);
        let before = database(directory.path());
        let error = refused(directory.path());
        assert!(
            matches!(error, OpenError::Database { watermark: 11, source: DatabaseError::Unsound(_) }),
            "{error:?}"
        );
        assert!(before == database(directory.path()));
        repair(directory.path(), false).expect("repairs");
        assert_eq!(records(directory.path()), 12);
    }
}

#[test]
fn a_batch_that_fjall_skips_because_its_number_was_changed_is_missed_at_once() {
    let log = closed(1, 12);
    let mut reopened = DiskLog::open(log.path()).expect("opens");
    // Far enough that no unfinished tile needs the records that are skipped.
    append(&mut reopened, 300);
    reopened.abandon();
    let pristine = image(log.path());
    let journal = pristine.journals().pop().expect("a journal");
    let batches = batches(&pristine.files[&journal]);
    let mut skipped = 0;
    for (start, _) in &batches[batches.len() - 295..batches.len() - 290] {
        let number = pristine.files[&journal].bytes[start + 5..].first_chunk().expect("a number");
        let highest = 63 - u64::from_le_bytes(*number).leading_zeros();
        for bit in [highest, 62, 63] {
            let place = (start + 5) as u64 + u64::from(bit / 8);
            let mut damaged = pristine.clone();
            let flipped = pristine.files[&journal].with_byte(place, |byte| byte ^ (1 << (bit % 8)));
            damaged.files.insert(journal.clone(), flipped);
            let directory = written(&damaged);
            if let Err(error) = LogDirectory::open(directory.path()) {
                assert!(error.to_string().contains("sequence 311"), "{error}");
                skipped += usize::from(matches!(error, OpenError::Damaged { .. }));
                repair(directory.path(), false).expect("repairs");
            }
            assert_eq!(records(directory.path()), 312);
        }
    }
    assert!(skipped >= 2, "only {skipped} batches were skipped");
}

#[test]
fn a_log_that_was_only_read_after_a_crash_is_still_set_aside_by_the_next_opening() {
    let directory = written(&abandoned(12));
    LogDirectory::open(directory.path()).expect("opens").close().expect("closes");
    let mut read = image(directory.path());
    let journal = read.journals().pop().expect("a journal");
    let (start, _) = batches(&read.files[&journal])[6];
    let flipped = read.files[&journal].with_byte(start as u64, |byte| byte ^ 2);
    read.files.insert(journal, flipped);
    let damaged = written(&read);
    let error = refused(damaged.path());
    assert!(matches!(error, OpenError::AcknowledgedMissing { watermark: 11, .. }), "{error:?}");
    repair(damaged.path(), false).expect("the journals were set aside");
    assert_eq!(records(damaged.path()), 12);
}

#[test]
fn a_torn_tail_is_told_to_the_next_writer_whoever_reads_before() {
    let mut torn = abandoned(12);
    let journal = torn.journals().pop().expect("a journal");
    let end = torn.files[&journal].bytes.len() as u64;
    let begun =
        torn.files[&journal].with_bytes(end..end + 5, |bytes| bytes.copy_from_slice(&[1, 2, 0, 0, 7]));
    torn.files.insert(journal, begun);
    let directory = written(&torn);
    let dropped = Some(Dropped { after_sequence: 11, bytes: 5 });
    for _ in 0..2 {
        let opened = LogDirectory::open(directory.path()).expect("opens");
        assert_eq!(opened.dropped, dropped);
        opened.close().expect("closes");
    }
    let opened = LogDirectory::open(directory.path()).expect("opens");
    assert_eq!(opened.dropped, dropped);
    let mut log = DiskLog::start(opened);
    append(&mut log, 1);
    log.close();
    let opened = LogDirectory::open(directory.path()).expect("opens");
    assert_eq!((opened.dropped, copies(directory.path())), (None, 1), "the evidence stays");
}

/// A directory of twelve records whose journal has a flipped bit at the seventh, and the journal.
fn damaged_before_its_end() -> (TempDir, PathBuf) {
    let mut damaged = abandoned(12);
    let journal = damaged.journals().pop().expect("a journal");
    let (start, _) = batches(&damaged.files[&journal])[6];
    let flipped = damaged.files[&journal].with_byte(start as u64, |byte| byte ^ 2);
    damaged.files.insert(journal.clone(), flipped);
    (written(&damaged), journal)
}

#[test]
fn openings_that_are_refused_again_and_again_do_not_fill_the_disk_with_copies() {
    let (directory, journal) = damaged_before_its_end();
    for _ in 0..4 {
        assert!(matches!(refused(directory.path()), OpenError::AcknowledgedMissing { .. }));
    }
    assert_eq!(copies(directory.path()), 2, "before and after fjall had cut");
    // Another journal of the same length is not the same journal.
    let cut = image(directory.path()).files[&journal].clone();
    let changed = cut.bytes.len() as u64 / 2;
    let other = cut.with_byte(changed, |byte| byte ^ 1);
    std::fs::write(directory.path().join(&journal), &other.bytes).expect("writes");
    assert!(LogDirectory::open(directory.path()).is_err());
    assert_eq!(copies(directory.path()), 3);
    repair(directory.path(), false).expect("the first copy has everything");
    assert_eq!(records(directory.path()), 12);
}

#[test]
fn a_log_whose_first_record_never_came_is_told_from_one_that_lost_its_watermark() {
    let directory = tempfile::tempdir().expect("a directory");
    let create = || LogDirectory::create(directory.path());
    // A process that died before the database, and one that died before the first record.
    for name in ["lock", "watermark"] {
        std::fs::write(directory.path().join(name), []).expect("writes");
        assert!(matches!(refused(directory.path()), OpenError::Absent(_)), "{name}");
    }
    drop(create().expect("creates"));
    let before = database(directory.path());
    for _ in 0..2 {
        let error = refused(directory.path());
        assert!(matches!(error, OpenError::Unfinished(_)), "{error:?}");
        assert!(error.to_string().contains("sets aside what is there and begins anew"), "{error}");
        assert!(before == database(directory.path()));
    }
    drop(create().expect("begins anew"));
    assert!(directory.path().join("unfinished-1/db/version").exists(), "nothing is removed");
    std::fs::remove_file(directory.path().join("watermark")).expect("removes");
    let error = refused(directory.path());
    assert!(matches!(error, OpenError::NoWatermark { state: "missing", .. }), "{error:?}");
}

#[test]
fn a_repair_that_was_interrupted_between_its_renames_is_begun_again() {
    let directory = written(&abandoned(12));
    let place = |name: &str| directory.path().join(name);
    std::fs::create_dir(place("db.repairing")).expect("creates");
    std::fs::rename(place("db"), place("db.damaged-1")).expect("renames");
    let error = refused(directory.path());
    assert!(matches!(error, OpenError::AcknowledgedMissing { watermark: 11, .. }), "{error:?}");
    repair(directory.path(), false).expect("repairs");
    assert_eq!(records(directory.path()), 12);
}

/// Everything in a directory, as bytes.
fn everything(directory: &Path) -> BTreeMap<PathBuf, FileImage> {
    image(directory).files
}

#[test]
fn reading_changes_nothing_and_finds_what_an_opening_finds() {
    for (name, before) in [("closed", image(closed(3, 10).path())), ("abandoned", abandoned(12))] {
        let directory = written(&before);
        let before = everything(directory.path());
        let opened = ReadOnly::open(directory.path()).expect("reads");
        let whole = check_whole(opened.reader()).expect("whole").report;
        assert_eq!(opened.head.last_sequence + 1, whole.counts.verified, "{name}");
        drop(opened);
        assert!(before == everything(directory.path()), "{name}");
        assert_eq!(records(directory.path()), whole.counts.verified, "{name}");
    }
}

#[test]
fn reading_refuses_whatever_an_opening_refuses() {
    let (directory, _) = damaged_before_its_end();
    let before = everything(directory.path());
    let error = ReadOnly::open(directory.path()).err().expect("refused");
    assert!(matches!(error, OpenError::AcknowledgedMissing { watermark: 11, .. }), "{error:?}");
    assert!(before == everything(directory.path()));
}

#[test]
fn a_log_is_read_while_somebody_writes_it() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    let mut seen = 0;
    for round in 1..=30 {
        // Enough for tables to be written now and then.
        log.append([entry(1, vec![round; 900_000]), entry(2, vec![round; 900_000])]).expect("durable");
        let opened = ReadOnly::open(directory.path()).expect("reads");
        let size = opened.head.last_sequence + 1;
        assert!(size >= u64::from(round) * 2 && size >= seen, "{size} after {round}");
        seen = size;
        if round % 10 == 0 {
            assert_eq!(check_whole(opened.reader()).expect("whole").report.counts.verified, size);
        }
    }
    log.close();
}

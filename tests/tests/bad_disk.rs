//! Disks that are full, read-only, foreign or not ours to write: each is a clear error that says what to do, nothing is
//! changed, and when the cause is gone everything acknowledged is there.

use fixtures::directory_image::DirectoryImage;
use fixtures::disk_log::{DiskLog, entry};
use fixtures::whole_log::check_whole;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::Duration;
use tempfile::TempDir;
use triad_log::ReadOnly;
use triad_log::directory::{LogDirectory, OpenError};
use triad_log::fjall_store::OpenDatabase;
use triad_log::records::blocks;
use triad_log::repair::{RepairError, repair};
use triad_log::storage::{Commit, LogRead, Outcome, Storage};
use triad_proof::{Block, with_causes};

/// A file system in memory, small enough to fill; unmounted when the test ends.
struct SmallDisk {
    directory: TempDir,
}

impl SmallDisk {
    /// None when mounting is not possible here; then standard error says so, past the test's own capture.
    fn mount(test: &str, size: &str) -> Option<Self> {
        let directory = tempfile::tempdir().expect("a directory");
        let options = format!("size={size},mode=755");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(directory.path())
            .output()
            .map_err(|error| error.to_string())
            .and_then(|done| match done.status.success() {
                true => Ok(()),
                false => Err(String::from_utf8_lossy(&done.stderr).trim().to_owned()),
            });
        match mounted {
            Ok(()) => Some(Self { directory }),
            Err(why) => {
                let skipped = format!("\nSKIPPED {test}: a file system cannot be mounted here: {why}\n");
                std::io::stderr().write_all(skipped.as_bytes()).expect("standard error can be written");
                None
            }
        }
    }

    fn remount(&self, options: &str) {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,{options}")]).arg(self.directory.path());
        assert!(command.status().expect("mount runs").success(), "remount,{options}");
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// Takes what space is left.
    fn fill(&self) -> PathBuf {
        let ballast = self.directory.path().join("ballast");
        let mut file = std::fs::File::create(&ballast).expect("creates");
        while file.write_all(&[1; 4096]).is_ok() {}
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(self.directory.path()).status());
    }
}

fn image(directory: &Path) -> DirectoryImage {
    DirectoryImage::of(directory).expect("the directory can be read")
}

fn assert_unchanged(before: &DirectoryImage, directory: &Path) {
    assert_same(&before.files, &image(directory).files);
}

fn assert_same<T: PartialEq>(before: &BTreeMap<PathBuf, T>, after: &BTreeMap<PathBuf, T>) {
    let changed: Vec<_> =
        before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
    assert!(changed.is_empty(), "changed: {changed:?}");
}

/// What is ours: everything but fjall's files, and the blocks that fjall gives. By itself fjall shortens journals to what is
/// in them and moves tables about whenever it opens.
fn ours(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let outside = image(directory).files.into_iter().filter(|(path, _)| !path.starts_with("db"));
    let mut ours: BTreeMap<_, _> = outside.map(|(path, file)| (path, file.bytes)).collect();
    let database = OpenDatabase::open(&directory.join("db")).expect("opens");
    let blocks = blocks(database.reader(), 0, u64::MAX).map_while(Result::ok);
    ours.insert("db".into(), blocks.flat_map(|block| block.to_vec()).collect());
    ours
}

fn refused(directory: &Path) -> OpenError {
    LogDirectory::open(directory).err().expect("refused")
}

fn records(directory: &Path) -> u64 {
    let opened = LogDirectory::open(directory).expect("opens");
    check_whole(opened.reader()).expect("whole").report.counts.verified
}

fn log_of(directory: &Path, count: u64) {
    let mut log = DiskLog::create(directory).expect("creates");
    append(&mut log, count);
    log.close();
}

fn append(log: &mut DiskLog, count: u64) {
    for number in 0..count {
        log.append([entry(1, format!("entry {number}"))]).expect("durable");
    }
}

/// Appends until the disk is full, and returns what was acknowledged.
fn append_until_full(log: &mut DiskLog) -> BTreeMap<u64, Vec<u8>> {
    let mut acknowledged = BTreeMap::new();
    for number in 0..100_000u64 {
        let payload = blake3::hash(&number.to_le_bytes()).as_bytes().repeat(1 + number as usize % 900);
        match log.append([entry((number % 3) as u8, payload.clone())]) {
            Ok(sequences) => acknowledged.insert(sequences[0], payload),
            Err(Outcome::Unknown(why) | Outcome::Failed(why)) => {
                assert!(why.contains("o space left") || why.contains("Poisoned"), "{why}");
                break;
            }
            Err(Outcome::Durable) => unreachable!("that is no error"),
        };
    }
    let later = log.append([entry(1, "later")]);
    assert!(matches!(later, Err(Outcome::Failed(_))), "after a failed commit: {later:?}");
    assert!(log.durable.borrow().failed);
    acknowledged
}

fn holds(directory: &Path, acknowledged: &BTreeMap<u64, Vec<u8>>) {
    let opened = LogDirectory::open(directory).expect("opens");
    let whole = check_whole(opened.reader()).expect("whole");
    let mut found = BTreeMap::new();
    for bytes in &whole.blocks {
        for record in Block::decode(bytes).expect("decodes").records() {
            let record = record.expect("decodes");
            found.insert(record.header.sequence, record.payload.to_vec());
        }
    }
    assert!(!acknowledged.is_empty());
    for (sequence, payload) in acknowledged {
        assert_eq!(found.get(sequence), Some(payload), "record {sequence}");
    }
}

#[test]
fn a_disk_that_fills_up_stops_the_log_and_loses_nothing_acknowledged() {
    // Below the size of a memtable the journal fills the disk; above it, a flush may.
    for size in ["8m", "48m"] {
        let Some(disk) = SmallDisk::mount("a_disk_that_fills_up", size) else { return };
        let mut log = DiskLog::create(&disk.log()).expect("creates");
        let acknowledged = append_until_full(&mut log);
        log.abandon();
        let full = image(&disk.log());
        match LogDirectory::open(&disk.log()) {
            Ok(opened) => drop(check_whole(opened.reader()).expect("whole")),
            Err(error) => {
                assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
                assert!(with_causes(&error).contains("Free some space"), "{}", with_causes(&error));
                assert_unchanged(&full, &disk.log());
            }
        }
        disk.remount("size=400m");
        holds(&disk.log(), &acknowledged);
        let mut log = DiskLog::open(&disk.log()).expect("opens");
        append(&mut log, 10);
        log.close();
        holds(&disk.log(), &acknowledged);
    }
}

#[test]
fn closing_on_a_full_disk_fails_instead_of_waiting_for_ever() {
    let Some(disk) = SmallDisk::mount("closing_on_a_full_disk", "32m") else { return };
    let mut log = DiskLog::create(&disk.log()).expect("creates");
    for number in 0..20u8 {
        log.append([entry(1, vec![number; 50_000])]).expect("durable");
    }
    let ballast = disk.fill();
    let (sender, closed) = channel();
    std::thread::spawn(move || sender.send(log.end()));
    let closed = closed.recv_timeout(Duration::from_secs(60)).expect("closing ends");
    assert!(closed.is_err(), "the disk is full");
    std::fs::remove_file(ballast).expect("removes");
    assert_eq!(records(&disk.log()), 20);
}

#[test]
fn no_log_begins_on_a_full_disk_and_none_is_repaired_there() {
    let Some(disk) = SmallDisk::mount("no_log_begins_on_a_full_disk", "32m") else { return };
    log_of(&disk.log(), 20);
    let ballast = disk.fill();
    let refused = LogDirectory::create(&disk.directory.path().join("another")).err().expect("refused");
    assert!(with_causes(&refused).contains("Free some space"), "{}", with_causes(&refused));
    let before = image(&disk.log());
    let refused = repair(&disk.log(), false).expect_err("refused");
    assert!(with_causes(&refused).contains("o space left"), "{}", with_causes(&refused));
    assert_unchanged(&before, &disk.log());
    std::fs::remove_file(ballast).expect("removes");
    assert_eq!(records(&disk.log()), 20);
}

#[test]
fn a_read_only_disk_is_named() {
    let Some(disk) = SmallDisk::mount("a_read_only_disk", "200m") else { return };
    log_of(&disk.log(), 20);
    let before = image(disk.directory.path());
    disk.remount("ro");
    let read_only = "mounted read-only: remount it to write; reading, copying and verifying work as it is";
    assert!(with_causes(&refused(&disk.log())).contains(read_only), "{}", with_causes(&refused(&disk.log())));
    let another = LogDirectory::create(&disk.directory.path().join("another")).err().expect("refused");
    assert!(with_causes(&another).contains(read_only), "{}", with_causes(&another));
    let repaired = repair(&disk.log(), false).expect_err("refused");
    assert!(with_causes(&repaired).contains(read_only), "{}", with_causes(&repaired));
    let opened = ReadOnly::open(&disk.log()).expect("reads");
    assert_eq!(check_whole(opened.reader()).expect("whole").report.counts.verified, 20);
    drop(opened);
    assert_unchanged(&before, disk.directory.path());
    disk.remount("rw");
    assert_eq!(records(&disk.log()), 20);
}

/// Opens a log in a process of its own, as somebody else when that is possible, and returns what it says.
fn open_elsewhere(directory: &Path, as_nobody: bool) -> String {
    let program = tempfile::tempdir().expect("a directory");
    let copy = program.path().join("open");
    std::fs::copy(env!("CARGO_BIN_EXE_soak"), &copy).expect("copies");
    std::fs::set_permissions(program.path(), PermissionsExt::from_mode(0o755)).expect("permits");
    let mut command = Command::new(copy);
    if as_nobody {
        command.uid(65_534).gid(65_534);
    }
    let done = command.arg("open-log").arg(directory).output().expect("runs");
    assert!(!done.status.success());
    String::from_utf8_lossy(&done.stderr).into_owned()
}

#[test]
fn a_log_of_another_user_is_refused_and_says_whose_it_must_be() {
    let directory = tempfile::tempdir().expect("a directory");
    log_of(directory.path(), 20);
    let root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    for mode in [0o755, 0o700] {
        let before = image(directory.path());
        // Permissions do not bind root; another user is needed, or, without root, permissions that bind us.
        let mode = if root { mode } else { 0o500 };
        std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(mode)).expect("permits");
        if !root {
            let lock = directory.path().join("lock");
            std::fs::set_permissions(lock, PermissionsExt::from_mode(0o400)).expect("permits");
        }
        let said = open_elsewhere(directory.path(), root);
        assert!(said.contains("Run as the user that owns the directory"), "{mode:o}: {said}");
        assert_unchanged(&before, directory.path());
    }
    std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o700)).expect("permits");
    let lock = directory.path().join("lock");
    std::fs::set_permissions(lock, PermissionsExt::from_mode(0o600)).expect("permits");
    assert_eq!(records(directory.path()), 20);
}

#[test]
fn a_second_process_is_told_to_wait_and_changes_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, 20);
    let before = image(directory.path());
    let said = open_elsewhere(directory.path(), false);
    assert!(said.contains("is open in another process: stop that one first"), "{said}");
    assert!(matches!(repair(directory.path(), true), Err(RepairError::Open(OpenError::Locked(_)))));
    assert_unchanged(&before, directory.path());
    append(&mut log, 1);
    log.close();
    assert_eq!(records(directory.path()), 21);
}

#[test]
fn a_foreign_directory_is_left_alone() {
    let nothing: &[(&str, &str)] = &[];
    for files in
        [nothing, &[("letter.txt", "dear all")], &[("db/0.jnl", "not a journal"), ("db/version", "1")]]
    {
        let directory = tempfile::tempdir().expect("a directory");
        for (path, text) in files {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("creates");
            std::fs::write(path, text).expect("writes");
        }
        let before = image(directory.path());
        let opened = refused(directory.path());
        assert!(matches!(opened, OpenError::Absent(_)), "{opened:?}");
        assert!(opened.to_string().contains("holds no log: create one with"), "{opened}");
        if files.len() < 2 {
            let repaired = repair(directory.path(), true).expect_err("refused");
            assert!(matches!(repaired, RepairError::Open(OpenError::Absent(_))), "{repaired:?}");
        } else {
            let created = LogDirectory::create(directory.path()).err().expect("refused");
            assert!(matches!(created, OpenError::Exists { .. }), "{created:?}");
            std::fs::remove_file(directory.path().join("lock")).expect("creating locks first");
        }
        assert_unchanged(&before, directory.path());
    }
}

#[test]
fn a_database_that_is_gone_is_not_taken_for_a_new_log() {
    let directory = tempfile::tempdir().expect("a directory");
    log_of(directory.path(), 20);
    std::fs::rename(directory.path().join("db"), directory.path().join("elsewhere")).expect("renames");
    let before = image(directory.path());
    let opened = refused(directory.path());
    assert!(matches!(opened, OpenError::AcknowledgedMissing { watermark: 19, .. }), "{opened:?}");
    assert!(matches!(LogDirectory::create(directory.path()).err(), Some(OpenError::Exists { .. })));
    assert_unchanged(&before, directory.path());
    std::fs::rename(directory.path().join("elsewhere"), directory.path().join("db")).expect("renames");
    assert_eq!(records(directory.path()), 20);
}

#[test]
fn the_database_of_another_log_is_refused_whatever_its_length() {
    for (count, expected) in
        [(12, "acknowledged records are missing"), (20, "not the one"), (40, "not the one")]
    {
        let (log, other) =
            (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        log_of(log.path(), 20);
        log_of(other.path(), count);
        std::fs::rename(log.path().join("db"), log.path().join("kept")).expect("renames");
        std::fs::rename(other.path().join("db"), log.path().join("db")).expect("renames");
        let before = ours(log.path());
        let said = refused(log.path()).to_string();
        assert!(said.contains(expected) && said.contains("19"), "{said}");
        assert!(repair(log.path(), false).is_err());
        assert_same(&before, &ours(log.path()));
        std::fs::remove_dir_all(log.path().join("db")).expect("removes");
        std::fs::rename(log.path().join("kept"), log.path().join("db")).expect("renames");
        assert_eq!(records(log.path()), 20);
    }
}

/// Writes ten records, and then a block that says it is of format version 2.
fn newer(directory: &Path) {
    let mut log = DiskLog::create(directory).expect("creates");
    log.append((0..10u8).map(|number| entry(1, vec![number; 10]))).expect("durable");
    let mut block = log.reader.last_block().expect("reads").expect("there").to_vec();
    block[8] = 2;
    let covered = block.len() - 32;
    let checksum = blake3::hash(&block[..covered]);
    block[covered..].copy_from_slice(checksum.as_bytes());
    log.writer.storage_mut().submit(Commit {
        first_sequence: 10,
        last_sequence: 19,
        chain: [7; 32],
        block: block.into(),
        tiles: Vec::new(),
        postings: Vec::new(),
        statement: None,
        attachments: Vec::new(),
    });
    assert_eq!(log.completions.recv().expect("completes").outcome, Outcome::Durable);
    log.close();
}

#[test]
fn a_log_that_a_newer_release_wrote_is_refused_by_name() {
    let directory = tempfile::tempdir().expect("a directory");
    newer(directory.path());
    let before = ours(directory.path());
    let opened = refused(directory.path());
    assert!(matches!(opened, OpenError::Newer { .. }), "{opened:?}");
    assert!(
        with_causes(&opened).contains("format version 2 of a block is newer than 1"),
        "{}",
        with_causes(&opened)
    );
    for accept_loss in [false, true] {
        let repaired = repair(directory.path(), accept_loss).expect_err("refused");
        assert!(matches!(repaired, RepairError::Open(OpenError::Newer { .. })), "{repaired:?}");
    }
    assert_same(&before, &ours(directory.path()));
}

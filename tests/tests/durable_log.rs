//! The log on fjall: what is acknowledged is there after every kind of stop, and every other state is named.

use fixtures::directory::copy_directory;
use fixtures::directory_image::DirectoryImage;
use fixtures::disk_log::{DiskLog, entry};
use fixtures::sample_log::{LOG_ID, SEED};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use triad_log::copy::copy;
use triad_log::directory::{End, LogDirectory, OpenError};
use triad_log::records::{blocks, stream_sequences};
use triad_log::repair::{RepairError, repair};
use triad_log::storage::LogRead;
use triad_log::tail::Tail;
use triad_log::tree_reader::TreeReader;
use triad_proof::Block;
use triad_proof::parallel::verify_file;
use triad_proof::path::{inclusion, verify_inclusion};
use triad_proof::tree::leaf_hash;
use triad_proof::verify::{Report, Trust};

/// Appends `count` entries to `streams` streams by turns, one of each in a block, with blocks in flight when there are
/// several streams, and returns their sequences.
fn append(log: &mut DiskLog, streams: u64, count: u64) -> Vec<u64> {
    let mut sequences = Vec::new();
    for n in 0..count / streams {
        let turn = (0..streams).map(|stream| entry(stream as u8, format!("entry {n} of stream {stream}")));
        sequences.extend(log.submit(turn));
        if streams == 1 {
            log.settle().expect("durable");
        }
    }
    log.settle().expect("durable");
    sequences
}

fn verify(reader: &triad_log::FjallReader) -> Report {
    let last = Block::decode(&reader.last_block().expect("reads").expect("not empty"))
        .expect("decodes")
        .last_sequence();
    let mut file = Vec::new();
    copy(reader, &LOG_ID, last, None, &mut file, |_| ()).expect("copies");
    let key = ed25519_dalek::SigningKey::from_bytes(&SEED).verifying_key().to_bytes();
    let trust = Trust { genesis_key: Some(key), ..Trust::default() };
    verify_file(file.as_slice(), trust, NonZero::<usize>::MIN).expect("verifies")
}

fn journals(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory.join("db")).expect("lists");
    let paths = entries.map(|entry| entry.expect("lists").path());
    let mut journals: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|name| name == "jnl")).collect();
    journals.sort();
    journals
}

/// A log of 200 acknowledged single-entry commits whose process died: its directory, with everything in the journal.
fn abandoned() -> tempfile::TempDir {
    abandoned_after(200)
}

fn abandoned_after(count: u64) -> tempfile::TempDir {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, 1, count);
    log.abandon();
    directory
}

#[test]
fn what_is_appended_while_blocks_are_in_flight_is_sequenced_once_and_verifies_after_reopening() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    let sequences = append(&mut log, 16, 1600);
    assert_eq!(sequences, (0..1600).collect::<Vec<_>>());
    log.close();
    let mut log = DiskLog::open(directory.path()).expect("opens");
    assert_eq!(append(&mut log, 4, 400), (1600..2000).collect::<Vec<_>>());
    let report = verify(&log.reader);
    assert_eq!((report.counts.verified, report.stream_count), (2000, 16));
    log.close();
}

#[test]
fn every_stream_is_read_back_in_order_and_every_record_is_proved() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, 8, 1200);
    let mut tree = TreeReader::new(log.reader.clone(), 1200);
    let head = log.reader.last_block().expect("reads").expect("not empty");
    let root = Block::decode(&head).expect("decodes").head.root;
    for stream in 0..8u8 {
        let sequences = stream_sequences(&log.reader, [stream; 16], 0, usize::MAX).expect("reads");
        assert_eq!(sequences.len(), 150);
        assert_eq!(stream_sequences(&log.reader, [stream; 16], 140, 5).expect("reads"), sequences[140..145]);
        for (ordinal, sequence) in sequences.iter().enumerate() {
            let bytes = log.reader.block_holding(*sequence).expect("reads").expect("present");
            let block = Block::decode(&bytes).expect("decodes");
            let record = block.record_at(*sequence).expect("inside").expect("decodes");
            assert_eq!((record.header.stream, record.header.stream_ordinal), ([stream; 16], ordinal as u64));
            let path = inclusion(*sequence, 1200, &mut tree).expect("reads");
            assert!(verify_inclusion(*sequence, 1200, &leaf_hash(record.header_bytes), &path, &root));
        }
    }
    log.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_sees_every_record_once_while_the_log_grows() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    let mut tail = Tail::new(log.reader.clone(), 0, log.durable.clone());
    let mut follower = tokio::task::JoinSet::new();
    follower.spawn(async move {
        let mut seen = Vec::new();
        while seen.len() < 800 {
            let bytes = tail.next_block().await.expect("reads").expect("open");
            let block = Block::decode(&bytes).expect("decodes");
            seen.extend(block.first_sequence..block.tree_size());
        }
        seen
    });
    append(&mut log, 8, 800);
    let seen = follower.join_next().await.expect("one task").expect("follows");
    assert_eq!(seen, (0..800).collect::<Vec<_>>());
    log.close();
}

#[test]
fn a_second_opening_of_the_same_directory_is_refused() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, 1, 3);
    assert!(matches!(LogDirectory::open(directory.path()).err(), Some(OpenError::Locked(_))));
    assert!(matches!(LogDirectory::create(directory.path()).err(), Some(OpenError::Locked(_))));
    log.close();
    assert!(matches!(LogDirectory::create(directory.path()).err(), Some(OpenError::Exists { .. })));
    assert!(matches!(LogDirectory::open(&directory.path().join("db")).err(), Some(OpenError::Absent(_))));
}

#[test]
fn a_log_whose_process_died_opens_with_everything_acknowledged() {
    let directory = abandoned();
    let opened = LogDirectory::open(directory.path()).expect("opens");
    assert_eq!(opened.head.as_ref().map(|head| head.last_sequence), Some(199));
    assert_eq!(opened.dropped, None);
    assert_eq!(verify(opened.reader()).counts.verified, 200);
}

#[test]
fn a_torn_unacknowledged_tail_is_dropped_and_reported() {
    let directory = abandoned();
    let journal = journals(directory.path()).pop().expect("a journal");
    let bytes = std::fs::read(&journal).expect("reads");
    let end = bytes.iter().rposition(|byte| *byte != 0).expect("not empty") + 1;
    // The beginning of a batch that the process did not live to finish: a start marker and half an item.
    let start = bytes.windows(8).rposition(|window| window == b"TRIADBLK").expect("a block") - 60;
    let torn: Vec<u8> = bytes[start..start + 50].to_vec();
    let mut file = bytes.clone();
    file[end..end + 1].copy_from_slice(&[1]);
    file[end + 1..end + 1 + torn.len()].copy_from_slice(&torn);
    std::fs::write(&journal, file).expect("writes");
    let opened = LogDirectory::open(directory.path());
    match opened {
        Ok(opened) => {
            assert!(opened.dropped.is_some_and(|dropped| dropped.after_sequence == 199 && dropped.bytes > 0));
            assert_eq!(verify(opened.reader()).counts.verified, 200);
        }
        Err(error) => assert!(error.to_string().contains("199"), "{error}"),
    }
}

#[test]
fn a_journal_cut_below_the_watermark_is_refused_and_repaired_from_the_copy() {
    let directory = abandoned();
    let journal = journals(directory.path()).pop().expect("a journal");
    let mut bytes = std::fs::read(&journal).expect("reads");
    let middle = bytes.len().min(bytes.iter().rposition(|byte| *byte != 0).expect("not empty")) / 2;
    bytes[middle..].fill(0);
    std::fs::write(&journal, bytes).expect("writes");
    let refused = LogDirectory::open(directory.path()).err().expect("refused");
    assert!(
        matches!(refused, OpenError::AcknowledgedMissing { watermark: 199, end: End::At(_) }),
        "{refused}"
    );
    let refused = repair(directory.path(), false).expect_err("the records are gone");
    assert!(matches!(refused, RepairError::Loss { watermark: 199, .. }), "{refused}");
    let repaired = repair(directory.path(), true).expect("accepted");
    let kept = repaired.report.checkpoint.size;
    assert!((50..150).contains(&kept), "{kept}");
    let opened = LogDirectory::open(directory.path()).expect("opens");
    assert_eq!(verify(opened.reader()).counts.verified, kept);
}

#[test]
fn damage_in_the_journal_that_hides_acknowledged_records_is_repaired_without_loss() {
    let pristine = DirectoryImage::of(abandoned_after(24).path()).expect("reads");
    let journal = pristine.journals().pop().expect("a journal");
    let bytes = &pristine.files[&journal].bytes;
    let places: Vec<usize> =
        bytes.windows(8).enumerate().filter(|(_, w)| *w == b"TRIADBLK").map(|(at, _)| at).collect();
    let length = u32::from_le_bytes(*bytes[places[11] + 16..].first_chunk().expect("a block"));
    // Everything between two blocks in the middle: fjall's framing, not ours.
    let framing = places[12] - places[11] - length as usize;
    assert!((40..200).contains(&framing), "{framing} bytes of framing");
    let mut hidden = 0;
    for back in (1..=framing).step_by(2) {
        let directory = tempfile::tempdir().expect("a directory");
        let mut damaged = pristine.clone();
        let place = (places[12] - back) as u64;
        damaged.files.insert(journal.clone(), pristine.files[&journal].with_byte(place, |byte| byte ^ 1));
        damaged.write_to(directory.path()).expect("writes");
        let opened =
            LogDirectory::open(directory.path()).map(|opened| opened.head.map(|head| head.last_sequence));
        match opened {
            Ok(last) => assert_eq!(last, Some(23), "harmless damage {back} bytes before the block"),
            Err(error) => {
                assert!(error.to_string().contains("sequence 23"), "{error}");
                repair(directory.path(), false).expect("everything can be found");
                let opened = LogDirectory::open(directory.path()).expect("opens after repair");
                assert_eq!(verify(opened.reader()).counts.verified, 24);
                hidden += 1;
            }
        }
    }
    assert!(hidden > 10, "only {hidden} damages were refused");
}

#[test]
fn an_older_copy_of_the_database_is_refused_by_the_watermark() {
    let directory = tempfile::tempdir().expect("a directory");
    let older = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, 1, 50);
    copy_directory(&directory.path().join("db"), &older.path().join("db")).expect("copies");
    append(&mut log, 1, 50);
    log.close();
    std::fs::remove_dir_all(directory.path().join("db")).expect("removes");
    copy_directory(&older.path().join("db"), &directory.path().join("db")).expect("copies");
    let refused = LogDirectory::open(directory.path()).err().expect("refused");
    assert!(
        matches!(refused, OpenError::AcknowledgedMissing { watermark: 99, end: End::At(49) }),
        "{refused}"
    );
}

#[test]
fn another_history_of_the_same_length_is_refused_by_the_watermark() {
    let (one, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    for directory in [&one, &other] {
        let mut log = DiskLog::create(directory.path()).expect("creates");
        append(&mut log, 1, 20);
        log.close();
    }
    std::fs::remove_dir_all(one.path().join("db")).expect("removes");
    copy_directory(&other.path().join("db"), &one.path().join("db")).expect("copies");
    let refused = LogDirectory::open(one.path()).err().expect("refused");
    assert!(matches!(refused, OpenError::Diverged { watermark: 19 }), "{refused}");
}

#[test]
fn a_missing_or_damaged_watermark_is_refused_until_it_is_made_anew() {
    let directory = abandoned();
    std::fs::write(directory.path().join("watermark"), [7; 256]).expect("writes");
    let refused = LogDirectory::open(directory.path()).err().expect("refused");
    assert!(matches!(refused, OpenError::NoWatermark { .. }), "{refused}");
    std::fs::remove_file(directory.path().join("watermark")).expect("removes");
    let refused = LogDirectory::open(directory.path()).err().expect("refused");
    assert!(refused.to_string().contains("missing"), "{refused}");
    assert!(matches!(repair(directory.path(), false), Err(RepairError::NoWatermark { end: 199 })));
    repair(directory.path(), true).expect("accepted");
    LogDirectory::open(directory.path()).expect("opens");
}

#[test]
fn blocks_are_contiguous_and_a_gap_is_an_error_not_an_end() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut log = DiskLog::create(directory.path()).expect("creates");
    append(&mut log, 4, 100);
    let read: Vec<_> = blocks(&log.reader, 30, 99).collect::<Result<_, _>>().expect("reads");
    let ends = read.iter().map(|bytes| Block::decode(bytes).expect("decodes").tree_size()).next_back();
    assert_eq!(ends, Some(100));
    assert!(
        blocks(&log.reader, 0, 200).any(|read| read.is_err()),
        "the missing records 100 to 200 are an error"
    );
    log.close();
}

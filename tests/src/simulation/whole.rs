//! What must hold of a whole log, once a simulation is over.

use super::judge::Outside;
use super::snapshots::SnapshotFiles;
use super::violation::{Verdict, Violation, broken, hold};
use ed25519_dalek::SigningKey;
use fixtures::sample_log::{LOG_ID, SEED};
use triad_decide::{World, snapshot};
use triad_event::{Event, Recorded};
use triad_log::LogRead;
use triad_log::copy::copy;
use triad_log::twin::TwinReader;
use triad_perform::shell::recover::{Recovered, recorded, recover};
use triad_proof::Block;
use triad_proof::file::{Frame, FrameReader};
use triad_proof::verify::{Linker, Trust, check_records};
use triad_replay::frame::frames;
use triad_replay::replay::Replay;

/// The last record on disk.
fn last_sequence(disk: &TwinReader) -> Result<u64, String> {
    let newest = disk.last_block().map_err(|error| error.to_string())?;
    let newest = newest.ok_or_else(|| "it is empty".to_owned())?;
    Ok(Block::decode(&newest).map_err(|error| error.to_string())?.last_sequence())
}

/// What is on disk, as a new process finds it.
pub(crate) fn recovered(disk: &TwinReader, files: &SnapshotFiles) -> Result<Recovered, Box<Violation>> {
    let unreadable = |why: String| broken("invariant_the_disk_can_be_folded", why);
    let last = last_sequence(disk).map_err(unreadable)?;
    recover(disk, last, files).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
        unreadable(format!("{error}{}", cause.unwrap_or_default()))
    })
}

/// A copy of the log as a file.
pub(crate) fn copied(disk: &TwinReader) -> Result<Vec<u8>, Box<Violation>> {
    let unreadable = |why: String| broken("invariant_the_log_can_be_copied", why);
    let last = last_sequence(disk).map_err(unreadable)?;
    let mut file = Vec::new();
    copy(disk, &LOG_ID, last, None, &mut file, |_| ()).map_err(|error| unreadable(error.to_string()))?;
    Ok(file)
}

/// The records of the first block: that the log was created, and the settings that it begins with.
pub(crate) fn genesis(disk: &TwinReader) -> Result<Vec<Recorded<Event>>, Box<Violation>> {
    let unreadable = |why: String| broken("invariant_the_disk_can_be_folded", why);
    let bytes =
        disk.last_block().map_err(|error| unreadable(error.to_string()))?.unwrap_or_else(|| [].into());
    let block = Block::decode(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let read = |record: Result<_, triad_proof::Break>| {
        let record = record.map_err(|error| unreadable(error.to_string()))?;
        recorded(&record).map_err(|error| unreadable(error.to_string()))
    };
    block.records().map(read).collect()
}

/// Verifies a copy, decides it again frame by frame, and returns the world that comes of it.
pub(crate) fn invariant_the_log_verifies_and_decides_again(
    file: &[u8],
    outside: &Outside,
) -> Result<World, Box<Violation>> {
    let damaged = |why: triad_proof::Break| broken("invariant_the_log_verifies", why.to_string());
    let differs = |why: triad_replay::replay::Stopped| {
        broken("invariant_deciding_again_gives_identical_frames", why.to_string())
    };
    let key = SigningKey::from_bytes(&SEED).verifying_key().to_bytes();
    let (log_id, mut reader) = FrameReader::open(file).map_err(damaged)?;
    let mut linker = Linker::new(Trust { genesis_key: Some(key), ..Trust::default() }, Some(log_id));
    let (mut replay, mut acknowledged) = (Replay::default(), outside.acknowledged.iter());
    loop {
        let bytes = match reader.next_frame().map_err(damaged)? {
            Some(Frame::Block { bytes, .. }) => bytes,
            Some(Frame::End(end)) => {
                linker.finish(Some(&end)).map_err(damaged)?;
                break;
            }
            None => break,
        };
        let block = Block::decode(&bytes).map_err(damaged)?;
        linker.link(check_records(&block, Some(key)).map_err(damaged)?).map_err(damaged)?;
        let mut still = acknowledged.clone();
        if still.next() == Some(&(block.last_sequence(), block.head.chain)) {
            acknowledged = still;
        }
        replay.take(frames(&block)).map_err(differs)?;
    }
    invariant_what_was_acknowledged_is_there_with_the_same_bytes(acknowledged.next())?;
    replay.finish().map(|(_, world)| world).map_err(differs)
}

fn invariant_what_was_acknowledged_is_there_with_the_same_bytes(missed: Option<&(u64, [u8; 32])>) -> Verdict {
    hold("invariant_what_was_acknowledged_is_there_with_the_same_bytes", missed.is_none(), || {
        format!("{missed:?} was acknowledged and is not in the log")
    })
}

/// A snapshot with the records after it is the whole log.
pub(crate) fn invariant_a_snapshot_and_its_tail_equal_the_full_fold(found: &World, whole: &World) -> Verdict {
    let holds = snapshot::encode(found) == snapshot::encode(whole);
    hold("invariant_a_snapshot_and_its_tail_equal_the_full_fold", holds, || {
        format!("after {} records and {}", found.next_sequence(), whole.next_sequence())
    })
}

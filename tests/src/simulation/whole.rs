//! What must hold of a whole log, once a simulation is over.

use super::judge::Outside;
use super::violation::{Verdict, Violation, broken, hold};
use ed25519_dalek::SigningKey;
use fixtures::sample_log::{LOG_ID, SEED};
use triad_decide::{World, snapshot};
use triad_log::LogRead;
use triad_log::copy::copy;
use triad_log::twin::TwinReader;
use triad_proof::Block;
use triad_proof::file::{Frame, FrameReader};
use triad_proof::verify::{Linker, Trust, check_records};
use triad_replay::frame::frames;
use triad_replay::replay::Replay;

/// A copy of the log as a file.
pub(crate) fn copied(disk: &TwinReader) -> Result<Vec<u8>, Box<Violation>> {
    let unreadable = |why: String| broken("invariant_the_log_can_be_copied", why);
    let newest = disk.last_block().map_err(|error| unreadable(error.to_string()))?;
    let newest = newest.ok_or_else(|| unreadable("it is empty".to_owned()))?;
    let last = Block::decode(&newest).map_err(|error| unreadable(error.to_string()))?.last_sequence();
    let mut file = Vec::new();
    copy(disk, &LOG_ID, last, None, &mut file, |_| ()).map_err(|error| unreadable(error.to_string()))?;
    Ok(file)
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

//! The newest blocks of the log, in memory: whoever begins to watch a workflow that has just been submitted needs no thread
//! that may wait for the disk.

use super::catch_up::StreamEnd;
use super::frame::{Frame, closes_stream};
use super::large::is_large;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use triad_event::Kind;
use triad_event::ids::StreamId;
use triad_log::FjallReader;
use triad_log::storage::{BlockBytes, ReadError};
use triad_proof::Block;

/// Bytes of the blocks that are kept: what is written in a tenth of a second under load.
const KEPT_BYTES_MAX: usize = 4 << 20;

/// Blocks that were decoded once, so that their checksums are known to be right.
#[derive(Clone, Default)]
pub(super) struct Newest(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    /// With the first sequence of each, in order.
    blocks: VecDeque<(u64, BlockBytes)>,
    bytes: usize,
}

impl Newest {
    /// Takes the next block, which begins with that record; forgets the oldest until the rest fits.
    pub(super) fn push(&self, first_sequence: u64, bytes: BlockBytes) {
        let mut kept = self.lock();
        kept.bytes += bytes.len();
        kept.blocks.push_back((first_sequence, bytes));
        while kept.bytes > KEPT_BYTES_MAX {
            let Some((_, oldest)) = kept.blocks.pop_front() else { break };
            kept.bytes -= oldest.len();
        }
    }

    fn starting_at(&self, first_sequence: u64) -> Option<BlockBytes> {
        let kept = self.lock();
        let place = kept.blocks.binary_search_by_key(&first_sequence, |(first, _)| *first).ok()?;
        Some(kept.blocks[place].1.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().expect("invariant: no holder of this lock panics")
    }

    /// The end of a stream, and its frames from one sequence up to another, exclusive; none unless the whole stream is in
    /// memory and the frames have no more bytes than that.
    pub(super) fn whole(
        &self,
        reader: &FjallReader,
        stream: StreamId,
        from: u64,
        until: u64,
        bytes_max: usize,
    ) -> Result<Option<(StreamEnd, Vec<Frame>)>, ReadError> {
        let Some(postings) = reader.postings_in_memory(stream.0)? else { return Ok(None) };
        let (mut frames, mut bytes, mut end) = (Vec::new(), 0, None);
        for posting in &postings {
            let Some(held) = self.starting_at(posting.block_first) else { return Ok(None) };
            let block = Block::decode_again(&held)?;
            for sequence in posting.sequences() {
                let record = block.record_at(sequence).ok_or_else(|| missing(sequence))??;
                let is_closed = Kind::from_number(record.header.kind).is_some_and(closes_stream);
                end = Some(StreamEnd { sequence, is_closed });
                if !(from..until).contains(&sequence) {
                    continue;
                }
                if is_large(&record) || bytes > bytes_max {
                    return Ok(None);
                }
                let frame = Frame::of(&record);
                bytes += frame.bytes.len();
                frames.push(frame);
            }
        }
        Ok(end.map(|end| (end, frames)))
    }
}

fn missing(sequence: u64) -> ReadError {
    ReadError::Missing { what: format!("record {sequence}") }
}

//! Reads the records of one stream from the log, for whoever the ring cannot serve.

use super::frame::{Frame, closes_stream};
use super::large::{LargeFrames, is_large};
use triad_event::Kind;
use triad_event::ids::StreamId;
use triad_log::posting::Posting;
use triad_log::storage::{LogRead, ReadError};
use triad_proof::Block;

/// Postings that one read takes from the index.
const POSTINGS_PER_READ: usize = 64;

pub(super) struct Read {
    pub(super) frames: Vec<Frame>,
    /// Where to go on.
    pub(super) next: u64,
    /// Whether no more can be added. When nothing was, a large frame waits for room.
    pub(super) is_full: bool,
}

/// The frames of a stream from one sequence up to another, exclusive, until they have so many bytes.
pub(super) fn read<R: LogRead>(
    reader: &R,
    large: &LargeFrames,
    stream: StreamId,
    from: u64,
    until: u64,
    bytes_enough: usize,
) -> Result<Read, ReadError> {
    let mut read = Read { frames: Vec::new(), next: from, is_full: false };
    // The block that holds `from` may have begun before it.
    let begun = reader.posting_at_or_before(stream.0, from)?;
    let mut block_first = begun.map_or(from, |posting| posting.block_first);
    let mut room = bytes_enough;
    loop {
        let postings = reader.postings(stream.0, block_first, POSTINGS_PER_READ)?;
        for posting in &postings {
            if posting.block_first >= until {
                return Ok(Read { next: until, ..read });
            }
            read.extend(reader, large, posting, until, &mut room)?;
            if read.is_full {
                return Ok(read);
            }
            block_first = posting.block_first + 1;
        }
        if postings.len() < POSTINGS_PER_READ {
            return Ok(Read { next: until, ..read });
        }
    }
}

impl Read {
    /// Adds the frames of one block. A large one stands alone, so that it can be shared as it is.
    fn extend<R: LogRead>(
        &mut self,
        reader: &R,
        large: &LargeFrames,
        posting: &Posting,
        until: u64,
        room: &mut usize,
    ) -> Result<(), ReadError> {
        let wanted = self.next..until;
        let mut sequences = posting.sequences().filter(|sequence| wanted.contains(sequence)).peekable();
        if sequences.peek().is_none() {
            return Ok(());
        }
        let missing = || ReadError::Missing { what: format!("record {}", posting.block_first) };
        let block = reader.block_holding(posting.block_first)?.ok_or_else(missing)?;
        let block = Block::decode(&block)?;
        for sequence in sequences {
            let record = block.record_at(sequence).ok_or_else(missing)??;
            let is_large = is_large(&record);
            self.is_full = is_large;
            if is_large && !self.frames.is_empty() {
                return Ok(());
            }
            let frame = if is_large { large.frame(&record) } else { Some(Frame::of(&record)) };
            let Some(frame) = frame else { return Ok(()) };
            *room = room.saturating_sub(frame.bytes.len());
            self.is_full |= *room == 0;
            self.frames.push(frame);
            self.next = sequence + 1;
            if self.is_full {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The newest record of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StreamEnd {
    pub(crate) sequence: u64,
    /// Whether the stream can never grow.
    pub(crate) is_closed: bool,
}

/// Where a stream ends; none when there is no such stream.
pub(crate) fn stream_end<R: LogRead>(reader: &R, stream: StreamId) -> Result<Option<StreamEnd>, ReadError> {
    let Some(posting) = reader.posting_at_or_before(stream.0, u64::MAX)? else { return Ok(None) };
    let missing = || ReadError::Missing { what: format!("record {}", posting.block_first) };
    let sequence = posting.sequences().last().ok_or_else(missing)?;
    let bytes = reader.block_holding(sequence)?.ok_or_else(missing)?;
    let record = Block::decode(&bytes)?.record_at(sequence).ok_or_else(missing)??;
    let is_closed = Kind::from_number(record.header.kind).is_some_and(closes_stream);
    Ok(Some(StreamEnd { sequence, is_closed }))
}

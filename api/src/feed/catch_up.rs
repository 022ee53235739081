//! Reads the records of one stream from the log, for whoever the ring cannot serve.

use super::frame::{Frame, closes_stream};
use triad_event::Kind;
use triad_event::ids::StreamId;
use triad_log::posting::Posting;
use triad_log::storage::{LogRead, ReadError};
use triad_proof::Block;

/// Postings that one read takes from the index.
const POSTINGS_PER_READ: usize = 64;

/// What was read.
pub(super) struct Read {
    pub(super) frames: Vec<Frame>,
    /// Where to go on.
    pub(super) next: u64,
}

/// The frames of a stream from one sequence up to another, exclusive, as many as fit into so many bytes.
pub(super) fn read<R: LogRead>(
    reader: &R,
    stream: StreamId,
    from: u64,
    until: u64,
    bytes_max: usize,
) -> Result<Read, ReadError> {
    let (mut frames, mut bytes) = (Vec::new(), 0);
    // The block that holds `from` may have begun before it.
    let begun = reader.posting_at_or_before(stream.0, from)?;
    let mut block_first = begun.map_or(from, |posting| posting.block_first);
    loop {
        let postings = reader.postings(stream.0, block_first, POSTINGS_PER_READ)?;
        for posting in &postings {
            if posting.block_first >= until {
                return Ok(Read { frames, next: until });
            }
            for frame in frames_of(reader, posting, from, until)? {
                bytes += frame.bytes.len();
                if bytes > bytes_max && !frames.is_empty() {
                    return Ok(Read { frames, next: frame.sequence });
                }
                frames.push(frame);
            }
            block_first = posting.block_first + 1;
        }
        if postings.len() < POSTINGS_PER_READ {
            return Ok(Read { frames, next: until });
        }
    }
}

fn frames_of<R: LogRead>(
    reader: &R,
    posting: &Posting,
    from: u64,
    until: u64,
) -> Result<Vec<Frame>, ReadError> {
    let wanted: Vec<u64> = posting.sequences().filter(|sequence| (from..until).contains(sequence)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let missing = || ReadError::Missing { what: format!("record {}", posting.block_first) };
    let bytes = reader.block_holding(posting.block_first)?.ok_or_else(missing)?;
    let block = Block::decode(&bytes)?;
    let frame = |sequence| {
        let record = block.record_at(sequence).ok_or_else(missing)??;
        Ok(Frame::of(&record))
    };
    wanted.into_iter().map(frame).collect()
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

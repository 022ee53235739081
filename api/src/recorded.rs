//! The records of one stream as folds see them.

use std::collections::VecDeque;
use triad_event::ids::StreamId;
use triad_event::{Event, Recorded};
use triad_log::posting::Posting;
use triad_log::storage::{LogRead, ReadError};
use triad_perform::RecoverError;
use triad_perform::recover::recorded;
use triad_projections::ViewError;
use triad_proof::Block;

/// Why records could not be folded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FoldError {
    #[error("the log could not be read")]
    Read(#[from] ReadError),
    #[error(transparent)]
    Record(#[from] RecoverError),
    #[error("a record cannot follow those before it")]
    View(#[from] ViewError),
}

impl From<triad_proof::Break> for FoldError {
    fn from(found: triad_proof::Break) -> Self {
        Self::Read(found.into())
    }
}

/// The records of one stream from its first on.
pub(crate) struct StreamRecords<R> {
    reader: R,
    stream: StreamId,
    postings: VecDeque<Posting>,
    /// Where the next postings begin; none when there are no more.
    next_block: Option<u64>,
    decoded: VecDeque<Recorded<Event>>,
}

/// Postings that one read takes from the index.
const POSTINGS_PER_READ: usize = 64;

impl<R: LogRead> StreamRecords<R> {
    pub(crate) fn new(reader: R, stream: StreamId) -> Self {
        Self { reader, stream, postings: VecDeque::new(), next_block: Some(0), decoded: VecDeque::new() }
    }

    fn advance(&mut self) -> Result<Option<Recorded<Event>>, FoldError> {
        loop {
            if let Some(record) = self.decoded.pop_front() {
                return Ok(Some(record));
            }
            if let Some(posting) = self.postings.pop_front() {
                self.decode(&posting)?;
            } else if let Some(from) = self.next_block {
                self.postings = self.reader.postings(self.stream.0, from, POSTINGS_PER_READ)?.into();
                self.next_block = self.postings.back().map(|last| last.block_first + 1);
            } else {
                return Ok(None);
            }
        }
    }

    fn decode(&mut self, posting: &Posting) -> Result<(), FoldError> {
        let missing = || ReadError::Missing { what: format!("record {}", posting.block_first) };
        let bytes = self.reader.block_holding(posting.block_first)?.ok_or_else(missing)?;
        let block = Block::decode(&bytes)?;
        for sequence in posting.sequences() {
            let record = block.record_at(sequence).ok_or_else(missing)??;
            self.decoded.push_back(recorded(&record)?);
        }
        Ok(())
    }
}

impl<R: LogRead> Iterator for StreamRecords<R> {
    type Item = Result<Recorded<Event>, FoldError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

//! Following the log as it grows. A reader that lags loses nothing: it reads from the log, not from a buffer.

use crate::durable::DurableMark;
use crate::storage::{BlockBytes, LogRead, ReadError};
use tokio::sync::watch;
use triad_proof::block::Prefix;

/// Yields durable blocks from some sequence on, then waits for more.
pub struct Tail<R> {
    reader: R,
    next_sequence: u64,
    durable: watch::Receiver<DurableMark>,
}

impl<R: LogRead> Tail<R> {
    /// Follows from the block that holds `from`.
    pub fn new(reader: R, from: u64, durable: watch::Receiver<DurableMark>) -> Self {
        Self { reader, next_sequence: from, durable }
    }

    /// The next durable block; None when the log was closed. The first block may begin before the sequence asked for. Its
    /// checksum is for whoever reads it.
    pub async fn next_block(&mut self) -> Result<Option<BlockBytes>, ReadError> {
        let next = self.next_sequence;
        if self.durable.wait_for(|mark| mark.next_sequence > next).await.is_err() {
            return Ok(None);
        }
        let missing = || ReadError::Missing { what: format!("record {next}") };
        let bytes = self.reader.block_holding(next)?.ok_or_else(missing)?;
        self.next_sequence = Prefix::of(&bytes)?.tree_size();
        Ok(Some(bytes))
    }
}

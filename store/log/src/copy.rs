//! Copying the log into a plain `.triadlog` file, whole or with payloads withheld.

use crate::records::blocks;
use crate::storage::{LogRead, ReadError};
use std::io::Write;
use triad_proof::file::{EndMark, file_header};
use triad_proof::redact::redact;
use triad_proof::{Block, LogId};

/// Why a copy was not finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CopyError {
    /// The log could not be read.
    #[error("failed to read the log")]
    Read(#[from] ReadError),
    /// The file could not be written.
    #[error("failed to write the copy")]
    Write(#[from] std::io::Error),
}

/// Writes the records up to the block that holds `last` to `out`, without the payloads for which `withhold`
/// holds, and
/// returns what was written. `progress` hears of each block's last sequence.
pub fn copy<R: LogRead>(
    reader: &R,
    log_id: &LogId,
    last: u64,
    withhold: Option<&dyn Fn(u64) -> bool>,
    out: &mut impl Write,
    mut progress: impl FnMut(u64),
) -> Result<EndMark, CopyError> {
    out.write_all(&file_header(log_id))?;
    let mut end = EndMark { block_count: 0, record_count: 0, chain: [0; 32] };
    for bytes in blocks(reader, 0, last) {
        let bytes = bytes?;
        let block = Block::decode(&bytes).map_err(ReadError::Break)?;
        end = EndMark {
            block_count: end.block_count + 1,
            record_count: block.tree_size(),
            chain: block.head.chain,
        };
        match withhold {
            Some(withhold) => out.write_all(&redact(&bytes, withhold).map_err(ReadError::Break)?)?,
            None => out.write_all(&bytes)?,
        }
        progress(block.last_sequence());
    }
    out.write_all(&end.encode())?;
    Ok(end)
}

//! The proof that a record is in the log, made when it is asked for.

use triad_log::storage::{LogRead, ReadError};
use triad_log::tree_reader::TreeReader;
use triad_proof::path::inclusion;
use triad_proof::proof_file::inclusion_file;
use triad_proof::{Block, Header};

/// A record and the text that proves it.
pub(crate) struct Proved {
    pub(crate) header: Header,
    /// A C2SP tlog-proof; the bytes of the header stand in its extra line.
    pub(crate) text: String,
}

/// Proves the record at `sequence` under the signed checkpoint of `size` records, of which it is one.
pub(crate) fn prove(
    reader: &impl LogRead,
    sequence: u64,
    size: u64,
    checkpoint_note: &str,
) -> Result<Proved, ReadError> {
    let missing = || ReadError::Missing { what: format!("record {sequence}") };
    let path = inclusion(sequence, size, &mut TreeReader::new(reader.clone(), size))?;
    let bytes = reader.block_holding(sequence)?.ok_or_else(missing)?;
    let block = Block::decode(&bytes)?;
    let record = block.record_at(sequence).ok_or_else(missing)??;
    let text = inclusion_file(record.header_bytes, sequence, &path, checkpoint_note);
    Ok(Proved { header: record.header, text })
}

//! Redaction: a copy of a block without some payloads. Chain, tree and signatures stay as they are.

use crate::block::{BLOCK_PREFIX_LENGTH, Block, CHECKSUM_LENGTH};
use crate::break_point::Break;
use crate::header::HEADER_LENGTH;
use crate::record::Presence;

/// Rewrites a block without the payloads of the sequences for which `withhold` holds. Records whose payload is
/// already gone stay as they are.
pub fn redact(bytes: &[u8], withhold: impl Fn(u64) -> bool) -> Result<Vec<u8>, Break> {
    let block = Block::decode(bytes)?;
    let mut out = bytes[..BLOCK_PREFIX_LENGTH].to_vec();
    let mut offsets = Vec::with_capacity(block.record_count());
    for index in 0..block.record_count() {
        offsets.push((out.len() - BLOCK_PREFIX_LENGTH) as u32);
        let record = block.record(index)?;
        if record.presence == Presence::Present && withhold(record.header.sequence) {
            out.extend_from_slice(record.header_bytes);
            out.push(Presence::Redacted as u8);
        } else {
            out.extend_from_slice(block.record_bytes(index));
        }
        debug_assert!(out.len() > HEADER_LENGTH);
    }
    let records_length = out.len() - BLOCK_PREFIX_LENGTH;
    out.extend(offsets.iter().flat_map(|offset| offset.to_le_bytes()));
    out.extend_from_slice(head_bytes(&block, bytes));
    let block_length = (out.len() + CHECKSUM_LENGTH) as u32;
    out[16..20].copy_from_slice(&block_length.to_le_bytes());
    out[20..24].copy_from_slice(&(records_length as u32).to_le_bytes());
    let checksum = blake3::hash(&out);
    out.extend_from_slice(checksum.as_bytes());
    Ok(out)
}

/// The bytes between the offset table and the checksum.
fn head_bytes<'a>(block: &Block<'_>, bytes: &'a [u8]) -> &'a [u8] {
    let records_length: usize = (0..block.record_count()).map(|index| block.record_bytes(index).len()).sum();
    &bytes[BLOCK_PREFIX_LENGTH + records_length + 4 * block.record_count()..bytes.len() - CHECKSUM_LENGTH]
}

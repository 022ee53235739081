//! The hardware counter that a block states, and the signature that binds it to the block (format document, section 3).
//!
//! The checkpoint's signature does not cover it. Without one of its own, whoever puts an older copy of a log back could
//! write into its newest block whatever the hardware counts by now.

use crate::LogId;
use crate::checkpoint::Checkpoint;
use crate::key::verify_strict;

/// Bytes of the signature.
pub const COUNTER_SIGNATURE_LENGTH: usize = 64;
const CONTEXT: &[u8] = b"triad/counter/v1\n";

/// The bytes that the key of the epoch signs: the counter, at this checkpoint.
pub fn signed_bytes(log_id: &LogId, checkpoint: &Checkpoint, nv_counter: u64) -> Vec<u8> {
    let (size, counter) = (checkpoint.size.to_le_bytes(), nv_counter.to_le_bytes());
    [CONTEXT, log_id, &size, &checkpoint.root, &counter].concat()
}

/// Whether `key` signed the counter at this checkpoint. A counter of 0 states nothing and bears no signature.
pub fn is_signed(
    key: &[u8; 32],
    log_id: &LogId,
    checkpoint: &Checkpoint,
    nv_counter: u64,
    signature: Option<&[u8; COUNTER_SIGNATURE_LENGTH]>,
) -> bool {
    match signature {
        None => nv_counter == 0,
        Some(signature) => verify_strict(key, &signed_bytes(log_id, checkpoint, nv_counter), signature),
    }
}

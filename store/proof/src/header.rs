//! The 192-byte header of a record (format document, section 2.1).

use crate::break_point::{Fault, hex};
use crate::bytes::{array_at, u16_at, u32_at, u64_at};
use crate::{FORMAT_VERSION, LogId};

/// Bytes of a header: whole blocks of BLAKE3, so that many are hashed at once.
pub const HEADER_LENGTH: usize = 192;
/// Largest payload: 1 MiB. Larger content belongs in the vault, so that scanning the log stays cheap.
pub const PAYLOAD_LENGTH_MAX: u32 = 1 << 20;
/// The only commitment scheme so far: salted SHA-256 over the whole payload.
pub const COMMITMENT_SCHEME_SALTED_SHA256: u8 = 1;
/// Offset of the sequence, for readers that peek.
pub(crate) const SEQUENCE_OFFSET: usize = 24;
/// Offset of the previous chain value.
pub(crate) const PREVIOUS_CHAIN_OFFSET: usize = 128;
/// Offset of the commitment to the payload.
pub(crate) const PAYLOAD_COMMIT_OFFSET: usize = 160;
const ELAPSED_OFFSET: usize = 120;
const GROUP_OFFSET: usize = 32;
const LENGTH_OFFSET: usize = 36;

/// What chain and tree cover: everything about an event but its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Event kind, from the event catalogue.
    pub kind: u16,
    /// Version of the payload struct of that kind.
    pub kind_version: u8,
    /// The log.
    pub log_id: LogId,
    /// Position in the log, from 0 without gaps; also the leaf index.
    pub sequence: u64,
    /// Sequence of the first record of the group.
    pub group: u64,
    /// Microseconds since the Unix epoch; never less than in the record before.
    pub time_us: i64,
    /// Epoch of the key that signs the block.
    pub key_epoch: u32,
    /// 1 steady, 2 stepped, 3 waiting.
    pub clock_state: u8,
    /// 1 engine, 2 operator, 3 client, 4 timer, 5 effect.
    pub source: u8,
    /// 0 none, 1 success, 2 failure, 3 refused.
    pub outcome: u8,
    /// The stream; all zero is the log's own.
    pub stream: [u8; 16],
    /// Position in the stream, from 0 without gaps.
    pub stream_ordinal: u64,
    /// Pseudonymous id of who caused it; all zero is the system.
    pub principal: [u8; 16],
    /// The node that wrote it.
    pub node: [u8; 16],
    /// Sequence of the record that led to this one; its own when none did.
    pub cause: u64,
    /// Bytes of the payload, known even when it is removed.
    pub payload_length: u32,
    /// Chain value of the record before.
    pub previous_chain: [u8; 32],
    /// Salted commitment to the payload.
    pub payload_commit: [u8; 32],
    /// Microseconds that had passed for this log, by a clock that counts suspension and is never set; never less than in
    /// the record before. Spans are measured by it.
    pub elapsed_us: u64,
}

impl Header {
    /// The bytes that are chained, hashed into the tree and stored.
    pub fn encode(&self) -> [u8; HEADER_LENGTH] {
        let mut out = [0; HEADER_LENGTH];
        let mut put = |offset: usize, bytes: &[u8]| out[offset..offset + bytes.len()].copy_from_slice(bytes);
        put(0, &FORMAT_VERSION.to_le_bytes());
        put(2, &(HEADER_LENGTH as u16).to_le_bytes());
        put(4, &self.kind.to_le_bytes());
        put(6, &[self.kind_version, COMMITMENT_SCHEME_SALTED_SHA256]);
        put(8, &self.log_id);
        put(24, &self.sequence.to_le_bytes());
        put(GROUP_OFFSET, &self.group_distance().to_le_bytes());
        put(LENGTH_OFFSET, &self.payload_length.to_le_bytes());
        put(40, &self.time_us.to_le_bytes());
        put(48, &self.key_epoch.to_le_bytes());
        put(52, &[self.clock_state, self.source, self.outcome, 0]);
        put(56, &self.stream);
        put(72, &self.stream_ordinal.to_le_bytes());
        put(80, &self.principal);
        put(96, &self.node);
        put(112, &self.cause.to_le_bytes());
        put(ELAPSED_OFFSET, &self.elapsed_us.to_le_bytes());
        put(PREVIOUS_CHAIN_OFFSET, &self.previous_chain);
        put(PAYLOAD_COMMIT_OFFSET, &self.payload_commit);
        out
    }

    /// Reads a header and refuses every value that the format does not allow on its own.
    pub fn decode(bytes: &[u8; HEADER_LENGTH]) -> Result<Self, Fault> {
        check_fixed_fields(bytes)?;
        Ok(Self {
            kind: u16_at(bytes, 4),
            kind_version: bytes[6],
            log_id: array_at(bytes, 8),
            sequence: u64_at(bytes, SEQUENCE_OFFSET),
            group: u64_at(bytes, SEQUENCE_OFFSET) - u64::from(u32_at(bytes, GROUP_OFFSET)),
            time_us: u64_at(bytes, 40).cast_signed(),
            key_epoch: u32_at(bytes, 48),
            clock_state: bytes[52],
            source: bytes[53],
            outcome: bytes[54],
            stream: array_at(bytes, 56),
            stream_ordinal: u64_at(bytes, 72),
            principal: array_at(bytes, 80),
            node: array_at(bytes, 96),
            cause: u64_at(bytes, 112),
            payload_length: u32_at(bytes, LENGTH_OFFSET),
            previous_chain: array_at(bytes, PREVIOUS_CHAIN_OFFSET),
            payload_commit: array_at(bytes, PAYLOAD_COMMIT_OFFSET),
            elapsed_us: u64_at(bytes, ELAPSED_OFFSET),
        })
    }

    /// How many records of its group are before this one. A group lies within one block, and a block holds fewer.
    fn group_distance(&self) -> u32 {
        u32::try_from(self.sequence - self.group).expect("invariant: a group is within one block")
    }

    /// Whether the record begins its group.
    pub fn begins_group(&self) -> bool {
        self.group == self.sequence
    }

    /// The fault of a record of another log.
    pub(crate) fn other_log(&self, expected: &LogId) -> Fault {
        Fault::OtherLog { found: hex(&self.log_id), expected: hex(expected) }
    }
}

fn check_fixed_fields(bytes: &[u8; HEADER_LENGTH]) -> Result<(), Fault> {
    let version = u16_at(bytes, 0);
    if version > FORMAT_VERSION {
        return Err(Fault::NewerVersion { what: "a record", found: version, known: FORMAT_VERSION });
    }
    let refuse = |field, value: u64| Err(Fault::Field { field, value });
    if version != FORMAT_VERSION {
        return refuse("format_version", version.into());
    }
    if usize::from(u16_at(bytes, 2)) != HEADER_LENGTH {
        return refuse("header_length", u16_at(bytes, 2).into());
    }
    if bytes[7] != COMMITMENT_SCHEME_SALTED_SHA256 {
        return refuse("commitment_scheme", bytes[7].into());
    }
    if !matches!(bytes[52], 1..=3) {
        return refuse("clock_state", bytes[52].into());
    }
    if !matches!(bytes[53], 1..=5) {
        return refuse("source", bytes[53].into());
    }
    if bytes[54] > 3 {
        return refuse("outcome", bytes[54].into());
    }
    if bytes[55] != 0 {
        return refuse("reserved", bytes[55].into());
    }
    if i64::try_from(u64_at(bytes, ELAPSED_OFFSET)).is_err() {
        return refuse("elapsed_us", u64_at(bytes, ELAPSED_OFFSET));
    }
    if u32_at(bytes, LENGTH_OFFSET) > PAYLOAD_LENGTH_MAX {
        return refuse("payload_length", u32_at(bytes, LENGTH_OFFSET).into());
    }
    let (sequence, cause) = (u64_at(bytes, SEQUENCE_OFFSET), u64_at(bytes, 112));
    let distance = u32_at(bytes, GROUP_OFFSET);
    if u64::from(distance) > sequence {
        return refuse("group_distance", distance.into());
    }
    if cause > sequence {
        return refuse("cause", cause);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            kind: 4,
            kind_version: 1,
            log_id: [7; 16],
            sequence: 10,
            group: 9,
            time_us: -5,
            key_epoch: 2,
            clock_state: 1,
            source: 3,
            outcome: 1,
            stream: [1; 16],
            stream_ordinal: 4,
            principal: [2; 16],
            node: [3; 16],
            cause: 9,
            payload_length: 12,
            previous_chain: [5; 32],
            payload_commit: [6; 32],
            elapsed_us: 77,
        }
    }

    #[test]
    fn a_header_reads_back_as_it_was_written() {
        assert_eq!(Header::decode(&header().encode()), Ok(header()));
    }

    #[test]
    fn every_byte_of_a_header_means_something() {
        let bytes = header().encode();
        for offset in 0..HEADER_LENGTH {
            for bit in 0..8 {
                let mut changed = bytes;
                changed[offset] ^= 1 << bit;
                assert_ne!(Header::decode(&changed), Ok(header()), "bit {bit} of byte {offset}");
            }
        }
    }

    #[test]
    fn a_newer_version_is_refused_by_name() {
        let mut bytes = header().encode();
        bytes[0] = 2;
        let fault = Header::decode(&bytes).expect_err("newer");
        assert!(fault.to_string().contains("format version 2 of a record is newer than 1"), "{fault}");
    }
}

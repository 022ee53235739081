//! Rows of the vault among the log's attachments: which data subject has which slot, and which slot is taken.
//!
//! They travel in the commit of the first record that needs the slot, so a slot is taken exactly when something durable
//! is sealed under it. Layouts: `docs/format/vault-v1.md`, section 5.

use crate::error::VaultError;
use crate::reference::Attachment;

/// Names a person, a workflow, or whatever is erased as one.
pub type SubjectId = [u8; 16];

/// Where a data subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// No durable record has sealed anything for it.
    Unknown,
    /// It has a slot.
    Known {
        /// The slot.
        slot: u64,
        /// Microseconds since the Unix epoch: when something was last accepted for it, for retention rules.
        last_accepted_us: i64,
    },
    /// Its key was destroyed.
    Erased {
        /// The slot that it had.
        slot: u64,
    },
}

const KNOWN: u8 = 1;
const ERASED: u8 = 2;
const VALUE_LENGTH: usize = 17;
const GENERATION_END: u64 = 1 << 48;

impl Subject {
    /// Reads the row of a subject.
    pub fn decode(value: &[u8]) -> Result<Self, VaultError> {
        let malformed = VaultError::Row { what: "a data subject" };
        let Ok(value) = <&[u8; VALUE_LENGTH]>::try_from(value) else { return Err(malformed) };
        let number = |at: usize| value[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        match value[16] {
            KNOWN => Ok(Self::Known { slot: number(0), last_accepted_us: number(8).cast_signed() }),
            ERASED => Ok(Self::Erased { slot: number(0) }),
            _ => Err(malformed),
        }
    }
}

/// The rows that give a subject its slot, and move the time when something was last accepted for it.
pub fn known_rows(subject: SubjectId, slot: u64, last_accepted_us: i64) -> Vec<Attachment> {
    rows(subject, slot, last_accepted_us, KNOWN)
}

/// The row that moves the time when something was last accepted for a subject that has its slot already. A later row
/// replaces an earlier one, so that times must come in their order.
pub fn accepted_row(subject: SubjectId, slot: u64, last_accepted_us: i64) -> Attachment {
    (subject_key(subject), subject_value(slot, last_accepted_us, KNOWN))
}

/// The rows that say that a subject was erased, after [`crate::Vault::destroy`]. They belong to the record that tells of
/// it, together with [`crate::Vault::generation_row`].
pub fn erased_rows(subject: SubjectId, slot: u64, erased_us: i64) -> Vec<Attachment> {
    rows(subject, slot, erased_us, ERASED)
}

/// The row that says which generation a slot file has reached, so that an older copy of it is told apart.
pub(crate) fn generation_row(file: u64, generation: u64) -> Attachment {
    (generation_key(file), generation.to_le_bytes().to_vec())
}

pub(crate) fn generation_key(file: u64) -> Vec<u8> {
    [b"g".as_slice(), &file.to_be_bytes()].concat()
}

fn rows(subject: SubjectId, slot: u64, time_us: i64, state: u8) -> Vec<Attachment> {
    let by_slot = [subject.as_slice(), &[state]].concat();
    vec![(subject_key(subject), subject_value(slot, time_us, state)), (slot_key(slot), by_slot)]
}

fn subject_value(slot: u64, time_us: i64, state: u8) -> Vec<u8> {
    [slot.to_le_bytes().as_slice(), &time_us.to_le_bytes(), &[state]].concat()
}

/// The key of the row that says where a subject stands: see [`Subject::decode`].
pub fn subject_key(subject: SubjectId) -> Vec<u8> {
    [b"s".as_slice(), &subject].concat()
}

/// Big-endian, so that slots lie in their order.
pub(crate) fn slot_key(slot: u64) -> Vec<u8> {
    [b"k".as_slice(), &slot.to_be_bytes()].concat()
}

/// The key under which the sealed bytes of a small blob are attached.
pub(crate) fn blob_key(address: &[u8; 32]) -> Vec<u8> {
    [b"b".as_slice(), address].concat()
}

/// The row that says that a record names a large blob, so that no sweep takes it.
pub(crate) fn named_row(address: &[u8; 32]) -> Attachment {
    (named_key(address), vec![KNOWN])
}

pub(crate) fn named_key(address: &[u8; 32]) -> Vec<u8> {
    [b"n".as_slice(), address].concat()
}

pub(crate) fn decode_slot_is_erased(value: &[u8]) -> Result<bool, VaultError> {
    match value {
        [subject @ .., KNOWN] if subject.len() == size_of::<SubjectId>() => Ok(false),
        [subject @ .., ERASED] if subject.len() == size_of::<SubjectId>() => Ok(true),
        _ => Err(VaultError::Row { what: "a data subject slot" }),
    }
}

/// The generation of a slot file.
pub(crate) fn decode_generation(value: &[u8]) -> Result<u64, VaultError> {
    let generation = value.try_into().map(u64::from_le_bytes).ok();
    // No file comes near: it is one more with each erasure.
    let possible = generation.filter(|generation| *generation < GENERATION_END);
    possible.ok_or(VaultError::Row { what: "a slot file" })
}

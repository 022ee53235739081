//! A record in a block: header, presence, and what may be removed (format document, sections 2 and 2.2).

use crate::break_point::Fault;
use crate::bytes::array_at;
use crate::header::{HEADER_LENGTH, Header};
use crate::sha256::{self, Message};
use crate::tree::Hash;

/// Bytes of a salt: 128 bits keep a removed payload from being guessed (RFC 9901, section 9.3).
pub const SALT_LENGTH: usize = 16;
/// Bytes of a record whose payload was removed.
pub const REMOVED_LENGTH: usize = HEADER_LENGTH + 1;
/// Bytes of a record besides its payload.
pub const PRESENT_OVERHEAD: usize = REMOVED_LENGTH + SALT_LENGTH;

const COMMITMENT_CONTEXT: &[u8; 16] = b"triad/payload/v1";
/// Bytes that are committed to before the payload: context, salt and length.
const COMMITMENT_PREFIX_LENGTH: usize = COMMITMENT_CONTEXT.len() + SALT_LENGTH + 8;

/// What became of a payload in this copy of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Presence {
    /// Salt and payload follow.
    Present = 0,
    /// Withheld from this copy.
    Redacted = 1,
    /// Destroyed at the source.
    Erased = 2,
}

/// A record as it lies in a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// The decoded header.
    pub header: Header,
    /// The header as stored: what is chained and hashed.
    pub header_bytes: &'a [u8; HEADER_LENGTH],
    /// Whether the payload is there.
    pub presence: Presence,
    /// The salt; empty unless present.
    pub salt: &'a [u8],
    /// The payload; empty unless present.
    pub payload: &'a [u8],
}

impl<'a> Record<'a> {
    /// Reads the record that fills `bytes` exactly.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (Some(header_bytes), Some(&presence)) =
            (bytes.first_chunk::<HEADER_LENGTH>(), bytes.get(HEADER_LENGTH))
        else {
            return Err(Fault::Truncated {
                what: "a record",
                missing: (REMOVED_LENGTH - bytes.len()) as u64,
            });
        };
        let header = Header::decode(header_bytes)?;
        let presence = match presence {
            0 => Presence::Present,
            1 => Presence::Redacted,
            2 => Presence::Erased,
            other => return Err(Fault::Field { field: "presence", value: other.into() }),
        };
        let expected = match presence {
            Presence::Present => PRESENT_OVERHEAD + header.payload_length as usize,
            Presence::Redacted | Presence::Erased => REMOVED_LENGTH,
        };
        if bytes.len() != expected {
            return Err(Fault::Field { field: "record length", value: bytes.len() as u64 });
        }
        let rest = &bytes[REMOVED_LENGTH..];
        let (salt, payload) = rest.split_at(rest.len().min(SALT_LENGTH));
        Ok(Self { header, header_bytes, presence, salt, payload })
    }

    /// Checks a present payload against the commitment. A removed one has nothing to check.
    pub fn check_commitment(&self) -> Result<(), Fault> {
        match self.presence {
            Presence::Present => {
                let found = commitment(&array_at(self.salt, 0), self.payload);
                if found == self.header.payload_commit { Ok(()) } else { Err(Fault::Commitment) }
            }
            Presence::Redacted | Presence::Erased => Ok(()),
        }
    }
}

/// Salted SHA-256 commitment to a payload, scheme 1.
pub fn commitment(salt: &[u8; SALT_LENGTH], payload: &[u8]) -> Hash {
    sha256::hash(&Message::new(&commitment_prefix(salt, payload), payload))
}

/// [`commitment`] to each of some payloads, which stand beside their salts.
pub(crate) fn commitments(payloads: &[(&[u8], &[u8])]) -> Vec<Hash> {
    let prefixes: Vec<_> = payloads.iter().map(|(salt, payload)| commitment_prefix(salt, payload)).collect();
    let messages = prefixes.iter().zip(payloads).map(|(prefix, (_, payload))| Message::new(prefix, payload));
    sha256::hash_each(messages)
}

/// Context, salt and length: what is hashed before the payload.
fn commitment_prefix(salt: &[u8], payload: &[u8]) -> [u8; COMMITMENT_PREFIX_LENGTH] {
    let mut prefix = [0; COMMITMENT_PREFIX_LENGTH];
    let (context, rest) = prefix.split_at_mut(COMMITMENT_CONTEXT.len());
    context.copy_from_slice(COMMITMENT_CONTEXT);
    let (salted, length) = rest.split_at_mut(SALT_LENGTH);
    salted.copy_from_slice(salt);
    length.copy_from_slice(&(payload.len() as u64).to_le_bytes());
    prefix
}

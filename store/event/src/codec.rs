//! The wall between events and bytes: the only place where rkyv and earlier versions of payloads meet.
//!
//! Kind and version stand outside the payload, in the record header. Reading always validates; nothing is
//! ever read unchecked.

use std::fmt;

use rkyv::api::low::{LowDeserializer, LowSerializer, LowValidator};
use rkyv::bytecheck::CheckBytes;
use rkyv::rancor::{Failure, Strategy};
use rkyv::ser::allocator::ArenaHandle;
use rkyv::{Archive, Deserialize, Serialize};

use crate::domain::Domain;
use crate::event::Event;
use crate::kind::Kind;

/// Appends the payload of an event to a buffer and says under which kind and version it stands.
pub fn encode(event: &Event, out: &mut Vec<u8>) -> (u16, u8) {
    let version;
    (*out, version) = event.write(std::mem::take(out));
    (event.kind().number(), version)
}

/// Reads an event from the payload of a record.
pub fn decode(kind: u16, version: u8, payload: &[u8]) -> Result<Event, DecodeError> {
    let Some(kind) = Kind::from_number(kind) else {
        return Err(DecodeError::UnknownKind { kind, newest_known: Kind::NEWEST });
    };
    let unknown = DecodeError::UnknownVersion { kind, version, newest_known: kind.version() };
    let read = Domain::read(kind.number(), version, payload).ok_or(unknown)?;
    read.map_err(|Failure| DecodeError::Malformed { kind, version })
}

/// Why a payload could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecodeError {
    /// The kind is not in the table: a newer program wrote the log.
    UnknownKind {
        /// Its number.
        kind: u16,
        /// The kind with the highest number that this version knows.
        newest_known: Kind,
    },
    /// The kind is known, but not in that version.
    UnknownVersion {
        /// The kind.
        kind: Kind,
        /// The version found.
        version: u8,
        /// The newest version known.
        newest_known: u8,
    },
    /// The bytes are no payload of that kind and version.
    Malformed {
        /// The kind.
        kind: Kind,
        /// The version.
        version: u8,
    },
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind { kind, newest_known } => write!(
                f,
                "event kind {kind} is unknown; the newest kind of this version is {} ({newest_known}): use a newer version",
                newest_known.number(),
            ),
            Self::UnknownVersion { kind, version, newest_known } if version < newest_known => write!(
                f,
                "event kind {} ({kind}) is written in version {newest_known} and no longer read in version {version}, \
                 which was never released: use the program that wrote the log",
                kind.number(),
            ),
            Self::UnknownVersion { kind, version, newest_known } => write!(
                f,
                "version {version} of event kind {} ({kind}) is unknown; this version knows {newest_known}: use a newer version",
                kind.number(),
            ),
            Self::Malformed { kind, version } => {
                write!(f, "the payload is no {kind}, version {version}")
            }
        }
    }
}

impl std::error::Error for DecodeError {}

/// Appends one payload struct.
pub(crate) fn write<T>(payload: &T, out: Vec<u8>) -> Vec<u8>
where
    T: for<'a> Serialize<LowSerializer<Vec<u8>, ArenaHandle<'a>, Failure>>,
{
    rkyv::util::with_arena(|arena| rkyv::api::low::to_bytes_in_with_alloc(payload, out, arena.acquire()))
        .expect("a vector takes any bytes, and no payload is as long as two gigabytes")
}

pub(crate) fn read<T>(payload: &[u8]) -> Result<T, Failure>
where
    T: Archive,
    T::Archived: for<'a> CheckBytes<LowValidator<'a, Failure>> + Deserialize<T, Strategy<(), Failure>>,
{
    let archived = rkyv::api::low::access::<T::Archived, Failure>(payload)?;
    archived.deserialize(LowDeserializer::wrap(&mut ()))
}

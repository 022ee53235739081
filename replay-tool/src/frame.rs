//! A record as the replay compares it: the fold's view of it and its exact bytes.

use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, codec};
use triad_proof::record::{Presence, Record, SALT_LENGTH};
use triad_proof::{Block, Header};

/// A record of a log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its header, decoded.
    pub header: Header,
    /// What could be read of its payload.
    pub content: Content,
}

/// The payload of a record, as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// It is there and known.
    Event {
        /// The record as folds see it.
        recorded: Box<Recorded<Event>>,
        /// Its salt.
        salt: [u8; SALT_LENGTH],
        /// Its exact bytes.
        payload: Vec<u8>,
    },
    /// It was withheld from this copy.
    Redacted,
    /// It was destroyed at the source.
    Erased,
    /// This program does not know it.
    Unknown(codec::DecodeError),
}

/// The frames of a block that was verified.
///
/// # Panics
/// When the block was not verified: every record of a verified block decodes.
pub fn frames(block: &Block<'_>) -> Vec<Frame> {
    block.records().map(|record| frame(&record.expect("invariant: a verified block decodes"))).collect()
}

fn frame(record: &Record<'_>) -> Frame {
    let content = match record.presence {
        Presence::Redacted => Content::Redacted,
        Presence::Erased => Content::Erased,
        Presence::Present => read(record),
    };
    Frame { header: record.header.clone(), content }
}

fn read(record: &Record<'_>) -> Content {
    let header = &record.header;
    let event = match codec::decode(header.kind, header.kind_version, record.payload) {
        Ok(event) => event,
        Err(error) => return Content::Unknown(error),
    };
    let recorded = Recorded {
        sequence: header.sequence,
        group: header.group,
        at: Micros(header.time_us),
        elapsed: Micros(header.elapsed_us.cast_signed()),
        stream: StreamId(header.stream),
        ordinal: header.stream_ordinal,
        cause: header.cause,
        principal: PrincipalId(header.principal),
        event,
    };
    let salt = record.salt.try_into().expect("invariant: a present record has a whole salt");
    Content::Event { recorded: Box::new(recorded), salt, payload: record.payload.to_vec() }
}

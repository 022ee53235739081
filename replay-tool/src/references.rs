//! References to sealed content: how many a log holds, and how many lead to nothing any more, because their data
//! subject is erased.
//!
//! The content lies in a vault that this tool never opens, so none of it is said to be there. What the log itself
//! says to be erased is counted apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::frame::{Content, Frame};
use crate::payload::Way;
use triad_event::event::PayloadVersion;
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_event::shape::Shape;
use triad_event::subjects;
use triad_event::{Event, Kind, Sealed, codec};
use triad_proof::record::Presence;
use triad_proof::{Block, Header};

/// What one record says of sealed content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It holds references.
    References {
        /// Its stream.
        stream: StreamId,
        /// Whose the content is; none when the stream has said so before.
        subject: Option<DataSubjectId>,
        /// How many.
        count: u64,
    },
    /// A data subject is erased.
    Erased(DataSubjectId),
}

/// Where the references of all kinds lie. It follows from the fields of their payloads, so that a new kind with a
/// reference is counted without being named here.
pub struct Ways(BTreeMap<(u16, u8), KindWays>);

struct KindWays {
    size_bytes: usize,
    to_references: Way,
    to_subject: Option<Way>,
}

/// How many references a log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// To content of data subjects that are not erased.
    pub sealed: u64,
    /// To content of data subjects that are.
    pub erased: u64,
    /// How many data subjects are.
    pub erased_subjects: u64,
}

/// Counts references while a log is read, in order.
#[derive(Debug, Default)]
pub struct References {
    counts: BTreeMap<DataSubjectId, u64>,
    /// Of workflows that are not their own data subject. One whose definition was withheld from this copy counts as
    /// its own.
    subjects: BTreeMap<StreamId, DataSubjectId>,
    erased: BTreeSet<DataSubjectId>,
}

impl References {
    /// Takes what the next records say.
    pub fn take(&mut self, said: Vec<Said>) {
        for said in said {
            match said {
                Said::References { stream, subject, count } => {
                    if let Some(subject) = subject.filter(|subject| own(stream) != *subject) {
                        self.subjects.insert(stream, subject);
                    }
                    if count > 0 {
                        let known = subject.or_else(|| self.subjects.get(&stream).copied());
                        *self.counts.entry(known.unwrap_or_else(|| own(stream))).or_default() += count;
                    }
                }
                Said::Erased(subject) => {
                    self.erased.insert(subject);
                }
            }
        }
    }

    /// The counts so far. An erasure concerns what was recorded before it.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { erased_subjects: self.erased.len() as u64, ..Tally::default() };
        for (subject, count) in &self.counts {
            let place = if self.erased.contains(subject) { &mut tally.erased } else { &mut tally.sealed };
            *place += count;
        }
        tally
    }
}

fn own(stream: StreamId) -> DataSubjectId {
    WorkflowId::from(stream).into()
}

impl Ways {
    /// Those of every kind that can hold a reference.
    pub fn of_all_kinds() -> Self {
        let ways = |(kind, payload): (Kind, PayloadVersion)| {
            let PayloadVersion { version, size_bytes, fields } = payload;
            let to_references = Way::among(fields, &Sealed::TYPE)?;
            let to_subject = Way::among(fields, &DataSubjectId::TYPE);
            Some(((kind.number(), version), KindWays { size_bytes, to_references, to_subject }))
        };
        let all = Kind::ALL.iter().copied();
        let versions = all.flat_map(|kind| kind.description().versions().map(move |version| (kind, version)));
        Self(versions.filter_map(ways).collect())
    }

    /// What the records of a verified block say.
    ///
    /// # Panics
    /// When the block was not verified: every record of a verified block decodes.
    pub fn said_in_block(&self, block: &Block<'_>) -> Vec<Said> {
        let records = block.records().map(|record| record.expect("invariant: a verified block decodes"));
        let present = records.filter(|record| record.presence == Presence::Present);
        present.filter_map(|record| self.said(&record.header, record.payload)).collect()
    }

    /// The same of frames.
    pub fn said_in_frames(&self, frames: &[Frame]) -> Vec<Said> {
        let said = |frame: &Frame| match &frame.content {
            Content::Event { payload, .. } => self.said(&frame.header, payload),
            Content::Redacted | Content::Erased | Content::Unknown(_) => None,
        };
        frames.iter().filter_map(said).collect()
    }

    /// A payload that this program does not know says nothing here; deciding again says so.
    fn said(&self, header: &Header, payload: &[u8]) -> Option<Said> {
        if header.kind == subjects::Erased::KIND.number() {
            return match codec::decode(header.kind, header.kind_version, payload) {
                Ok(Event::Subjects(subjects::Event::Erased(erased))) => Some(Said::Erased(erased.subject)),
                Ok(_) | Err(_) => None,
            };
        }
        let ways = self.0.get(&(header.kind, header.kind_version))?;
        let root = payload.len().checked_sub(ways.size_bytes)?;
        let count = ways.to_references.positions(payload, root)?.len() as u64;
        let subject = match &ways.to_subject {
            Some(way) => way.positions(payload, root)?.first().copied(),
            None => None,
        };
        let subject = subject.and_then(|at| payload.get(at..)?.first_chunk().copied().map(DataSubjectId));
        Some(Said::References { stream: StreamId(header.stream), subject, count })
    }
}

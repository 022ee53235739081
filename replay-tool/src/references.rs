//! References to sealed content: how many a log holds, and how many lead to nothing any more, because their data
//! subject is erased.
//!
//! The content lies in a vault that this tool never opens, so none of it is said to be there. What the log itself
//! says to be erased is counted apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::frame::{Content, Frame};
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_event::intake::TaskDefinition;
use triad_event::{Event, Kind, codec, execution, intake, subjects};
use triad_proof::Block;
use triad_proof::record::{Presence, Record};

/// What one record says of references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mention {
    /// Tasks of a workflow came in, with so many inputs.
    Inputs {
        /// The workflow's stream.
        stream: StreamId,
        /// Whose they are.
        subject: DataSubjectId,
        /// How many.
        count: u64,
    },
    /// An attempt ended, with so many outputs.
    Outputs {
        /// The workflow's stream.
        stream: StreamId,
        /// How many.
        count: u64,
    },
    /// A data subject is erased.
    Erased(DataSubjectId),
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
    pub fn take(&mut self, mentions: Vec<Mention>) {
        for mention in mentions {
            match mention {
                Mention::Inputs { stream, subject, count } => {
                    if own(stream) != subject {
                        self.subjects.insert(stream, subject);
                    }
                    self.count(subject, count);
                }
                Mention::Outputs { stream, count } => {
                    let subject = self.subjects.get(&stream).copied().unwrap_or_else(|| own(stream));
                    self.count(subject, count);
                }
                Mention::Erased(subject) => {
                    self.erased.insert(subject);
                }
            }
        }
    }

    fn count(&mut self, subject: DataSubjectId, count: u64) {
        if count > 0 {
            *self.counts.entry(subject).or_default() += count;
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

/// What the records of a verified block say. Only the kinds that can hold a reference are decoded.
///
/// # Panics
/// When the block was not verified: every record of a verified block decodes.
pub fn mentions(block: &Block<'_>) -> Vec<Mention> {
    let records = block.records().map(|record| record.expect("invariant: a verified block decodes"));
    records.filter_map(|record| mention_of(&record)).collect()
}

/// The same of frames that are decoded already.
pub fn mentions_in(frames: &[Frame]) -> Vec<Mention> {
    let of_frame = |frame: &Frame| match &frame.content {
        Content::Event { recorded, .. } => mention(recorded.stream, &recorded.event),
        Content::Redacted | Content::Erased | Content::Unknown(_) => None,
    };
    frames.iter().filter_map(of_frame).collect()
}

/// Kinds that can hold a reference, or end what references lead to.
const MENTIONING: [Kind; 4] = [
    intake::ChunkStaged::KIND,
    intake::WorkflowSubmitted::KIND,
    execution::AttemptEnded::KIND,
    subjects::Erased::KIND,
];

fn mention_of(record: &Record<'_>) -> Option<Mention> {
    let header = &record.header;
    if record.presence != Presence::Present || !MENTIONING.iter().any(|kind| kind.number() == header.kind) {
        return None;
    }
    // A payload that this program does not know is verified all the same; deciding again says so.
    let event = codec::decode(header.kind, header.kind_version, record.payload).ok()?;
    mention(StreamId(header.stream), &event)
}

fn mention(stream: StreamId, event: &Event) -> Option<Mention> {
    match event {
        Event::Intake(intake::Event::ChunkStaged(chunk)) => {
            Some(Mention::Inputs { stream, subject: chunk.subject.id, count: inputs(&chunk.tasks) })
        }
        Event::Intake(intake::Event::WorkflowSubmitted(submitted)) => {
            let (subject, count) = (submitted.asked.subject.id, inputs(&submitted.asked.tasks));
            Some(Mention::Inputs { stream, subject, count })
        }
        Event::Execution(execution::Event::AttemptEnded(ended)) => {
            let kept = [&ended.stdout, &ended.stderr].into_iter().filter(|output| output.kept.is_some());
            Some(Mention::Outputs { stream, count: kept.count() as u64 })
        }
        Event::Subjects(subjects::Event::Erased(erased)) => Some(Mention::Erased(erased.subject)),
        Event::Log(_)
        | Event::Governance(_)
        | Event::Intake(_)
        | Event::Dag(_)
        | Event::Execution(_)
        | Event::Subjects(_) => None,
    }
}

fn inputs(tasks: &[TaskDefinition]) -> u64 {
    tasks.iter().filter(|task| task.input.is_some()).count() as u64
}

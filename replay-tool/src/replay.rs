//! Replay: each group is decided again from its first record, and every frame is compared byte for byte.
//!
//! Groups that an earlier version of the core decided are folded as they are. What the present version would decide in
//! their place is counted beside, and is no fault: fold old, decide new.

use crate::frame::{Content, Frame};
use std::collections::BTreeMap;
use std::fmt;
use triad_decide::{DECIDE_VERSION, Group, Unreplayable, World, evolve, replay};
use triad_event::value::Value;
use triad_event::{Event, Recorded, Source, codec, governance};
use triad_proof::record::commitment;

/// Decides a log again while its frames come in.
#[derive(Debug, Default)]
pub struct Replay {
    world: World,
    pending: Vec<Frame>,
    group: Group,
    payload: Vec<u8>,
    /// The version of the core that decided from here on; none before an engine started.
    version: Option<u32>,
    /// How far it got.
    pub progress: Progress,
}

/// How far a replay got.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// Groups decided again, or folded when the code that opens the log wrote them.
    pub groups: u64,
    /// Records compared, all identical.
    pub records: u64,
    /// What other versions of the core decided, by version.
    pub others: BTreeMap<u32, Anew>,
}

/// Groups of another version of the core, and what the present one would decide in their place.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Anew {
    /// Groups that were folded as they are.
    pub groups: u64,
    /// Those that the present version decides otherwise.
    pub different: u64,
    /// Sequence of the first record of the first of these.
    pub first_different: Option<u64>,
}

/// Why a replay ended before the log did.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    /// A record came out otherwise.
    #[error("decided again, record {sequence} comes out otherwise: {difference}")]
    Different {
        /// The record.
        sequence: u64,
        /// The first difference.
        difference: Difference,
    },
    /// A group cannot be decided again.
    #[error("the group at sequence {group} cannot be decided again: {why}")]
    Unreplayable {
        /// Its first record.
        group: u64,
        /// Why.
        why: Unreplayable,
    },
    /// A payload is not there, so what follows from it cannot be decided.
    #[error("the payload of record {sequence} is {state}: what follows from it cannot be decided again")]
    Gone {
        /// The record.
        sequence: u64,
        /// Redacted or erased.
        state: &'static str,
    },
    /// A payload cannot be read by this program.
    #[error("record {sequence}: {why}")]
    Unknown {
        /// The record.
        sequence: u64,
        /// Why.
        why: codec::DecodeError,
    },
}

/// Where two records differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The field, as a path.
    pub field: String,
    /// What the log holds.
    pub recorded: String,
    /// What was decided now.
    pub decided: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {} in the log and {} now", self.field, self.recorded, self.decided)
    }
}

impl Replay {
    /// Takes the next frames, in log order. A group is decided when the next one begins.
    pub fn take(&mut self, frames: Vec<Frame>) -> Result<(), Stopped> {
        for frame in frames {
            if frame.header.begins_group() {
                self.decide_pending()?;
            }
            self.pending.push(frame);
        }
        Ok(())
    }

    /// Decides the last group.
    pub fn finish(mut self) -> Result<(Progress, World), Stopped> {
        self.decide_pending()?;
        Ok((self.progress, self.world))
    }

    fn decide_pending(&mut self) -> Result<(), Stopped> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let frames = std::mem::take(&mut self.pending);
        let recorded = frames.iter().map(recorded).collect::<Result<Vec<_>, _>>()?;
        if let Event::Governance(governance::Event::EngineStarted(started)) = &recorded[0].event {
            self.version = Some(started.decide_version);
        }
        match self.version.filter(|version| *version != DECIDE_VERSION) {
            Some(version) => self.decide_anew(version, &recorded),
            None => self.decide_again(&frames, &recorded),
        }
    }

    /// The present version must come to the same, byte for byte.
    fn decide_again(&mut self, frames: &[Frame], recorded: &[Recorded<Event>]) -> Result<(), Stopped> {
        let group = recorded[0].sequence;
        let decided = replay(&mut self.world, recorded, &mut self.group);
        decided.map_err(|why| Stopped::Unreplayable { group, why })?;
        self.compare(frames, recorded)?;
        self.progress.groups += 1;
        self.progress.records += frames.len() as u64;
        Ok(())
    }

    /// What another version decided is folded, and what the present one would decide there is compared with it.
    fn decide_anew(&mut self, version: u32, recorded: &[Recorded<Event>]) -> Result<(), Stopped> {
        let group = recorded[0].sequence;
        // The start of another version is nothing that this one can decide.
        let is_start = matches!(recorded[0].event, Event::Governance(governance::Event::EngineStarted(_)));
        let mut present = self.world.clone();
        let is_same = is_start
            || replay(&mut present, recorded, &mut self.group).is_ok() && self.group.records == recorded;
        for record in recorded {
            let folded = evolve(&mut self.world, record);
            folded.map_err(|illegal| Stopped::Unreplayable { group, why: illegal.into() })?;
        }
        let anew = self.progress.others.entry(version).or_default();
        anew.groups += 1;
        if !is_same {
            anew.different += 1;
            anew.first_different.get_or_insert(group);
        }
        Ok(())
    }

    fn compare(&mut self, frames: &[Frame], recorded: &[Recorded<Event>]) -> Result<(), Stopped> {
        let decided = std::mem::take(&mut self.group.records);
        for (place, frame) in frames.iter().enumerate() {
            let Some(decided) = decided.get(place) else {
                let text = recorded[place].event.kind().to_string();
                return Err(different(frame, "the record itself", text, "not decided".to_owned()));
            };
            self.compare_one(frame, &recorded[place], decided, place)?;
        }
        if let (Some(extra), Some(last)) = (decided.get(frames.len()), frames.last()) {
            return Err(different(
                last,
                "the record after it",
                "not there".to_owned(),
                extra.event.kind().to_string(),
            ));
        }
        self.group.records = decided;
        Ok(())
    }

    /// Byte for byte: the payload, then the whole header, made anew from the decision and the recorded salt.
    fn compare_one(
        &mut self,
        frame: &Frame,
        recorded: &Recorded<Event>,
        decided: &Recorded<Event>,
        place: usize,
    ) -> Result<(), Stopped> {
        let Content::Event { salt, payload, .. } = &frame.content else { return Ok(()) };
        self.payload.clear();
        let (kind, kind_version) = codec::encode(&decided.event, &mut self.payload);
        let source = if place == 0 { frame.header.source } else { Source::Engine.number() };
        let mut header = frame.header.clone();
        header.kind = kind;
        header.kind_version = kind_version;
        header.sequence = decided.sequence;
        header.group = decided.group;
        header.time_us = decided.at.0;
        header.elapsed_us = decided.elapsed.0.cast_unsigned();
        header.outcome = decided.event.outcome().number();
        header.source = source;
        header.clock_state = self.world.clock_state().number();
        header.stream = decided.stream.0;
        header.stream_ordinal = decided.ordinal;
        header.principal = decided.principal.0;
        header.cause = decided.cause;
        header.payload_length = self.payload.len() as u32;
        header.payload_commit = commitment(salt, &self.payload);
        if header.encode() == frame.header.encode() && self.payload == *payload {
            return Ok(());
        }
        Err(self.explain(frame, recorded, decided, &header))
    }

    fn explain(
        &self,
        frame: &Frame,
        recorded: &Recorded<Event>,
        decided: &Recorded<Event>,
        header: &triad_proof::Header,
    ) -> Stopped {
        let (ours, theirs) = (fields(recorded, &frame.header), fields(decided, header));
        match ours.first_difference(&theirs) {
            Some((field, ours, theirs)) => different(frame, &field, ours.to_string(), theirs.to_string()),
            None => different(
                frame,
                "encoding of the payload",
                "other bytes".to_owned(),
                "other bytes".to_owned(),
            ),
        }
    }
}

fn recorded(frame: &Frame) -> Result<Recorded<Event>, Stopped> {
    let sequence = frame.header.sequence;
    match &frame.content {
        Content::Event { recorded, .. } => Ok(Recorded::clone(recorded)),
        Content::Redacted => Err(Stopped::Gone { sequence, state: "redacted" }),
        Content::Erased => Err(Stopped::Gone { sequence, state: "erased" }),
        Content::Unknown(why) => Err(Stopped::Unknown { sequence, why: *why }),
    }
}

fn different(frame: &Frame, field: &str, recorded: String, decided: String) -> Stopped {
    let difference = Difference { field: field.to_owned(), recorded, decided };
    Stopped::Different { sequence: frame.header.sequence, difference }
}

/// A record as a tree of named values, header first, so that the first difference has a name.
fn fields(record: &Recorded<Event>, header: &triad_proof::Header) -> Value {
    let number = |number: u8| Value::Unsigned(number.into());
    Value::Fields(vec![
        ("kind", Value::Tag(record.event.kind().name())),
        ("sequence", Value::Unsigned(record.sequence)),
        ("group", Value::Unsigned(record.group)),
        ("time_us", Value::Signed(record.at.0)),
        ("elapsed_us", Value::Signed(record.elapsed.0)),
        ("stream", Value::Id(record.stream.to_string())),
        ("stream_ordinal", Value::Unsigned(record.ordinal)),
        ("cause", Value::Unsigned(record.cause)),
        ("principal", Value::Id(record.principal.to_string())),
        ("source", number(header.source)),
        ("outcome", number(header.outcome)),
        ("clock_state", number(header.clock_state)),
        ("payload", record.event.value()),
    ])
}

//! The bytes of a timeline: entries one after another, each without what the other views hold.
//!
//! An entry is the distance of its sequence and of its time from the entry before, the task that it names
//! plus one (zero when it names none), kind, version, and the payload after its length. All but the payload
//! are numbers of seven bits per byte, least significant first: a busy log has millions of entries, and most
//! distances are small.

use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, codec, dag, intake};

use crate::row::Undecodable;

/// A record of a workflow as the timeline keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence.
    pub sequence: u64,
    /// Its time.
    pub at: Micros,
    /// What happened, without task definitions: those are in the graph.
    pub event: Event,
}

impl Entry {
    /// Every task that it names.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = u32> + use<> {
        let because = if let Event::Dag(dag::Event::TaskSkipped(skipped)) = &self.event {
            Some(skipped.because)
        } else {
            None
        };
        self.event.task().into_iter().chain(because)
    }

    /// As a fold takes it. Its place in the log, beyond the sequence, is not kept, nor what had passed by then.
    pub(crate) fn into_record(self) -> Recorded<Event> {
        Recorded {
            sequence: self.sequence,
            group: self.sequence,
            at: self.at,
            elapsed: Micros::ZERO,
            stream: StreamId::LOG,
            ordinal: 0,
            cause: self.sequence,
            principal: PrincipalId::ZERO,
            event: self.event,
        }
    }
}

/// Entries as they are written. The first counts its distances from zero, so every run of bytes reads by
/// itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Writing {
    /// The entries.
    pub(crate) bytes: Vec<u8>,
    /// Sequence of the first.
    pub(crate) first: Option<u64>,
    last: Last,
}

/// Where the entry before stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Last {
    sequence: u64,
    at: i64,
}

impl Writing {
    pub(super) fn add(&mut self, record: &Recorded<Event>) {
        if let Event::Intake(event) = &record.event
            && let Some(event) = without_tasks(event)
        {
            self.write(record, &event);
        } else {
            self.write(record, &record.event);
        }
    }

    fn write(&mut self, record: &Recorded<Event>, event: &Event) {
        self.first.get_or_insert(record.sequence);
        let start = self.bytes.len();
        let (kind, version) = codec::encode(event, &mut self.bytes);
        let payload_end = self.bytes.len();
        let subject = event.task().map_or(0, |task| u64::from(task) + 1);
        let numbers = [
            record.sequence.wrapping_sub(self.last.sequence),
            // Time never goes back in a log, so this is small too.
            record.at.0.wrapping_sub(self.last.at).cast_unsigned(),
            subject,
            kind.into(),
            version.into(),
            (payload_end - start) as u64,
        ];
        numbers.into_iter().for_each(|number| write_number(&mut self.bytes, number));
        // The numbers belong before the payload, whose length they hold.
        self.bytes[start..].rotate_left(payload_end - start);
        self.last = Last { sequence: record.sequence, at: record.at.0 };
    }

    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries::of(&self.bytes)
    }
}

/// The event without task definitions; none when it has none.
fn without_tasks(event: &intake::Event) -> Option<Event> {
    match event {
        intake::Event::ChunkStaged(staged) => {
            let intake::ChunkStaged { first_task, subject, .. } = staged;
            let (first_task, subject) = (*first_task, subject.clone());
            Some(intake::ChunkStaged { first_task, subject, tasks: Vec::new() }.into())
        }
        intake::Event::WorkflowSubmitted(submitted) => {
            let given = &submitted.asked;
            let asked = intake::Submission {
                name: given.name.clone(),
                idempotency_key: given.idempotency_key,
                earlier: given.earlier.clone(),
                looked_up_through: given.looked_up_through,
                subject: given.subject.clone(),
                staged_tasks: given.staged_tasks,
                tasks: Vec::new(),
                content: given.content,
                owner: given.owner.clone(),
                terms: given.terms.clone(),
            };
            Some(intake::WorkflowSubmitted { asked, digest: submitted.digest }.into())
        }
        intake::Event::WorkflowAccepted(_) | intake::Event::UploadExpired(_) => None,
    }
}

fn write_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Reads entries one after another.
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
    last: Last,
    only: Option<u32>,
}

impl<'a> Entries<'a> {
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, last: Last::default(), only: None }
    }

    /// Skips entries that do not name this task, without decoding them.
    pub(crate) fn naming(self, task: u32) -> Self {
        Self { only: Some(task), ..self }
    }

    /// The next entry; none when it was skipped.
    fn read(&mut self) -> Result<Option<Entry>, Undecodable> {
        let sequence = self.last.sequence.wrapping_add(self.number()?);
        let at = self.last.at.wrapping_add(self.number()?.cast_signed());
        self.last = Last { sequence, at };
        let subject = self.number()?;
        let kind = u16::try_from(self.number()?).map_err(|_| Undecodable)?;
        let version = u8::try_from(self.number()?).map_err(|_| Undecodable)?;
        let length = usize::try_from(self.number()?).map_err(|_| Undecodable)?;
        let (payload, rest) = self.rest.split_at_checked(length).ok_or(Undecodable)?;
        self.rest = rest;
        if self.only.is_some_and(|only| u64::from(only) + 1 != subject) {
            return Ok(None);
        }
        let event = codec::decode(kind, version, payload).map_err(|_| Undecodable)?;
        Ok(Some(Entry { sequence, at: Micros(at), event }))
    }

    fn number(&mut self) -> Result<u64, Undecodable> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or(Undecodable)?;
            self.rest = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(Undecodable)
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry, Undecodable>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            match self.read() {
                Ok(Some(entry)) => return Some(Ok(entry)),
                Ok(None) => {}
                Err(error) => {
                    self.rest = &[];
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_length_read_back() {
        for bits in 0..=u64::BITS {
            let number = 1_u64.checked_shl(bits).unwrap_or(u64::MAX);
            let mut bytes = Vec::new();
            write_number(&mut bytes, number);
            let mut entries = Entries::of(&bytes);
            assert_eq!(entries.number(), Ok(number));
            assert!(entries.rest.is_empty());
        }
    }

    #[test]
    fn bytes_that_are_no_entries_end_with_an_error() {
        for bytes in
            [&[0x80; 12][..], &[1, 1, 0, 0x81], &[1, 1, 0, 1, 1, 9], &[1, 1, 0, 0xff, 0xff, 0x7f, 1, 0]]
        {
            let read: Vec<_> = Entries::of(bytes).collect();
            assert_eq!(read, [Err(Undecodable)], "{bytes:?}");
        }
    }
}

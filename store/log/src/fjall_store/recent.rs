//! Postings of the newest blocks, which wait in memory until they are written to the index many at a time.
//!
//! One index row per stream and commit would cost more than the records that it finds. Here a stream's postings of
//! many commits become one row. Nothing is lost with them: after a restart they are made again from the blocks.

use super::FjallReader;
use crate::posting::Posting;
use crate::records::blocks;
use crate::storage::{LogRead, ReadError};
use std::collections::BTreeMap;
use std::sync::MutexGuard;
use triad_proof::Block;

/// Postings that wait before they are written. Enough that rows are few; few enough that to write them holds up a
/// commit for milliseconds only.
const WAITING_MAX: usize = 4096;
/// Bytes of the blocks whose postings wait: what an opening after an unclean stop reads again.
const WAITING_BLOCK_BYTES_MAX: usize = 8 << 20;
/// The row that says how far the index is written: shorter than the keys of postings, and between those of two
/// streams.
const WRITTEN_KEY: &[u8] = b"written";

/// The row that each batch of postings writes about itself: its key holds the sequence from which on, its value the one up
/// to which it indexes. The batches of a log follow each other without a gap.
fn batch_key(from: u64) -> [u8; WRITTEN_KEY.len() + 8] {
    let mut key = [0; WRITTEN_KEY.len() + 8];
    key[..WRITTEN_KEY.len()].copy_from_slice(WRITTEN_KEY);
    key[WRITTEN_KEY.len()..].copy_from_slice(&from.to_be_bytes());
    key
}

/// Postings in memory.
#[derive(Debug)]
pub(super) struct Recent {
    /// First sequence whose posting is here rather than in a row.
    from: u64,
    streams: BTreeMap<[u8; 16], Vec<Posting>>,
    count: usize,
    block_bytes: usize,
}

impl Recent {
    fn new(from: u64) -> Self {
        Self { from, streams: BTreeMap::new(), count: 0, block_bytes: 0 }
    }

    /// Takes the postings of the next blocks, which have that many bytes.
    pub(super) fn take(&mut self, postings: Vec<Posting>, block_bytes: usize) {
        self.count += postings.len();
        self.block_bytes += block_bytes;
        for posting in postings {
            self.streams.entry(posting.stream).or_default().push(posting);
        }
    }

    /// Whether it is time to write them.
    pub(super) fn is_full(&self) -> bool {
        self.count >= WAITING_MAX || self.block_bytes >= WAITING_BLOCK_BYTES_MAX
    }

    /// The postings of a stream none of which is in a row: its first record is among theirs.
    fn whole(&self, stream: [u8; 16]) -> Option<&[Posting]> {
        let waiting = self.streams.get(&stream)?;
        (waiting.first()?.first_ordinal == 0).then_some(waiting)
    }

    fn take_block(&mut self, block: &Block<'_>) -> Result<(), ReadError> {
        for (place, record) in block.records().enumerate() {
            let header = record?.header;
            let postings = self.streams.entry(header.stream).or_default();
            if postings.last().is_none_or(|last| last.block_first != block.first_sequence) {
                self.count += 1;
                postings.push(Posting {
                    stream: header.stream,
                    block_first: block.first_sequence,
                    first_ordinal: header.stream_ordinal,
                    places: Vec::new(),
                });
            }
            let place = u16::try_from(place).expect("invariant: a block holds at most 65,536 records");
            postings.last_mut().expect("invariant: one was just there").places.push(place);
        }
        Ok(())
    }
}

/// Reading and writing the stream index: rows in the database, and what is not in rows yet.
impl FjallReader {
    /// What waits in memory; made from the blocks when it is asked for first. Whoever commits asks for it before.
    pub(super) fn recent<T>(&self, look: impl FnOnce(&mut Recent) -> T) -> Result<T, ReadError> {
        let mut recent: MutexGuard<'_, _> =
            self.recent.lock().expect("invariant: no holder of this lock panics");
        match &mut *recent {
            Some(recent) => Ok(look(recent)),
            unread => Ok(look(unread.insert(self.read_recent()?))),
        }
    }

    /// The postings of a stream that began a short while ago, so that all of them are in memory; none of an older one.
    pub fn postings_in_memory(&self, stream: [u8; 16]) -> Result<Option<Vec<Posting>>, ReadError> {
        self.recent(|recent| recent.whole(stream).map(<[Posting]>::to_vec))
    }

    fn read_recent(&self) -> Result<Recent, ReadError> {
        let from = self.written()?;
        let mut recent = Recent::new(from);
        let Some(last) = self.last_block()? else { return Ok(recent) };
        for bytes in blocks(self, from, Block::decode(&last)?.last_sequence()) {
            let bytes = bytes?;
            recent.take_block(&Block::decode(&bytes)?)?;
            recent.block_bytes += bytes.len();
        }
        Ok(recent)
    }

    /// The sequence up to which the index is written.
    fn written(&self) -> Result<u64, ReadError> {
        self.streams.get(WRITTEN_KEY)?.map_or(Ok(0), |value| sequence_in(&value))
    }

    /// Checks that no batch of the index is missing behind the one that holds `from`: the database takes a batch whole or
    /// not at all, but after damage to its journal it may leave one out.
    pub(crate) fn check_index_batches(&self, from: u64) -> Result<(), ReadError> {
        let written = self.written()?;
        let first = self.streams.range(batch_key(0)..=batch_key(from)).next_back();
        let mut next = first.map_or(Ok(0), |row| sequence_after(&row.key()?))?;
        for row in self.streams.range(batch_key(next)..=batch_key(u64::MAX)) {
            let (key, value) = row.into_inner()?;
            if sequence_after(&key)? != next {
                break;
            }
            next = sequence_in(&value)?;
        }
        if next == written {
            return Ok(());
        }
        Err(ReadError::Index {
            sequence: next,
            what: format!("the batch that indexes from record {next} on"),
        })
    }

    /// Puts what waits into the index. `next_sequence` is that of the next block. Nobody syncs: what a crash takes
    /// is made again.
    pub(super) fn write_recent(
        &self,
        database: &fjall::Database,
        next_sequence: u64,
    ) -> Result<(), ReadError> {
        let (from, rows) = self.recent(|recent| {
            (recent.from, recent.streams.values().map(|row| encode_row(row)).collect::<Vec<_>>())
        })?;
        let mut batch = database.batch();
        for (key, value) in rows {
            batch.insert(&self.streams, key, value);
        }
        batch.insert(&self.streams, WRITTEN_KEY, next_sequence.to_be_bytes());
        batch.insert(&self.streams, batch_key(from), next_sequence.to_be_bytes());
        batch.commit()?;
        // Only now: whoever reads in between finds a posting in both places, and takes it from one.
        self.recent(|recent| *recent = Recent::new(next_sequence))
    }

    pub(super) fn read_postings(
        &self,
        stream: [u8; 16],
        from: u64,
        limit: usize,
    ) -> Result<Vec<Posting>, ReadError> {
        let (in_memory_from, waiting) = self.recent(|recent| {
            let waiting = recent.streams.get(&stream).into_iter().flatten();
            let waiting = waiting.filter(|posting| posting.block_first >= from).take(limit);
            (recent.from, waiting.cloned().collect::<Vec<_>>())
        })?;
        let mut found = Vec::new();
        // The row before may reach beyond `from`.
        let before = self.streams.range(Posting::key(stream, 0)..Posting::key(stream, from)).next_back();
        let behind = self.streams.range(Posting::key(stream, from)..=Posting::key(stream, u64::MAX));
        for row in before.into_iter().chain(behind) {
            let row = decode_row(stream, &row.value()?)?.into_iter();
            found.extend(row.filter(|posting| (from..in_memory_from).contains(&posting.block_first)));
            if found.len() >= limit {
                break;
            }
        }
        found.extend(waiting);
        found.truncate(limit);
        Ok(found)
    }

    pub(super) fn read_posting_at_or_before(
        &self,
        stream: [u8; 16],
        up_to: u64,
    ) -> Result<Option<Posting>, ReadError> {
        let newest = |postings: &[Posting]| {
            postings.iter().rev().find(|posting| posting.block_first <= up_to).cloned()
        };
        let waiting =
            self.recent(|recent| recent.streams.get(&stream).and_then(|waiting| newest(waiting)))?;
        if waiting.is_some() {
            return Ok(waiting);
        }
        let rows = self.streams.range(Posting::key(stream, 0)..=Posting::key(stream, up_to));
        let Some(row) = { rows }.next_back() else { return Ok(None) };
        Ok(newest(&decode_row(stream, &row.value()?)?))
    }
}

/// The sequence in the value of a row about the index.
fn sequence_in(value: &[u8]) -> Result<u64, ReadError> {
    let sequence = value.try_into().map(u64::from_be_bytes);
    sequence.map_err(|_| malformed("statement of how far it is written"))
}

/// The sequence in the key of a batch's row.
fn sequence_after(key: &[u8]) -> Result<u64, ReadError> {
    sequence_in(key.strip_prefix(WRITTEN_KEY).unwrap_or_default())
}

/// A row: its key is that of its first posting; its value holds, for each, the block, the length, and the posting.
fn encode_row(postings: &[Posting]) -> ([u8; 24], Vec<u8>) {
    let first = postings.first().expect("invariant: a stream that waits has a posting");
    let mut value = Vec::new();
    for posting in postings {
        let encoded = posting.encode();
        value.extend_from_slice(&posting.block_first.to_le_bytes());
        value.extend_from_slice(&(encoded.len() as u32).to_le_bytes());
        value.extend_from_slice(&encoded);
    }
    (Posting::key(first.stream, first.block_first), value)
}

fn decode_row(stream: [u8; 16], mut value: &[u8]) -> Result<Vec<Posting>, ReadError> {
    let mut postings = Vec::new();
    while let Some((block_first, rest)) = value.split_first_chunk::<8>() {
        let cut = || malformed("entry");
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let (encoded, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut)?;
        let key = Posting::key(stream, u64::from_le_bytes(*block_first));
        postings.push(Posting::decode(&key, encoded).ok_or_else(cut)?);
        value = rest;
    }
    if value.is_empty() { Ok(postings) } else { Err(malformed("entry")) }
}

fn malformed(what: &str) -> ReadError {
    ReadError::Missing { what: format!("a well-formed stream index {what}") }
}

#[cfg(test)]
mod tests {
    use super::super::OpenDatabase;
    use super::*;

    #[test]
    fn a_batch_that_is_missing_is_named() {
        let directory = tempfile::tempdir().expect("a directory");
        let OpenDatabase { database, reader } = OpenDatabase::create(directory.path()).expect("creates");
        let mut from = 0;
        for next in [10, 25, 40] {
            let posting = Posting { stream: [7; 16], block_first: from, first_ordinal: 0, places: vec![0] };
            reader.recent(|recent| recent.take(vec![posting], 1)).expect("reads");
            reader.write_recent(&database, next).expect("writes");
            from = next;
        }
        for from in [0, 9, 10, 30, 40, 100] {
            reader.check_index_batches(from).expect("all are there");
        }
        reader.streams.remove(batch_key(10)).expect("removes");
        reader.check_index_batches(30).expect("what comes after it is there");
        let missing = reader.check_index_batches(5).expect_err("one is missing").to_string();
        assert!(missing.contains("the batch that indexes from record 10 on"), "{missing}");
        reader.streams.remove(batch_key(25)).expect("removes");
        assert!(reader.check_index_batches(30).is_err(), "the last one is missing");
    }

    #[test]
    fn a_row_reads_back_and_is_refused_when_it_is_cut() {
        let posting = |block_first, places: &[u16]| Posting {
            stream: [7; 16],
            block_first,
            first_ordinal: block_first / 2,
            places: places.to_vec(),
        };
        let row = vec![posting(10, &[0]), posting(17, &[3, 4, 400]), posting(500, &[u16::MAX])];
        let (key, value) = encode_row(&row);
        assert_eq!(key, Posting::key([7; 16], 10));
        assert_eq!(decode_row([7; 16], &value).expect("decodes"), row);
        let whole: Vec<usize> =
            (1..value.len()).filter(|cut| decode_row([7; 16], &value[..*cut]).is_ok()).collect();
        assert_eq!(whole, [22, 48], "a row cut between two postings is a shorter row");
    }
}

//! Whole batches in fjall's journals, found by their own checksums, so that what lies behind damage is found too.
//!
//! Blocks are found by their own magic ([`crate::journals`]); attachments have none, so here fjall's framing is read:
//!
//! ```text
//! batch  = 1, item count u32, number u64; items; 3, xxh3-64 of the items u64, "FJL" 3
//! item   = 2, kind u8 (0 is a value), compression u8 (0 is none), keyspace u64,
//!          key length u16, value length u32, stored length u32; key, value
//! ```

use crate::storage::Attachment;
use xxhash_rust::xxh3::xxh3_64;

const START_LENGTH: usize = 1 + 4 + 8;
const ITEM_PREFIX_LENGTH: usize = 1 + 1 + 1 + 8 + 2 + 4 + 4;
const END_LENGTH: usize = 1 + 8 + 4;
const END_MAGIC: &[u8] = b"FJL\x03";

/// The values of one keyspace in every whole batch of a journal, in the order in which they were written.
pub(crate) fn values(journal: &[u8], keyspace: u64) -> Vec<Attachment> {
    let (mut values, mut at) = (Vec::new(), 0);
    while at < journal.len() {
        match whole_batch(&journal[at..]) {
            Some(batch) => {
                let of_keyspace = batch.items.into_iter().filter(|item| item.keyspace == keyspace);
                values.extend(of_keyspace.map(|item| (item.key.to_vec(), item.value.to_vec())));
                at += batch.length;
            }
            None => at += 1,
        }
    }
    values
}

struct Batch<'a> {
    items: Vec<Item<'a>>,
    length: usize,
}

struct Item<'a> {
    keyspace: u64,
    key: &'a [u8],
    value: &'a [u8],
}

/// The batch with which `bytes` begin.
fn whole_batch(bytes: &[u8]) -> Option<Batch<'_>> {
    let start = bytes.get(..START_LENGTH).filter(|start| start[0] == 1)?;
    let item_count = u32::from_le_bytes(*start[1..].first_chunk()?);
    let (mut items, mut at) = (Vec::new(), START_LENGTH);
    for _ in 0..item_count {
        let (item, length) = item(&bytes[at..])?;
        items.extend(item);
        at += length;
    }
    let end = bytes.get(at..at + END_LENGTH).filter(|end| end[0] == 3 && end.ends_with(END_MAGIC))?;
    let checksum = u64::from_le_bytes(*end[1..].first_chunk()?);
    (xxh3_64(&bytes[START_LENGTH..at]) == checksum).then_some(Batch { items, length: at + END_LENGTH })
}

/// The item with which `bytes` begin, unless it removes a key, and its length.
fn item(bytes: &[u8]) -> Option<(Option<Item<'_>>, usize)> {
    let prefix = bytes.get(..ITEM_PREFIX_LENGTH).filter(|prefix| prefix[0] == 2)?;
    let keyspace = u64::from_le_bytes(*prefix[3..].first_chunk()?);
    let key_length = usize::from(u16::from_le_bytes(*prefix[11..].first_chunk()?));
    let stored_length = u32::from_le_bytes(*prefix[17..].first_chunk()?) as usize;
    let (key, rest) = bytes[ITEM_PREFIX_LENGTH..].split_at_checked(key_length)?;
    let value = rest.get(..stored_length)?;
    let is_plain_value = prefix[1..3] == [0, 0];
    let length = ITEM_PREFIX_LENGTH + key_length + stored_length;
    Some((is_plain_value.then_some(Item { keyspace, key, value }), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(number: u64, items: &[(u64, &[u8], &[u8])]) -> Vec<u8> {
        let mut encoded = Vec::new();
        for (keyspace, key, value) in items {
            encoded.extend_from_slice(&[2, 0, 0]);
            encoded.extend_from_slice(&keyspace.to_le_bytes());
            encoded.extend_from_slice(&(key.len() as u16).to_le_bytes());
            encoded.extend_from_slice(&[(value.len() as u32).to_le_bytes(); 2].concat());
            encoded.extend_from_slice(key);
            encoded.extend_from_slice(value);
        }
        let mut batch = vec![1];
        batch.extend_from_slice(&(items.len() as u32).to_le_bytes());
        batch.extend_from_slice(&number.to_le_bytes());
        batch.extend_from_slice(&encoded);
        batch.push(3);
        batch.extend_from_slice(&xxh3_64(&encoded).to_le_bytes());
        batch.extend_from_slice(END_MAGIC);
        batch
    }

    #[test]
    fn a_damaged_batch_hides_no_other() {
        let batches = [
            batch(1, &[(1, b"block", b"of records"), (4, b"a", b"one")]),
            batch(2, &[(4, b"b", b"two")]),
            batch(3, &[(4, b"a", b"three"), (2, b"tile", b"")]),
        ];
        let journal = [batches.concat(), vec![0; 50]].concat();
        let named = |name: &[u8], value: &[u8]| (name.to_vec(), value.to_vec());
        let [one, two, three] = [named(b"a", b"one"), named(b"b", b"two"), named(b"a", b"three")];
        assert_eq!(values(&journal, 4), [one.clone(), two, three.clone()]);
        let second = batches[0].len()..batches[0].len() + batches[1].len();
        for bit in second.start * 8..second.end * 8 {
            let mut journal = journal.clone();
            journal[bit / 8] ^= 1 << (bit % 8);
            // The number of a batch is not covered by its checksum.
            let number = (second.start + 5) * 8..(second.start + 13) * 8;
            let kept = values(&journal, 4);
            assert_eq!(kept.len(), if number.contains(&bit) { 3 } else { 2 }, "bit {bit}");
            assert_eq!((kept.first(), kept.last()), (Some(&one), Some(&three)), "bit {bit}");
        }
    }
}

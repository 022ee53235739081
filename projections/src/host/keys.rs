//! Where rows lie in the database. Big-endian, so that the order of the keys is the order of what they name.
//!
//! In `lookups` the row of the table that a view stands in gives a prefix, and the view the rest. In `finished` and
//! `pages` a workflow is named by the sequence of its first record: those grow, so new workflows are written where the
//! last ones were, and the list is a range read backwards.

use crate::row::Undecodable;

/// The prefix of the cursor, in `lookups`.
pub(crate) const CURSOR: u8 = b'c';

/// What rows are found by.
pub trait Key: Ord + Clone {
    /// Its bytes, in the order of the keys.
    fn bytes(&self) -> Vec<u8>;
}

macro_rules! ids {
    ($($id:ident)+) => {$(
        impl Key for triad_event::ids::$id {
            fn bytes(&self) -> Vec<u8> {
                self.0.to_vec()
            }
        }
    )+};
}

ids! { DataSubjectId StreamId WorkflowId }

/// A row, in `lookups`.
pub(super) fn lookup(prefix: u8, key: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + key.len());
    bytes.push(prefix);
    bytes.extend_from_slice(key);
    bytes
}

/// A finished workflow, in `finished`.
pub(super) fn finished(began: u64) -> [u8; 8] {
    began.to_be_bytes()
}

/// A page of a part of a workflow, in `pages`.
pub(super) fn page(began: u64, part: u8, number: u64) -> [u8; 17] {
    let mut key = [part; 17];
    key[..8].copy_from_slice(&began.to_be_bytes());
    key[9..].copy_from_slice(&number.to_be_bytes());
    key
}

/// Says in `finished` and in `pages` that they were written with the cursor at that sequence. It lies behind all that
/// was written before, because tables whose keys do not overlap are never merged, and a key at a fixed place would make
/// all of them overlap.
pub(super) fn mark(next_sequence: u64) -> [u8; 9] {
    let mut key = [0; 9];
    key[..8].copy_from_slice(&next_sequence.to_be_bytes());
    key
}

pub(super) fn is_mark(key: &[u8]) -> bool {
    key.len() != size_of::<u64>()
}

/// The number with which a key ends.
pub(crate) fn last_number(key: &[u8]) -> Result<u64, Undecodable> {
    key.last_chunk().map(|bytes| u64::from_be_bytes(*bytes)).ok_or(Undecodable)
}

//! Where things lie in the database. Big-endian, so that the order of the keys is the order of what they
//! name.
//!
//! A workflow is named by the sequence of its first record: those grow, so new workflows are written where
//! the last ones were, and the list is a range read backwards.

use triad_event::dag::WorkflowPhase;
use triad_event::ids::{DataSubjectId, WorkflowId};

/// The cursor, in `lookups`.
pub(super) const CURSOR: [u8; 1] = [b'c'];
/// The engine's state, in `lookups`.
pub(super) const ENGINE: [u8; 1] = [b'e'];
/// Before the keys of workflows that are alive, in `lookups`.
pub(super) const ALIVE: [u8; 1] = [b'l'];

/// Says in `settled` and in `pages` that they were written with the cursor at that sequence. It lies behind
/// all that was written before, because tables whose keys do not overlap are never merged, and a key at a
/// fixed place would make all of them overlap.
pub(super) fn mark(next_sequence: u64) -> [u8; 9] {
    let mut key = [0; 9];
    key[..8].copy_from_slice(&next_sequence.to_be_bytes());
    key
}

/// Whether a key of `settled` is a mark.
pub(super) fn is_mark(key: &[u8]) -> bool {
    key.len() != size_of::<u64>()
}

/// A workflow that is settled, in `settled`.
pub(super) fn settled(began: u64) -> [u8; 8] {
    began.to_be_bytes()
}

/// A workflow that is alive, in `lookups`.
pub(super) fn alive(began: u64) -> [u8; 9] {
    let mut key = [ALIVE[0]; 9];
    key[1..].copy_from_slice(&began.to_be_bytes());
    key
}

/// By id, in `lookups`.
pub(super) fn id(workflow: WorkflowId) -> [u8; 17] {
    let mut key = [b'i'; 17];
    key[1..].copy_from_slice(&workflow.0);
    key
}

/// By idempotency key, in `lookups`.
pub(super) fn idempotency(digest: &[u8; 32]) -> [u8; 33] {
    let mut key = [b'k'; 33];
    key[1..].copy_from_slice(digest);
    key
}

/// A data subject, in `lookups`.
pub(super) fn data_subject(subject: DataSubjectId) -> [u8; 17] {
    let mut key = [b's'; 17];
    key[1..].copy_from_slice(&subject.0);
    key
}

/// By phase, in `lookups`.
pub(super) fn phase(phase: WorkflowPhase, began: u64) -> [u8; 10] {
    let mut key = [b'p'; 10];
    key[1] = phase as u8;
    key[2..].copy_from_slice(&began.to_be_bytes());
    key
}

/// Which page of a workflow, in `pages`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Page {
    /// Tasks, by number of the page.
    Tasks(u32),
    /// Timeline, by sequence of the first entry.
    Timeline(u64),
}

/// A page of a workflow.
pub(super) fn page(began: u64, page: Page) -> [u8; 21] {
    let (part, major, minor) = match page {
        Page::Tasks(number) => (1, number, 0),
        Page::Timeline(first) => (2, 0, first),
    };
    let mut key = [part; 21];
    key[..8].copy_from_slice(&began.to_be_bytes());
    key[9..13].copy_from_slice(&u32::to_be_bytes(major));
    key[13..].copy_from_slice(&u64::to_be_bytes(minor));
    key
}

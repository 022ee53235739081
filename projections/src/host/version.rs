//! How far the database is, and in which version each view was stored.

use triad_event::ids::LogId;

use super::keys::CURSOR;
use crate::row::{Layout, stored};

stored! {
    /// How far the database is, of which log, and what its rows are.
    pub(super) struct CursorRow {
        pub(super) log: LogId,
        pub(super) next_sequence: u64,
        pub(super) chain: [u8; 32],
        pub(super) versions: Vec<Version>,
    }
}

stored! {
    /// The version in which a view is stored. It follows from what the view is, so that nobody can forget to raise it
    /// when a row changes; `fold` alone is raised by hand.
    pub struct Version {
        pub(crate) view: String,
        /// Where its rows lie.
        pub(crate) prefix: u8,
        /// Raised whenever the same records fold into something else.
        pub(crate) fold: u32,
        /// BLAKE3 of the description of the rows.
        pub(crate) rows: [u8; 32],
    }
}

/// Version of the keys, and of how views are kept.
const KEPT: u32 = 3;

impl Version {
    /// That of a view with rows of such a description.
    pub(crate) fn of(view: &str, prefix: u8, fold: u32, rows: &str) -> Self {
        Self { view: view.to_owned(), prefix, fold, rows: blake3::hash(rows.as_bytes()).into() }
    }

    /// That of what surrounds the views.
    pub(super) fn of_the_host() -> Self {
        let mut cursor = String::new();
        CursorRow::describe(&mut cursor);
        Self::of("host", CURSOR, KEPT, &cursor)
    }
}

//! What a view of one workflow is: it is in memory while its workflow is alive, and has pages of its own in the
//! database.

use crate::host::batch::NewPages;
use crate::host::stored::{StoredPages, StoredRows};
use crate::read_error::ReadError;
use crate::row::{Layout, Row};

/// A view of one workflow.
pub(crate) trait Part: Default {
    /// Raised whenever the same records fold into something else.
    const FOLD: u32;
    /// What is stored of it, beside its pages, while the workflow is alive.
    type Alive: Row;
    /// What its pages are made of.
    type Page: Layout;

    fn alive(&self) -> Self::Alive;

    /// Writes the pages that changed since the last checkpoint.
    fn fill(&self, pages: NewPages<'_, '_>);

    /// Takes out of memory what is stored and will not change.
    fn evict(&mut self);

    /// What was in memory after the last checkpoint.
    fn recall(alive: Self::Alive, pages: StoredPages<'_>) -> Result<Self, ReadError>;
}

/// A view of one workflow by the number of its pages, which its row gives.
pub(crate) trait Numbered: Part {
    const NUMBER: u8;

    /// Its pages of the workflow that began there.
    fn pages(rows: StoredRows<'_>, began: u64) -> StoredPages<'_> {
        rows.pages(began, Self::NUMBER)
    }
}

//! The durable mark: how far the log is on disk. Replies, reads and effects wait for it.

/// How far the log is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DurableMark {
    /// Sequence of the first record that is not durable: every record below it is.
    pub next_sequence: u64,
    /// Whether the storage has failed; the mark will not move again in this process.
    pub failed: bool,
}

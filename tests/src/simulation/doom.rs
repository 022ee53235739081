//! Faults that are forced at a chosen commit.

/// A commit, counted from 1, at which one fault is forced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forced {
    /// Which commit.
    pub commit: u64,
    /// What happens there.
    pub doom: Doom,
}

/// What can happen to the process at the boundary of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doom {
    /// It dies before the commit is on disk.
    DiesBefore,
    /// It dies in the middle of the write.
    DiesWithin,
    /// It dies when the commit is on disk and nobody has heard of it.
    DiesUnheard,
    /// It dies as soon as the commit is acknowledged.
    DiesAfter,
    /// The commit fails.
    Fails,
    /// Nobody can tell, and it is not on disk.
    UnknownLost,
    /// Nobody can tell, and it is on disk.
    UnknownKept,
    /// It is stopped in order.
    Stops,
}

impl Doom {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::DiesBefore,
        Self::DiesWithin,
        Self::DiesUnheard,
        Self::DiesAfter,
        Self::Fails,
        Self::UnknownLost,
        Self::UnknownKept,
        Self::Stops,
    ];
}

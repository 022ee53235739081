//! Why the domain of data subjects says no.

use thiserror::Error;
use triad_event::ids::DataSubjectId;
use triad_event::quantity::Micros;

use crate::limits::ReasonTooLong;

/// Why the domain of data subjects says no. The three that stand against an erasure are recorded as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A legal hold stands against the erasure. Recorded.
    #[error("data subject {subject} is under {holds} legal holds")]
    LegalHold {
        /// The data subject.
        subject: DataSubjectId,
        /// How many holds are on it.
        holds: u32,
    },
    /// The retention rule stands against the erasure. Recorded.
    #[error("the content of data subject {subject} must be kept until {until}")]
    Retention {
        /// The data subject.
        subject: DataSubjectId,
        /// The first moment at which it may be erased.
        until: Micros,
    },
    /// Workflows stand against the erasure. Recorded.
    #[error("data subject {subject} is in use by {workflows} workflows that have not ended")]
    InUse {
        /// The data subject.
        subject: DataSubjectId,
        /// How many.
        workflows: u32,
    },
    /// Its key is destroyed; nothing is accepted for it ever again.
    #[error("data subject {subject} is erased")]
    SubjectErased {
        /// The data subject.
        subject: DataSubjectId,
    },
    /// Its erasure was requested and has not ended.
    #[error("the erasure of data subject {subject} is under way")]
    ErasureUnderWay {
        /// The data subject.
        subject: DataSubjectId,
    },
    /// Nothing was ever accepted for it.
    #[error("data subject {subject} is not known")]
    SubjectUnknown {
        /// The data subject.
        subject: DataSubjectId,
    },
    /// All zero stands for nobody.
    #[error("the id of a data subject is not all zero")]
    SubjectIdZero,
    /// Its key lies elsewhere.
    #[error("data subject {subject} has slot {expected}, not {given}")]
    OtherSlot {
        /// The data subject.
        subject: DataSubjectId,
        /// The slot that it has.
        expected: u64,
        /// The slot that was named.
        given: u64,
    },
    /// The vault was asked too long ago; ask it again.
    #[error(
        "the vault was asked when record {given} was the newest, and must be asked after record {needed}"
    )]
    LookupTooOld {
        /// When it was asked.
        given: u64,
        /// When it must be asked.
        needed: u64,
    },
    /// The erasure is that of another data subject.
    #[error("erasure {request} is not that of data subject {given}")]
    OtherErasure {
        /// Sequence of its request.
        request: u64,
        /// The data subject that was named.
        given: DataSubjectId,
    },
    /// There is a hold of that name on it already.
    #[error("data subject {subject} is under a hold of that name already")]
    HoldExists {
        /// The data subject.
        subject: DataSubjectId,
    },
    /// There is no hold of that name on it.
    #[error("data subject {subject} is under no hold of that name")]
    HoldUnknown {
        /// The data subject.
        subject: DataSubjectId,
    },
    /// The name of the hold is none.
    #[error("the name of a hold is 1 to 64 characters of a-z, 0-9, _ and -")]
    HoldNotNamed,
    /// As many holds stand as may.
    #[error("at most {max} holds may stand")]
    TooManyHolds {
        /// The limit.
        max: usize,
    },
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}

//! Why what came of an evaluation is not taken.

use thiserror::Error;
use triad_event::ids::DataSubjectId;

/// Why what came of an evaluation is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No evaluation was requested by that record.
    #[error("record {request} requests no evaluation")]
    NotAnEvaluation {
        /// The sequence given.
        request: u64,
    },
    /// It was requested for another task.
    #[error("record {request} requests an evaluation for task {expected}, not {given}")]
    OtherTask {
        /// Sequence of the request.
        request: u64,
        /// The task of the request.
        expected: u32,
        /// The task given.
        given: u32,
    },
    /// What it came to does not fit the verdict, or the entries do not lie one after another.
    #[error("what the expressions of the task came to contradicts itself")]
    Contradiction,
    /// The entries are sealed for somebody else than the workflow is of.
    #[error("the workflow is of data subject {expected}; the entries are sealed for {given}")]
    OtherSubject {
        /// Whose the workflow is.
        expected: DataSubjectId,
        /// Whose the entries are.
        given: DataSubjectId,
    },
}

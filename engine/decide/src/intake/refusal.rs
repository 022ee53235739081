//! Why intake says no.

use thiserror::Error;
use triad_event::ids::{DataSubjectId, WorkflowId};

use super::Faults;

/// Why intake says no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The definition has faults.
    #[error("{0}")]
    Faults(Faults),
    /// Tasks were staged before, but another number than the input says.
    #[error("{expected} tasks are staged, not {given}")]
    StagedOtherwise {
        /// How many are staged.
        expected: u32,
        /// How many the input says.
        given: u32,
    },
    /// The id is that of a workflow that is alive.
    #[error("workflow {workflow} exists already")]
    WorkflowExists {
        /// The workflow.
        workflow: WorkflowId,
    },
    /// All zero is the log's own stream.
    #[error("the id of a workflow is not all zero")]
    WorkflowIdZero,
    /// Content was staged for another data subject.
    #[error("what was staged is of data subject {expected}, not of {given}")]
    OtherSubject {
        /// Whose it is.
        expected: DataSubjectId,
        /// Whose the input says it is.
        given: DataSubjectId,
    },
    /// The same key was used for another definition.
    #[error("the idempotency key was used for another definition, of workflow {workflow}")]
    KeyConflict {
        /// That workflow.
        workflow: WorkflowId,
    },
    /// The index that was asked has not read far enough; ask again when it has.
    #[error("the index of idempotency keys has read up to {given} and must have read up to {needed}")]
    LookupTooOld {
        /// How far it had read.
        given: u64,
        /// How far it must have read.
        needed: u64,
    },
    /// As many are alive as may be.
    #[error("at most {max} workflows may be alive")]
    TooManyAlive {
        /// The limit.
        max: usize,
    },
    /// As many of the credential are alive as may be.
    #[error("at most {max} workflows of this credential may be alive")]
    TooManyOfCredential {
        /// The limit.
        max: u32,
    },
    /// The tasks do not fit one record: stage them in chunks.
    #[error("the tasks need {bytes} bytes, one record holds {max}: stage them in chunks")]
    RecordTooLarge {
        /// How much they need.
        bytes: usize,
        /// The limit.
        max: usize,
    },
}

//! What the core answers: a refusal is a value, not an error.

use thiserror::Error;
use triad_event::ids::WorkflowId;

use crate::domains::for_each_domain;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// The input is recorded; there is nothing to add.
    Recorded,
    /// A chunk is staged.
    Staged {
        /// How many tasks are staged now.
        staged_tasks: u32,
    },
    /// A workflow is accepted.
    Submitted {
        /// The workflow.
        workflow: WorkflowId,
        /// Digest of its definition.
        digest: [u8; 32],
        /// How many tasks it has.
        tasks: u32,
    },
    /// The same was accepted before under the same key; nothing is recorded.
    Repeated {
        /// The workflow that was accepted then.
        workflow: WorkflowId,
    },
}

/// Declares the refusal over all domains.
macro_rules! refusal {
    ($( $domain:ident($module:ident) )+) => {
        /// Why nothing was done. Nothing is recorded, unless the refusal is evidence: then it is an event as well.
        #[derive(Debug, Clone, PartialEq, Eq, Error)]
        pub enum Refusal {
            $(
                #[doc = concat!("By `", stringify!($module), "`.")]
                #[error(transparent)]
                $domain(#[from] crate::$module::refusal::Refusal),
            )+
            /// What came of an effect that nobody waits for any more: its outcome is recorded already, or it was given up.
            #[error("nothing is owed for request {request} any more")]
            EffectOver {
                /// Sequence of the request.
                request: u64,
            },
            /// What came of an effect that was never requested.
            #[error("record {request} requests nothing")]
            EffectUnknown {
                /// The sequence that was named.
                request: u64,
            },
        }
    };
}

for_each_domain! { refusal }

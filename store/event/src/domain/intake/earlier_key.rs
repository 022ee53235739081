//! What was accepted under an idempotency key before.

use crate::ids::WorkflowId;
use crate::quantity::Micros;

structure! {
    /// A workflow that was accepted under the same idempotency key before.
    Earlier {
        /// The workflow.
        workflow: WorkflowId,
        /// Digest of its definition.
        digest: [u8; 32],
        /// When it was accepted, in the time that has passed for this log.
        elapsed: Micros,
    }
}

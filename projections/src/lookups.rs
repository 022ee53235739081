//! What the shell of the engine asks about things that its world may have forgotten: an idempotency key, a
//! workflow that ended.
//!
//! An answer holds up to the sequence that comes with it. What was recorded behind that, the asker must know
//! itself.

use triad_event::ids::WorkflowId;
use triad_event::intake::Earlier;
use triad_event::quantity::Micros;

use crate::projection::Moment;
use crate::run_list::Summary;
use crate::views::{Answer, ReadError, Views};

/// The newest workflow that was accepted under an idempotency key. Expired keys are answered too: whether a
/// key still counts depends on a setting and on the time of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Digest of its definition.
    pub digest: [u8; 32],
    /// When it was accepted.
    pub at: Micros,
    /// Sequence of its acceptance.
    pub sequence: u64,
}

impl Accepted {
    fn of(summary: &Summary) -> Option<Self> {
        let Moment { sequence, at } = summary.accepted?;
        Some(Self { workflow: summary.id, digest: summary.digest?, at, sequence })
    }

    /// As a submission records what was looked up.
    pub fn earlier(&self) -> Earlier {
        Earlier { workflow: self.workflow, digest: self.digest, at: self.at }
    }
}

impl Views {
    /// The newest workflow that was accepted under an idempotency key, given as the digest that submissions
    /// record.
    pub fn idempotency(&self, key: &[u8; 32]) -> Result<Answer<Option<Accepted>>, ReadError> {
        let Answer { through, value } = self.read(|memory| memory.keyed(key), |stored| stored.keyed(key))?;
        Ok(Answer { through, value: value.as_ref().and_then(Accepted::of) })
    }

    /// A workflow at a glance, whether it is alive or ended long ago.
    pub fn summary(&self, workflow: WorkflowId) -> Result<Answer<Option<Summary>>, ReadError> {
        self.read(|memory| memory.summary(workflow), |stored| stored.summary(workflow))
    }
}

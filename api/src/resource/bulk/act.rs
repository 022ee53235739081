//! What is done to one workflow of a bulk action: what its own route would do, for whoever asked, and what came of that.

use crate::access::admitted::Admitted;
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use std::time::Duration;
use triad_decide::Accepted;
use triad_decide::limits::REASON_BYTES_MAX;
use triad_event::bulk::{Action, Item, ItemOutcome};
use triad_event::dag::{self, CancelRequested, WorkflowPaused, WorkflowPhase, WorkflowResumed};
use triad_event::ids::{StreamId, WorkflowId};

/// What the digest is for under which a retry counts once, so that it coincides with no key of a client.
const KEY_CONTEXT: &str = "triad 2026-11 idempotency key of a bulk retry";
/// How often something is tried that a server with too much to do could not do.
const TRIES_MAX: u32 = 5;
/// The pause before it is tried again; each is twice as long as the one before.
const PAUSE: Duration = Duration::from_millis(200);

/// What is to be done to workflows, for whom, and why.
pub(super) struct Deed {
    pub(super) id: StreamId,
    pub(super) action: Action,
    pub(super) behalf: Admitted,
    pub(super) reason: String,
    /// The filter names what was cancelled, so that is retried as well.
    pub(super) wants_cancelled: bool,
}

/// What came of a workflow, and the new one when it was retried.
type Came = (ItemOutcome, Option<WorkflowId>);

/// The name of the route that does it to one workflow, which is what policies allow.
pub(super) fn route_of(action: Action) -> &'static str {
    match action {
        Action::Cancel => "cancel_workflow",
        Action::Pause => "pause_workflow",
        Action::Resume => "resume_workflow",
        Action::Retry => "retry_workflow",
    }
}

impl AppState {
    /// Does it to one workflow. Whatever speaks against that is what came of it; only a server that stops leaves it open.
    pub(super) async fn act(&self, deed: &Deed, workflow: WorkflowId) -> Result<Item, Problem> {
        let mut pause = PAUSE;
        for attempt in 1..=TRIES_MAX {
            let problem = match self.act_once(deed, workflow).await {
                Ok((outcome, retried_by)) => return Ok(Item { workflow, outcome, retried_by }),
                Err(problem) => problem,
            };
            match outcome_of(deed.action, problem.code) {
                Verdict::Is(outcome) => return Ok(Item { workflow, outcome, retried_by: None }),
                Verdict::Stopping => return Err(problem),
                Verdict::Again if attempt < TRIES_MAX => tokio::time::sleep(pause).await,
                Verdict::Again | Verdict::Failed => {
                    tracing::warn!("bulk action {}: workflow {workflow}: {}", deed.id, problem.text());
                    break;
                }
            }
            pause *= 2;
        }
        Ok(Item { workflow, outcome: ItemOutcome::Failed, retried_by: None })
    }

    async fn act_once(&self, deed: &Deed, workflow: WorkflowId) -> Result<Came, Problem> {
        self.allow_workflow(&deed.behalf, route_of(deed.action), workflow).await?;
        let reason = deed.reason();
        let ask: dag::Ask = match deed.action {
            Action::Cancel => CancelRequested { reason }.into(),
            Action::Pause => WorkflowPaused { reason }.into(),
            Action::Resume => WorkflowResumed { reason }.into(),
            Action::Retry => return self.retry_once(deed, workflow).await,
        };
        match self.change_workflow(deed.behalf.asker, workflow, ask).await {
            Ok(_) => Ok((ItemOutcome::Done, None)),
            // What was cancelled before, perhaps by a server that ended in between, stands as it was wanted.
            Err(problem) if problem.code == Code::WorkflowEnded && deed.action == Action::Cancel => {
                let is_cancelled = self.phase_of(workflow).await? == Some(WorkflowPhase::Cancelled);
                Ok((if is_cancelled { ItemOutcome::Already } else { ItemOutcome::Ended }, None))
            }
            Err(problem) => Err(problem),
        }
    }

    /// Retries what failed, once for each bulk action, whatever becomes of this server.
    async fn retry_once(&self, deed: &Deed, workflow: WorkflowId) -> Result<Came, Problem> {
        let key = deed.key(workflow);
        if let Some(earlier) = self.submitted_under(key).await? {
            return Ok((ItemOutcome::Already, Some(earlier)));
        }
        match self.phase_of(workflow).await? {
            None => return Ok((ItemOutcome::Unknown, None)),
            Some(WorkflowPhase::Failed) => {}
            Some(WorkflowPhase::Cancelled) if deed.wants_cancelled => {}
            Some(phase) if phase.is_terminal() => return Ok((ItemOutcome::NotFailed, None)),
            Some(_) => return Ok((ItemOutcome::Alive, None)),
        }
        match self.retry(&deed.behalf, workflow, None, Some(key)).await?.0 {
            Accepted::Submitted { workflow, .. } => Ok((ItemOutcome::Done, Some(workflow))),
            Accepted::Repeated { workflow } => Ok((ItemOutcome::Already, Some(workflow))),
            Accepted::Recorded | Accepted::Staged { .. } => {
                Err(Problem::new(Code::Internal, "a retry was answered as if it were something else"))
            }
        }
    }

    async fn phase_of(&self, workflow: WorkflowId) -> Result<Option<WorkflowPhase>, Problem> {
        let summary = self.view(move |views| views.summary(workflow)).await?.value;
        Ok(summary.map(|summary| summary.phase))
    }
}

impl Deed {
    /// Why, with the bulk action that it is a part of, as far as there is room.
    fn reason(&self) -> String {
        let part = format!("bulk action {}", self.id);
        let room = REASON_BYTES_MAX - part.len() - ": ".len();
        let reason = &self.reason[..self.reason.floor_char_boundary(room)];
        format!("{part}: {reason}")
    }

    fn key(&self, workflow: WorkflowId) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_derive_key(KEY_CONTEXT);
        hasher.update(&self.id.0).update(&workflow.0);
        *hasher.finalize().as_bytes()
    }
}

/// What a problem means for a bulk action.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// That is what came of it.
    Is(ItemOutcome),
    /// It may work a moment later.
    Again,
    /// The server stops, and goes on when it is back.
    Stopping,
    /// It did not work, and would not a moment later.
    Failed,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what stands against a workflow is named, and the rest is a failure"
)]
fn outcome_of(action: Action, code: Code) -> Verdict {
    use ItemOutcome as O;
    match code {
        Code::AlreadyCancelling if action == Action::Cancel => Verdict::Is(O::Already),
        Code::AlreadyCancelling => Verdict::Is(O::Cancelling),
        Code::AlreadyPaused | Code::NotPaused => Verdict::Is(O::Already),
        Code::WorkflowEnded => Verdict::Is(O::Ended),
        Code::WorkflowAlive => Verdict::Is(O::Alive),
        Code::WorkflowUnknown | Code::NotAccepted => Verdict::Is(O::Unknown),
        Code::NotAllowed => Verdict::Is(O::NotAllowed),
        Code::NotIdentified => Verdict::Is(O::NotTried),
        Code::SubjectErased | Code::ErasureUnderWay | Code::ContentErased => Verdict::Is(O::Erased),
        Code::TooManyAlive => Verdict::Is(O::TooManyAlive),
        Code::Quarantined => Verdict::Is(O::Quarantined),
        Code::Stopping => Verdict::Stopping,
        Code::Busy | Code::ViewsBehind | Code::NotRecorded | Code::UnknownOutcome => Verdict::Again,
        _ => Verdict::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::actions;

    #[test]
    fn every_action_is_one_that_policies_allow() {
        for action in Action::ALL {
            assert!(actions().iter().any(|known| known.name == route_of(*action)), "{action:?}");
        }
    }
}

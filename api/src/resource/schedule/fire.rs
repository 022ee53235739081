//! Fires for one moment: submits the workflow as whoever set the schedule would, under a key that is that of the moment, and
//! records it then. A server that ends in between finds the workflow under the key and records it.

use super::text::{Occasion, written};
use super::turn::zones_version;
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::state::AppState;
use crate::resource::bulk::circumstances;
use crate::resource::workflow::SUBMIT;
use crate::wire::problem::{Code, Problem};
use triad_calendar::LeftOut;
use triad_decide::Accepted;
use triad_decide::limits::REASON_BYTES_MAX;
use triad_event::ids::WorkflowId;
use triad_event::schedules::{BackfillWhy, How, LeftOutWhy, MomentFired, PauseWhy, SchedulePaused};
use triad_projections::view::schedule_book::Schedule;

/// What the digest is for under which a moment counts once, so that it coincides with no key of a client.
const KEY_CONTEXT: &str = "triad 2026-11 idempotency key of a moment of a schedule";

/// What came of a submission.
enum Came {
    Submitted(WorkflowId),
    /// Nothing of the schedule can fire until somebody sees to it.
    Paused(PauseWhy, String),
    /// The workflow was refused, by a problem of that code.
    Refused(Code),
}

impl AppState {
    /// Has the workflow of a moment submitted, once, and records what came of it.
    pub(super) async fn fire(&self, schedule: &Schedule, moment_ms: i64, how: How) -> Result<(), Problem> {
        let key = key(schedule, moment_ms, how);
        let came = match self.submitted_under(key).await? {
            Some(workflow) => Came::Submitted(workflow),
            None => self.submit_scheduled(schedule, moment_ms, key).await?,
        };
        let id = schedule.id;
        match (came, how) {
            (Came::Submitted(workflow), _) => {
                let zones_version = zones_version(schedule);
                self.note_schedule(id, MomentFired { moment_ms, workflow, how, zones_version }).await
            }
            (Came::Paused(why, reason), _) => self.note_schedule(id, SchedulePaused { why, reason }).await,
            (Came::Refused(code), How::Backfill) => {
                self.end_backfill(id, BackfillWhy::Refused, code.name().to_owned()).await
            }
            (Came::Refused(code), How::OnTime | How::CaughtUp) => {
                let left = LeftOut { count: 1, first_ms: moment_ms, last_ms: moment_ms };
                self.leave_out(schedule, left, LeftOutWhy::Refused, code.name().to_owned()).await
            }
        }
    }

    /// Submits by the way of `POST /v1/workflows`, for whoever set the schedule.
    async fn submit_scheduled(
        &self,
        schedule: &Schedule,
        moment_ms: i64,
        key: [u8; 32],
    ) -> Result<Came, Problem> {
        let set = &schedule.set;
        let behalf = self.on_behalf(schedule.principal, circumstances(set.connection)).await?;
        let Some(behalf) = behalf else {
            let reason = "the credential of whoever set it counts no more".to_owned();
            return Ok(Came::Paused(PauseWhy::CredentialRevoked, reason));
        };
        let place = behalf.home().to_owned();
        if place != set.tenant {
            let reason = "whoever set it is of another tenant now".to_owned();
            return Ok(Came::Paused(PauseWhy::NotAllowed, reason));
        }
        let behalf = Admitted { action: SUBMIT, place, ..behalf };
        match self.allow(&behalf, SUBMIT, About::Home).await {
            Ok(()) => {}
            Err(problem) if problem.code == Code::NotAllowed => {
                let reason = "whoever set it may no longer submit workflows".to_owned();
                return Ok(Came::Paused(PauseWhy::NotAllowed, reason));
            }
            Err(problem) => return Err(problem),
        }
        let shown = format!("schedule {}", set.name);
        let text = match self.open_kept(behalf.asker, set.subject.id, &set.source, &shown).await? {
            Ok(text) => text,
            Err(mut why) => {
                why.truncate(why.floor_char_boundary(REASON_BYTES_MAX));
                return Ok(Came::Paused(PauseWhy::TextGone, why));
            }
        };
        let (language, bytes) = (written(set.language), text.to_vec());
        let submitted = async {
            let run = schedule.waiting.iter().find(|run| run.moment_ms == moment_ms);
            let occasion = Occasion { name: &set.name, moment_ms, follows: run.map(|run| run.workflow) };
            let definition = self.read_scheduled(&behalf, language, bytes, occasion).await?;
            self.submit_for(&behalf, definition, Some(key)).await
        };
        match submitted.await {
            Ok((Accepted::Submitted { workflow, .. } | Accepted::Repeated { workflow }, _)) => {
                Ok(Came::Submitted(workflow))
            }
            Ok((Accepted::Recorded | Accepted::Staged { .. }, _)) => {
                Err(Problem::new(Code::Internal, "a submission was answered as if it were something else"))
            }
            Err(problem) if is_passing(problem.code) => Err(problem),
            Err(problem) => {
                tracing::warn!("schedule {} is refused its workflow: {}", schedule.id, problem.text());
                Ok(Came::Refused(problem.code))
            }
        }
    }
}

/// Under which a moment is submitted once. A backfill submits it again, and each backfill for itself.
fn key(schedule: &Schedule, moment_ms: i64, how: How) -> [u8; 32] {
    let backfill = match how {
        How::OnTime | How::CaughtUp => 0,
        How::Backfill => schedule.open_backfill().map_or(0, |backfill| backfill.requested.sequence),
    };
    let mut hasher = blake3::Hasher::new_derive_key(KEY_CONTEXT);
    hasher.update(&schedule.id.0).update(&moment_ms.to_le_bytes()).update(&backfill.to_le_bytes());
    *hasher.finalize().as_bytes()
}

/// Whether it may work a moment later. Until then the moment is due, and is caught up as the schedule says.
fn is_passing(code: Code) -> bool {
    matches!(
        code,
        Code::Busy
            | Code::Stopping
            | Code::ViewsBehind
            | Code::NotRecorded
            | Code::UnknownOutcome
            | Code::VaultUnavailable
            | Code::TooManyAlive
            | Code::Internal
    )
}

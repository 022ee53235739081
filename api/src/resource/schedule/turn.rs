//! One turn of a schedule: what is due is done, at most one moment fires, and it is said when to look again.

use super::agenda::NEVER_MS;
use super::moments::Moments;
use super::plan::{Run, Standing, Step};
use crate::http::state::AppState;
use crate::wire::problem::Problem;
use triad_calendar::{LeftOut, ZONES_VERSION};
use triad_decide::Input;
use triad_event::Source;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::schedules::{
    Ask, BackfillWhy, EndBackfill, How, LeftOutWhy, MomentsLeftOut, Overlap, Phase,
};
use triad_perform::Asker;
use triad_projections::view::schedule_book::{BACKFILL_RUNS_MAX, Backfill, Schedule};
use triad_projections::{Moment, ReadError};

/// How long nothing is tried after something that could not be recorded or read.
pub(super) const PAUSE_MS: i64 = 1000;
/// How long a run that is waited for is not looked at.
const AWAIT_MS: i64 = 500;
/// Steps of one turn without a firing: leaving out what was paused, what was missed, what overlaps.
const STEPS_MAX: usize = 8;
/// A schedule as it stands, with what became of the runs that matter.
pub(super) struct Now {
    pub(super) schedule: Schedule,
    pub(super) run: Run,
    /// Whether the next of its backfill must wait for a run of it.
    is_full: bool,
}

/// What is done within a turn.
enum Done {
    /// Something fired, or cannot: others come first.
    Fired,
    /// Something was recorded: look again.
    Recorded,
    /// Nothing is due before that time.
    Nothing(i64),
}

impl AppState {
    /// Does what is due for a schedule, and says when to look again.
    pub(super) async fn take_schedule_turn(&self, id: StreamId) -> Result<i64, Problem> {
        let _alone = self.schedule_turns.alone_with(id).await;
        for _ in 0..STEPS_MAX {
            let Some(now) = self.schedule_now(id).await? else { return Ok(NEVER_MS) };
            if now.schedule.phase != Phase::Active {
                return Ok(NEVER_MS);
            }
            let moments = Moments::of(&now.schedule)?;
            let regular = match self.take_step(&now, &moments).await? {
                Done::Fired => return self.engine_ms().await,
                Done::Recorded => continue,
                Done::Nothing(at_ms) => at_ms,
            };
            match self.take_backfill_step(&now, &moments).await? {
                Done::Fired => return self.engine_ms().await,
                Done::Recorded => {}
                Done::Nothing(at_ms) => return Ok(at_ms.min(regular)),
            }
        }
        self.engine_ms().await
    }

    async fn take_step(&self, now: &Now, moments: &Moments) -> Result<Done, Problem> {
        let now_ms = self.engine_ms().await?;
        match now.standing().step(moments, now_ms) {
            Step::Fire { moment_ms, how } => {
                self.fire(&now.schedule, moment_ms, how).await?;
                Ok(Done::Fired)
            }
            Step::LeaveOut { left, why } => {
                self.leave_out(&now.schedule, left, why, String::new()).await?;
                Ok(Done::Recorded)
            }
            Step::Look { at_ms } => Ok(Done::Nothing(at_ms)),
            Step::Await => Ok(Done::Nothing(now_ms + AWAIT_MS)),
            Step::Rest => Ok(Done::Nothing(NEVER_MS)),
        }
    }

    async fn take_backfill_step(&self, now: &Now, moments: &Moments) -> Result<Done, Problem> {
        let (Some(backfill), Moments::Calendar(timing)) = (now.schedule.open_backfill(), moments) else {
            return Ok(Done::Nothing(NEVER_MS));
        };
        let until_ms = backfill.asked.before_ms - 1;
        match timing.firings(backfill.after_ms, until_ms, 1).next() {
            None => {
                self.end_backfill(now.schedule.id, BackfillWhy::Finished, String::new()).await?;
                Ok(Done::Recorded)
            }
            Some(_) if now.is_full => Ok(Done::Nothing(self.engine_ms().await? + AWAIT_MS)),
            Some(moment_ms) => {
                self.fire(&now.schedule, moment_ms, How::Backfill).await?;
                Ok(Done::Fired)
            }
        }
    }

    /// A schedule as it stands; none when there is none.
    async fn schedule_now(&self, id: StreamId) -> Result<Option<Now>, Problem> {
        let found = self.view(move |views| {
            let found = views.schedules(|book| book.find(id).cloned()).value;
            let Some(schedule) = found else { return Ok(None) };
            let run = |workflow: Option<WorkflowId>| -> Result<Run, ReadError> {
                let Some(workflow) = workflow else { return Ok(Run::None) };
                Ok(match views.summary(workflow)?.value {
                    None => Run::None,
                    Some(summary) => match summary.ended {
                        None => Run::Alive,
                        Some(ended) => Run::Ended { at_ms: ended.at.0.div_euclid(1000) },
                    },
                })
            };
            let last = run(schedule.last_run)?;
            let is_full = run(holding(&schedule))? == Run::Alive;
            Ok(Some(Now { schedule, run: last, is_full }))
        });
        found.await
    }

    /// Records that moments do not fire, as the server itself.
    pub(super) async fn leave_out(
        &self,
        schedule: &Schedule,
        left: LeftOut,
        why: LeftOutWhy,
        refusal: String,
    ) -> Result<(), Problem> {
        let LeftOut { count, first_ms, last_ms } = left;
        let zones_version = zones_version(schedule);
        let left = MomentsLeftOut { first_ms, last_ms, count, why, refusal, zones_version };
        self.note_schedule(schedule.id, left).await
    }

    /// Records that no more of a backfill fires.
    pub(super) async fn end_backfill(
        &self,
        id: StreamId,
        why: BackfillWhy,
        refusal: String,
    ) -> Result<(), Problem> {
        self.note_schedule(id, EndBackfill { why, refusal }).await
    }

    pub(super) async fn note_schedule(&self, id: StreamId, ask: impl Into<Ask>) -> Result<(), Problem> {
        let ask: Ask = ask.into();
        self.ask(Asker::system(Source::Engine), Input::of(id, ask)).await?.reply?;
        Ok(())
    }
}

impl Now {
    fn standing(&self) -> Standing {
        let Schedule { id, set, since, resumed, handled_ms, waiting, .. } = &self.schedule;
        let since_ms = since.at.0.div_euclid(1000);
        let (after_ms, resumed_ms) = if set.after.is_none() {
            let after_ms = handled_ms.map_or(since_ms, |handled_ms| handled_ms.max(since_ms));
            (after_ms, resumed.map(|resumed| resumed.at.0.div_euclid(1000)))
        } else {
            // All that waits is left. What was named before it was resumed can lie behind that, where many ended at one time.
            let before = |resumed: Moment| {
                let mut earlier = waiting.iter().rev();
                earlier.find(|run| run.recorded.sequence < resumed.sequence).map(|run| run.moment_ms)
            };
            (i64::MIN, resumed.and_then(before))
        };
        Standing {
            id: *id,
            after_ms,
            resumed_ms,
            overlap: set.overlap,
            catch_up: set.catch_up.clone(),
            jitter_max: set.jitter_max,
            run: self.run,
        }
    }
}

/// The release of the time zone database that named a moment of a schedule; none when a run did.
pub(super) fn zones_version(schedule: &Schedule) -> String {
    if schedule.set.after.is_some() { String::new() } else { ZONES_VERSION.to_owned() }
}

/// The run of the backfill that must have ended before the next one begins: the last, or where runs may overlap the one so many
/// before.
fn holding(schedule: &Schedule) -> Option<WorkflowId> {
    let Backfill { runs, .. } = schedule.open_backfill()?;
    let at_once = match schedule.set.overlap {
        Overlap::Skip | Overlap::Queue => 1,
        Overlap::Allow => BACKFILL_RUNS_MAX,
    };
    runs.len().checked_sub(at_once).and_then(|place| runs.get(place)).copied()
}

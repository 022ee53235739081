//! Looks after the schedules: begins the turn of each whose time has come by the time that the engine goes by, a few at once.
//! That is the wall clock as long as it is believed; one that was set counts once somebody accepted it (docs/time.md).

use super::agenda::{Agenda, NEVER_MS};
use super::turn::PAUSE_MS;
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use tokio::time::MissedTickBehavior;
use triad_event::ids::StreamId;
use triad_projections::view::schedule_book::{Schedule, ScheduleBook};

/// Schedules that are looked at at once: they share what it takes to make records durable. Each may hold a document.
const AT_ONCE: usize = 64;
/// The longest sleep. A clock that is set, or a machine that was suspended, is noticed after it.
const SLEEP_MAX: Duration = Duration::from_secs(1);
/// How often it is looked for runs that ended, where schedules follow runs.
const FOLLOW_PAUSE: Duration = Duration::from_millis(500);

/// What came of a turn: when it is looked at again, or that it panicked.
type Ended = (StreamId, Result<Result<i64, Problem>, JoinError>);

/// Looks after all schedules until the server stops.
pub(crate) async fn drive(state: AppState) {
    let mut stopping = state.stopping.clone();
    let mut agenda = Agenda::default();
    let mut turns: JoinSet<Ended> = JoinSet::new();
    let mut is_known = false;
    let mut has_followers = false;
    let mut looks = tokio::time::interval(FOLLOW_PAUSE);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !*stopping.borrow() {
        // An engine that does not say what time it is has ended, or is about to.
        let now_ms = state.engine_ms().await.unwrap_or(0);
        if !is_known {
            let found = state.take_in(&mut agenda, now_ms).await;
            is_known = found.is_some();
            has_followers = found.unwrap_or(has_followers);
        }
        while turns.len() < AT_ONCE
            && let Some(id) = agenda.begin(now_ms)
        {
            turns.spawn(apart(state.clone(), id));
        }
        let next_ms = agenda.next_ms().filter(|_| turns.len() < AT_ONCE);
        tokio::select! {
            Some(ended) = turns.join_next() => end(&mut agenda, ended, now_ms),
            () = state.schedules_changed.notified() => is_known = false,
            _ = looks.tick(), if has_followers => is_known = false,
            () = tokio::time::sleep(sleep(next_ms, now_ms)) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

/// A turn in a task of its own, so that it is known whose it was that panicked.
async fn apart(state: AppState, id: StreamId) -> Ended {
    let mut turn = JoinSet::new();
    turn.spawn(async move { state.take_schedule_turn(id).await });
    (id, turn.join_next().await.expect("invariant: a task that was begun ends"))
}

/// Until the next one is looked at.
fn sleep(next_ms: Option<i64>, now_ms: i64) -> Duration {
    let left_ms = next_ms.map_or(i64::MAX, |next_ms| next_ms.saturating_sub(now_ms));
    Duration::from_millis(u64::try_from(left_ms).unwrap_or(0)).min(SLEEP_MAX)
}

fn end(agenda: &mut Agenda, ended: Result<Ended, JoinError>, now_ms: i64) {
    let (id, came) = ended.expect("invariant: what only waits for a turn does not panic");
    match came {
        Ok(Ok(at_ms)) => agenda.end(id, at_ms),
        Ok(Err(problem)) => {
            if problem.code != Code::Stopping {
                tracing::warn!("schedule {id} waits: {}", problem.text());
            }
            agenda.end(id, now_ms.saturating_add(PAUSE_MS));
        }
        // What panics once does so again, until it is changed.
        Err(error) => {
            tracing::error!("schedule {id} is looked at no more until it is changed: {error}");
            agenda.end(id, NEVER_MS);
        }
    }
}

/// The sequence of the newest change that makes it due earlier: also that a run ended that it follows.
fn revision(schedule: &Schedule) -> u64 {
    let moments = [
        Some(schedule.last_set),
        schedule.paused.as_ref().map(|paused| paused.since),
        schedule.resumed,
        schedule.backfill.as_ref().map(|backfill| backfill.requested),
        schedule.last_followed.as_ref().map(|run| run.recorded),
    ];
    moments.into_iter().flatten().map(|moment| moment.sequence).max().unwrap_or_default()
}

impl AppState {
    /// The time that the engine goes by, in milliseconds.
    pub(super) async fn engine_ms(&self) -> Result<i64, Problem> {
        Ok(self.engine.status().await?.time.0.div_euclid(1000))
    }

    /// Takes in which schedules there are, and says whether any follows runs; none when that could not be read.
    async fn take_in(&self, agenda: &mut Agenda, now_ms: i64) -> Option<bool> {
        let all = |book: &ScheduleBook| -> (Vec<(StreamId, u64)>, bool) {
            let all = book.schedules.iter().map(|schedule| (schedule.id, revision(schedule))).collect();
            (all, book.schedules.iter().any(|schedule| schedule.set.after.is_some()))
        };
        match self.view(move |views| Ok(views.schedules(all))).await {
            Ok(found) => {
                let (all, has_followers) = found.value;
                agenda.take_in(&all, now_ms);
                Some(has_followers)
            }
            Err(problem) => {
                if !*self.stopping.borrow() {
                    tracing::warn!("schedules wait: {}", problem.text());
                }
                None
            }
        }
    }
}

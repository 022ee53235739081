//! What comes next for a schedule: a function of what it says, of how far it is, of what its last run did, and of the time.

use super::moments::Moments;
use triad_calendar::{Chosen, LeftOut, jitter_ms};
use triad_event::ids::StreamId;
use triad_event::quantity::Millis;
use triad_event::schedules::{CatchUp, CatchUpPolicy, How, LeftOutWhy, Overlap};

/// How late a moment may be and still counts as on time: a server begins again within it.
pub(super) const LATENESS_MS: i64 = 10_000;
/// Moments that wait at most while a run goes on. Of more the oldest are left out.
pub(super) const QUEUED_MAX: usize = 100;

/// How far a schedule is, and by which rules it goes on.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) id: StreamId,
    /// Moments up to here were handled, or are none of its own.
    pub(super) after_ms: i64,
    /// When it was resumed last.
    pub(super) resumed_ms: Option<i64>,
    pub(super) overlap: Overlap,
    pub(super) catch_up: CatchUp,
    pub(super) jitter_max: Millis,
    pub(super) run: Run,
}

/// What became of the workflow of the newest moment that fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Run {
    /// There is none, or nothing is known of it any more.
    None,
    Alive,
    Ended {
        at_ms: i64,
    },
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// A workflow is submitted for a moment.
    Fire { moment_ms: i64, how: How },
    /// Moments in a row are left out.
    LeaveOut { left: LeftOut, why: LeftOutWhy },
    /// Nothing before that time.
    Look { at_ms: i64 },
    /// A moment waits until the last run has ended.
    Await,
    /// Nothing ever.
    Rest,
}

impl Standing {
    /// What comes next at this time.
    pub(super) fn step(&self, moments: &Moments, now_ms: i64) -> Step {
        let mut after_ms = self.after_ms;
        if let Some(resumed_ms) = self.resumed_ms.filter(|resumed_ms| *resumed_ms > after_ms) {
            if let Some(left) = all_between(moments, after_ms, resumed_ms.min(now_ms)) {
                return Step::LeaveOut { left, why: LeftOutWhy::Paused };
            }
            after_ms = resumed_ms;
        }
        if self.overlap == Overlap::Queue
            && let Some(step) = self.queued(moments, after_ms, now_ms)
        {
            return step;
        }
        let late_ms = now_ms.saturating_sub(LATENESS_MS).saturating_sub(self.jitter_max_ms());
        let Chosen { fire_ms, left_out } = self.missed(moments, after_ms, late_ms);
        if let Some(left) = left_out {
            return Step::LeaveOut { left, why: LeftOutWhy::Missed };
        }
        let (moment_ms, how) = match fire_ms.first() {
            Some(moment_ms) => (*moment_ms, How::CaughtUp),
            None => match self.due(moments, after_ms.max(late_ms), now_ms) {
                Ok(moment_ms) => (moment_ms, How::OnTime),
                Err(step) => return step,
            },
        };
        if self.overlap == Overlap::Skip && self.run == Run::Alive {
            // Without jitter all that is due is left out for the same reason, in one record.
            let until_ms = if self.jitter_max.0 == 0 { now_ms } else { moment_ms };
            let left = all_between(moments, moment_ms - 1, until_ms);
            let one = LeftOut { count: 1, first_ms: moment_ms, last_ms: moment_ms };
            return Step::LeaveOut { left: left.unwrap_or(one), why: LeftOutWhy::Overlap };
        }
        Step::Fire { moment_ms, how }
    }

    /// The step of a schedule whose moments wait for one another; none when nothing waits or waited.
    fn queued(&self, moments: &Moments, after_ms: i64, now_ms: i64) -> Option<Step> {
        let at_ms = match self.run {
            Run::None => return None,
            Run::Alive => {
                return Some(match self.due(moments, after_ms, now_ms) {
                    Ok(_) => Step::Await,
                    Err(step) => step,
                });
            }
            Run::Ended { at_ms } => at_ms.min(now_ms),
        };
        let all = triad_calendar::CatchUp::All { count_max: QUEUED_MAX, age_ms_max: i64::MAX };
        let Chosen { fire_ms, left_out } = moments.catch_up(after_ms, at_ms, all);
        if let Some(left) = left_out {
            return Some(Step::LeaveOut { left, why: LeftOutWhy::Overlap });
        }
        fire_ms.first()?;
        Some(match self.due(moments, after_ms, now_ms) {
            Ok(moment_ms) => Step::Fire { moment_ms, how: How::OnTime },
            Err(step) => step,
        })
    }

    /// Of the moments that passed while nobody was there: which fire, and which are left out.
    fn missed(&self, moments: &Moments, after_ms: i64, late_ms: i64) -> Chosen {
        let (count_max, age_ms) = (self.catch_up.count_max, as_ms(self.catch_up.age_max));
        let policy = match self.catch_up.policy {
            CatchUpPolicy::None => triad_calendar::CatchUp::None,
            CatchUpPolicy::Last => triad_calendar::CatchUp::Last,
            CatchUpPolicy::All => triad_calendar::CatchUp::All {
                count_max: usize::try_from(count_max).unwrap_or(usize::MAX),
                age_ms_max: age_ms,
            },
        };
        let first_ms = moments.next_after(after_ms).filter(|first_ms| *first_ms <= late_ms);
        let Some(first_ms) = first_ms else { return Chosen::default() };
        // All of them fire, one after another: the first is enough, and asked for each time.
        let is_young = first_ms >= late_ms.saturating_sub(age_ms);
        if self.catch_up.policy == CatchUpPolicy::All
            && is_young
            && moments.count(after_ms, late_ms) <= u64::from(count_max)
        {
            return Chosen { fire_ms: vec![first_ms], left_out: None };
        }
        moments.catch_up(after_ms, late_ms, policy)
    }

    /// The first moment after one, if it is due, or what else comes next.
    fn due(&self, moments: &Moments, after_ms: i64, now_ms: i64) -> Result<i64, Step> {
        let moment_ms = moments.next_after(after_ms).ok_or(Step::Rest)?;
        let jitter = jitter_ms(&self.id.0, moment_ms, self.jitter_max.0);
        let at_ms = moment_ms.saturating_add(i64::try_from(jitter).unwrap_or(i64::MAX));
        if at_ms > now_ms { Err(Step::Look { at_ms }) } else { Ok(moment_ms) }
    }

    fn jitter_max_ms(&self) -> i64 {
        as_ms(self.jitter_max)
    }
}

/// All moments after one and up to another and with it; none when there are none.
fn all_between(moments: &Moments, after_ms: i64, until_ms: i64) -> Option<LeftOut> {
    moments.catch_up(after_ms, until_ms, triad_calendar::CatchUp::None).left_out
}

fn as_ms(span: Millis) -> i64 {
    i64::try_from(span.0).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

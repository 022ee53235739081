//! What the records say of schedules.

mod following;

use super::Book;
use crate::simulation::violation::{Verdict, broken, hold};
use following::EndedRun;
pub(crate) use following::Following;
use std::collections::BTreeMap;
use triad_event::ids::{StreamId, WorkflowId};
use triad_event::schedules::{BackfillEnded, Event, How, MomentFired, Phase, ScheduleSet};
use triad_event::{Event as AnyEvent, Recorded};

/// The schedules of the log.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    /// Those that are not deleted.
    pub(crate) open: BTreeMap<StreamId, ScheduleLine>,
    /// Workflows that were submitted for a moment, by the name of which schedule.
    fired: BTreeMap<WorkflowId, String>,
    /// Workflows that ended before it was recorded that a schedule submitted them, if one did.
    ended: BTreeMap<WorkflowId, EndedRun>,
}

/// A schedule.
#[derive(Debug)]
pub(crate) struct ScheduleLine {
    pub(crate) phase: Phase,
    /// When it was set first, in milliseconds.
    pub(crate) since_ms: i64,
    /// The last moment that was handled.
    pub(crate) handled_ms: Option<i64>,
    /// The backfill that is under way.
    pub(crate) backfill: Option<BackfillLine>,
    /// What it follows; none when it has a calendar.
    pub(crate) following: Option<Following>,
    name: String,
    next_ordinal: u64,
}

/// A backfill that is under way.
#[derive(Debug)]
pub(crate) struct BackfillLine {
    /// The sequence of the request.
    pub(crate) request: u64,
    /// Moments up to here are done.
    pub(crate) after_ms: i64,
    /// Moments before this one are meant.
    pub(crate) before_ms: i64,
    fired: u64,
}

impl Book {
    pub(super) fn take_schedule(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        if let Event::ScheduleSet(set) = event {
            self.accept_once(record, &set.subject)?;
            if record.ordinal == 0 {
                return self.begin_schedule(record, set);
            }
        }
        self.schedules.go_on(record, event)?;
        match event {
            Event::MomentFired(fired) => {
                self.invariant_what_fires_is_in_the_log(record, fired)?;
                self.schedules.hear_firing(record, fired);
                Ok(())
            }
            Event::ScheduleDeleted(_) => {
                self.schedules.open.remove(&record.stream);
                self.closed.insert(record.stream, false);
                Ok(())
            }
            Event::ScheduleSet(_)
            | Event::SchedulePaused(_)
            | Event::ScheduleResumed(_)
            | Event::MomentsLeftOut(_)
            | Event::BackfillRequested(_)
            | Event::BackfillEnded(_)
            | Event::RunFollowed(_) => Ok(()),
        }
    }

    fn begin_schedule(&mut self, record: &Recorded<AnyEvent>, set: &ScheduleSet) -> Verdict {
        let is_new = !self.schedules.open.contains_key(&record.stream)
            && !self.closed.contains_key(&record.stream)
            && !self.courses.contains_key(&record.stream);
        hold("invariant_a_closed_stream_stays_closed", is_new, || {
            format!("record {} begins a schedule in the stream {}", record.sequence, record.stream)
        })?;
        let namesake = self.schedules.open.iter().find(|(_, line)| line.name == set.name);
        hold("invariant_a_name_is_that_of_one_schedule", namesake.is_none(), || {
            format!("record {} begins a second {:?}", record.sequence, set.name)
        })?;
        let line = ScheduleLine {
            phase: Phase::Active,
            since_ms: record.at.0.div_euclid(1000),
            handled_ms: None,
            backfill: None,
            following: Following::of(record, set),
            name: set.name.clone(),
            next_ordinal: 1,
        };
        self.schedules.open.insert(record.stream, line);
        Ok(())
    }

    /// A moment is said to have fired once its workflow is durable, and no workflow is that of two moments.
    fn invariant_what_fires_is_in_the_log(
        &mut self,
        record: &Recorded<AnyEvent>,
        fired: &MomentFired,
    ) -> Verdict {
        let stream = StreamId::from(fired.workflow);
        let is_there = self.courses.get(&stream).is_some_and(super::Course::is_accepted)
            || self.closed.get(&stream) == Some(&true);
        let is_its_own = !self.schedules.fired.contains_key(&fired.workflow);
        hold("invariant_what_fires_is_in_the_log", is_there && is_its_own, || {
            format!(
                "record {} names {}: there {is_there}, its own {is_its_own}",
                record.sequence, fired.workflow
            )
        })
    }

    /// The workflow that was accepted last under a key.
    pub(crate) fn accepted_under(&self, key: &[u8; 32]) -> Option<WorkflowId> {
        self.keys.get(key).map(|(earlier, _)| earlier.workflow)
    }
}

impl Schedules {
    fn go_on(&mut self, record: &Recorded<AnyEvent>, event: &Event) -> Verdict {
        let Some(line) = self.open.get_mut(&record.stream) else {
            let what = format!("record {} is of {}, where no schedule is", record.sequence, record.stream);
            return Err(broken("invariant_a_closed_stream_stays_closed", what));
        };
        hold("invariant_stream_ordinals_are_contiguous", line.next_ordinal == record.ordinal, || {
            format!("record {} has ordinal {}, not {}", record.sequence, record.ordinal, line.next_ordinal)
        })?;
        line.next_ordinal += 1;
        let Some(phase) = Phase::after(Some(line.phase), event) else {
            let what = format!("record {} follows {:?}: {event:?}", record.sequence, line.phase);
            return Err(broken("invariant_schedules_obey_their_grammar", what));
        };
        line.phase = phase;
        match event {
            Event::MomentFired(fired) if fired.how == How::Backfill => {
                line.fire_back(record, fired.moment_ms)
            }
            Event::MomentFired(fired) if line.following.is_some() => {
                line.handle_followed(record, fired.moment_ms, fired.moment_ms, 1)
            }
            Event::MomentsLeftOut(left) if line.following.is_some() => {
                line.handle_followed(record, left.first_ms, left.last_ms, left.count)
            }
            Event::MomentFired(fired) => line.handle(record, fired.moment_ms, fired.moment_ms),
            Event::MomentsLeftOut(left) => line.handle(record, left.first_ms, left.last_ms),
            Event::RunFollowed(followed) => line.follow(record, followed),
            Event::ScheduleSet(set) => {
                line.set(record, set);
                Ok(())
            }
            Event::BackfillRequested(asked) => {
                let (after_ms, before_ms) = (asked.from_ms - 1, asked.before_ms);
                let backfill = BackfillLine { request: record.sequence, after_ms, before_ms, fired: 0 };
                let is_alone = line.backfill.replace(backfill).is_none();
                hold("invariant_one_backfill_at_a_time", is_alone, || {
                    format!("record {} begins a second backfill", record.sequence)
                })
            }
            Event::BackfillEnded(ended) => line.end_backfill(record, ended),
            Event::SchedulePaused(_) | Event::ScheduleResumed(_) | Event::ScheduleDeleted(_) => Ok(()),
        }
    }
}

impl ScheduleLine {
    fn handle(&mut self, record: &Recorded<AnyEvent>, first_ms: i64, last_ms: i64) -> Verdict {
        let is_next = self.handled_ms.is_none_or(|handled_ms| handled_ms < first_ms) && first_ms <= last_ms;
        let before = self.handled_ms.replace(last_ms);
        hold("invariant_each_moment_is_handled_once_and_in_order", is_next, || {
            format!("record {} handles {first_ms} to {last_ms} after {before:?}", record.sequence)
        })
    }

    fn fire_back(&mut self, record: &Recorded<AnyEvent>, moment_ms: i64) -> Verdict {
        let backfill = self.backfill.as_mut();
        let is_next = backfill.is_some_and(|backfill| {
            let is_next = backfill.after_ms < moment_ms && moment_ms < backfill.before_ms;
            (backfill.after_ms, backfill.fired) = (moment_ms, backfill.fired + 1);
            is_next
        });
        hold("invariant_a_backfill_fires_each_moment_of_its_range_once", is_next, || {
            format!("record {} fires {moment_ms} back: {:?}", record.sequence, self.backfill)
        })
    }

    fn end_backfill(&mut self, record: &Recorded<AnyEvent>, ended: &BackfillEnded) -> Verdict {
        let backfill = self.backfill.take();
        let is_right = backfill.as_ref().is_some_and(|backfill| backfill.fired == ended.fired);
        hold("invariant_a_backfill_says_how_many_fired", is_right, || {
            format!("record {} says {}, and there was {backfill:?}", record.sequence, ended.fired)
        })
    }
}

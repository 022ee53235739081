//! The schedules that there are, and how far each is.

use triad_event::governance::Event as GovernanceEvent;
use triad_event::ids::StreamId;
use triad_event::schedules::{Event, How, MomentFired, MomentsLeftOut, Phase, RunEnd, ScheduleSet};
use triad_event::{Domain, Event as AnyEvent, Recorded};

use super::follows::Follows;
use super::runs::Runs;
use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::ports::Ports;
use crate::shared::SharedMap;

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) tenant: String,
    pub(crate) name: String,
    pub(crate) phase: Phase,
    /// Up to here moments were handled; none when none was yet.
    pub(crate) handled_ms: Option<i64>,
    /// The backfill that is under way.
    pub(crate) backfill: Option<Backfill>,
    /// Whose runs it follows; none when a calendar names its moments.
    pub(crate) follows: Option<Box<Follows>>,
}

/// A backfill that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Backfill {
    /// Moments up to here are done.
    pub(crate) after_ms: i64,
    /// Moments before this one are meant.
    pub(crate) before_ms: i64,
    pub(crate) fired: u64,
}

/// What is remembered of schedules.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) schedules: SharedMap<StreamId, Schedule>,
    /// The runs that may be followed, and by which schedules.
    pub(crate) runs: Runs,
}

words! { Phase }

structs! {
    State { schedules, runs }
    Schedule { tenant, name, phase, handled_ms, backfill, follows }
    Backfill { after_ms, before_ms, fired }
}

impl Default for State {
    fn default() -> Self {
        Self { schedules: SharedMap::new(), runs: Runs::default() }
    }
}

impl Schedule {
    /// Whether a moment is behind what was handled.
    pub(crate) fn is_next(&self, moment_ms: i64) -> bool {
        self.handled_ms.is_none_or(|handled_ms| moment_ms > handled_ms)
    }

    /// Behind which moment the next one that it names itself lies.
    pub(crate) fn newest_ms(&self) -> Option<i64> {
        let waiting = self.follows.as_ref().and_then(|follows| follows.newest_ms());
        self.handled_ms.max(waiting)
    }

    fn fire(&mut self, fired: &MomentFired) -> Result<(), FoldError> {
        if fired.how != How::Backfill {
            return match self.follows {
                Some(_) => self.handle_followed(fired.moment_ms, fired.moment_ms, 1),
                None => self.handle(fired.moment_ms, fired.moment_ms),
            };
        }
        let backfill = self.backfill.as_mut().filter(|backfill| backfill.is_next(fired.moment_ms));
        let backfill = backfill.ok_or(FoldError::Grammar)?;
        backfill.after_ms = fired.moment_ms;
        backfill.fired += 1;
        Ok(())
    }

    fn handle(&mut self, first_ms: i64, last_ms: i64) -> Result<(), FoldError> {
        if !self.is_next(first_ms) || last_ms < first_ms {
            return Err(FoldError::Grammar);
        }
        self.handled_ms = Some(last_ms);
        Ok(())
    }

    /// Moments that were named here are handled, though others wait before them.
    fn handle_followed(&mut self, first_ms: i64, last_ms: i64, count: u64) -> Result<(), FoldError> {
        let follows = self.follows.as_mut().ok_or(FoldError::Grammar)?;
        if count == 0 || follows.waiting_within(first_ms, last_ms) != count {
            return Err(FoldError::Grammar);
        }
        follows.forget(first_ms, last_ms);
        self.handled_ms = self.handled_ms.max(Some(last_ms));
        Ok(())
    }

    fn leave_out(&mut self, left: &MomentsLeftOut) -> Result<(), FoldError> {
        match self.follows {
            Some(_) => self.handle_followed(left.first_ms, left.last_ms, left.count),
            None => self.handle(left.first_ms, left.last_ms),
        }
    }

    /// Where other runs are followed than before, what waited is none of its own any more.
    fn set(&mut self, set: &ScheduleSet, sequence: u64) -> Result<(), FoldError> {
        if (&set.tenant, &set.name) != (&self.tenant, &self.name) {
            return Err(FoldError::Grammar);
        }
        match (&mut self.follows, &set.after) {
            (Some(follows), Some(after)) if follows.after.is_same_runs(after) => {
                follows.after = after.clone()
            }
            (_, after) => {
                self.handled_ms = self.newest_ms();
                self.follows = after.clone().map(|after| Box::new(Follows::new(after, sequence)));
            }
        }
        Ok(())
    }

    fn follow(&mut self, event: &Event, sequence: u64) -> Result<(), FoldError> {
        match event {
            Event::ScheduleSet(set) => self.set(set, sequence),
            Event::MomentFired(fired) => self.fire(fired),
            Event::MomentsLeftOut(left) => self.leave_out(left),
            Event::RunFollowed(followed) => {
                let is_behind = self.newest_ms().is_none_or(|newest_ms| newest_ms < followed.moment_ms);
                let follows = self.follows.as_mut().filter(|_| is_behind).ok_or(FoldError::Grammar)?;
                follows.name(followed)
            }
            Event::BackfillRequested(asked) => {
                let (after_ms, before_ms) = (asked.from_ms.saturating_sub(1), asked.before_ms);
                match self.backfill.replace(Backfill { after_ms, before_ms, fired: 0 }) {
                    None => Ok(()),
                    Some(_) => Err(FoldError::Grammar),
                }
            }
            Event::BackfillEnded(ended) => match self.backfill.take() {
                Some(backfill) if backfill.fired == ended.fired => Ok(()),
                Some(_) | None => Err(FoldError::Grammar),
            },
            Event::SchedulePaused(_) | Event::ScheduleResumed(_) | Event::ScheduleDeleted(_) => Ok(()),
        }
    }
}

impl Backfill {
    /// Whether a moment is one of those that are left.
    pub(crate) fn is_next(&self, moment_ms: i64) -> bool {
        self.after_ms < moment_ms && moment_ms < self.before_ms
    }
}

impl State {
    /// The schedule of a tenant with a name. Seldom asked, so nothing is kept for it.
    pub(crate) fn named(&self, tenant: &str, name: &str) -> Option<StreamId> {
        let is_it = |schedule: &Schedule| schedule.tenant == tenant && schedule.name == name;
        self.schedules.iter().find(|(_, schedule)| is_it(schedule)).map(|(stream, _)| *stream)
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if let AnyEvent::Governance(GovernanceEvent::StreamClosed(closed)) = &record.event {
            self.remove(closed.closed);
            self.end_run(closed.closed, RunEnd::Closed, record, ports);
        }
        self.hear_run(record, ports);
        let AnyEvent::Schedules(event) = &record.event else { return Ok(()) };
        let stream = record.stream;
        let before = self.schedules.get(&stream).map(|schedule| schedule.phase);
        let phase = Phase::after(before, event).ok_or(FoldError::Grammar)?;
        if let Event::ScheduleSet(set) = event {
            ports.uses.accept_once(&set.subject, record)?;
            if before.is_none() {
                return self.begin(record, set, ports);
            }
            self.runs.follow(stream, set, self.schedules.get(&stream));
        }
        if phase == Phase::Deleted {
            self.remove(stream);
            return Ok(());
        }
        let schedule = self.schedules.get_mut(&stream).ok_or(FoldError::StreamUnknown)?;
        schedule.phase = phase;
        schedule.follow(event, record.sequence)?;
        if let Event::MomentFired(fired) = event {
            self.fired_run(stream, fired.workflow, record, ports);
        }
        Ok(())
    }

    fn begin(
        &mut self,
        record: &Recorded<AnyEvent>,
        set: &ScheduleSet,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        if record.ordinal > 0 || record.stream == StreamId::LOG {
            return Err(FoldError::Stream);
        }
        ports.streams.open(record.stream, Domain::Schedules);
        self.runs.follow(record.stream, set, None);
        let follows = set.after.clone().map(|after| Box::new(Follows::new(after, record.sequence)));
        let (tenant, name) = (set.tenant.clone(), set.name.clone());
        let phase = Phase::Active;
        let schedule = Schedule { tenant, name, phase, handled_ms: None, backfill: None, follows };
        self.schedules.insert(record.stream, schedule);
        Ok(())
    }

    fn remove(&mut self, stream: StreamId) {
        if let Some(gone) = self.schedules.remove(&stream) {
            self.runs.follow_no_more(stream, &gone);
        }
    }
}

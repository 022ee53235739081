//! The schedules that there are, and how far each is.

use triad_event::governance::Event as GovernanceEvent;
use triad_event::ids::StreamId;
use triad_event::schedules::{Event, How, MomentFired, Phase};
use triad_event::{Domain, Event as AnyEvent, Recorded};

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
}

words! { Phase }

structs! {
    State { schedules }
    Schedule { tenant, name, phase, handled_ms, backfill }
    Backfill { after_ms, before_ms, fired }
}

impl Default for State {
    fn default() -> Self {
        Self { schedules: SharedMap::new() }
    }
}

impl Schedule {
    /// Whether a moment is behind what was handled.
    pub(crate) fn is_next(&self, moment_ms: i64) -> bool {
        self.handled_ms.is_none_or(|handled_ms| moment_ms > handled_ms)
    }

    fn fire(&mut self, fired: &MomentFired) -> Result<(), FoldError> {
        if fired.how != How::Backfill {
            return self.handle(fired.moment_ms, fired.moment_ms);
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

    fn follow(&mut self, event: &Event) -> Result<(), FoldError> {
        match event {
            Event::ScheduleSet(set) if (&set.tenant, &set.name) != (&self.tenant, &self.name) => {
                Err(FoldError::Grammar)
            }
            Event::MomentFired(fired) => self.fire(fired),
            Event::MomentsLeftOut(left) => self.handle(left.first_ms, left.last_ms),
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
            Event::ScheduleSet(_)
            | Event::SchedulePaused(_)
            | Event::ScheduleResumed(_)
            | Event::ScheduleDeleted(_) => Ok(()),
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
            self.schedules.remove(&closed.closed);
        }
        let AnyEvent::Schedules(event) = &record.event else { return Ok(()) };
        let stream = record.stream;
        let before = self.schedules.get(&stream).map(|schedule| schedule.phase);
        let phase = Phase::after(before, event).ok_or(FoldError::Grammar)?;
        if let Event::ScheduleSet(set) = event {
            ports.uses.accept_once(&set.subject, record)?;
            if before.is_none() {
                if record.ordinal > 0 || stream == StreamId::LOG {
                    return Err(FoldError::Stream);
                }
                ports.streams.open(stream, Domain::Schedules);
                let (tenant, name) = (set.tenant.clone(), set.name.clone());
                let schedule = Schedule { tenant, name, phase, handled_ms: None, backfill: None };
                self.schedules.insert(stream, schedule);
                return Ok(());
            }
        }
        if phase == Phase::Deleted {
            self.schedules.remove(&stream);
            return Ok(());
        }
        let schedule = self.schedules.get_mut(&stream).ok_or(FoldError::StreamUnknown)?;
        schedule.phase = phase;
        schedule.follow(event)
    }
}

//! Whoever looks after schedules: as the server does, a moment is submitted under a key of its own and recorded once that is
//! durable, whatever happens in between. Beside it people, who set, pause, resume, delete and fill back. Each is alone with a
//! schedule until what they asked is answered, as behind the server's door.

use super::action::{Action, Definition, OfSchedule, Request};
use super::agenda::Happening;
use super::asking::key_of;
use super::book::ScheduleLine;
use super::chance::Chance;
use super::driver::Driver;
use super::fault::Fault;
use super::names::{name_of, workflow_named};
use super::script::task;
use super::violation::Verdict;
use triad_event::ids::StreamId;
use triad_event::intake::{Label, TaskKind, WorkflowTerms};
use triad_event::schedules::{FollowOn, How, LABEL_SCHEDULE, Phase};

/// Schedules at once.
const OPEN_MAX: usize = 4;
/// A schedule is set after the runs of another one, where there is one, in ten thousand.
const FOLLOWS: u64 = 4_000;
/// A schedule is set although there are others, in ten thousand.
const ANOTHER: u64 = 1_000;
/// People do something to a schedule instead of leaving it to itself, in ten thousand.
const BY_PEOPLE: u64 = 1_500;
/// Of several moments that are due all but the last are left out, in ten thousand; else the first one fires.
const LEFT_OUT: u64 = 3_000;
/// Moments of a range that is filled back, at most.
const FILLED_MAX: u64 = 6;

fn chance(driver: &mut Driver) -> &mut Chance {
    &mut driver.planners
}

impl Driver {
    /// Somebody looks after a schedule.
    pub(crate) fn planner_acts(&mut self) -> Verdict {
        if self.is_healing {
            return Ok(());
        }
        let in_us = Self::around(&mut self.planners, self.swarm.think_us * self.swarm.planners);
        self.at(in_us, Happening::Planner);
        let asked: Vec<StreamId> = self.planned.values().copied().collect();
        let open = self.stage.book.schedules.open.keys().copied().filter(|one| !asked.contains(one));
        let open: Vec<StreamId> = open.collect();
        let has_room = open.len() + asked.len() < OPEN_MAX;
        if has_room && (open.is_empty() || self.planners.hits(ANOTHER)) {
            return self.begin_schedule();
        }
        let Some(schedule) = self.planners.pick(&open).copied() else { return Ok(()) };
        if self.strikes(Fault::ScheduleBad, chance) {
            return self.ask_schedule_amiss(schedule);
        }
        if self.planners.hits(BY_PEOPLE) {
            self.people_change(schedule)
        } else {
            self.fire_what_is_due(schedule)
        }
    }

    fn begin_schedule(&mut self) -> Verdict {
        self.schedules_begun += 1;
        let schedule = workflow_named(&format!("plan{}", self.schedules_begun));
        let what = self.set_somehow(schedule.into());
        self.ask_of_schedule(schedule.into(), what)
    }

    /// At moments of a calendar, or after the runs of another schedule, also where that would close a circle.
    fn set_somehow(&mut self, schedule: StreamId) -> OfSchedule {
        let others = self.stage.book.schedules.open.keys().copied().filter(|other| *other != schedule);
        let others: Vec<StreamId> = others.collect();
        if others.is_empty() || !self.planners.hits(FOLLOWS) {
            return OfSchedule::Set;
        }
        let on = *self.planners.pick(FollowOn::ALL).unwrap_or(&FollowOn::Any);
        self.planners.pick(&others).map_or(OfSchedule::Set, |whose| OfSchedule::Follow { whose: *whose, on })
    }

    /// Asks something of a schedule, and is alone with it until that is answered.
    fn ask_of_schedule(&mut self, schedule: StreamId, what: OfSchedule) -> Verdict {
        self.planned.insert(self.stage.next_ticket(), schedule);
        self.ask(Request::Schedule(schedule, what))
    }

    fn line(&self, schedule: StreamId) -> Option<&ScheduleLine> {
        self.stage.book.schedules.open.get(&schedule)
    }

    /// Milliseconds between two moments. Clients think some microseconds, so that is enough for something to happen.
    fn period_ms(&self) -> i64 {
        (self.swarm.think_us * self.swarm.planners / 500).max(2).cast_signed()
    }

    /// The moment after a time.
    fn moment_after(&self, ms: i64) -> i64 {
        let period_ms = self.period_ms();
        (ms.div_euclid(period_ms) + 1) * period_ms
    }

    fn people_change(&mut self, schedule: StreamId) -> Verdict {
        let now_ms = self.stage.book.now_ms();
        let Some(ScheduleLine { phase, backfill, .. }) = self.line(schedule) else { return Ok(()) };
        let (is_paused, is_filled) = (*phase == Phase::Paused, backfill.is_some());
        let what = match self.planners.below(8) {
            0 => self.set_somehow(schedule),
            1 => OfSchedule::Delete,
            2 if is_filled => OfSchedule::Stop,
            2..=4 if !is_filled => {
                let before_ms = self.moment_after(now_ms);
                let from_ms =
                    before_ms - self.period_ms() * self.planners.between(1, FILLED_MAX).cast_signed();
                OfSchedule::Backfill { from_ms, before_ms }
            }
            _ if is_paused => OfSchedule::Resume,
            _ => OfSchedule::Pause,
        };
        self.ask_of_schedule(schedule, what)
    }

    fn fire_what_is_due(&mut self, schedule: StreamId) -> Verdict {
        let now_ms = self.stage.book.now_ms();
        let Some(line) = self.line(schedule) else { return Ok(()) };
        if line.phase == Phase::Paused {
            return self.ask_of_schedule(schedule, OfSchedule::Resume);
        }
        if let Some(backfill) = &line.backfill {
            let moment_ms = self.moment_after(backfill.after_ms);
            if moment_ms >= backfill.before_ms {
                return self.ask_of_schedule(schedule, OfSchedule::Finish);
            }
            let of = backfill.request;
            return self.fire(schedule, moment_ms, How::Backfill, of);
        }
        if let Some(following) = &line.following {
            let waiting: Vec<i64> = following.waiting.keys().copied().collect();
            return self.handle_followed(schedule, &waiting);
        }
        let first_ms = self.moment_after(line.handled_ms.unwrap_or(line.since_ms));
        let last_ms = self.moment_after(now_ms) - self.period_ms();
        if first_ms > last_ms {
            return Ok(());
        }
        if first_ms < last_ms && self.planners.hits(LEFT_OUT) {
            let last_ms = last_ms - self.period_ms();
            let count = (last_ms - first_ms).div_euclid(self.period_ms()).unsigned_abs() + 1;
            return self.ask_of_schedule(schedule, OfSchedule::LeaveOut { first_ms, last_ms, count });
        }
        let how = if first_ms < last_ms { How::CaughtUp } else { How::OnTime };
        self.fire(schedule, first_ms, how, 0)
    }

    /// Of several moments that runs have named some are left out, or the first one fires.
    fn handle_followed(&mut self, schedule: StreamId, waiting: &[i64]) -> Verdict {
        let Some((last_ms, before)) = waiting.split_last() else { return Ok(()) };
        match (before.first(), before.last()) {
            (Some(first_ms), Some(before_ms)) if self.planners.hits(LEFT_OUT) => {
                let (first_ms, last_ms, count) = (*first_ms, *before_ms, before.len() as u64);
                self.ask_of_schedule(schedule, OfSchedule::LeaveOut { first_ms, last_ms, count })
            }
            (first_ms, _) => self.fire(schedule, *first_ms.unwrap_or(last_ms), How::OnTime, 0),
        }
    }

    /// What was submitted for a moment is recorded, or it is submitted.
    fn fire(&mut self, schedule: StreamId, moment_ms: i64, how: How, of: u64) -> Verdict {
        let key = format!("{}-{moment_ms}-{of}", name_of(schedule.into()));
        if let Some(workflow) = self.stage.book.accepted_under(&key_of(&key)) {
            return self.ask_of_schedule(schedule, OfSchedule::Fire { moment_ms, workflow, how });
        }
        let tasks = vec![task("a".to_owned(), TaskKind::Noop)];
        let workflow = self.clients.new_workflow();
        let label = Label { name: LABEL_SCHEDULE.to_owned(), value: name_of(schedule.into()) };
        let terms = Some(WorkflowTerms { labels: vec![label], ..WorkflowTerms::nothing() });
        let definition = Definition { workflow, first_task: 0, tasks, subject: None, asked: None, terms };
        self.planned.insert(self.stage.next_ticket(), schedule);
        self.act(Action::Submit { definition, key: Some(key) })
    }

    /// Something that is refused wherever it is asked, or mostly.
    fn ask_schedule_amiss(&mut self, schedule: StreamId) -> Verdict {
        let nobody = StreamId::from(workflow_named("nobody"));
        let Some(line) = self.line(schedule) else { return Ok(()) };
        let (handled_ms, is_filled) = (line.handled_ms.unwrap_or(line.since_ms), line.backfill.is_some());
        let workflow = workflow_named("nobody");
        let (of, what) = match self.planners.below(9) {
            0 => (nobody, OfSchedule::Pause),
            1 => (schedule, OfSchedule::LeaveOut { first_ms: handled_ms, last_ms: handled_ms - 1, count: 1 }),
            2 if line_is_handled(self.line(schedule)) => {
                (schedule, OfSchedule::Fire { moment_ms: handled_ms, workflow, how: How::OnTime })
            }
            3 if is_filled => {
                (schedule, OfSchedule::Backfill { from_ms: handled_ms, before_ms: handled_ms + 1 })
            }
            3 | 4 if !is_filled => (schedule, OfSchedule::Stop),
            7 => (schedule, OfSchedule::Follow { whose: schedule, on: FollowOn::Any }),
            8 => (schedule, OfSchedule::Follow { whose: nobody, on: FollowOn::Any }),
            5 => (schedule, OfSchedule::Backfill { from_ms: handled_ms, before_ms: handled_ms }),
            _ => (schedule, OfSchedule::Resume),
        };
        self.ask_of_schedule(of, what)
    }
}

fn line_is_handled(line: Option<&ScheduleLine>) -> bool {
    line.is_some_and(|line| line.handled_ms.is_some())
}

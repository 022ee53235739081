//! What is asked of schedules: as words of a script, and as the engine is asked.

use super::names::{name_of, workflow_named};
use super::stage::{CLIENT, Stage};
use std::fmt;
use triad_decide::Input;
use triad_event::Source;
use triad_event::bulk::Connection;
use triad_event::definitions::Language;
use triad_event::ids::{DataSubjectId, StreamId, WorkflowId};
use triad_event::quantity::{Bytes, Millis};
use triad_event::schedules::{
    After, Ask, BackfillRequested, BackfillWhy, CatchUp, CatchUpPolicy, EndBackfill, Fold, FollowOn,
    Followed, Gap, How, LeftOutWhy, MomentFired, MomentsLeftOut, Overlap, PauseWhy, ScheduleDeleted,
    SchedulePaused, ScheduleResumed, ScheduleSet,
};
use triad_perform::Asker;

/// Something that is asked of a schedule. Moments are milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfSchedule {
    /// It is to be.
    Set,
    /// It is to be, after runs of another one.
    Follow {
        /// The other one.
        whose: StreamId,
        /// Which of its runs.
        on: FollowOn,
    },
    /// Nothing of it is to fire.
    Pause,
    /// It is to fire again.
    Resume,
    /// It is to be no more.
    Delete,
    /// A workflow was submitted for a moment.
    Fire {
        /// The moment.
        moment_ms: i64,
        /// The workflow.
        workflow: WorkflowId,
        /// Whether it was on time.
        how: How,
    },
    /// Moments do not fire.
    LeaveOut {
        /// The first of them.
        first_ms: i64,
        /// The last of them.
        last_ms: i64,
        /// How many they are.
        count: u64,
    },
    /// The moments of a range are to fire.
    Backfill {
        /// Moments from this one on.
        from_ms: i64,
        /// Moments before this one.
        before_ms: i64,
    },
    /// All of a range fired.
    Finish,
    /// No more of a range is to fire.
    Stop,
}

/// The names of how it came to a firing.
const HOWS: [(How, &str); 3] =
    [(How::OnTime, "on-time"), (How::CaughtUp, "caught-up"), (How::Backfill, "backfill")];

/// The names of which runs are followed.
const ONS: [(FollowOn, &str); 3] =
    [(FollowOn::Success, "success"), (FollowOn::Failure, "failure"), (FollowOn::Any, "any")];

impl fmt::Display for OfSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set => f.write_str("set"),
            Self::Follow { whose, on } => {
                let on = ONS.iter().find(|(known, _)| known == on).map_or("?", |(_, name)| name);
                write!(f, "follow {} {on}", name_of((*whose).into()))
            }
            Self::Pause => f.write_str("pause"),
            Self::Resume => f.write_str("resume"),
            Self::Delete => f.write_str("delete"),
            Self::Fire { moment_ms, workflow, how } => {
                let how = HOWS.iter().find(|(known, _)| known == how).map_or("?", |(_, name)| name);
                write!(f, "fire {moment_ms} {} {how}", name_of(*workflow))
            }
            Self::LeaveOut { first_ms, last_ms, count } => {
                write!(f, "leave-out {first_ms} {last_ms} {count}")
            }
            Self::Backfill { from_ms, before_ms } => write!(f, "backfill {from_ms} {before_ms}"),
            Self::Finish => f.write_str("finish"),
            Self::Stop => f.write_str("stop"),
        }
    }
}

impl OfSchedule {
    /// Reads what [`fmt::Display`] writes; nothing when it is something else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        Some(match words[..] {
            ["set"] => Self::Set,
            ["follow", whose, on] => {
                let on = ONS.iter().find(|(_, name)| *name == on)?.0;
                Self::Follow { whose: workflow_named(whose).into(), on }
            }
            ["pause"] => Self::Pause,
            ["resume"] => Self::Resume,
            ["delete"] => Self::Delete,
            ["fire", moment, workflow, how] => {
                let how = HOWS.iter().find(|(_, name)| *name == how)?.0;
                Self::Fire { moment_ms: moment.parse().ok()?, workflow: workflow_named(workflow), how }
            }
            ["leave-out", first, last, count] => Self::LeaveOut {
                first_ms: first.parse().ok()?,
                last_ms: last.parse().ok()?,
                count: count.parse().ok()?,
            },
            ["backfill", from, before] => {
                Self::Backfill { from_ms: from.parse().ok()?, before_ms: before.parse().ok()? }
            }
            ["finish"] => Self::Finish,
            ["stop"] => Self::Stop,
            _ => return None,
        })
    }
}

/// Bytes of the document of a schedule.
const SOURCE_BYTES: Bytes = Bytes(44);

impl Stage {
    /// What is asked of a schedule, and by whom: people change it, and the server itself says what became of moments.
    pub(super) fn asked_of_schedule(
        &mut self,
        schedule: StreamId,
        what: OfSchedule,
        reason: String,
    ) -> (Input, Asker) {
        let client = Asker { principal: CLIENT, source: Source::Client };
        let server = Asker::system(Source::Engine);
        let zones_version = "2026f".to_owned();
        let end = |why| Ask::from(EndBackfill { why, refusal: String::new() });
        let (ask, by): (Ask, Asker) = match what {
            OfSchedule::Set => (self.schedule_set(schedule, reason).into(), client),
            OfSchedule::Follow { whose, on } => {
                let name = name_of(whose.into());
                let after = Some(After { followed: Followed::Schedule, name, on, submits: String::new() });
                let set = self.schedule_set(schedule, reason);
                let nothing = String::new;
                let set = ScheduleSet {
                    timing: nothing(),
                    zone: nothing(),
                    zones_version: nothing(),
                    after,
                    ..set
                };
                (set.into(), client)
            }
            OfSchedule::Pause => (SchedulePaused { why: PauseWhy::Asked, reason }.into(), client),
            OfSchedule::Resume => (ScheduleResumed { reason }.into(), client),
            OfSchedule::Delete => (ScheduleDeleted { reason }.into(), client),
            OfSchedule::Fire { moment_ms, workflow, how } => {
                (MomentFired { moment_ms, workflow, how, zones_version }.into(), server)
            }
            OfSchedule::LeaveOut { first_ms, last_ms, count } => {
                let (why, refusal) = (LeftOutWhy::Missed, String::new());
                (MomentsLeftOut { first_ms, last_ms, count, why, refusal, zones_version }.into(), server)
            }
            OfSchedule::Backfill { from_ms, before_ms } => {
                (BackfillRequested { from_ms, before_ms, expected: 1, zones_version, reason }.into(), client)
            }
            OfSchedule::Finish => (end(BackfillWhy::Finished), server),
            OfSchedule::Stop => (end(BackfillWhy::Stopped), client),
        };
        (Input::of(schedule, ask), by)
    }

    fn schedule_set(&mut self, schedule: StreamId, reason: String) -> ScheduleSet {
        let id = DataSubjectId(WorkflowId::from(schedule).0);
        let (subject, _) = self.vault.subject(id, None, self.book.next_sequence - 1);
        ScheduleSet {
            tenant: "default".to_owned(),
            name: name_of(schedule.into()),
            timing: "@every 1s".to_owned(),
            zone: "UTC".to_owned(),
            zones_version: "2026f".to_owned(),
            gap: Gap::Shift,
            fold: Fold::First,
            overlap: Overlap::Allow,
            catch_up: CatchUp { policy: CatchUpPolicy::Last, count_max: 0, age_max: Millis(0) },
            jitter_max: Millis(0),
            source: self.vault.seal(subject.id, SOURCE_BYTES).into(),
            subject,
            language: Language::Yaml,
            connection: Connection::Encrypted,
            reason,
            after: None,
        }
    }
}

//! Schedules: workflows that are begun again and again, at moments that a calendar names, or after the runs of others.

mod earlier;

pub use earlier::CalendarSet;

use crate::bulk::Connection;
use crate::definitions::Language;
use crate::header::Outcome;
use crate::ids::WorkflowId;
use crate::quantity::Millis;
use crate::sealed::SealedApart;
use crate::subjects::Subject;

events! {
    /// Schedules: workflows that are begun again and again, at moments that a calendar names, or after the runs of others. Each
    /// is a stream. Which moments a calendar names is found out by whoever asks, with time zones of a release that is recorded;
    /// those that follow runs are named here. Here stands that each was handled once: a workflow was submitted for it, or it was
    /// left out, and why. Moments are in milliseconds since 1970-01-01T00:00:00Z, those of a calendar in whole seconds.
    schedules;

    /// A schedule is as it is said here from now on. Its stream begins with this record, and another one changes it.
    ScheduleSet (boxed) = 1201 version 2 (1 is CalendarSet) "schedule_set", by Input, keeps Permanent, ends None,
        says "schedule {name} fires[ at {timing} in {zone}][ after {after.followed} {after.name}, on {after.on}][: {reason}]" {
        /// Whose it is: schedules of two tenants are two, whatever they are called.
        tenant: String,
        /// Its name: 1 to 64 of `a-z`, `0-9`, `_` and `-`.
        name: String,
        /// The expression that names the moments; empty when it follows runs.
        timing: String,
        /// The time zone in which it is read, as the database spells it; empty when it follows runs.
        zone: String,
        /// The release of the time zone database that it was checked with; empty when it follows runs.
        zones_version: String,
        /// What becomes of a time that a clock leaves out.
        gap: Gap,
        /// What becomes of a time that a clock shows twice.
        fold: Fold,
        /// What becomes of a moment while the run of an earlier one goes on.
        overlap: Overlap,
        /// What becomes of moments that passed while nobody was there to handle them.
        catch_up: CatchUp,
        /// A firing begins later than its moment by less than this, always by the same.
        jitter_max: Millis,
        /// With whom its text is erased.
        subject: Subject,
        /// The document of the workflow that is submitted, as it was written.
        source: SealedApart,
        /// In which language.
        language: Language,
        /// How whoever asks reached the server: what they may can depend on it.
        connection: Connection,
        /// Why.
        reason: String,
        /// Whose runs it follows; none when a calendar names its moments.
        after: Option<After>,
    }

    /// Nothing of it fires until it is resumed.
    SchedulePaused = 1202 "schedule_paused", by Input, keeps Permanent, ends None, says "it is paused: {why}[: {reason}]" {
        /// Why it is, for programs.
        why: PauseWhy,
        /// Why, in words.
        reason: String,
    }

    /// It fires again. What passed in between is left out.
    ScheduleResumed = 1203 "schedule_resumed", by Input, keeps Permanent, ends None, says "it is resumed[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// It is no more. What it began goes on.
    ScheduleDeleted = 1204 "schedule_deleted", by Input, keeps Permanent, ends Success and closes,
        says "it is deleted[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// A workflow was submitted for a moment.
    MomentFired = 1205 "moment_fired", by Input, keeps Stream, ends None, says "it fired for {moment_ms}: {how}" {
        /// The moment.
        moment_ms: i64,
        /// The workflow.
        workflow: WorkflowId,
        /// Whether it was on time.
        how: How,
        /// The release of the time zone database that names the moment.
        zones_version: String,
    }

    /// Moments in a row do not fire.
    MomentsLeftOut = 1206 "moments_left_out", by Input, keeps Stream, ends None,
        says "{count} moments are left out: {why}[: {refusal}]" {
        /// The first of them.
        first_ms: i64,
        /// The last of them.
        last_ms: i64,
        /// How many they are.
        count: u64,
        /// Why they do not fire.
        why: LeftOutWhy,
        /// The code of the problem, where the workflow was refused; else empty.
        refusal: String,
        /// The release of the time zone database that names the moments.
        zones_version: String,
    }

    /// The moments of a range are to fire that lies in the past, the oldest first, whether or not they fired then.
    BackfillRequested = 1207 "backfill_requested", by Input, keeps Permanent, ends None,
        says "a backfill is asked for[: {reason}]" {
        /// Moments from this one on.
        from_ms: i64,
        /// Moments before this one.
        before_ms: i64,
        /// How many moments those are, when it is asked.
        expected: u64,
        /// The release of the time zone database that names them.
        zones_version: String,
        /// Why.
        reason: String,
    }

    /// No more moments of the range fire.
    BackfillEnded = 1208 "backfill_ended", by Input, keeps Permanent, ends (asked),
        says "the backfill ended: {why}, {fired} fired" {
        /// What was asked.
        asked: EndBackfill,
        /// For how many moments a workflow was submitted.
        fired: u64,
    }

    /// A run ended that the schedule follows, which names a moment.
    RunFollowed = 1209 "run_followed", by Decision, keeps Stream, ends None,
        says "{workflow} ended, which it follows: {how}" {
        /// The moment: when the end was recorded, and behind all that were named before.
        moment_ms: i64,
        /// The run.
        workflow: WorkflowId,
        /// How it ended.
        how: RunEnd,
        /// The moment that is left out for it, when as many wait as may: the oldest but the one that may be about to fire.
        displaced_ms: Option<i64>,
    }
}

asks! {
    /// What can be asked of schedules, and what comes of them.
    schedules;
    /// A schedule is to be as it is said.
    Set(ScheduleSet, boxed) in ScheduleSet;
    /// Nothing of it is to fire.
    Pause(SchedulePaused) in SchedulePaused;
    /// It is to fire again.
    Resume(ScheduleResumed) in ScheduleResumed;
    /// It is to be no more.
    Delete(ScheduleDeleted) in ScheduleDeleted;
    /// A workflow was submitted for a moment.
    Fire(MomentFired) in MomentFired;
    /// Moments do not fire.
    LeaveOut(MomentsLeftOut) in MomentsLeftOut;
    /// The moments of a range are to fire.
    Backfill(BackfillRequested) in BackfillRequested;
    /// No more of them are to.
    EndBackfill(EndBackfill) in BackfillEnded.asked;
}

structure! {
    /// That no more moments of a range are to fire.
    EndBackfill {
        /// Why.
        why: BackfillWhy,
        /// The code of the problem, where a workflow was refused; else empty.
        refusal: String,
    }
}

structure! {
    /// Whose runs a schedule follows.
    After {
        /// What it is whose runs are followed.
        followed: Followed,
        /// Its name, within the tenant.
        name: String,
        /// Which of its runs.
        on: FollowOn,
        /// The named definition that the schedule itself submits, by which circles are found; empty when it is none.
        submits: String,
    }
}

tagged! {
    /// What has runs that a schedule follows.
    Followed {
        /// Another schedule: the workflows that it submitted.
        Schedule = 1,
        /// A named definition: the workflows that were made of it.
        Definition = 2,
    }
}

tagged! {
    /// Which runs a schedule follows, by how they ended.
    FollowOn {
        /// Those that completed.
        Success = 1,
        /// Those that failed.
        Failure = 2,
        /// All, also those that people ended.
        Any = 3,
    }
}

tagged! {
    /// How a run ended.
    RunEnd {
        /// It completed.
        Completed = 1,
        /// It failed.
        Failed = 2,
        /// It was cancelled.
        Cancelled = 3,
        /// Its stream was closed after it was set aside.
        Closed = 4,
    }
}

impl FollowOn {
    /// Whether a run that ended so is followed.
    pub const fn takes(self, how: RunEnd) -> bool {
        match self {
            Self::Success => matches!(how, RunEnd::Completed),
            Self::Failure => matches!(how, RunEnd::Failed),
            Self::Any => true,
        }
    }
}

impl After {
    /// Whether the same runs are followed.
    pub fn is_same_runs(&self, other: &Self) -> bool {
        (self.followed, &self.name, self.on) == (other.followed, &other.name, other.on)
    }
}

/// The label of a workflow that names the schedule that submitted it.
pub const LABEL_SCHEDULE: &str = "schedule";

structure! {
    /// What becomes of moments that passed while nobody was there to handle them.
    CatchUp {
        /// Which of them fire.
        policy: CatchUpPolicy,
        /// At most so many, the newest; only where all fire, else 0.
        count_max: u32,
        /// None that lies further back; only where all fire, else 0.
        age_max: Millis,
    }
}

tagged! {
    /// Which of the moments fire that passed.
    CatchUpPolicy {
        /// None of them.
        None = 1,
        /// The last of them.
        Last = 2,
        /// All, within limits.
        All = 3,
    }
}

tagged! {
    /// What becomes of a time that a clock leaves out.
    Gap {
        /// It fires at the first moment after.
        Shift = 1,
        /// It does not fire.
        Skip = 2,
    }
}

tagged! {
    /// What becomes of a time that a clock shows twice.
    Fold {
        /// It fires the first time.
        First = 1,
        /// It fires the second time.
        Last = 2,
    }
}

tagged! {
    /// What becomes of a moment while the run of an earlier one goes on.
    Overlap {
        /// It is left out.
        Skip = 1,
        /// It fires when that run has ended.
        Queue = 2,
        /// It fires all the same.
        Allow = 3,
    }
}

tagged! {
    /// How it came to a firing.
    How {
        /// When its moment had come.
        OnTime = 1,
        /// Later, because nobody was there.
        CaughtUp = 2,
        /// Because somebody asked for its range.
        Backfill = 3,
    }
}

tagged! {
    /// Why moments do not fire.
    LeftOutWhy {
        /// The run of an earlier one went on.
        Overlap = 1,
        /// They passed while nobody was there, and are not caught up.
        Missed = 2,
        /// The schedule was paused.
        Paused = 3,
        /// The workflow was refused.
        Refused = 4,
    }
}

tagged! {
    /// Why a schedule is paused.
    PauseWhy {
        /// Somebody asked for it.
        Asked = 1,
        /// The credential of whoever set it counts no more.
        CredentialRevoked = 2,
        /// Whoever set it may no longer submit workflows.
        NotAllowed = 3,
        /// Its text is erased, or cannot be opened.
        TextGone = 4,
    }
}

tagged! {
    /// Why no more moments of a range fire.
    BackfillWhy {
        /// All of them did.
        Finished = 1,
        /// Somebody stopped it.
        Stopped = 2,
        /// A workflow was refused.
        Refused = 3,
    }
}

impl EndBackfill {
    /// The outcome class of a backfill that ended so.
    pub const fn outcome(&self) -> Outcome {
        match self.why {
            BackfillWhy::Finished => Outcome::Success,
            BackfillWhy::Stopped => Outcome::Failure,
            BackfillWhy::Refused => Outcome::Refused,
        }
    }
}

tagged! {
    /// Where a schedule stands.
    Phase {
        /// Its moments fire.
        Active = 0,
        /// They do not.
        Paused = 1,
        /// It is no more.
        Deleted = 2,
    }
}

impl Phase {
    /// The phase of a schedule after an event of its stream; `None` when the grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match (event, before) {
            (Event::ScheduleSet(_), None) | (Event::ScheduleResumed(_), Some(Self::Paused)) => {
                Some(Self::Active)
            }
            (Event::SchedulePaused(_), Some(Self::Active)) => Some(Self::Paused),
            (Event::ScheduleDeleted(_), Some(Self::Active | Self::Paused)) => Some(Self::Deleted),
            // What was submitted before somebody paused it may be recorded after that.
            (
                Event::ScheduleSet(_)
                | Event::MomentFired(_)
                | Event::MomentsLeftOut(_)
                | Event::BackfillRequested(_)
                | Event::BackfillEnded(_)
                | Event::RunFollowed(_),
                Some(phase @ (Self::Active | Self::Paused)),
            ) => Some(phase),
            (
                Event::ScheduleSet(_)
                | Event::SchedulePaused(_)
                | Event::ScheduleResumed(_)
                | Event::ScheduleDeleted(_)
                | Event::MomentFired(_)
                | Event::MomentsLeftOut(_)
                | Event::BackfillRequested(_)
                | Event::BackfillEnded(_)
                | Event::RunFollowed(_),
                _,
            ) => None,
        }
    }
}

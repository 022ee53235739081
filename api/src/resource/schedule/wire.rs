//! Schedules as JSON.

use super::follow::Following;
use super::timing::timing_of;
use crate::clock;
use crate::wire::content::{Content, Shown};
use crate::wire::moment::Moment;
use crate::wire::words::{Word, words};
use schemars::JsonSchema;
use serde::Serialize;
use triad_calendar::{LATEST_MS, Timing};
use triad_event::definitions::Language;
use triad_event::schedules::{
    BackfillWhy, CatchUpPolicy, Fold, Gap, How, LeftOutWhy, Overlap, PauseWhy, Phase,
};
use triad_projections::view::schedule_book;

words! {
    Gap as ScheduleGap:
    Shift = "SHIFT",
    Skip = "SKIP",
}

words! {
    Fold as ScheduleFold:
    First = "FIRST",
    Last = "LAST",
}

words! {
    Overlap as ScheduleOverlap:
    Skip = "SKIP",
    Queue = "QUEUE",
    Allow = "ALLOW",
}

words! {
    CatchUpPolicy as ScheduleCatchUp:
    None = "NONE",
    Last = "LAST",
    All = "ALL",
}

words! {
    Phase as ScheduleStatus:
    Active = "ACTIVE",
    Paused = "PAUSED",
    Deleted = "DELETED",
}

words! {
    How as ScheduleHow:
    OnTime = "ON_TIME",
    CaughtUp = "CAUGHT_UP",
    Backfill = "BACKFILL",
}

words! {
    LeftOutWhy as ScheduleLeftOut:
    Overlap = "OVERLAP",
    Missed = "MISSED",
    Paused = "PAUSED",
    Refused = "REFUSED",
}

words! {
    PauseWhy as SchedulePauseWhy:
    Asked = "ASKED",
    CredentialRevoked = "CREDENTIAL_REVOKED",
    NotAllowed = "NOT_ALLOWED",
    TextGone = "TEXT_GONE",
}

words! {
    BackfillWhy as ScheduleBackfillWhy:
    Finished = "FINISHED",
    Stopped = "STOPPED",
    Refused = "REFUSED",
}

/// Moments that are shown of those to come.
const NEXT_SHOWN: usize = 10;

/// A moment to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct NextMoment {
    /// RFC 3339, in UTC.
    pub(super) moment: String,
    /// As the clock on the wall shows it in the zone, with its offset.
    pub(super) local: String,
}

/// When a schedule would fire. Nothing is recorded.
#[derive(Serialize, JsonSchema)]
pub(super) struct Preview {
    pub(super) name: String,
    /// None when it would follow runs.
    pub(super) zone: Option<String>,
    /// Whose runs it would follow.
    pub(super) after: Option<Following>,
    /// The release of the time zone database.
    pub(super) zones_version: &'static str,
    /// How many tasks the workflow has that would be submitted now.
    pub(super) tasks: usize,
    /// The next moments.
    pub(super) next: Vec<NextMoment>,
}

/// A schedule.
#[derive(Serialize, JsonSchema)]
pub(super) struct Schedule {
    schedule_id: String,
    name: String,
    status: Word<Phase>,
    /// Why nothing fires, while it is paused.
    paused: Option<Paused>,
    /// The expression of its calendar; none when it follows runs.
    at: Option<String>,
    zone: Option<String>,
    /// Whose runs it follows; none when a calendar names its moments.
    after: Option<Following>,
    gap: Word<Gap>,
    fold: Word<Fold>,
    overlap: Word<Overlap>,
    catch_up: Word<CatchUpPolicy>,
    catch_up_count_max: Option<u32>,
    catch_up_age_seconds: Option<u64>,
    jitter_seconds: u64,
    language: Word<Language>,
    /// With whom its text is erased.
    data_subject: String,
    /// Who set it last, for whom its workflows are submitted; and why.
    requester: String,
    reason: String,
    set: Moment,
    created: Moment,
    /// The next moments, without jitter; none while it is paused, and of one that follows runs.
    next: Vec<NextMoment>,
    /// For how many moments a workflow was submitted, without those of backfills.
    fired: u64,
    /// How many moments were left out.
    left_out: u64,
    /// The workflow of the newest moment that fired.
    last_workflow_id: Option<String>,
    /// What was handled lately, the newest first.
    recent: Vec<Handled>,
    /// The newest backfill.
    backfill: Option<Backfill>,
    /// There when it was asked for.
    #[serde(flatten)]
    content: Option<Shown>,
}

/// That a schedule is paused.
#[derive(Serialize, JsonSchema)]
struct Paused {
    requester: String,
    since: Moment,
    why: Word<PauseWhy>,
    reason: String,
}

/// Moments that were handled: one that fired, or some in a row that were left out.
#[derive(Serialize, JsonSchema)]
struct Handled {
    moment: String,
    /// The last of them.
    last_moment: String,
    count: u64,
    recorded: Moment,
    workflow_id: Option<String>,
    /// How it came to it, when it fired.
    how: Option<Word<How>>,
    /// The run that it followed, when it fired after one.
    follows: Option<String>,
    /// Why they were left out.
    left_out: Option<Word<LeftOutWhy>>,
    /// The code of the problem, where the workflow was refused.
    problem: Option<String>,
}

/// A backfill.
#[derive(Serialize, JsonSchema)]
struct Backfill {
    from: String,
    until: String,
    /// How many moments there were in the range when it was asked for.
    expected: u64,
    /// For how many a workflow was submitted.
    fired: u64,
    requester: String,
    reason: String,
    requested: Moment,
    ended: Option<Moment>,
    /// How it ended.
    why: Option<Word<BackfillWhy>>,
    /// The code of the problem, where a workflow was refused.
    problem: Option<String>,
}

/// Schedules, by name.
#[derive(Serialize, JsonSchema)]
pub(super) struct SchedulePage {
    pub(super) schedules: Vec<Schedule>,
    /// Behind which name the next page begins; none when this is the last.
    pub(super) next_after: Option<String>,
}

/// That a schedule is no more.
#[derive(Serialize, JsonSchema)]
pub(super) struct Deleted {
    pub(super) schedule_id: String,
    pub(super) name: String,
}

/// The next moments of a timing.
pub(super) fn next_moments(timing: &Timing, now_ms: i64) -> Vec<NextMoment> {
    let moment = |ms: i64| NextMoment { moment: shown(ms), local: timing.local(ms) };
    timing.firings(now_ms, LATEST_MS, NEXT_SHOWN).map(moment).collect()
}

pub(super) fn shown(moment_ms: i64) -> String {
    clock::show(moment_ms.saturating_mul(1000))
}

impl Schedule {
    /// A schedule, with the one that it follows.
    pub(super) fn of(
        schedule: &schedule_book::Schedule,
        followed: Option<&schedule_book::Schedule>,
        now_ms: i64,
    ) -> Self {
        let set = &schedule.set;
        let calendar = |text: &String| Some(text.clone()).filter(|_| set.after.is_none());
        let is_all = set.catch_up.policy == CatchUpPolicy::All;
        let next = match (schedule.phase, timing_of(set)) {
            (Phase::Active, Ok(timing)) if set.after.is_none() => {
                next_moments(&timing, now_ms.max(schedule.handled_ms.unwrap_or(0)))
            }
            (Phase::Active | Phase::Paused | Phase::Deleted, _) => Vec::new(),
        };
        Self {
            schedule_id: schedule.id.to_string(),
            name: set.name.clone(),
            status: Word(schedule.phase),
            paused: schedule.paused.as_ref().map(Paused::from),
            at: calendar(&set.timing),
            zone: calendar(&set.zone),
            after: Following::set(schedule, followed, now_ms),
            gap: Word(set.gap),
            fold: Word(set.fold),
            overlap: Word(set.overlap),
            catch_up: Word(set.catch_up.policy),
            catch_up_count_max: is_all.then_some(set.catch_up.count_max),
            catch_up_age_seconds: is_all.then_some(set.catch_up.age_max.0 / 1000),
            jitter_seconds: set.jitter_max.0 / 1000,
            language: Word(set.language),
            data_subject: set.subject.id.to_string(),
            requester: schedule.principal.to_string(),
            reason: set.reason.clone(),
            set: schedule.last_set.into(),
            created: schedule.created.into(),
            next,
            fired: schedule.fired,
            left_out: schedule.left_out,
            last_workflow_id: schedule.last_run.map(|workflow| workflow.to_string()),
            recent: schedule.recent.iter().rev().map(Handled::from).collect(),
            backfill: schedule.backfill.as_ref().map(Backfill::from),
            content: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// With its text, or why there is none.
    pub(super) fn with(mut self, content: Content) -> Self {
        self.content = Some(Shown::output(content));
        self
    }
}

impl From<&schedule_book::Paused> for Paused {
    fn from(paused: &schedule_book::Paused) -> Self {
        Self {
            requester: paused.principal.to_string(),
            since: paused.since.into(),
            why: Word(paused.why),
            reason: paused.reason.clone(),
        }
    }
}

impl From<&schedule_book::Handled> for Handled {
    fn from(handled: &schedule_book::Handled) -> Self {
        Self {
            moment: shown(handled.first_ms),
            last_moment: shown(handled.last_ms),
            count: handled.count,
            recorded: handled.recorded.into(),
            workflow_id: handled.fired.map(|(workflow, _)| workflow.to_string()),
            how: handled.fired.map(|(_, how)| Word(how)),
            follows: handled.follows.map(|workflow| workflow.to_string()),
            left_out: handled.why.map(Word),
            problem: problem(&handled.refusal),
        }
    }
}

impl From<&schedule_book::Backfill> for Backfill {
    fn from(backfill: &schedule_book::Backfill) -> Self {
        let ended = backfill.ended.as_ref();
        Self {
            from: shown(backfill.asked.from_ms),
            until: shown(backfill.asked.before_ms),
            expected: backfill.asked.expected,
            fired: backfill.fired,
            requester: backfill.principal.to_string(),
            reason: backfill.asked.reason.clone(),
            requested: backfill.requested.into(),
            ended: ended.map(|ended| ended.at.into()),
            why: ended.map(|ended| Word(ended.how.asked.why)),
            problem: ended.and_then(|ended| problem(&ended.how.asked.refusal)),
        }
    }
}

fn problem(refusal: &str) -> Option<String> {
    Some(refusal.to_owned()).filter(|refusal| !refusal.is_empty())
}

//! Schedules that fire after runs: what is asked of them, and how they are shown.

use super::wire::{NextMoment, next_moments, shown};
use crate::access::admitted::Admitted;
use crate::http::state::AppState;
use crate::resource::schedule::timing::timing_of;
use crate::wire::definition::Definition;
use crate::wire::moment::Moment;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::{Word, Words, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_event::schedules::{After, FollowOn, Followed, RunEnd};
use triad_projections::view::schedule_book::{self, ScheduleBook};

words! {
    FollowOn as ScheduleFollowOn:
    Success = "SUCCESS",
    Failure = "FAILURE",
    Any = "ANY",
}

words! {
    RunEnd as ScheduleRunEnd:
    Completed = "COMPLETED",
    Failed = "FAILED",
    Cancelled = "CANCELLED",
    Closed = "CLOSED",
}

/// Whose runs a schedule is to follow: those of one schedule, or of one named definition.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AfterDocument {
    /// The schedule of that name: the workflows that it submits.
    #[serde(default)]
    schedule: Option<String>,
    /// The definition of that name: the workflows that are made of it, whoever submits them.
    #[serde(default)]
    definition: Option<String>,
    /// Runs that ended so: SUCCESS, which is the default, FAILURE, or ANY, also those that people ended.
    #[serde(default)]
    #[schemars(with = "Option<Word<FollowOn>>")]
    on: Option<String>,
}

impl AfterDocument {
    /// What is to be followed, by a schedule that submits what was read.
    pub(super) fn read(&self, submitted: &Definition) -> Result<After, Problem> {
        let (followed, name) = match (&self.schedule, &self.definition) {
            (Some(name), None) => (Followed::Schedule, name),
            (None, Some(name)) => (Followed::Definition, name),
            (Some(_), Some(_)) | (None, None) => {
                return Err(invalid("after names a schedule or a definition: one of them"));
            }
        };
        let on = match self.on.as_deref() {
            None => FollowOn::Success,
            Some(word) => {
                let found = FollowOn::ALL.iter().find(|on| on.word().eq_ignore_ascii_case(word));
                let words = <FollowOn as Words>::ALL.join(", ");
                *found.ok_or_else(|| invalid(format!("after.on is one of {words}")))?
            }
        };
        let used = submitted.terms.as_ref().and_then(|terms| terms.definition.as_ref());
        let submits = used.map(|used| used.name.clone()).unwrap_or_default();
        Ok(After { followed, name: name.clone(), on, submits })
    }
}

fn invalid(detail: impl Into<String>) -> Problem {
    Problem::new(Code::InvalidValue, detail)
}

/// Whose runs a schedule follows.
#[derive(Serialize, JsonSchema)]
pub(super) struct Following {
    /// The schedule whose runs are followed, when it is one.
    schedule: Option<String>,
    /// The definition whose runs are followed, when it is one.
    definition: Option<String>,
    on: Word<FollowOn>,
    /// Whether there is one of that name. A schedule whose followed one was deleted waits until there is one again.
    is_there: bool,
    /// When the followed schedule fires next by its calendar; none when it does not, or follows runs itself.
    fires_next: Option<NextMoment>,
    /// How many moments wait that runs have named.
    waiting: usize,
    /// The run that was followed last.
    last: Option<FollowedRun>,
}

/// A run that a schedule followed.
#[derive(Serialize, JsonSchema)]
struct FollowedRun {
    workflow_id: String,
    /// How it ended.
    ended: Word<RunEnd>,
    /// The moment that it named.
    moment: String,
    recorded: Moment,
}

impl Following {
    /// What a schedule would follow that is not set yet.
    pub(super) fn of(after: &After, followed: Option<&schedule_book::Schedule>, now_ms: i64) -> Self {
        let of = |what| Some(after.name.clone()).filter(|_| after.followed == what);
        Self {
            schedule: of(Followed::Schedule),
            definition: of(Followed::Definition),
            on: Word(after.on),
            is_there: after.followed == Followed::Definition || followed.is_some(),
            fires_next: followed.and_then(|followed| fires_next(followed, now_ms)),
            waiting: 0,
            last: None,
        }
    }

    /// The same of one that is, with what it followed.
    pub(super) fn set(
        schedule: &schedule_book::Schedule,
        followed: Option<&schedule_book::Schedule>,
        now_ms: i64,
    ) -> Option<Self> {
        let after = schedule.set.after.as_ref()?;
        let last = schedule.last_followed.as_ref().map(|run| FollowedRun {
            workflow_id: run.workflow.to_string(),
            ended: Word(run.how),
            moment: shown(run.moment_ms),
            recorded: run.recorded.into(),
        });
        Some(Self { waiting: schedule.waiting.len(), last, ..Self::of(after, followed, now_ms) })
    }
}

fn fires_next(followed: &schedule_book::Schedule, now_ms: i64) -> Option<NextMoment> {
    let is_active = followed.phase == triad_event::schedules::Phase::Active;
    let timing = timing_of(&followed.set).ok().filter(|_| is_active && followed.set.after.is_none())?;
    next_moments(&timing, now_ms.max(followed.handled_ms.unwrap_or(0))).into_iter().next()
}

/// The schedule that another one follows, when it is there.
pub(super) fn followed<'a>(
    book: &'a ScheduleBook,
    tenant: &str,
    after: Option<&After>,
) -> Option<&'a schedule_book::Schedule> {
    let after = after.filter(|after| after.followed == Followed::Schedule)?;
    book.named(tenant, &after.name)
}

impl AppState {
    /// The schedule that one of the tenant of whoever asks follows, or would.
    pub(super) async fn followed_by(
        &self,
        admitted: &Admitted,
        after: Option<&After>,
    ) -> Result<Option<schedule_book::Schedule>, Problem> {
        let (tenant, after) = (admitted.home().to_owned(), after.cloned());
        let look = move |book: &ScheduleBook| followed(book, &tenant, after.as_ref()).cloned();
        Ok(self.view(move |views| Ok(views.schedules(look))).await?.value)
    }

    /// Says that what is to be followed is not there, where nothing is recorded that would be refused.
    pub(super) async fn refuse_unfollowable(
        &self,
        admitted: &Admitted,
        after: &After,
    ) -> Result<(), Problem> {
        let name = after.name.clone();
        let detail = format!("there is no {name:?} whose runs could be followed");
        match after.followed {
            Followed::Schedule => match self.followed_by(admitted, Some(after)).await? {
                Some(_) => Ok(()),
                None => Err(Problem::new(Code::ScheduleUnknown, detail)),
            },
            Followed::Definition => {
                let tenant = admitted.home().to_owned();
                let is_there =
                    self.view(move |views| Ok(views.definitions(|book| book.find(&tenant, &name).is_some())));
                match is_there.await?.value {
                    true => Ok(()),
                    false => Err(Problem::new(Code::DefinitionUnknown, detail)),
                }
            }
        }
    }
}

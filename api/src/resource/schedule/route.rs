//! The routes of schedules. One is named within the tenant of whoever asks.

use super::backfill::{FROM, UNTIL, backfill, stop_backfill};
use super::follow::followed;
use super::request::{ScheduleDocument, request};
use super::wire::{Deleted, Preview, Schedule, SchedulePage};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::extract::{Query, Reason, page_limit};
use crate::http::fields::REASON;
use crate::http::state::AppState;
use crate::resource::READ_DEFINITION_CONTENT;
use crate::resource::route::{
    ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VAULT, VIEWS, shape,
};
use crate::wire::content::Content;
use crate::wire::problem::{Code, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_decide::Input;
use triad_event::Source;
use triad_event::ids::StreamId;
use triad_event::schedules::{Ask, PauseWhy, ScheduleDeleted, SchedulePaused, ScheduleResumed};
use triad_projections::view::schedule_book::{self, ScheduleBook};

/// Schedules of one page when nobody says otherwise, and at most.
const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 200;

/// The name of the route that sets a schedule, which is what policies allow.
pub(super) const SET: &str = "set_schedule";
/// What a schedule that is set is answered with.
pub(in crate::resource) const GIVES_SET: Gives = Gives::recorded::<Schedule>(StatusCode::CREATED);
/// What may stand against a schedule that is set.
pub(in crate::resource) const SETS: &[Code] = &[
    Code::InvalidSchedule,
    Code::InvalidValue,
    Code::InvalidDefinition,
    Code::MalformedYaml,
    Code::TooLarge,
    Code::TooManySchedules,
    Code::ScheduleChanged,
    Code::ScheduleUnknown,
    Code::DefinitionUnknown,
    Code::ScheduleCircle,
    Code::BackfillUnderWay,
    Code::SubjectErased,
    Code::ErasureUnderWay,
    Code::SubjectInUse,
];
/// What may stand against a change of one.
const CHANGES: &[Code] = &[Code::ScheduleUnknown, Code::InvalidValue];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/schedules",
        name: SET,
        summary: "submit a workflow again and again, at moments of a calendar or after runs; dry_run only shows the next",
        source: Source::Client,
        need: Need::Right(Right::Submit, About::Home),
        takes: Takes { body: Some(Body::Document(shape::<ScheduleDocument>)), ..NOTHING },
        gives: &[GIVES_SET, Gives::json::<Preview>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, SETS],
        handler: |method| on(method, request),
    },
    Route {
        method: Method::Get,
        path: "/v1/schedules",
        name: "list_schedules",
        summary: "the schedules, by name",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<ListQuery>(),
        gives: &[Gives::json::<SchedulePage>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Get,
        path: "/v1/schedules/{name}",
        name: "show_schedule",
        summary: "a schedule: what it fires next and fired last; with content=true its text, and that it was read is recorded",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<ShowQuery>(),
        gives: &[Gives::json::<Schedule>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, &[Code::ScheduleUnknown]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Delete,
        path: "/v1/schedules/{name}",
        name: "delete_schedule",
        summary: "let a schedule be no more; what it began goes on",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Deleted>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES],
        handler: |method| on(method, delete),
    },
    Route {
        method: Method::Post,
        path: "/v1/schedules/{name}/pause",
        name: "pause_schedule",
        summary: "let nothing of a schedule fire until it is resumed",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Schedule>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES, &[Code::AlreadyPaused]],
        handler: |method| on(method, pause),
    },
    Route {
        method: Method::Post,
        path: "/v1/schedules/{name}/resume",
        name: "resume_schedule",
        summary: "let a schedule fire again; what passed in between is left out",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Schedule>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES, &[Code::NotPaused]],
        handler: |method| on(method, resume),
    },
    Route {
        method: Method::Post,
        path: "/v1/schedules/{name}/backfill",
        name: "backfill_schedule",
        summary: "let the moments of a past range fire, the oldest first",
        source: Source::Client,
        need: Need::Right(Right::Submit, About::Home),
        takes: Takes::fields(&[FROM, UNTIL, REASON]),
        gives: &[Gives::recorded::<Schedule>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES, &[Code::BackfillUnderWay, Code::FollowsRuns]],
        handler: |method| on(method, backfill),
    },
    Route {
        method: Method::Post,
        path: "/v1/schedules/{name}/backfill/stop",
        name: "stop_backfill",
        summary: "begin no more workflows of a backfill; what was begun goes on",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Schedule>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES, &[Code::NoBackfill]],
        handler: |method| on(method, stop_backfill),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Behind which name it begins.
    after: Option<String>,
    /// How many at most.
    limit: Option<usize>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowQuery {
    /// Whether the text is wanted, and not only where it lies. That it is read is recorded.
    #[serde(default)]
    content: bool,
}

async fn list(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let limit = page_limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let (tenant, after) = (admitted.home().to_owned(), query.after.unwrap_or_default());
    let now_ms = state.engine_ms().await?;
    let look = move |book: &ScheduleBook| {
        let own = book.schedules.iter().filter(|one| one.set.tenant == tenant && one.set.name > after);
        let mut own: Vec<&schedule_book::Schedule> = own.collect();
        own.sort_by(|one, other| one.set.name.cmp(&other.set.name));
        let with_followed = |one: &schedule_book::Schedule| {
            (one.clone(), followed(book, &tenant, one.set.after.as_ref()).cloned())
        };
        own.into_iter().take(limit + 1).map(with_followed).collect::<Vec<_>>()
    };
    // The moments to come are computed while the views go on.
    let shown = state.view(move |views| {
        let page = views.schedules(look).value;
        Ok(page
            .iter()
            .map(|(one, followed)| Schedule::of(one, followed.as_ref(), now_ms))
            .collect::<Vec<_>>())
    });
    let mut schedules = shown.await?;
    let is_last = schedules.len() <= limit;
    schedules.truncate(limit);
    let next_after = schedules.last().filter(|_| !is_last).map(|last| last.name().to_owned());
    Ok(json(StatusCode::OK, &SchedulePage { schedules, next_after }))
}

async fn show(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
    Query(query): Query<ShowQuery>,
) -> Result<Response, Problem> {
    if query.content {
        state.allow(&admitted, READ_DEFINITION_CONTENT, About::Home).await?;
    }
    let found = state.schedule(&admitted, &name).await?;
    let shown = state.schedule_shown(&admitted, &name).await?;
    if !query.content {
        return Ok(json(StatusCode::OK, &shown));
    }
    let (set, what) = (&found.set, format!("schedule {name}"));
    let content = match state.open_kept(admitted.asker, set.subject.id, &set.source, &what).await? {
        Ok(text) => Content::Open(text),
        Err(why) => Content::Missing { why },
    };
    Ok(json(StatusCode::OK, &shown.with(content)))
}

async fn pause(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let ask = Ask::from(SchedulePaused { why: PauseWhy::Asked, reason });
    state.change_schedule(&admitted, &name, ask).await
}

async fn resume(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    state.change_schedule(&admitted, &name, Ask::from(ScheduleResumed { reason })).await
}

async fn delete(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let id = state.schedule(&admitted, &name).await?.id;
    let sequence = state.ask_of_schedule(&admitted, id, Ask::from(ScheduleDeleted { reason })).await?;
    Ok(recorded(StatusCode::OK, &Deleted { schedule_id: id.to_string(), name }, sequence))
}

impl AppState {
    /// A schedule of the tenant of whoever asks.
    pub(super) async fn schedule(
        &self,
        admitted: &Admitted,
        name: &str,
    ) -> Result<schedule_book::Schedule, Problem> {
        let found = self.find_schedule(admitted.home(), name).await?;
        found.ok_or_else(|| Problem::new(Code::ScheduleUnknown, format!("there is no schedule {name:?}")))
    }

    /// The same as it is shown.
    pub(super) async fn schedule_shown(&self, admitted: &Admitted, name: &str) -> Result<Schedule, Problem> {
        let found = self.schedule(admitted, name).await?;
        let followed = self.followed_by(admitted, found.set.after.as_ref()).await?;
        Ok(Schedule::of(&found, followed.as_ref(), self.engine_ms().await?))
    }

    /// The schedule of a tenant with that name, if there is one.
    pub(super) async fn find_schedule(
        &self,
        tenant: &str,
        name: &str,
    ) -> Result<Option<schedule_book::Schedule>, Problem> {
        let (tenant, name) = (tenant.to_owned(), name.to_owned());
        let look = move |book: &ScheduleBook| book.named(&tenant, &name).cloned();
        Ok(self.view(move |views| Ok(views.schedules(look))).await?.value)
    }

    /// Asks something of a schedule while nothing of it fires, and has the driver look at it; says where it is recorded.
    pub(super) async fn ask_of_schedule(
        &self,
        admitted: &Admitted,
        id: StreamId,
        ask: Ask,
    ) -> Result<u64, Problem> {
        let _alone = self.schedule_turns.alone_with(id).await;
        let answer = self.ask(admitted.asker, Input::of(id, ask)).await?;
        answer.reply?;
        self.schedules_changed.notify_one();
        Ok(answer.sequence)
    }
}

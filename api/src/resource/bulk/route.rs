//! The routes of bulk actions.

use super::id::ActionId;
use super::items::{ItemsQuery, items};
use super::request::{BulkDocument, request};
use super::wire::{Bulk, BulkItemPage, BulkList, Preview};
use crate::access::admitted::Admitted;
use crate::access::sight::{About, tenant_of};
use crate::http::answer::{json, recorded};
use crate::http::extract::{PathId, Query, Reason, page_limit};
use crate::http::fields::REASON;
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS, shape};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_decide::Input;
use triad_event::Source;
use triad_event::bulk::{Ask, StopRequested};
use triad_event::ids::StreamId;
use triad_projections::view::bulk_actions::{BulkAction, BulkActions};

/// Actions that are listed when nobody says otherwise, and at most.
const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 1000;

/// What may stand against a bulk action as such.
const REQUESTS: &[Code] =
    &[Code::TooManyBulk, Code::InvalidValue, Code::MoreFound, Code::NotYetRecorded, Code::BulkUnknown];
/// What may stand against its stop.
const STOPS: &[Code] = &[Code::BulkUnknown, Code::BulkEnded, Code::AlreadyStopping, Code::InvalidValue];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/bulk",
        name: "request_bulk_action",
        summary: "cancel, pause, resume or retry every workflow that a filter finds; dry_run only counts them",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes { body: Some(Body::Document(shape::<BulkDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<Bulk>(StatusCode::ACCEPTED), Gives::json::<Preview>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, REQUESTS],
        handler: |method| on(method, request),
    },
    Route {
        method: Method::Get,
        path: "/v1/bulk",
        name: "list_bulk_actions",
        summary: "the bulk actions that are under way, and the newest that ended",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<ListQuery>(),
        gives: &[Gives::json::<BulkList>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Get,
        path: "/v1/bulk/{id}",
        name: "show_bulk_action",
        summary: "a bulk action, and how far it got",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: NOTHING,
        gives: &[Gives::json::<Bulk>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::BulkUnknown]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Get,
        path: "/v1/bulk/{id}/items",
        name: "list_bulk_items",
        summary: "what came of each workflow; done=false only those to which it was not done",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<ItemsQuery>(),
        gives: &[Gives::json::<BulkItemPage>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::BulkUnknown]],
        handler: |method| on(method, items),
    },
    Route {
        method: Method::Post,
        path: "/v1/bulk/{id}/stop",
        name: "stop_bulk_action",
        summary: "do nothing more of it; what was done stays done",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Bulk>(StatusCode::ACCEPTED)],
        refuses: &[ASKS, VIEWS, STOPS],
        handler: |method| on(method, stop),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only those that are under way, or with false only those that ended.
    open: Option<bool>,
    /// How many at most.
    limit: Option<usize>,
}

async fn list(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let limit = page_limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let known = state.door.known();
    let look = move |actions: &BulkActions| {
        let is_wanted = |action: &&BulkAction| {
            admitted.sees(tenant_of(&known.book, action.principal))
                && query.open.is_none_or(|open| open == action.ended.is_none())
        };
        actions.actions.iter().rev().filter(is_wanted).take(limit).map(Bulk::from).collect()
    };
    let actions = state.view(move |views| Ok(views.bulk_actions(look))).await?.value;
    Ok(json(StatusCode::OK, &BulkList { actions }))
}

async fn show(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(ActionId(id)): PathId<ActionId>,
) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &Bulk::from(&state.bulk_action(&admitted, id).await?)))
}

async fn stop(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(ActionId(id)): PathId<ActionId>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    if state.bulk_action(&admitted, id).await?.ended.is_some() {
        return Err(Problem::new(Code::BulkEnded, format!("bulk action {id} has ended")));
    }
    let ask = Ask::from(StopRequested { reason });
    let answer = state.ask(admitted.asker, Input::of(id, ask)).await?;
    answer.reply?;
    state.bulk_asked.notify_one();
    let shown = state.bulk_action(&admitted, id).await?;
    Ok(recorded(StatusCode::ACCEPTED, &Bulk::from(&shown), answer.sequence))
}

impl AppState {
    /// A bulk action, for who sees the tenant of whoever asked for it. One of another tenant is as unknown as one that is not
    /// there.
    pub(super) async fn bulk_action(&self, admitted: &Admitted, id: StreamId) -> Result<BulkAction, Problem> {
        let look = move |actions: &BulkActions| actions.find(id).cloned();
        let found = self.view(move |views| Ok(views.bulk_actions(look))).await?.value;
        let known = self.door.known();
        let seen = found.filter(|action| admitted.sees(tenant_of(&known.book, action.principal)));
        seen.ok_or_else(|| Problem::new(Code::BulkUnknown, format!("there is no bulk action {id}")))
    }
}

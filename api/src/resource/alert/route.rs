//! The routes of alerts.

use super::wire::{Alert, AlertList};
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::extract::{Caller, Named, PathId, Query, Reason};
use crate::http::fields::REASON;
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Gives, Method, Need, Right, Route, Takes, VIEWS};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_decide::Input;
use triad_event::Source;
use triad_event::alerts::{AlertAcknowledged, Ask};
use triad_event::ids::StreamId;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/alerts",
        name: "list_alerts",
        summary: "what people must know",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: Takes::query::<ListQuery>(),
        gives: &[Gives::json::<AlertList>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Post,
        path: "/v1/alerts/{id}/acknowledge",
        name: "acknowledge_alert",
        summary: "say that somebody has seen it",
        source: Source::Operator,
        need: Need::Right(Right::Operate, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Alert>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::AlertUnknown, Code::AlreadyAcknowledged, Code::InvalidValue]],
        handler: |method| on(method, acknowledge),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Whether alerts are listed whose condition stands no longer.
    #[serde(default)]
    resolved: bool,
}

/// An alert is named by its stream.
impl Named for StreamId {
    const ZERO: Self = Self::LOG;
    const OF: &'static str = "alert";
    const UNKNOWN: Code = Code::AlertUnknown;
}

async fn list(State(state): State<AppState>, Query(query): Query<ListQuery>) -> Result<Response, Problem> {
    let inbox = state.view(|views| Ok(views.alert_inbox())).await?.value;
    Ok(json(StatusCode::OK, &AlertList::of(&inbox, query.resolved)))
}

async fn acknowledge(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(id): PathId<StreamId>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let ask = Ask::from(AlertAcknowledged { reason });
    let answer = state.ask(asker, Input::of(id, ask)).await?;
    answer.reply?;
    let inbox = state.view(|views| Ok(views.alert_inbox())).await?.value;
    let entry = inbox.alerts.iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| Problem::new(Code::AlertUnknown, format!("there is no alert {id}")))?;
    Ok(recorded(StatusCode::OK, &Alert::from(entry), answer.sequence))
}

//! The routes of the clock.

use super::wire::Clock;
use crate::access::sight::About;
use crate::clock::now_us;
use crate::http::answer::{json, recorded};
use crate::http::extract::{Caller, StatedReason};
use crate::http::fields::STATED_REASON;
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use triad_event::Source;
use triad_event::governance::{Ask, ClockAccepted};
use triad_event::quantity::Micros;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/clock",
        name: "show_clock",
        summary: "the machine's clock beside the time that the engine goes by",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<Clock>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/clock/accept",
        name: "accept_clock",
        summary: "say that the machine's clock is right as it is",
        source: Source::Operator,
        need: Need::Right(Right::Operate, About::Installation),
        takes: Takes::fields(&[STATED_REASON]),
        gives: &[Gives::recorded::<Clock>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::ClockConflict, Code::InvalidValue]],
        handler: |method| on(method, accept),
    },
];

async fn show(State(state): State<AppState>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.describe_clock().await?))
}

async fn accept(
    State(state): State<AppState>,
    Caller(asker): Caller,
    StatedReason(reason): StatedReason,
) -> Result<Response, Problem> {
    let answer =
        state.ask(asker, Ask::from(ClockAccepted { found: Micros(now_us()), reason }).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.describe_clock().await?, answer.sequence))
}

impl AppState {
    async fn describe_clock(&self) -> Result<Clock, Problem> {
        let status = self.engine.status().await?;
        let wall_us = now_us();
        let engine = self.view(|views| Ok(views.engine_state())).await?.value;
        Ok(Clock::of(&status, wall_us, engine.clock_step.as_ref()))
    }
}

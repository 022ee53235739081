//! `/v1/engine`

use crate::access::sight::About;
use crate::http::answer::recorded;
use crate::http::extract::{Caller, Reason};
use crate::http::fields::REASON;
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Gives, Method, Need, Right, Route, Takes};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Serialize;
use triad_decide::governance::Ask;
use triad_event::Source;
use triad_event::governance::{EnginePaused, EngineResumed};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/engine/pause",
        name: "pause_engine",
        summary: "start no more attempts of any workflow",
        source: Source::Operator,
        need: Need::Right(Right::Operate, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<EngineState>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::AlreadyPaused, Code::InvalidValue]],
        handler: |method| on(method, |s, c, r| turn(s, c, r, |reason| EnginePaused { reason }.into(), true)),
    },
    Route {
        method: Method::Post,
        path: "/v1/engine/resume",
        name: "resume_engine",
        summary: "start attempts again",
        source: Source::Operator,
        need: Need::Right(Right::Operate, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<EngineState>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::NotPaused, Code::InvalidValue]],
        handler: |method| {
            on(method, |s, c, r| turn(s, c, r, |reason| EngineResumed { reason }.into(), false))
        },
    },
];

/// Whether the engine starts attempts.
#[derive(Serialize, JsonSchema)]
struct EngineState {
    paused: bool,
    /// The sequence at which it is recorded.
    sequence: u64,
}

async fn turn(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Reason(reason): Reason,
    ask: fn(String) -> Ask,
    paused: bool,
) -> Result<Response, Problem> {
    let answer = state.ask(asker, ask(reason).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &EngineState { paused, sequence: answer.sequence }, answer.sequence))
}

//! The routes of moderation.

use super::wire::Moderation;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::{Caller, Reason};
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
use triad_event::moderation::{Ask, RulesRemoved, RulesSet};
use triad_moderation::Rules;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/moderation",
        name: "show_moderation",
        summary: "the rules that hold steps until somebody has reviewed them",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<Moderation>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/moderation",
        name: "set_moderation",
        summary: "set the rules that hold steps; they replace those set before, and steps that are held stay so",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<ModerationDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<Moderation>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::InvalidValue]],
        handler: |method| on(method, set),
    },
    Route {
        method: Method::Delete,
        path: "/v1/moderation",
        name: "remove_moderation",
        summary: "hold no step from here on; steps that are held stay so",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Moderation>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, &[Code::NoRules, Code::InvalidValue]],
        handler: |method| on(method, remove),
    },
];

/// Rules of moderation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ModerationDocument {
    /// The rules, in TOML: docs/moderation.md has their form.
    document: String,
    /// Why.
    #[serde(default)]
    reason: String,
}

async fn show(State(state): State<AppState>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.moderation().await?))
}

async fn set(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(document): Document<ModerationDocument>,
) -> Result<Response, Problem> {
    let ModerationDocument { document, reason } = document;
    let rules =
        Rules::read(&document).map_err(|fault| Problem::new(Code::InvalidValue, fault.to_string()))?;
    let set = RulesSet {
        digest: *blake3::hash(document.as_bytes()).as_bytes(),
        document,
        rules: u32::try_from(rules.len()).unwrap_or(u32::MAX),
        reason,
    };
    let answer = state.ask(asker, Input::of_log(Ask::from(set))).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.moderation().await?, answer.sequence))
}

async fn remove(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let answer = state.ask(asker, Input::of_log(Ask::from(RulesRemoved { reason }))).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.moderation().await?, answer.sequence))
}

impl AppState {
    async fn moderation(&self) -> Result<Moderation, Problem> {
        let rules = self.engine.status().await?.moderation;
        let book = self.view(|views| Ok(views.moderation_book())).await?.value;
        Ok(Moderation::of(rules.as_deref(), &book))
    }
}

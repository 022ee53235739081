//! The routes of rules of diagnosis.

use super::wire::RuleList;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::{Caller, Query, Reason};
use crate::http::fields::REASON;
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, shape};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_decide::Input;
use triad_decide::limits::RULES_BYTES_MAX;
use triad_diagnosis::Rules;
use triad_event::Source;
use triad_event::healing::{Ask, RulesRemoved, RulesSet};

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/rules",
        name: "list_rules",
        summary: "the rules that diagnose failures, and what came of fixes that followed from them",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: Takes::query::<ListQuery>(),
        gives: &[Gives::json::<RuleList>(StatusCode::OK)],
        refuses: &[ASKS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Post,
        path: "/v1/rules",
        name: "set_rules",
        summary: "set the operator's rules, which diagnose beside those that are built in; they replace those set before",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<RulesDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<RuleList>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::InvalidValue]],
        handler: |method| on(method, set),
    },
    Route {
        method: Method::Delete,
        path: "/v1/rules",
        name: "remove_rules",
        summary: "let only the rules that are built in diagnose",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<RuleList>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::NoRules, Code::InvalidValue]],
        handler: |method| on(method, remove),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Whether every rule is wanted.
    #[serde(default)]
    all: bool,
}

/// The operator's rules.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RulesDocument {
    /// The rules, in TOML: docs/diagnosis.md has their form.
    document: String,
    /// Why.
    #[serde(default)]
    reason: String,
}

async fn list(State(state): State<AppState>, Query(query): Query<ListQuery>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.rules(query.all).await?))
}

async fn set(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(document): Document<RulesDocument>,
) -> Result<Response, Problem> {
    let RulesDocument { document, reason } = document;
    let answer = state.ask(asker, Input::of_log(Ask::from(checked(document, reason)?))).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.rules(false).await?, answer.sequence))
}

/// Rules that can be read, that their own examples hold, and that do not match what every program writes.
fn checked(document: String, reason: String) -> Result<RulesSet, Problem> {
    if document.len() > RULES_BYTES_MAX {
        let detail = format!("document: has more than {RULES_BYTES_MAX} bytes");
        return Err(Problem::new(Code::InvalidValue, detail));
    }
    let invalid = |fault: String| Problem::new(Code::InvalidValue, format!("document: {fault}"));
    let rules = Rules::with(&document).map_err(|fault| invalid(fault.to_string()))?;
    if let Some(fault) = rules.faults().into_iter().next() {
        return Err(invalid(fault.to_string()));
    }
    let own = rules.ids().count().saturating_sub(Rules::built_in().ids().count());
    Ok(RulesSet {
        digest: *blake3::hash(document.as_bytes()).as_bytes(),
        document,
        version: rules.operator_version().unwrap_or(0),
        rules: u32::try_from(own).unwrap_or(u32::MAX),
        reason,
    })
}

async fn remove(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let answer = state.ask(asker, Input::of_log(Ask::from(RulesRemoved { reason }))).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.rules(false).await?, answer.sequence))
}

impl AppState {
    async fn rules(&self, all: bool) -> Result<RuleList, Problem> {
        Ok(RuleList::of(&self.engine.status().await?.healing, all))
    }
}

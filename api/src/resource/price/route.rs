//! The routes of prices.

use super::document::{PublicationDocument, SourceDocument, moment};
use super::wire::Prices;
use crate::access::sight::About;
use crate::clock::now_us;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::{Caller, Query, Reason, page_limit};
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
use triad_event::Source;
use triad_event::prices::{Ask, SourceRemoved};
use triad_event::quantity::Micros;

/// Steps of one page when nobody says otherwise: two days of hours; and at most: a week of quarters.
const LIMIT_DEFAULT: usize = 48;
const LIMIT_MAX: usize = 672;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/prices",
        name: "show_prices",
        summary: "where prices of electricity come from and what they are, from the present one on",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: Takes::query::<ShowQuery>(),
        gives: &[Gives::json::<Prices>(StatusCode::OK)],
        refuses: &[ASKS],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/prices",
        name: "publish_prices",
        summary: "say what electricity costs and will cost; it replaces what was said before of the same time",
        source: Source::Operator,
        need: Need::Right(Right::Control, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<PublicationDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<Prices>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::NoPriceSource, Code::PricesOutdated, Code::InvalidValue]],
        handler: |method| on(method, publish),
    },
    Route {
        method: Method::Post,
        path: "/v1/prices/source",
        name: "set_price_source",
        summary: "say where prices of electricity come from; from then on tasks with a bid wait for them",
        source: Source::Operator,
        need: Need::Right(Right::Control, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<SourceDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<Prices>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::CurrencyWithoutRate, Code::InvalidValue]],
        handler: |method| on(method, set_source),
    },
    Route {
        method: Method::Delete,
        path: "/v1/prices/source",
        name: "remove_price_source",
        summary: "let prices come from nowhere: every task that waits for one goes on",
        source: Source::Operator,
        need: Need::Right(Right::Control, About::Installation),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Prices>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::NoPriceSource, Code::InvalidValue]],
        handler: |method| on(method, remove_source),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ShowQuery {
    /// The moment (RFC 3339) from which on prices are shown; now unless it is said.
    from: Option<String>,
    /// How many steps at most.
    limit: Option<usize>,
}

async fn show(State(state): State<AppState>, Query(query): Query<ShowQuery>) -> Result<Response, Problem> {
    let limit = page_limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let invalid = |detail| Problem::new(Code::InvalidQuery, detail);
    let from = query.from.map(|text| moment(&text, "from")).transpose().map_err(invalid)?;
    Ok(json(StatusCode::OK, &state.describe_prices(from, limit).await?))
}

async fn publish(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(document): Document<PublicationDocument>,
) -> Result<Response, Problem> {
    let now = state.engine.status().await?.time;
    let answer = state.ask(asker, Ask::from(document.asked(now)?).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.describe_prices(None, LIMIT_DEFAULT).await?, answer.sequence))
}

async fn set_source(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Document(document): Document<SourceDocument>,
) -> Result<Response, Problem> {
    let answer = state.ask(asker, Ask::from(document.asked()?).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.describe_prices(None, LIMIT_DEFAULT).await?, answer.sequence))
}

async fn remove_source(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let answer = state.ask(asker, Ask::from(SourceRemoved { reason }).into()).await?;
    answer.reply?;
    Ok(recorded(StatusCode::OK, &state.describe_prices(None, LIMIT_DEFAULT).await?, answer.sequence))
}

impl AppState {
    async fn describe_prices(&self, from: Option<Micros>, limit: usize) -> Result<Prices, Problem> {
        let known = self.engine.status().await?.prices;
        let now = Micros(now_us());
        Ok(Prices::of(known, now, from.unwrap_or(now), limit))
    }
}

//! The routes of settings.

use super::wire::{SettingList, SettingValue};
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::extract::Caller;
use crate::http::fields::{Field, Fields, REASON};
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Gives, Method, NOTHING, Need, Right, Route, Takes};
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::on;
use triad_decide::governance;
use triad_event::Source;
use triad_event::governance::{ChangeSetting, Setting};

const VALUE: Field =
    Field { name: "value", kind: Kind::Number, is_required: true, doc: "A whole number, in its unit." };
const SCOPE: Field = Field {
    name: "scope",
    kind: Kind::Text,
    is_required: false,
    doc: "The id of what has the value; without it, everything that has none of its own.",
};
const CHANGE: &[Field] = &[VALUE, SCOPE, REASON];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/settings",
        name: "list_settings",
        summary: "the numbers that change decisions",
        source: Source::Operator,
        need: Need::Right(Right::Read, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<SettingList>(StatusCode::OK)],
        refuses: &[ASKS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Post,
        path: "/v1/settings/{name}",
        name: "set_setting",
        summary: "change one",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes::fields(CHANGE),
        gives: &[Gives::recorded::<SettingValue>(StatusCode::OK)],
        refuses: &[ASKS, &[Code::SettingUnknown, Code::InvalidValue]],
        handler: |method| on(method, set),
    },
];

async fn list(State(state): State<AppState>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &SettingList::of(&state.engine.status().await?.settings)))
}

async fn set(
    State(state): State<AppState>,
    Caller(asker): Caller,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = Fields::read(&state.bodies, &headers, body, CHANGE).await?;
    let unknown = || Problem::new(Code::SettingUnknown, format!("there is no setting {name:?}"));
    let setting = Setting::from_name(&name).ok_or_else(unknown)?;
    let value = fields.required(VALUE)?;
    let no_integer = |_| Problem::new(Code::InvalidValue, "value is a whole number, in digits alone");
    let value = value.parse().map_err(no_integer)?;
    let (scope, reason) = (fields.or_empty(SCOPE), fields.or_empty(REASON));
    let asked = ChangeSetting { setting, scope: scope.clone(), value, reason };
    let answer = state.ask(asker, governance::Ask::ChangeSetting(asked).into()).await?;
    answer.reply?;
    let changed = SettingValue::of(setting, &scope, &state.engine.status().await?.settings);
    Ok(recorded(StatusCode::OK, &changed, answer.sequence))
}

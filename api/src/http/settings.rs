//! `GET /v1/settings`, `POST /v1/settings/{name}`: the numbers that change decisions.

use super::door::Door;
use super::fields::{Field, Fields, REASON};
use super::json;
use super::submit::SEQUENCE_HEADER;
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use crate::wire::subject::setting as describe;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json as document};
use triad_decide::governance;
use triad_event::Source;
use triad_event::governance::Setting;

const VALUE: Field = ("value", Kind::Number);

pub(super) async fn list(State(door): State<Door>) -> Result<Response, Problem> {
    let settings = door.engine.status().await?.settings;
    let listed: Vec<Value> = Setting::ALL.iter().map(|setting| describe(*setting, &settings)).collect();
    Ok(json(StatusCode::OK, &document!({ "settings": listed })))
}

pub(super) async fn set(
    State(door): State<Door>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = Fields::read(&door, &headers, body, &[VALUE, REASON]).await?;
    let unknown = || Problem::new(Code::SettingUnknown, format!("there is no setting {name:?}"));
    let setting = Setting::from_name(&name).ok_or_else(unknown)?;
    let value = fields.required(VALUE)?;
    let no_integer = |_| Problem::new(Code::InvalidValue, "value is a whole number, in digits alone");
    let value = value.parse().map_err(no_integer)?;
    let input = governance::Input::ChangeSetting { setting, value, reason: fields.or_empty(REASON) };
    let answer = door.ask(input.into(), Source::Operator).await?;
    answer.reply?;
    let mut response = json(StatusCode::OK, &describe(setting, &door.engine.status().await?.settings));
    response.headers_mut().insert(SEQUENCE_HEADER, answer.sequence.into());
    Ok(response)
}

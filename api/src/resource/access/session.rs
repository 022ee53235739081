//! The routes of sessions: a browser is let in by a link or a key, and known by a cookie.

use crate::access::admitted::{Admitted, Shown};
use crate::access::opening::draw;
use crate::access::session::set_cookie;
use crate::access::sight::About;
use crate::clock::{now_us, show};
use crate::http::answer::recorded;
use crate::http::document::Document;
use crate::http::state::AppState;
use crate::resource::route::{
    ASKS, Body, Gives, Header, Method, NOTHING, Need, Right, Route, SEQUENCE, Takes, VIEWS, shape,
};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_credentials::Kind;
use triad_event::Source;
use triad_event::access::{SessionEnded, SessionOpened};
use triad_event::ids::{PrincipalId, SessionId};
use triad_event::quantity::Micros;
use triad_perform::Asker;

/// How long a session lasts at most: a working day.
const SESSION_SECONDS: u64 = 12 * 3600;
/// Microseconds of a second.
const SECOND_US: i64 = 1_000_000;

const SET_COOKIE: Header =
    Header { name: "set-cookie", doc: "The session, for this site alone and no script." };

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/sessions",
        name: "open_session",
        summary: "let a browser in: by a link that counts once, or by the key that is shown",
        source: Source::Client,
        need: Need::Nothing,
        takes: Takes { body: Some(Body::Document(shape::<SessionDocument>)), ..NOTHING },
        gives: &[Gives { headers: &[SEQUENCE, SET_COOKIE], ..Gives::json::<Session>(StatusCode::CREATED) }],
        refuses: &[ASKS, VIEWS, &[Code::LinkUnknown, Code::KeyConflict, Code::TooManyCredentials]],
        handler: |method| on(method, open),
    },
    Route {
        method: Method::Delete,
        path: "/v1/sessions/current",
        name: "end_session",
        summary: "end the session that is shown",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: NOTHING,
        gives: &[Gives { headers: &[SET_COOKIE], ..Gives::nothing(StatusCode::NO_CONTENT) }],
        refuses: &[ASKS, VIEWS, &[Code::SessionUnknown]],
        handler: |method| on(method, end),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SessionDocument {
    /// The link that lets in; without it the key counts that is shown as `Authorization`.
    link: Option<String>,
}

/// A session.
#[derive(Serialize, JsonSchema)]
struct Session {
    session_id: String,
    /// The key as which it asks.
    key_id: String,
    /// Until when it lasts at most.
    expires: String,
}

/// The session is always a new one: what a browser had before counts for nothing, so nobody can have prepared it.
async fn open(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(asked): Document<SessionDocument>,
) -> Result<Response, Problem> {
    let (key, link) = match asked.link {
        Some(text) => {
            let link = state.link(&text)?;
            let is_for_key = || Problem::new(Code::LinkUnknown, "the link is for a new key: claim it");
            (link.key.ok_or_else(is_for_key)?, Some(link.id))
        }
        None if admitted.shown == Shown::Key => (admitted.principal(), None),
        None => return Err(Problem::new(Code::NotIdentified, "a session begins with a link or a key")),
    };
    let secret = draw(Kind::Session);
    let expires = Micros(now_us().saturating_add(i64::try_from(SESSION_SECONDS).unwrap_or(0) * SECOND_US));
    let (session, digest) = (SessionId(secret.id()), secret.digest());
    let principal = if link.is_some() { PrincipalId::ZERO } else { key };
    let asker = Asker { principal, ..admitted.asker };
    let ask = SessionOpened { session, key, digest, link, expires };
    let answer = state.ask_access(asker, ask).await?;
    let (session_id, key_id, expires) = (session.to_string(), key.to_string(), show(expires.0));
    let document = Session { session_id, key_id, expires };
    let mut response = recorded(StatusCode::CREATED, &document, answer.sequence);
    let cookie = set_cookie(&secret.expose(), SESSION_SECONDS, admitted.circumstances.encrypted);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

async fn end(State(state): State<AppState>, admitted: Admitted) -> Result<Response, Problem> {
    let Shown::Session(session) = admitted.shown else {
        return Err(Problem::new(Code::SessionUnknown, "no session was shown"));
    };
    state.ask_access(admitted.asker, SessionEnded { session }).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let cookie = set_cookie("", 0, admitted.circumstances.encrypted);
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}

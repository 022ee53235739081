//! The routes of keys.

use super::person::{NAMES, PersonDocument};
use super::wire::{CHANGES, GrantsDocument, KeyDocument, KeyHandedOut};
use crate::access::admitted::Admitted;
use crate::access::opening::{draw, draw_for, is_left_administered};
use crate::access::sight::About;
use crate::clock::now_us;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::{Caller, Named, PathId, Reason};
use crate::http::fields::REASON;
use crate::http::state::AppState;
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS, shape};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use triad_credentials::{Kind, Secret};
use triad_decide::Input;
use triad_event::Source;
use triad_event::access::{Ask, ChangeKey, IssueKey, KeyRestored, KeyRevoked, KeyRotated};
use triad_event::ids::PrincipalId;
use triad_event::quantity::Micros;
use triad_perform::{Answer, Asker};

/// Microseconds of an hour.
const HOUR_US: i64 = 3_600_000_000;
/// Hours that the former secret counts when nobody says otherwise: a working day and a night.
const OVERLAP_HOURS_DEFAULT: u32 = 24;

const LISTS: Need = Need::Right(Right::Audit, About::Installation);
const ADMINISTERS: Need = Need::Right(Right::Administer, About::Installation);

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/access/keys",
        name: "list_keys",
        summary: "the keys that there are, and were",
        source: Source::Operator,
        need: LISTS,
        takes: NOTHING,
        gives: &[Gives::json::<KeyList>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/keys",
        name: "issue_key",
        summary: "issue a key; its secret is shown this once",
        source: Source::Operator,
        need: ADMINISTERS,
        takes: Takes { body: Some(Body::Document(shape::<IssueDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<KeyHandedOut>(StatusCode::CREATED)],
        refuses: &[ASKS, VIEWS, CHANGES, NAMES, &[Code::TooManyCredentials]],
        handler: |method| on(method, issue),
    },
    Route {
        method: Method::Get,
        path: "/v1/access/keys/{id}",
        name: "show_key",
        summary: "one key",
        source: Source::Operator,
        need: LISTS,
        takes: NOTHING,
        gives: &[Gives::json::<KeyDocument>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::KeyUnknown]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/keys/{id}/change",
        name: "change_key",
        summary: "let it do other things: roles, tenants, bounds, when it expires",
        source: Source::Operator,
        need: ADMINISTERS,
        takes: Takes { body: Some(Body::Document(shape::<ChangeDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<KeyDocument>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES],
        handler: |method| on(method, change),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/keys/{id}/rotate",
        name: "rotate_key",
        summary: "give it a new secret; the former one counts for some hours more",
        source: Source::Operator,
        need: ADMINISTERS,
        takes: Takes { body: Some(Body::Document(shape::<RotateDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<KeyHandedOut>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES],
        handler: |method| on(method, rotate),
    },
    REVOKE,
    Route {
        path: "/v1/access/keys/{id}/restore",
        name: "restore_key",
        summary: "let one count again that is suspended since the log was adopted from a copy",
        handler: |method| {
            on(method, |s, c, i, r| turn(s, c, i, r, |key, reason| KeyRestored { key, reason }.into()))
        },
        ..REVOKE
    },
];

const REVOKE: Route = Route {
    method: Method::Post,
    path: "/v1/access/keys/{id}/revoke",
    name: "revoke_key",
    summary: "let it count no more, for ever; what it keeps open ends",
    source: Source::Operator,
    need: ADMINISTERS,
    takes: Takes::fields(&[REASON]),
    gives: &[Gives::recorded::<KeyDocument>(StatusCode::OK)],
    refuses: &[ASKS, VIEWS, CHANGES],
    handler: |method| {
        on(method, |s, c, i, r| turn(s, c, i, r, |key, reason| KeyRevoked { key, reason }.into()))
    },
};

/// Keys, in the order of their ids.
#[derive(Serialize, JsonSchema)]
struct KeyList {
    keys: Vec<KeyDocument>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct IssueDocument {
    /// What it is called: a name of a thing, not of a person, because it stays for ever. 1 to 64 of a-z, 0-9, _ and -.
    label: String,
    grants: GrantsDocument,
    /// Whose it is.
    person: Option<PersonDocument>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangeDocument {
    /// Everything that it may from then on.
    grants: GrantsDocument,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RotateDocument {
    /// Hours that the former secret counts; 24, when nobody says, 0 for none.
    overlap_hours: Option<u32>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

/// A key is named by the principal that it is.
impl Named for PrincipalId {
    const ZERO: Self = Self::ZERO;
    const OF: &'static str = "key";
    const UNKNOWN: Code = Code::KeyUnknown;
}

async fn list(State(state): State<AppState>) -> Result<Response, Problem> {
    let keys = state
        .view(|views| Ok(views.access(|book| book.keys.iter().map(KeyDocument::of).collect()).value))
        .await?;
    Ok(json(StatusCode::OK, &KeyList { keys }))
}

async fn show(State(state): State<AppState>, PathId(id): PathId<PrincipalId>) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &state.describe_key(id).await?))
}

async fn issue(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(asked): Document<IssueDocument>,
) -> Result<Response, Problem> {
    let IssueDocument { label, grants, person, reason } = asked;
    let grants = grants.read()?;
    is_left_administered(&state, &admitted, Some(&grants))?;
    let secret = draw(Kind::Key);
    let (key, digest) = (PrincipalId(secret.id()), secret.digest());
    let ask = IssueKey { key, label, person: None, digest, grants, link: None, reason };
    let answer = state.ask_issue(admitted.asker, ask, person).await?;
    state.hand_out(StatusCode::CREATED, &secret, answer.sequence).await
}

async fn change(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(key): PathId<PrincipalId>,
    Document(asked): Document<ChangeDocument>,
) -> Result<Response, Problem> {
    let ask = ChangeKey { key, grants: asked.grants.read()?, reason: asked.reason };
    let answer = state.ask_access(asker, ask).await?;
    Ok(recorded(StatusCode::OK, &state.describe_key(key).await?, answer.sequence))
}

async fn rotate(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(key): PathId<PrincipalId>,
    Document(asked): Document<RotateDocument>,
) -> Result<Response, Problem> {
    let hours = i64::from(asked.overlap_hours.unwrap_or(OVERLAP_HOURS_DEFAULT));
    let secret = draw_for(Kind::Key, key.0);
    let former_until = Micros(now_us().saturating_add(hours.saturating_mul(HOUR_US)));
    let ask = KeyRotated { key, digest: secret.digest(), former_until, reason: asked.reason };
    let answer = state.ask_access(asker, ask).await?;
    state.hand_out(StatusCode::OK, &secret, answer.sequence).await
}

async fn turn(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(key): PathId<PrincipalId>,
    Reason(reason): Reason,
    ask: fn(PrincipalId, String) -> Ask,
) -> Result<Response, Problem> {
    let answer = state.ask_access(asker, ask(key, reason)).await?;
    Ok(recorded(StatusCode::OK, &state.describe_key(key).await?, answer.sequence))
}

impl AppState {
    /// Has something of access decided. When it comes back the views know of it, so that from then on every request is held
    /// against it.
    pub(super) async fn ask_access(&self, asker: Asker, ask: impl Into<Ask>) -> Result<Answer, Problem> {
        let answer = self.ask(asker, Input::from(ask.into())).await?;
        answer.reply.clone()?;
        self.learned(answer).await
    }

    /// The same for a key that is to exist, perhaps with the name of whose it is.
    pub(super) async fn ask_issue(
        &self,
        asker: Asker,
        ask: IssueKey,
        person: Option<PersonDocument>,
    ) -> Result<Answer, Problem> {
        let Some(named) = person else { return self.ask_access(asker, ask).await };
        let naming = |person| IssueKey { person: Some(person), ..ask.clone() }.into();
        self.ask_naming(asker, ask.key, &named, naming).await
    }

    /// Something of access was decided: comes back when the views, and with them the door, know of it.
    pub(super) async fn learned(&self, answer: Answer) -> Result<Answer, Problem> {
        self.views_know(self.durable().next_sequence).await?;
        self.door.learn(&self.views);
        Ok(answer)
    }

    /// Answers with a key and its secret, which nobody may keep on the way.
    pub(super) async fn hand_out(
        &self,
        code: StatusCode,
        secret: &Secret,
        sequence: u64,
    ) -> Result<Response, Problem> {
        let key = self.describe_key(PrincipalId(secret.id())).await?;
        let document = KeyHandedOut { key, secret: secret.expose().to_string() };
        let mut response = recorded(code, &document, sequence);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    pub(super) async fn describe_key(&self, id: PrincipalId) -> Result<KeyDocument, Problem> {
        let found =
            self.view(move |views| Ok(views.access(|book| book.key(id).map(KeyDocument::of)).value)).await?;
        found.ok_or_else(|| Problem::new(Code::KeyUnknown, format!("there is no key {id}")))
    }
}

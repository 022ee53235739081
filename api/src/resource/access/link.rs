//! The routes of links: each counts once, for a new key or to begin a session in a browser.

use super::person::{NAMES, PersonDocument};
use super::wire::{GrantsDocument, KeyHandedOut};
use crate::access::admitted::Admitted;
use crate::access::opening::{draw, is_left_administered};
use crate::access::sight::About;
use crate::clock::{now_us, show};
use crate::http::answer::recorded;
use crate::http::document::Document;
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
use triad_event::Source;
use triad_event::access::{Grants, IssueKey, MakeLink};
use triad_event::ids::{LinkId, PrincipalId};
use triad_event::quantity::Micros;
use triad_perform::Asker;
use triad_projections::view::access_book::Link;

/// Microseconds of an hour.
const HOUR_US: i64 = 3_600_000_000;

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/access/links",
        name: "make_link",
        summary: "make a link that counts once: for a new key, or for a session with a key that there is",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<LinkDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<LinkHandedOut>(StatusCode::CREATED)],
        refuses: &[
            ASKS,
            VIEWS,
            &[Code::KeyUnknown, Code::KeyConflict, Code::TooManyCredentials, Code::InvalidValue],
            &[Code::LastAdministrator],
        ],
        handler: |method| on(method, make),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/claim",
        name: "claim_link",
        summary: "be given the key that a link is for; its secret is shown this once",
        source: Source::Client,
        need: Need::Nothing,
        takes: Takes { body: Some(Body::Document(shape::<ClaimDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<KeyHandedOut>(StatusCode::CREATED)],
        refuses: &[
            ASKS,
            VIEWS,
            &[Code::LinkUnknown, Code::TooManyCredentials, Code::InvalidValue],
            &[Code::LastAdministrator],
            NAMES,
        ],
        handler: |method| on(method, claim),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LinkDocument {
    /// The key with which it begins a session.
    key: Option<String>,
    /// What a new key may, when it is for one.
    grants: Option<GrantsDocument>,
    /// Hours in which it can be used; one, when nobody says.
    hours: Option<u32>,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

/// A link, which is shown this once.
#[derive(Serialize, JsonSchema)]
struct LinkHandedOut {
    link_id: String,
    /// Whoever shows it is given what it is for.
    secret: String,
    /// Until when.
    expires: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClaimDocument {
    /// The link.
    link: String,
    /// What the key is to be called.
    label: String,
    /// Whose it is.
    person: Option<PersonDocument>,
}

async fn make(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(asked): Document<LinkDocument>,
) -> Result<Response, Problem> {
    let invalid = |detail: &str| Problem::new(Code::InvalidValue, detail);
    let key = asked.key.as_deref().map(str::parse::<PrincipalId>).transpose();
    let key = key.map_err(|error| Problem::new(Code::InvalidValue, format!("key: {error}")))?;
    let grants = match (key, asked.grants) {
        (None, Some(grants)) => grants.read()?,
        (Some(key), None) => state.granted(key)?,
        (None, None) | (Some(_), Some(_)) => {
            return Err(invalid("a link is for a new key, by `grants`, or for one that there is, by `key`"));
        }
    };
    is_left_administered(&state, &admitted, Some(&grants))?;
    let secret = draw(Kind::Link);
    let expires =
        Micros(now_us().saturating_add(i64::from(asked.hours.unwrap_or(1)).saturating_mul(HOUR_US)));
    let (link, digest) = (LinkId(secret.id()), secret.digest());
    let ask = MakeLink { link, digest, key, grants, expires, reason: asked.reason };
    let answer = state.ask_access(admitted.asker, ask).await?;
    let document = LinkHandedOut {
        link_id: link.to_string(),
        secret: secret.expose().to_string(),
        expires: show(expires.0),
    };
    let mut response = recorded(StatusCode::CREATED, &document, answer.sequence);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

async fn claim(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(asked): Document<ClaimDocument>,
) -> Result<Response, Problem> {
    let link = state.link(&asked.link)?;
    if link.key.is_some() {
        return Err(Problem::new(Code::LinkUnknown, "the link is for a session: open it in a browser"));
    }
    is_left_administered(&state, &admitted, Some(&link.grants))?;
    let secret = draw(Kind::Key);
    let ask = IssueKey {
        key: PrincipalId(secret.id()),
        label: asked.label,
        person: None,
        digest: secret.digest(),
        grants: link.grants,
        link: Some(link.id),
        reason: "a link was used".to_owned(),
    };
    // Whoever has the link asks for the key that they are about to be.
    let asker = Asker { principal: PrincipalId::ZERO, ..admitted.asker };
    let answer = state.ask_issue(asker, ask, asked.person).await?;
    state.hand_out(StatusCode::CREATED, &secret, answer.sequence).await
}

impl AppState {
    /// The link that a text is, if it counts. What is wrong with it is told to nobody.
    pub(super) fn link(&self, text: &str) -> Result<Link, Problem> {
        let unknown = || Problem::new(Code::LinkUnknown, "this is no link that counts");
        let secret = Secret::parse(Kind::Link, text).map_err(|_| unknown())?;
        let (id, now) = (LinkId(secret.id()), now_us());
        let links = &self.door.known().book.links;
        let found = links.binary_search_by_key(&id, |link| link.id).ok();
        let link = found.map(|place| links[place].clone());
        let is_right = secret.matches(link.as_ref().map(|link| &link.digest));
        link.filter(|link| is_right && link.expires.0 > now).ok_or_else(unknown)
    }

    fn granted(&self, key: PrincipalId) -> Result<Grants, Problem> {
        let grants = self.door.known().book.key(key).map(|key| key.grants.clone());
        grants.ok_or_else(|| Problem::new(Code::KeyUnknown, format!("there is no key {key}")))
    }
}

//! Whose a request is: what it shows is held against what is recorded.

use super::admitted::{ANONYMOUS, Admitted, Shown};
use super::door::Door;
use super::session::{self, Cookie};
use super::turned::{Turned, ended, not_accepted, turned};
use crate::clock::now_us;
use crate::http::headers::single;
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use axum::http::HeaderMap;
use std::sync::Arc;
use triad_credentials::{Kind, Secret};
use triad_event::Source;
use triad_event::access::{Cause, Grants, Phase, Reach};
use triad_event::ids::{PrincipalId, SessionId};
use triad_event::quantity::Micros;
use triad_perform::Asker;
use triad_projections::view::access_book::{AccessBook, Key};

/// Says whose a request is; none when it shows nothing.
pub(super) async fn identify(
    state: &AppState,
    headers: &HeaderMap,
    source: Source,
    encrypted: bool,
    changes: bool,
) -> Result<Option<Admitted>, Turned> {
    let malformed = |problem| turned(Cause::NotAccepted, None, problem);
    if let Some(shown) = single(headers, "authorization").map_err(malformed)? {
        let text = bearer(shown).ok_or_else(not_accepted)?;
        return match Kind::of(text) {
            Some(Kind::Key) => by_key(state, text, source).map(Some),
            Some(Kind::Link | Kind::Session) => Err(not_accepted()),
            None => super::token::by_token(state, text, source).await.map(Some),
        };
    }
    match session::cookie(headers, encrypted).map_err(malformed)? {
        Some(Cookie(text)) => {
            session::check_site(headers, changes)?;
            by_session(state, text, source).map(Some)
        }
        None => Ok(None),
    }
}

/// Whoever shows nothing, where that is enough.
pub(super) fn anybody(source: Source) -> Admitted {
    let asker = Asker { principal: ANONYMOUS, source };
    Admitted::new(asker, Shown::Nothing, None)
}

/// Whoever shows nothing, where everybody is known, and asks what everybody may.
pub(super) fn nobody(source: Source) -> Admitted {
    let grants = Grants {
        owner: String::new(),
        roles: Vec::new(),
        reach: Reach::Tenants,
        tenant: String::new(),
        further_tenants: Vec::new(),
        zones: Vec::new(),
        classes: Vec::new(),
        requests_per_minute: None,
        workflows_alive_max: None,
        expires: None,
    };
    Admitted { grants: Some(Arc::new(grants)), ..anybody(source) }
}

/// What is told to whoever must say who they are.
pub(super) fn not_identified(door: &Door) -> Turned {
    let why = if door.is_closed() { "this server serves a network" } else { "this log has keys" };
    let detail = format!("{why}, so whoever asks shows one");
    turned(Cause::NotIdentified, None, Problem::new(Code::NotIdentified, detail))
}

/// The token behind the scheme, whose case does not matter (RFC 9110, section 11.1; RFC 6750, section 2.1).
fn bearer(shown: &str) -> Option<&str> {
    let (scheme, token) = shown.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_matches(' '))
}

fn by_key(state: &AppState, text: &str, source: Source) -> Result<Admitted, Turned> {
    let secret = Secret::parse(Kind::Key, text).map_err(|_| not_accepted())?;
    let now = Micros(now_us());
    let known = state.door.known();
    let key = known.book.key(PrincipalId(secret.id()));
    // Both secrets are compared whatever comes of the first, and an unknown id like a known one.
    let is_present = secret.matches(key.map(|key| &key.digest));
    let former = key.and_then(|key| key.former.as_ref()).filter(|(_, until)| now < *until);
    let is_former = secret.matches(former.map(|(digest, _)| digest));
    match key {
        Some(key) if is_present || is_former => admit(key, now, Shown::Key, source),
        _ => Err(not_accepted()),
    }
}

fn by_session(state: &AppState, text: &str, source: Source) -> Result<Admitted, Turned> {
    let secret = Secret::parse(Kind::Session, text).map_err(|_| not_accepted())?;
    let (id, now) = (SessionId(secret.id()), Micros(now_us()));
    let book = &state.door.known().book;
    let session = book.sessions.binary_search_by_key(&id, |session| session.id);
    let session = session.ok().map(|place| &book.sessions[place]);
    let is_right = secret.matches(session.map(|session| &session.digest));
    let Some(session) = session.filter(|_| is_right) else { return Err(not_accepted()) };
    if session.expires <= now {
        return Err(ended(Cause::Expired, session.key, "the session has expired: begin another one"));
    }
    let key = book.key(session.key).ok_or_else(not_accepted)?;
    admit(key, now, Shown::Session(id), source)
}

/// Whoever has the secret is told why it does not count.
fn admit(key: &Key, now: Micros, shown: Shown, source: Source) -> Result<Admitted, Turned> {
    match key.phase {
        Phase::Active => {}
        Phase::Suspended => {
            return Err(ended(Cause::Suspended, key.id, "the key is suspended since the log was adopted"));
        }
        Phase::Revoked => return Err(ended(Cause::Revoked, key.id, "the key is revoked")),
    }
    if key.grants.expires.is_some_and(|expires| expires <= now) {
        return Err(ended(Cause::Expired, key.id, "the key has expired"));
    }
    let asker = Asker { principal: key.id, source };
    Ok(Admitted::new(asker, shown, Some(Arc::new(key.grants.clone()))))
}

/// What somebody who was let in may now; none when they would be let in no more.
pub(super) fn present_grants(book: &AccessBook, admitted: &Admitted, now: Micros) -> Option<Grants> {
    let counts = |grants: &Grants| grants.expires.is_none_or(|expires| expires > now);
    let active = || {
        let key = book.key(admitted.principal()).filter(|key| key.phase == Phase::Active)?;
        Some(&key.grants).filter(|grants| counts(grants)).cloned()
    };
    match admitted.shown {
        Shown::Nothing => None,
        Shown::Key => active(),
        Shown::Session(id) => {
            let place = book.sessions.binary_search_by_key(&id, |session| session.id).ok()?;
            active().filter(|_| book.sessions[place].expires > now)
        }
        Shown::Token => {
            let issuer = &book.identity(admitted.principal())?.accepted.issuer;
            let is_trusted = book.issuers.iter().any(|one| one.trusted.issuer == *issuer);
            admitted.grants.as_deref().filter(|grants| is_trusted && counts(grants)).cloned()
        }
    }
}

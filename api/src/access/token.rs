//! Whose a signed token is: it is verified by the keys of issuers that are trusted, and what it states is recorded when it is
//! new.

use super::admitted::{Admitted, Shown, TENANT_DEFAULT};
use super::issuers::{Held, read_all};
use super::turned::{Turned, ended, not_accepted, turned};
use crate::clock::{monotonic, now_us};
use crate::http::state::{AppState, blocking};
use crate::wire::problem::{Code, Problem};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use triad_credentials::{Claims, Rejection, principal};
use triad_decide::Input;
use triad_decide::limits::is_id;
use triad_event::Source;
use triad_event::access::{AcceptIdentity, Ask, Cause, Grants, Proof, Reach, TrustIssuer};
use triad_event::ids::PrincipalId;
use triad_event::quantity::Micros;
use triad_perform::Asker;

/// Key sets are read again after so long.
const FRESH: Duration = Duration::from_secs(300);
/// And not sooner than this when a token names a key that is not there: whoever makes up keys makes nobody read.
const PAUSE: Duration = Duration::from_secs(10);
/// What stands for every tenant in a claim.
const EVERY_TENANT: &str = "*";
/// Microseconds of a second.
const SECOND_US: i64 = 1_000_000;

/// Says whose a token is.
pub(super) async fn by_token(state: &AppState, text: &str, source: Source) -> Result<Admitted, Turned> {
    let now = now_us().div_euclid(SECOND_US);
    let held = held(state, FRESH).await?;
    let verified = match verify(&held, text, now) {
        Err(Rejection::KeyUnknown) if monotonic() > held.read_at + PAUSE => {
            verify(&self::held(state, PAUSE).await?, text, now)
        }
        verified => verified,
    };
    let (issuer, claims) = verified.map_err(turned_away)?;
    let trusted = trusted(state, &issuer).ok_or_else(not_accepted)?;
    let principal = PrincipalId(principal(&issuer, &claims.subject));
    let before = state.door.known();
    let before = before.book.identity(principal).map(|known| known.accepted.grants.tenant.as_str());
    let grants = grants_of(&trusted, &claims, before).ok_or_else(|| {
        ended(Cause::NotAllowed, principal, "the token does not name the tenant that its subject belongs to")
    })?;
    let asked = AcceptIdentity { principal, proof: Proof::Token, issuer, grants: grants.clone() };
    let asker = Asker { principal, source };
    accept(state, asker, asked).await?;
    Ok(Admitted::new(asker, Shown::Token, Some(Arc::new(grants))))
}

/// Only that a good token is over is told: whoever has one may have another one made.
fn turned_away(rejection: Rejection) -> Turned {
    if rejection == Rejection::Expired {
        return turned(Cause::Expired, None, Problem::new(Code::NotIdentified, "the token has expired"));
    }
    not_accepted()
}

fn verify(held: &Held, text: &str, now: i64) -> Result<(String, Claims), Rejection> {
    held.issuers.verify(text, now).map(|(issuer, claims)| (issuer.rules().issuer.clone(), claims))
}

fn trusted(state: &AppState, issuer: &str) -> Option<TrustIssuer> {
    let find = |one: &&triad_projections::view::access_book::Issuer| one.trusted.issuer == issuer;
    state.door.known().book.issuers.iter().find(find).map(|one| one.trusted.clone())
}

/// Records what a token states, unless that is what was recorded of it last.
async fn accept(state: &AppState, asker: Asker, asked: AcceptIdentity) -> Result<(), Turned> {
    let is_known = {
        let door = state.door.known();
        let known = door.book.identity(asked.principal).map(|identity| &identity.accepted.grants);
        // That it is valid for longer is no news; the record says until when it was when it was seen first.
        known.is_some_and(|known| Grants { expires: asked.grants.expires, ..known.clone() } == asked.grants)
            && known.is_none_or(|known| known.expires.is_none_or(|until| until.0 > now_us()))
    };
    if is_known {
        return Ok(());
    }
    let failed = |problem| turned(Cause::NotAccepted, Some(asker.principal), problem);
    let answer =
        state.ask(Asker { principal: PrincipalId::ZERO, ..asker }, Input::from(Ask::from(asked))).await;
    let answer = answer.map_err(failed)?;
    answer.reply.map_err(|refusal| failed(refusal.into()))?;
    state.views_know(state.durable().next_sequence).await.map_err(failed)?;
    state.door.learn(&state.views);
    Ok(())
}

/// What a token may: its roles and tenants, as far as they are names that can be. Whoever belongs to a tenant belongs to it for
/// ever, whichever the token names first; one that does not name it any more is refused.
fn grants_of(trusted: &TrustIssuer, claims: &Claims, before: Option<&str>) -> Option<Grants> {
    let names = |names: &[String]| -> Vec<String> {
        names.iter().filter(|name| is_id(name)).take(GRANTS_MAX).cloned().collect()
    };
    let claimed = if trusted.tenants_claim.is_empty() { &[][..] } else { &claims.tenants[..] };
    let reach = match claimed.iter().any(|tenant| tenant == EVERY_TENANT) {
        true => Reach::Installation,
        false => Reach::Tenants,
    };
    let mut tenants = names(claimed);
    let is_named = !trusted.tenants_claim.is_empty() && reach == Reach::Tenants;
    if tenants.is_empty() && !is_named {
        let own = Some(&trusted.tenant).filter(|tenant| !tenant.is_empty());
        tenants.push(own.map_or(TENANT_DEFAULT, String::as_str).to_owned());
    }
    let place = match before {
        Some(before) => tenants.iter().position(|tenant| tenant == before),
        None => Some(0),
    };
    let tenant = match (place.filter(|place| *place < tenants.len()), before) {
        (Some(place), _) => tenants.remove(place),
        // Whoever sees all tenants sees theirs.
        (None, Some(before)) if reach == Reach::Installation => before.to_owned(),
        (None, _) => return None,
    };
    Some(Grants {
        owner: tenant.clone(),
        roles: names(&claims.roles),
        reach,
        tenant,
        further_tenants: tenants,
        zones: Vec::new(),
        classes: Vec::new(),
        requests_per_minute: None,
        workflows_alive_max: None,
        expires: Some(Micros(claims.expires.saturating_mul(SECOND_US))),
    })
}

/// Names of a credential, of each kind, that the core takes.
const GRANTS_MAX: usize = triad_decide::limits::GRANTS_LISTED_MAX;

/// The issuers of the present records, with keys that were read not longer ago than that; with older ones while somebody else is
/// reading.
async fn held(state: &AppState, fresh: Duration) -> Result<Held, Turned> {
    let known = state.door.known();
    let trusted: Vec<TrustIssuer> = known.book.issuers.iter().map(|issuer| issuer.trusted.clone()).collect();
    if trusted.is_empty() {
        return Err(not_accepted());
    }
    let tokens = &state.door.tokens;
    let present = || {
        let held = tokens.held.read().expect("invariant: nothing panics while it is held").clone();
        held.filter(|held| *held.trusted == trusted)
    };
    let is_fresh = |held: &Held| monotonic() < held.read_at + fresh;
    let found = present();
    if let Some(held) = found.clone().filter(is_fresh) {
        return Ok(held);
    }
    let _reading = match (tokens.reading.try_lock(), found) {
        (Ok(reading), _) => reading,
        (Err(_), Some(held)) => return Ok(held),
        (Err(_), None) => tokens.reading.lock().await,
    };
    if let Some(held) = present().filter(is_fresh) {
        return Ok(held);
    }
    let before = tokens.held.read().expect("invariant: nothing panics while it is held").clone();
    let read = blocking(move || Ok::<_, io::Error>(read_all(trusted, before.as_ref()))).await;
    let held = read.map_err(|problem| turned(Cause::NotAccepted, None, problem))?;
    *tokens.held.write().expect("invariant: nothing panics while it is held") = Some(held.clone());
    Ok(held)
}

//! Decides on links that can be used once, and on sessions of browsers.

use triad_event::access::{Grants, LinkMade, MakeLink, Phase, SessionEnded, SessionOpened};
use triad_event::ids::{LinkId, PrincipalId};
use triad_event::quantity::{Micros, Millis};

use super::facts::Facts;
use super::grants;
use super::known::{key, recorded};
use super::refusal::Refusal;
use crate::decision::Decision;
use crate::limits::{CREDENTIALS_MAX, LINK_HOURS_MAX, SESSION_HOURS_MAX, SESSIONS_PER_KEY_MAX, check_reason};

/// Milliseconds of an hour.
const HOUR_MS: u64 = 3_600_000;

pub(super) fn make_link(facts: &Facts<'_>, asked: MakeLink) -> Result<Decision, Refusal> {
    check_moment(facts, asked.expires, LINK_HOURS_MAX)?;
    if facts.state.links.contains_key(&asked.link) || asked.link == LinkId::ZERO {
        return Err(Refusal::LinkUnknown { link: asked.link });
    }
    match asked.key {
        Some(of) => is_active(facts, of)?,
        None => grants::check(&asked.grants, facts.place.at)?,
    }
    check_reason(&asked.reason)?;
    let counting = facts.state.links.values().filter(|link| link.expires > facts.place.at);
    if counting.count() >= CREDENTIALS_MAX {
        return Err(Refusal::TooManyCredentials);
    }
    recorded(LinkMade { asked })
}

pub(super) fn open_session(facts: &Facts<'_>, opened: SessionOpened) -> Result<Decision, Refusal> {
    is_active(facts, opened.key)?;
    if let Some(link) = opened.link {
        use_link(facts, link, Some(opened.key), None)?;
    }
    check_moment(facts, opened.expires, SESSION_HOURS_MAX)?;
    if facts.state.sessions.contains_key(&opened.session) {
        return Err(Refusal::SessionUnknown { session: opened.session });
    }
    let (mut all, mut of_key) = (0, 0);
    for session in facts.state.sessions.values().filter(|session| session.expires > facts.place.at) {
        all += 1;
        of_key += usize::from(session.key == opened.key);
    }
    if of_key >= SESSIONS_PER_KEY_MAX {
        return Err(Refusal::TooManySessions);
    }
    if all >= CREDENTIALS_MAX {
        return Err(Refusal::TooManyCredentials);
    }
    recorded(opened)
}

pub(super) fn end_session(facts: &Facts<'_>, ended: SessionEnded) -> Result<Decision, Refusal> {
    if !facts.state.sessions.contains_key(&ended.session) {
        return Err(Refusal::SessionUnknown { session: ended.session });
    }
    recorded(ended)
}

/// Whether a link can be used for that: a session of that key, or a new key with these grants.
pub(super) fn use_link(
    facts: &Facts<'_>,
    link: LinkId,
    key: Option<PrincipalId>,
    grants: Option<&Grants>,
) -> Result<(), Refusal> {
    let known = facts.state.links.get(&link).filter(|known| known.expires > facts.place.at);
    let known = known.filter(|known| known.key == key).ok_or(Refusal::LinkUnknown { link })?;
    match grants.is_some_and(|grants| *grants != known.grants) {
        true => Err(Refusal::LinkGrantsOtherwise),
        false => Ok(()),
    }
}

fn is_active(facts: &Facts<'_>, of: PrincipalId) -> Result<(), Refusal> {
    let known = key(facts, of)?;
    if known.phase == Phase::Suspended {
        return Err(Refusal::KeySuspended { key: of });
    }
    if grants::is_expired(&known.grants, facts.place.at) {
        return Err(Refusal::KeyExpired { key: of });
    }
    Ok(())
}

fn check_moment(facts: &Facts<'_>, expires: Micros, hours_max: u64) -> Result<(), Refusal> {
    let latest = facts.place.at.after(Millis(hours_max * HOUR_MS));
    if expires <= facts.place.at || expires > latest { Err(Refusal::ExpiresInThePast) } else { Ok(()) }
}

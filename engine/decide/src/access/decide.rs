//! Decides on what is asked of keys, policies and issuers, and on what is recorded of their use.

use triad_event::access::{
    AcceptIdentity, AccessRefused, Ask, ChangeKey, Grants, IssueKey, IssuerTrusted, KeyChanged, KeyIssued,
    KeyRestored, KeyRevoked, KeyRotated, NamePerson, Person, PersonNamed, Phase, PolicyReplaced,
    ReplacePolicy, RightUsed, TrustIssuer,
};
use triad_event::access::{IdentityAccepted, IssuerDistrusted};
use triad_event::ids::{PrincipalId, StreamId};
use triad_event::quantity::{Micros, Millis};

use super::administrator::administers;
use super::facts::Facts;
use super::grants::{self, is_expired};
use super::known::{key, recorded};
use super::refusal::Refusal;
use super::session::{end_session, make_link, open_session, use_link};
use crate::decision::Decision;
use crate::limits::{
    CREDENTIALS_MAX, FORMER_SECRET_DAYS_MAX, ISSUERS_MAX, NAME_BYTES_MAX, POLICY_BYTES_MAX, check_reason,
    is_id,
};
use crate::refusal::{Accepted, Refusal as AnyRefusal};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;
/// Bytes of what names an issuer, its audience, or where its keys are.
const ISSUER_FIELD_BYTES_MAX: usize = 1024;

/// Decides on what is asked. Everything is recorded in the log's own stream.
pub(crate) fn decide(facts: &Facts<'_>, _: StreamId, ask: Ask) -> Result<Decision, AnyRefusal> {
    if let Some(person) = person_in(&ask) {
        facts.admission.admit(&person.subject)?;
    }
    Ok(decide_alone(facts, ask)?)
}

/// The name of a person that comes in.
#[expect(clippy::wildcard_enum_match_arm, reason = "what else can be asked names nobody")]
fn person_in(ask: &Ask) -> Option<&Person> {
    match ask {
        Ask::IssueKey(asked) => asked.person.as_ref(),
        Ask::NamePerson(asked) => Some(&asked.person),
        _ => None,
    }
}

fn decide_alone(facts: &Facts<'_>, ask: Ask) -> Result<Decision, Refusal> {
    match ask {
        Ask::IssueKey(asked) => issue(facts, *asked),
        Ask::RotateKey(asked) => rotate(facts, asked),
        Ask::ChangeKey(asked) => change(facts, *asked),
        Ask::RevokeKey(asked) => revoke(facts, asked),
        Ask::RestoreKey(asked) => restore(facts, asked),
        Ask::ReplacePolicy(asked) => replace_policy(facts, *asked),
        Ask::UseRight(used) => Ok(use_right(facts, *used)),
        Ask::Refuse(refused) => Ok(refuse(facts, *refused)),
        Ask::AcceptIdentity(asked) => accept_identity(facts, *asked),
        Ask::TrustIssuer(asked) => trust(facts, *asked),
        Ask::DistrustIssuer(asked) => distrust(facts, asked),
        Ask::MakeLink(asked) => make_link(facts, *asked),
        Ask::OpenSession(opened) => open_session(facts, *opened),
        Ask::EndSession(ended) => end_session(facts, ended),
        Ask::RecordExport(exported) => recorded(exported),
        Ask::NamePerson(asked) => name(facts, *asked),
    }
}

fn issue(facts: &Facts<'_>, asked: IssueKey) -> Result<Decision, Refusal> {
    let IssueKey { key, ref label, ref grants, ref reason, link, .. } = asked;
    let is_known = facts.state.keys.contains_key(&key) || facts.state.revoked.get(&key).is_some();
    if key == PrincipalId::ZERO || is_known {
        return Err(Refusal::KeyExists { key });
    }
    if !is_id(label) {
        return Err(Refusal::LabelNotAnId);
    }
    check_reason(reason)?;
    asked.person.as_ref().map_or(Ok(()), check_name)?;
    match link {
        Some(link) => use_link(facts, link, None, Some(grants))?,
        None => grants::check(grants, facts.place.at)?,
    }
    if facts.state.keys.len() >= CREDENTIALS_MAX {
        return Err(Refusal::TooManyCredentials);
    }
    recorded(KeyIssued { asked })
}

fn rotate(facts: &Facts<'_>, asked: KeyRotated) -> Result<Decision, Refusal> {
    let known = key(facts, asked.key)?;
    if is_expired(&known.grants, facts.place.at) {
        return Err(Refusal::KeyExpired { key: asked.key });
    }
    let latest = facts.place.at.after(Millis(FORMER_SECRET_DAYS_MAX * DAY_MS));
    if asked.former_until > latest {
        return Err(Refusal::FormerTooLong);
    }
    check_reason(&asked.reason)?;
    recorded(asked)
}

fn change(facts: &Facts<'_>, asked: ChangeKey) -> Result<Decision, Refusal> {
    let known = key(facts, asked.key)?;
    grants::check(&asked.grants, facts.place.at)?;
    check_reason(&asked.reason)?;
    if known.grants.tenant != asked.grants.tenant {
        return Err(Refusal::TenantStays { tenant: known.grants.tenant.clone() });
    }
    if administers(&known.grants) && !(administers(&asked.grants) && asked.grants.expires.is_none()) {
        keep_administered(facts, asked.key)?;
    }
    if known.grants == asked.grants {
        return Ok(Decision::nothing(Accepted::Recorded));
    }
    recorded(KeyChanged { asked })
}

fn revoke(facts: &Facts<'_>, asked: KeyRevoked) -> Result<Decision, Refusal> {
    let known = key(facts, asked.key)?;
    check_reason(&asked.reason)?;
    if administers(&known.grants) && known.phase == Phase::Active {
        keep_administered(facts, asked.key)?;
    }
    recorded(asked)
}

/// Somebody must be left who can give rights.
fn keep_administered(facts: &Facts<'_>, without: PrincipalId) -> Result<(), Refusal> {
    let is_left = facts.state.is_administered_without(without, facts.place.at);
    if is_left { Ok(()) } else { Err(Refusal::LastAdministrator) }
}

fn name(facts: &Facts<'_>, asked: NamePerson) -> Result<Decision, Refusal> {
    key(facts, asked.key)?;
    check_name(&asked.person)?;
    check_reason(&asked.reason)?;
    recorded(PersonNamed { asked })
}

/// What can be seen of a sealed name. The door has seen what it says.
fn check_name(person: &Person) -> Result<(), Refusal> {
    let fits = (1..=NAME_BYTES_MAX as u64).contains(&person.name.length.0);
    if fits { Ok(()) } else { Err(Refusal::NameLength) }
}

fn restore(facts: &Facts<'_>, asked: KeyRestored) -> Result<Decision, Refusal> {
    if key(facts, asked.key)?.phase != Phase::Suspended {
        return Err(Refusal::NotSuspended { key: asked.key });
    }
    check_reason(&asked.reason)?;
    recorded(asked)
}

fn replace_policy(facts: &Facts<'_>, asked: ReplacePolicy) -> Result<Decision, Refusal> {
    if asked.text.len() > POLICY_BYTES_MAX {
        return Err(Refusal::PolicyTooLong);
    }
    let previous = facts.state.policy;
    if previous == Some(asked.digest) {
        return Err(Refusal::SamePolicy);
    }
    check_reason(&asked.reason)?;
    recorded(PolicyReplaced { asked, previous })
}

fn use_right(facts: &Facts<'_>, used: RightUsed) -> Decision {
    let what = (facts.place.principal, (used.action.clone(), used.tenant.clone()));
    if facts.state.used.holds(facts.place.elapsed, &what) {
        return Decision::nothing(Accepted::Recorded);
    }
    Decision::recorded(StreamId::LOG, used)
}

fn refuse(facts: &Facts<'_>, refused: AccessRefused) -> Decision {
    let what = (facts.place.principal, (refused.action.clone(), refused.cause));
    if facts.state.refused.holds(facts.place.elapsed, &what) {
        return Decision::nothing(Accepted::Recorded);
    }
    Decision::recorded(StreamId::LOG, refused)
}

/// Whoever shows the same again is known. An id that a key has is taken.
fn accept_identity(facts: &Facts<'_>, asked: AcceptIdentity) -> Result<Decision, Refusal> {
    let AcceptIdentity { principal, ref grants, .. } = asked;
    if facts.state.keys.contains_key(&principal) || facts.state.revoked.get(&principal).is_some() {
        return Err(Refusal::KeyExists { key: principal });
    }
    grants::check(grants, facts.place.at)?;
    let is_same = |known: &Grants| Grants { expires: grants.expires, ..known.clone() } == *grants;
    let known = facts.state.identities.get(&principal);
    if let Some(known) = known.filter(|known| known.tenant != grants.tenant) {
        return Err(Refusal::TenantStays { tenant: known.tenant.clone() });
    }
    if known.is_some_and(|known| is_same(known) && !is_expired(known, facts.place.at)) {
        return Ok(Decision::nothing(Accepted::Recorded));
    }
    recorded(IdentityAccepted { asked })
}

fn trust(facts: &Facts<'_>, asked: TrustIssuer) -> Result<Decision, Refusal> {
    let TrustIssuer { issuer, audience, keys_at, tenant, .. } = &asked;
    for (field, text) in [("name", issuer), ("audience", audience), ("place of the keys", keys_at)] {
        if !(1..=ISSUER_FIELD_BYTES_MAX).contains(&text.len()) {
            return Err(Refusal::IssuerField { field });
        }
    }
    if !is_id(tenant) {
        return Err(Refusal::NotAnId { field: "tenant", name: tenant.clone() });
    }
    check_reason(&asked.reason)?;
    if !facts.state.issuers.contains(issuer) && facts.state.issuers.len() >= ISSUERS_MAX {
        return Err(Refusal::TooManyIssuers);
    }
    recorded(IssuerTrusted { asked })
}

fn distrust(facts: &Facts<'_>, asked: IssuerDistrusted) -> Result<Decision, Refusal> {
    if !facts.state.issuers.contains(&asked.issuer) {
        return Err(Refusal::IssuerUnknown { issuer: asked.issuer });
    }
    check_reason(&asked.reason)?;
    recorded(asked)
}

/// Refuses whoever asks with a credential that counts no more, whatever they ask.
pub(crate) fn refuse_ended(
    state: &super::state::State,
    principal: PrincipalId,
    at: Micros,
) -> Result<(), Refusal> {
    state.ended(principal, at).map_or(Ok(()), |cause| Err(Refusal::NotACredential { principal, cause }))
}

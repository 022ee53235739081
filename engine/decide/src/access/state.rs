//! What is remembered of credentials: those that count, those that ended lately, links, sessions, and what was recorded of their
//! use a moment ago.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use triad_event::access::{
    AcceptIdentity, Cause, Event, Grants, IssueKey, MakeLink, Phase, SessionOpened, TENANT_DEFAULT,
    TENANT_UNKNOWN,
};
use triad_event::ids::{LinkId, PrincipalId, SessionId, StreamId};
use triad_event::intake::Event as IntakeEvent;
use triad_event::log::Event as LogEvent;
use triad_event::quantity::Micros;
use triad_event::{Event as AnyEvent, Recorded};

use super::administrator::administers;
use super::grants::is_expired;
use crate::fold_error::FoldError;
use crate::image::{structs, words};
use crate::limits::{IDENTITIES_KEPT_MAX, NOTED_KEPT_MAX, REVOKED_KEPT_MAX};
use crate::once::Once;
use crate::ports::Ports;
use crate::ports::accounts::Account;
use crate::recent::Recent;

/// Uses of a right are recorded once an hour.
const HOUR_US: i64 = 3_600_000_000;
/// Refusals are recorded once a minute.
const MINUTE_US: i64 = 60_000_000;

/// A key that was not revoked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) phase: Phase,
    pub(crate) grants: Grants,
}

/// A link that was not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    /// The key with which it begins a session; none when it is for a new key.
    pub(crate) key: Option<PrincipalId>,
    pub(crate) grants: Grants,
    pub(crate) expires: Micros,
}

/// A session that was not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    pub(crate) key: PrincipalId,
    pub(crate) expires: Micros,
}

/// What is remembered of access. Shared until written.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) keys: Arc<BTreeMap<PrincipalId, Key>>,
    pub(crate) revoked: Recent<PrincipalId, (), REVOKED_KEPT_MAX>,
    pub(crate) identities: Recent<PrincipalId, Grants, IDENTITIES_KEPT_MAX>,
    pub(crate) links: Arc<BTreeMap<LinkId, Link>>,
    pub(crate) sessions: Arc<BTreeMap<SessionId, Session>>,
    pub(crate) issuers: Arc<BTreeSet<String>>,
    /// Digest of the policies in force.
    pub(crate) policy: Option<[u8; 32]>,
    /// Who did what in which tenant.
    pub(crate) used: Arc<Once<(PrincipalId, (String, String)), HOUR_US, NOTED_KEPT_MAX>>,
    /// Who was refused what, and why.
    pub(crate) refused: Arc<Once<(PrincipalId, (String, Cause)), MINUTE_US, NOTED_KEPT_MAX>>,
}

words! { Grants, Phase, Cause, LinkId, SessionId }

structs! {
    State { keys, revoked, identities, links, sessions, issuers, policy, used, refused }
    Key { phase, grants }
    Link { key, grants, expires }
    Session { key, expires }
}

impl Default for State {
    fn default() -> Self {
        Self {
            keys: Arc::default(),
            revoked: Recent::new(),
            identities: Recent::new(),
            links: Arc::default(),
            sessions: Arc::default(),
            issuers: Arc::default(),
            policy: None,
            used: Arc::default(),
            refused: Arc::default(),
        }
    }
}

impl State {
    /// Why a principal may ask nothing any more; none when it may, or is no credential.
    pub(crate) fn ended(&self, principal: PrincipalId, at: Micros) -> Option<Cause> {
        let grants = match self.keys.get(&principal) {
            Some(Key { phase: Phase::Active, grants }) => grants,
            Some(Key { phase: Phase::Suspended, .. }) => return Some(Cause::Suspended),
            Some(Key { phase: Phase::Revoked, .. }) => return Some(Cause::Revoked),
            None if self.revoked.get(&principal).is_some() => return Some(Cause::Revoked),
            None => self.identities.get(&principal)?,
        };
        is_expired(grants, at).then_some(Cause::Expired)
    }

    /// To which tenant belongs what a principal submits; to none where it is somebody of whom no more is remembered here.
    fn tenant(&self, principal: PrincipalId, owner: &str) -> &str {
        let key = self.keys.get(&principal).map(|key| &key.grants);
        let grants = key.or_else(|| self.identities.get(&principal));
        let unknown = if owner.is_empty() { TENANT_DEFAULT } else { TENANT_UNKNOWN };
        grants.map_or(unknown, |grants| &grants.tenant)
    }

    /// Whether some other key than that is left that can give rights.
    pub(crate) fn is_administered_without(&self, key: PrincipalId, at: Micros) -> bool {
        let others = self.keys.iter().filter(|(other, _)| **other != key);
        others.into_iter().any(|(_, other)| {
            other.phase == Phase::Active && administers(&other.grants) && !is_expired(&other.grants, at)
        })
    }

    pub(crate) fn fold(&mut self, record: &Recorded<AnyEvent>, ports: &mut Ports) -> Result<(), FoldError> {
        if record.event.closes_stream() {
            ports.quotas.end(record.stream);
            ports.accounts.end(record.stream);
        }
        match &record.event {
            AnyEvent::Access(_) if record.stream != StreamId::LOG => Err(FoldError::Stream),
            AnyEvent::Access(event) => self.evolve(record, event, ports),
            AnyEvent::Intake(IntakeEvent::WorkflowSubmitted(submitted)) => {
                ports.quotas.begin(record.stream, record.principal);
                let owner = submitted.asked.owner.clone();
                let tenant = self.tenant(record.principal, &owner).to_owned();
                ports.accounts.begin(record.stream, Account { tenant, owner });
                Ok(())
            }
            AnyEvent::Log(LogEvent::Adopted(_)) => {
                self.suspend();
                Ok(())
            }
            AnyEvent::Log(_)
            | AnyEvent::Governance(_)
            | AnyEvent::Intake(_)
            | AnyEvent::Dag(_)
            | AnyEvent::Healing(_)
            | AnyEvent::Moderation(_)
            | AnyEvent::Execution(_)
            | AnyEvent::Subjects(_)
            | AnyEvent::Alerts(_)
            | AnyEvent::Gates(_)
            | AnyEvent::Evaluation(_)
            | AnyEvent::Definitions(_)
            | AnyEvent::Bulk(_)
            | AnyEvent::Schedules(_)
            | AnyEvent::Prices(_)
            | AnyEvent::Economics(_) => Ok(()),
        }
    }

    fn evolve(
        &mut self,
        record: &Recorded<AnyEvent>,
        event: &Event,
        ports: &mut Ports,
    ) -> Result<(), FoldError> {
        if let Some(person) = event.person() {
            ports.uses.accept_once(&person.subject, record)?;
        }
        match event {
            Event::KeyIssued(issued) => self.issue(&issued.asked, event, ports)?,
            Event::KeyRotated(rotated) => self.turn(rotated.key, event)?,
            Event::KeyRestored(restored) => self.turn(restored.key, event)?,
            Event::PersonNamed(named) => self.turn(named.asked.key, event)?,
            Event::KeyChanged(changed) => {
                let asked = &changed.asked;
                self.turn(asked.key, event)?;
                ports.quotas.bound(asked.key, asked.grants.workflows_alive_max);
                let keys = Arc::make_mut(&mut self.keys);
                keys.get_mut(&asked.key).ok_or(FoldError::Grammar)?.grants = asked.grants.clone();
                // What it was allowed by may be another policy now.
                Arc::make_mut(&mut self.used).forget();
            }
            Event::KeyRevoked(revoked) => {
                self.turn(revoked.key, event)?;
                self.forget(revoked.key, record.sequence);
            }
            Event::PolicyReplaced(replaced) => {
                self.policy = Some(replaced.asked.digest);
                Arc::make_mut(&mut self.used).forget();
            }
            Event::RightUsed(used) => {
                let what = (record.principal, (used.action.clone(), used.tenant.clone()));
                Arc::make_mut(&mut self.used).note(record.elapsed, what);
            }
            Event::AccessRefused(refused) => {
                let what = (record.principal, (refused.action.clone(), refused.cause));
                Arc::make_mut(&mut self.refused).note(record.elapsed, what);
            }
            Event::IdentityAccepted(accepted) => self.accept(&accepted.asked, record.sequence, ports),
            Event::IssuerTrusted(trusted) => {
                Arc::make_mut(&mut self.issuers).insert(trusted.asked.issuer.clone());
            }
            Event::IssuerDistrusted(distrusted) => {
                Arc::make_mut(&mut self.issuers).remove(&distrusted.issuer);
            }
            Event::LinkMade(made) => self.make_link(&made.asked, record.at),
            Event::SessionOpened(opened) => self.open_session(opened, record.at, event)?,
            Event::SessionEnded(ended) => {
                let ended = Arc::make_mut(&mut self.sessions).remove(&ended.session);
                ended.ok_or(FoldError::Grammar)?;
            }
            Event::Exported(_) => {}
        }
        Ok(())
    }

    fn issue(&mut self, asked: &IssueKey, event: &Event, ports: &mut Ports) -> Result<(), FoldError> {
        let keys = Arc::make_mut(&mut self.keys);
        let before = keys.get(&asked.key).map(|key| key.phase);
        let phase = Phase::after(before, event).ok_or(FoldError::Grammar)?;
        keys.insert(asked.key, Key { phase, grants: asked.grants.clone() });
        ports.quotas.bound(asked.key, asked.grants.workflows_alive_max);
        if let Some(link) = asked.link {
            Arc::make_mut(&mut self.links).remove(&link).ok_or(FoldError::Grammar)?;
        }
        Ok(())
    }

    fn turn(&mut self, key: PrincipalId, event: &Event) -> Result<(), FoldError> {
        let key = Arc::make_mut(&mut self.keys).get_mut(&key).ok_or(FoldError::Grammar)?;
        key.phase = Phase::after(Some(key.phase), event).ok_or(FoldError::Grammar)?;
        Ok(())
    }

    /// A revoked key takes its sessions and links along.
    fn forget(&mut self, key: PrincipalId, sequence: u64) {
        Arc::make_mut(&mut self.keys).remove(&key);
        Arc::make_mut(&mut self.sessions).retain(|_, session| session.key != key);
        Arc::make_mut(&mut self.links).retain(|_, link| link.key != Some(key));
        self.revoked.insert(key, sequence, ());
    }

    fn accept(&mut self, asked: &AcceptIdentity, sequence: u64, ports: &mut Ports) {
        self.identities.insert(asked.principal, sequence, asked.grants.clone());
        ports.quotas.bound(asked.principal, asked.grants.workflows_alive_max);
    }

    /// Those that have expired make room.
    fn make_link(&mut self, asked: &MakeLink, at: Micros) {
        let links = Arc::make_mut(&mut self.links);
        links.retain(|_, link| link.expires > at);
        let MakeLink { link, key, grants, expires, .. } = asked.clone();
        links.insert(link, Link { key, grants, expires });
    }

    fn open_session(&mut self, opened: &SessionOpened, at: Micros, event: &Event) -> Result<(), FoldError> {
        self.turn(opened.key, event)?;
        if let Some(link) = opened.link {
            Arc::make_mut(&mut self.links).remove(&link).ok_or(FoldError::Grammar)?;
        }
        let sessions = Arc::make_mut(&mut self.sessions);
        sessions.retain(|_, session| session.expires > at);
        sessions.insert(opened.session, Session { key: opened.key, expires: opened.expires });
        Ok(())
    }

    /// What was revoked after the copy was made is not known in it, so nothing of before counts by itself.
    fn suspend(&mut self) {
        let keys = Arc::make_mut(&mut self.keys);
        keys.values_mut().for_each(|key| key.phase = Phase::Suspended);
        self.links = Arc::default();
        self.sessions = Arc::default();
        self.issuers = Arc::default();
        self.identities = Recent::new();
    }
}

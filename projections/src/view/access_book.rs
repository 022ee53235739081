//! Who may ask, and what did they do? Credentials, sessions, links, issuers, the policies in force, and what was recorded of
//! their use.

use triad_event::access::{
    self, AcceptIdentity, Cause, Exported, Grants, IssueKey, MakeLink, NamePerson, Person, Phase,
    ReplacePolicy, SessionOpened, TrustIssuer,
};
use triad_event::ids::{LinkId, PrincipalId, SessionId};
use triad_event::quantity::Micros;
use triad_event::{Event, Recorded, log};

use crate::fold::{Follows, Moment, ViewError};
use crate::host::kept::{One, View};
use crate::host::table::Holds;
use crate::row::{payloads, stored, vocabulary};
use crate::views::{Answer, Views};

vocabulary! {
    Cause, Grants, Person, Phase, AcceptIdentity, ReplacePolicy, TrustIssuer, LinkId, PrincipalId, SessionId,
}

payloads! { Exported }

/// Refusals and exports that are listed, of each; the log holds all.
const LISTED_MAX: usize = 1000;

stored! {
    /// Credentials and what they did. Every list is in the order of its ids, unless it says otherwise.
    #[derive(Default)]
    pub struct AccessBook {
        /// Keys, revoked ones too: what they submitted is still theirs.
        pub keys: Vec<Key>,
        /// Those who showed a token or a certificate.
        pub identities: Vec<Identity>,
        /// Links that were not used.
        pub links: Vec<Link>,
        /// Sessions that were not ended.
        pub sessions: Vec<Session>,
        /// Issuers whose tokens are accepted, by name.
        pub issuers: Vec<Issuer>,
        /// The policies in force; none while those count that came with the program.
        pub policy: Option<Policy>,
        /// Who did what, where, by principal, action and tenant.
        pub rights: Vec<Right>,
        /// What was refused lately, the oldest first.
        pub refusals: Vec<Refusal>,
        /// What was handed out lately, the oldest first.
        pub exports: Vec<Export>,
        /// Sequence of the record that changed last who may ask; zero before there is any.
        pub changed: u64,
    }
}

stored! {
    /// A key.
    pub struct Key {
        /// Its id: the principal of whoever shows it.
        pub id: PrincipalId,
        /// What it is called.
        pub label: String,
        /// Whose it is, sealed.
        pub person: Option<Person>,
        /// Where it stands.
        pub phase: Phase,
        /// Digest of its secret.
        pub digest: [u8; 32],
        /// Digest of the secret before, and until when that counts.
        pub former: Option<([u8; 32], Micros)>,
        /// What it may.
        pub grants: Grants,
        /// When it was issued.
        pub issued: Moment,
        /// By whom; all zero for the installation itself.
        pub issued_by: PrincipalId,
        /// When what it may was changed last.
        pub changed: Option<Moment>,
        /// When its secret was.
        pub rotated: Option<Moment>,
        /// When it was revoked.
        pub revoked: Option<Moment>,
        /// Why it was issued, or what was said of it last.
        pub reason: String,
    }
}

stored! {
    /// Somebody who showed a token or a certificate.
    pub struct Identity {
        /// What was recorded last.
        pub accepted: AcceptIdentity,
        /// When it was seen first.
        pub first: Moment,
        /// When it was recorded last.
        pub last: Moment,
    }
}

stored! {
    /// A link that can be used once.
    pub struct Link {
        /// Its id.
        pub id: LinkId,
        /// Digest of its secret.
        pub digest: [u8; 32],
        /// The key with which it begins a session; none when it is for a new key.
        pub key: Option<PrincipalId>,
        /// What a new key may.
        pub grants: Grants,
        /// Until when it can be used.
        pub expires: Micros,
        /// When it was made.
        pub made: Moment,
    }
}

stored! {
    /// A session of a browser.
    pub struct Session {
        /// Its id.
        pub id: SessionId,
        /// The key as whose principal it asks.
        pub key: PrincipalId,
        /// Digest of the secret that the browser has.
        pub digest: [u8; 32],
        /// Until when it lasts at most.
        pub expires: Micros,
        /// When it began.
        pub opened: Moment,
    }
}

stored! {
    /// An issuer whose tokens are accepted.
    pub struct Issuer {
        /// What was asked.
        pub trusted: TrustIssuer,
        /// Since when.
        pub since: Moment,
    }
}

stored! {
    /// The policies in force.
    pub struct Policy {
        /// What was asked.
        pub replaced: ReplacePolicy,
        /// Since when.
        pub since: Moment,
        /// By whom; all zero for the installation itself.
        pub by: PrincipalId,
    }
}

stored! {
    /// That somebody did something.
    pub struct Right {
        /// Who.
        pub principal: PrincipalId,
        /// The action.
        pub action: String,
        /// The tenant; empty for the installation.
        pub tenant: String,
        /// The policies that allowed it last.
        pub policies: Vec<String>,
        /// Digest of all policies then.
        pub policy_set: [u8; 32],
        /// When it was recorded first.
        pub first: Moment,
        /// When it was recorded last; it is recorded once an hour.
        pub last: Moment,
        /// In how many hours.
        pub hours: u64,
    }
}

stored! {
    /// That somebody was not let do something.
    pub struct Refusal {
        /// Who; all zero when nobody knows.
        pub principal: PrincipalId,
        /// The action.
        pub action: String,
        /// The tenant; empty for the installation, and where nobody knows.
        pub tenant: String,
        /// Why.
        pub cause: Cause,
        /// When.
        pub at: Moment,
    }
}

stored! {
    /// That something was handed out.
    pub struct Export {
        /// What.
        pub exported: Exported,
        /// To whom.
        pub principal: PrincipalId,
        /// When.
        pub at: Moment,
    }
}

impl AccessBook {
    /// A key, revoked or not.
    pub fn key(&self, id: PrincipalId) -> Option<&Key> {
        self.keys.binary_search_by_key(&id, |key| key.id).ok().map(|place| &self.keys[place])
    }

    /// Somebody who showed a token or a certificate.
    pub fn identity(&self, id: PrincipalId) -> Option<&Identity> {
        let found = self.identities.binary_search_by_key(&id, |identity| identity.accepted.principal);
        found.ok().map(|place| &self.identities[place])
    }

    /// What a principal may; none when it is no credential.
    pub fn grants(&self, principal: PrincipalId) -> Option<&Grants> {
        let key = self.key(principal).map(|key| &key.grants);
        key.or_else(|| self.identity(principal).map(|identity| &identity.accepted.grants))
    }

    /// Who may ask, without what they did.
    pub fn credentials(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            identities: self.identities.clone(),
            links: self.links.clone(),
            sessions: self.sessions.clone(),
            issuers: self.issuers.clone(),
            policy: self.policy.clone(),
            rights: Vec::new(),
            refusals: Vec::new(),
            exports: Vec::new(),
            changed: self.changed,
        }
    }

    /// Folds one record, of whatever domain.
    pub fn follow_any(&mut self, record: &Recorded<Event>) -> Result<(), ViewError> {
        if let Event::Access(event) = &record.event {
            self.follow(record, event)?;
        }
        if let Event::Log(event) = &record.event {
            self.follow(record, event)?;
        }
        Ok(())
    }

    fn issue(&mut self, record: &Recorded<Event>, asked: &IssueKey) {
        let IssueKey { key: id, label, person, digest, grants, link, reason } = asked.clone();
        let key = Key {
            id,
            label,
            person,
            phase: Phase::Active,
            digest,
            former: None,
            grants,
            issued: Moment::of(record),
            issued_by: record.principal,
            changed: None,
            rotated: None,
            revoked: None,
            reason,
        };
        put(&mut self.keys, key, |key| key.id);
        self.links.retain(|one| Some(one.id) != link);
    }

    fn accept(&mut self, record: &Recorded<Event>, asked: &AcceptIdentity) {
        let last = Moment::of(record);
        let first = self.identity(asked.principal).map_or(last, |known| known.first);
        let identity = Identity { accepted: asked.clone(), first, last };
        put(&mut self.identities, identity, |identity| identity.accepted.principal);
    }

    fn make_link(&mut self, record: &Recorded<Event>, asked: &MakeLink) {
        self.links.retain(|link| link.expires > record.at);
        let MakeLink { link: id, digest, key, grants, expires, .. } = asked.clone();
        put(&mut self.links, Link { id, digest, key, grants, expires, made: Moment::of(record) }, |link| {
            link.id
        });
    }

    fn open_session(&mut self, record: &Recorded<Event>, asked: &SessionOpened) {
        self.sessions.retain(|session| session.expires > record.at);
        self.links.retain(|link| Some(link.id) != asked.link);
        let SessionOpened { session: id, key, digest, expires, .. } = *asked;
        put(&mut self.sessions, Session { id, key, digest, expires, opened: Moment::of(record) }, |one| {
            one.id
        });
    }

    fn use_right(&mut self, record: &Recorded<Event>, used: &access::RightUsed) {
        let last = Moment::of(record);
        let access::RightUsed { action, tenant, policies, policy_set } = used.clone();
        let key = (record.principal, action.as_str(), tenant.as_str());
        let found = self.rights.binary_search_by(|right| {
            (right.principal, right.action.as_str(), right.tenant.as_str()).cmp(&key)
        });
        match found {
            Ok(place) => {
                let right = &mut self.rights[place];
                (right.policies, right.policy_set, right.last) = (policies, policy_set, last);
                right.hours += 1;
            }
            Err(place) => {
                let principal = record.principal;
                let (first, hours) = (last, 1);
                let right = Right { principal, action, tenant, policies, policy_set, first, last, hours };
                self.rights.insert(place, right);
            }
        }
    }

    /// A key after an event that names it.
    fn turn(
        &mut self,
        record: &Recorded<Event>,
        event: &access::Event,
        id: PrincipalId,
    ) -> Result<&mut Key, ViewError> {
        let found = self.keys.binary_search_by_key(&id, |key| key.id).ok();
        let before = found.map(|place| self.keys[place].phase);
        let forbidden = || ViewError::forbidden(record, "the key", before);
        let phase = Phase::after(before, event).ok_or_else(forbidden)?;
        let key = &mut self.keys[found.ok_or_else(forbidden)?];
        key.phase = phase;
        Ok(key)
    }

    fn revoke(&mut self, record: &Recorded<Event>, id: PrincipalId, reason: &str) {
        self.sessions.retain(|session| session.key != id);
        self.links.retain(|link| link.key != Some(id));
        if let Ok(place) = self.keys.binary_search_by_key(&id, |key| key.id) {
            let key = &mut self.keys[place];
            key.revoked = Some(Moment::of(record));
            key.former = None;
            reason.clone_into(&mut key.reason);
        }
    }
}

/// Puts a row where it belongs, in place of the one with the same key.
fn put<T, K: Ord>(rows: &mut Vec<T>, row: T, key: impl Fn(&T) -> K) {
    match rows.binary_search_by(|other| key(other).cmp(&key(&row))) {
        Ok(place) => rows[place] = row,
        Err(place) => rows.insert(place, row),
    }
}

/// Adds the newest to a list that forgets the oldest.
fn list<T>(rows: &mut Vec<T>, row: T) {
    if rows.len() == LISTED_MAX {
        rows.remove(0);
    }
    rows.push(row);
}

impl Follows<access::Event> for AccessBook {
    fn follow(&mut self, record: &Recorded<Event>, event: &access::Event) -> Result<(), ViewError> {
        use access::Event as E;
        match event {
            E::KeyIssued(issued) => {
                let before = self.key(issued.asked.key).map(|key| key.phase);
                let forbidden = || ViewError::forbidden(record, "the key", before);
                Phase::after(before, event).ok_or_else(forbidden)?;
                self.issue(record, &issued.asked);
            }
            E::KeyRotated(rotated) => {
                let key = self.turn(record, event, rotated.key)?;
                key.former = Some((key.digest, rotated.former_until));
                key.digest = rotated.digest;
                key.rotated = Some(Moment::of(record));
            }
            E::KeyChanged(changed) => {
                let key = self.turn(record, event, changed.asked.key)?;
                key.grants = changed.asked.grants.clone();
                key.changed = Some(Moment::of(record));
            }
            E::PersonNamed(named) => {
                let NamePerson { key, person, reason } = named.asked.clone();
                let named = self.turn(record, event, key)?;
                (named.person, named.reason) = (Some(person), reason);
            }
            E::KeyRestored(restored) => drop(self.turn(record, event, restored.key)?),
            E::KeyRevoked(revoked) => {
                self.turn(record, event, revoked.key)?;
                self.revoke(record, revoked.key, &revoked.reason);
            }
            E::PolicyReplaced(replaced) => {
                let (replaced, since) = (replaced.asked.clone(), Moment::of(record));
                self.policy = Some(Policy { replaced, since, by: record.principal });
            }
            E::RightUsed(used) => {
                self.use_right(record, used);
                return Ok(());
            }
            E::AccessRefused(refused) => {
                let access::AccessRefused { action, tenant, cause, .. } = refused.as_ref().clone();
                let (principal, at) = (record.principal, Moment::of(record));
                list(&mut self.refusals, Refusal { principal, action, tenant, cause, at });
                return Ok(());
            }
            E::Exported(exported) => {
                let (principal, at) = (record.principal, Moment::of(record));
                list(&mut self.exports, Export { exported: exported.clone(), principal, at });
                return Ok(());
            }
            E::IdentityAccepted(accepted) => self.accept(record, &accepted.asked),
            E::IssuerTrusted(trusted) => {
                let issuer = Issuer { trusted: trusted.asked.clone(), since: Moment::of(record) };
                put(&mut self.issuers, issuer, |issuer| issuer.trusted.issuer.clone());
            }
            E::IssuerDistrusted(distrusted) => {
                self.issuers.retain(|issuer| issuer.trusted.issuer != distrusted.issuer);
            }
            E::LinkMade(made) => self.make_link(record, &made.asked),
            E::SessionOpened(opened) => {
                self.turn(record, event, opened.key)?;
                self.open_session(record, opened);
            }
            E::SessionEnded(ended) => self.sessions.retain(|session| session.id != ended.session),
        }
        self.changed = record.sequence;
        Ok(())
    }
}

/// A log that is adopted from a copy lets nobody in by what counted before.
impl Follows<log::Event> for AccessBook {
    fn follow(&mut self, record: &Recorded<Event>, event: &log::Event) -> Result<(), ViewError> {
        if let log::Event::Adopted(_) = event {
            let active = self.keys.iter_mut().filter(|key| key.phase == Phase::Active);
            active.for_each(|key| key.phase = Phase::Suspended);
            self.sessions.clear();
            self.links.clear();
            self.issuers.clear();
            self.changed = record.sequence;
        }
        Ok(())
    }
}

impl View for AccessBook {
    const NAME: &'static str = "access_book";
    const FOLD: u32 = 2;
    type Kept = One<Self>;
}

impl<T: Holds<AccessBook>> Views<T> {
    /// Who may ask, and what did they do? Looks without copying what is looked at.
    pub fn access<L>(&self, look: impl FnOnce(&AccessBook) -> L) -> Answer<L> {
        self.look(|kept: &One<AccessBook>| look(&kept.0))
    }
}

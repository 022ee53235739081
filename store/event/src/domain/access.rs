//! Access: who may ask, what they may, and the record of both.

use crate::ids::{LinkId, PrincipalId, SessionId, StreamId};
use crate::quantity::Micros;
use crate::sealed::SealedApart;
use crate::subjects::Subject;

/// The tenant of what nobody says otherwise of: all that was submitted before there were tenants, and by those who need no
/// credential.
pub const TENANT_DEFAULT: &str = "default";
/// What stands in place of a tenant in charges of somebody of whom nobody remembers it. No tenant has this name, so only those
/// who see everything see it.
pub const TENANT_UNKNOWN: &str = "";

events! {
    /// Access: who may ask, what they may, and the record of both. All records are of the log's own stream. Secrets are in
    /// none of them: a record holds the SHA-256 of a secret of 256 random bits.
    access;

    /// A key exists from here on. Whoever has its secret asks as the principal with its id.
    KeyIssued (boxed) = 701 "key_issued", by Input, keeps Permanent, ends None,
        says "key {key} was issued as {label}[: {reason}]" {
        /// What was asked.
        asked: IssueKey,
    }

    /// A key has a new secret. The former one counts until a stated moment, so that nobody is cut off meanwhile.
    KeyRotated = 702 "key_rotated", by Input, keeps Permanent, ends None,
        says "key {key} has a new secret[: {reason}]" {
        /// The key.
        key: PrincipalId,
        /// Digest of the new secret.
        digest: [u8; 32],
        /// Until when the former secret counts, by the calendar.
        former_until: Micros,
        /// Why.
        reason: String,
    }

    /// A key may do other things from here on.
    KeyChanged (boxed) = 703 "key_changed", by Input, keeps Permanent, ends None,
        says "key {key} may do other things[: {reason}]" {
        /// What was asked.
        asked: ChangeKey,
    }

    /// A key counts no more, and never again. Sessions that began with it have ended.
    KeyRevoked = 704 "key_revoked", by Input, keeps Permanent, ends None,
        says "key {key} is revoked[: {reason}]" {
        /// The key.
        key: PrincipalId,
        /// Why.
        reason: String,
    }

    /// From here on other policies say who may do what.
    PolicyReplaced (boxed) = 705 "policy_replaced", by Input, keeps Permanent, ends None,
        says "other policies are in force[: {reason}]" {
        /// What was asked.
        asked: ReplacePolicy,
        /// Digest of the policies before; none when these are the first.
        previous: Option<[u8; 32]>,
    }

    /// A principal was let do something that changes something, or that hands out what lies in the log. Recorded once for each
    /// action and tenant in an hour, before what was asked is decided. The principal is that of the record.
    RightUsed (boxed) = 706 "right_used", by Input, keeps Permanent, ends None,
        says "{action}[ in {tenant}] was allowed" {
        /// The action: the name of the route.
        action: String,
        /// The tenant that it was about; empty for the installation.
        tenant: String,
        /// The policies that allowed it.
        policies: Vec<String>,
        /// Digest of all policies then.
        policy_set: [u8; 32],
    }

    /// Somebody was not let do something. Recorded once for each principal, action and cause in a minute.
    AccessRefused (boxed) = 707 "access_refused", by Input, keeps Permanent, ends Refused,
        says "{action} was refused: {cause}" {
        /// The action: the name of the route.
        action: String,
        /// The tenant that it was about; empty for the installation, and where nobody knows.
        tenant: String,
        /// Why.
        cause: Cause,
        /// The policies that forbade it, when policies did.
        policies: Vec<String>,
        /// Digest of all policies then.
        policy_set: [u8; 32],
    }

    /// Somebody showed a token of an issuer that is trusted, or a certificate, and asks as the principal that follows from
    /// it. Recorded when it is seen first, and again when it states other things.
    IdentityAccepted (boxed) = 708 "identity_accepted", by Input, keeps Permanent, ends None,
        says "an identity of {issuer} asks as {principal}" {
        /// What was asked.
        asked: AcceptIdentity,
    }

    /// From here on tokens of an issuer are accepted.
    IssuerTrusted (boxed) = 709 "issuer_trusted", by Input, keeps Permanent, ends None,
        says "tokens of {issuer} are accepted[: {reason}]" {
        /// What was asked.
        asked: TrustIssuer,
    }

    /// Tokens of an issuer are accepted no more.
    IssuerDistrusted = 710 "issuer_distrusted", by Input, keeps Permanent, ends None,
        says "tokens of {issuer} are accepted no more[: {reason}]" {
        /// The issuer, as its tokens name it.
        issuer: String,
        /// Why.
        reason: String,
    }

    /// A link exists that can be used once: for a key, or to begin a session with a key that there is.
    LinkMade (boxed) = 711 "link_made", by Input, keeps Permanent, ends None,
        says "a link was made that can be used once[: {reason}]" {
        /// What was asked.
        asked: MakeLink,
    }

    /// A browser is let in as the principal of a key, until the session ends.
    SessionOpened (boxed) = 712 "session_opened", by Input, keeps Permanent, ends None,
        says "a session of {key} began" {
        /// The session.
        session: SessionId,
        /// The key.
        key: PrincipalId,
        /// Digest of the secret that the browser has.
        digest: [u8; 32],
        /// The link that was used up for it; none when the key itself was shown.
        link: Option<LinkId>,
        /// Until when it lasts at most, by the calendar.
        expires: Micros,
    }

    /// A session ended before its time.
    SessionEnded = 713 "session_ended", by Input, keeps Permanent, ends None, says "session {session} ended" {
        /// The session.
        session: SessionId,
    }

    /// Something of the log was handed out as a whole.
    Exported = 714 "exported", by Input, keeps Permanent, ends None, says "{what} was handed out[: {about}]" {
        /// What: the name of the route.
        what: String,
        /// The stream whose records they were; none for the whole log.
        about: Option<StreamId>,
        /// Sequence of the last record that was there.
        through: u64,
    }

    /// A key that was suspended counts again.
    KeyRestored = 715 "key_restored", by Input, keeps Permanent, ends None,
        says "key {key} counts again[: {reason}]" {
        /// The key.
        key: PrincipalId,
        /// Why.
        reason: String,
    }

    /// It is said whose a key is, for the first time or anew. The name is content: it can be erased.
    PersonNamed (boxed) = 716 "person_named", by Input, keeps Permanent, ends None,
        says "it was said whose key {key} is[: {reason}]" {
        /// What was asked.
        asked: NamePerson,
    }
}

asks! {
    /// What can be asked of access.
    access;
    /// A key is to exist.
    IssueKey(IssueKey, boxed) in KeyIssued.asked;
    /// A key is to have a new secret.
    RotateKey(KeyRotated) in KeyRotated;
    /// A key is to be allowed other things.
    ChangeKey(ChangeKey, boxed) in KeyChanged.asked;
    /// A key is to count no more.
    RevokeKey(KeyRevoked) in KeyRevoked;
    /// Other policies are to be in force.
    ReplacePolicy(ReplacePolicy, boxed) in PolicyReplaced.asked;
    /// Somebody is about to be let do something.
    UseRight(RightUsed, boxed) in RightUsed;
    /// Somebody was not let do something.
    Refuse(AccessRefused, boxed) in AccessRefused;
    /// Somebody showed a token or a certificate that is accepted.
    AcceptIdentity(AcceptIdentity, boxed) in IdentityAccepted.asked;
    /// Tokens of an issuer are to be accepted.
    TrustIssuer(TrustIssuer, boxed) in IssuerTrusted.asked;
    /// Tokens of an issuer are to be accepted no more.
    DistrustIssuer(IssuerDistrusted) in IssuerDistrusted;
    /// A link is to be made.
    MakeLink(MakeLink, boxed) in LinkMade.asked;
    /// A browser is to be let in.
    OpenSession(SessionOpened, boxed) in SessionOpened;
    /// A session is to end.
    EndSession(SessionEnded) in SessionEnded;
    /// Something of the log is about to be handed out.
    RecordExport(Exported) in Exported;
    /// A key that was suspended is to count again.
    RestoreKey(KeyRestored) in KeyRestored;
    /// It is to be said whose a key is.
    NamePerson(NamePerson, boxed) in PersonNamed.asked;
}

structure! {
    /// That a key is to exist.
    IssueKey {
        /// Its id, drawn at random at the door. It is the principal of whoever shows it.
        key: PrincipalId,
        /// What it is called: a name of a thing, not of a person, because it stays for ever.
        label: String,
        /// Whose it is: content that can be erased.
        person: Option<Person>,
        /// Digest of its secret.
        digest: [u8; 32],
        /// What it may.
        grants: Grants,
        /// The link that was used up for it.
        link: Option<LinkId>,
        /// Why.
        reason: String,
    }
}

structure! {
    /// The name of a person, sealed under a data subject.
    Person {
        /// Whose name it is.
        subject: Subject,
        /// The name.
        name: SealedApart,
    }
}

structure! {
    /// That it is to be said whose a key is.
    NamePerson {
        /// The key.
        key: PrincipalId,
        /// Whose it is.
        person: Person,
        /// Why.
        reason: String,
    }
}

structure! {
    /// What a credential may, as far as it says so itself. What follows from its roles is for the policies.
    Grants {
        /// Whose it is in accounts and budgets.
        owner: String,
        /// The roles that it has.
        roles: Vec<String>,
        /// How far it sees.
        reach: Reach,
        /// The tenant to which belongs what it submits.
        tenant: String,
        /// The tenants that it sees besides.
        further_tenants: Vec<String>,
        /// The zones in which its work may run; empty for all.
        zones: Vec<String>,
        /// The privacy classes that it may name; empty for all.
        classes: Vec<String>,
        /// Requests that it may make in a minute; none for as many as it can.
        requests_per_minute: Option<u32>,
        /// Workflows of it that may be alive at once; none for as many as the installation admits.
        workflows_alive_max: Option<u32>,
        /// When it counts no more, by the calendar; none for never.
        expires: Option<Micros>,
    }
}

structure! {
    /// That a key is to be allowed other things.
    ChangeKey {
        /// The key.
        key: PrincipalId,
        /// What it may from then on.
        grants: Grants,
        /// Why.
        reason: String,
    }
}

structure! {
    /// That other policies are to be in force.
    ReplacePolicy {
        /// All of them, in the Cedar language.
        text: String,
        /// Their digest.
        digest: [u8; 32],
        /// Where they come from.
        origin: Origin,
        /// Why.
        reason: String,
    }
}

structure! {
    /// That somebody showed a token or a certificate that is accepted.
    AcceptIdentity {
        /// Who they ask as.
        principal: PrincipalId,
        /// What was shown.
        proof: Proof,
        /// Who vouches for it: the issuer of the token, or of the certificate.
        issuer: String,
        /// What it may.
        grants: Grants,
    }
}

structure! {
    /// That tokens of an issuer are to be accepted.
    TrustIssuer {
        /// The issuer, as its tokens name it.
        issuer: String,
        /// Whom its tokens must be for.
        audience: String,
        /// The algorithms that it may sign with.
        algorithms: Vec<String>,
        /// Where its keys are: a file, or an address.
        keys_at: String,
        /// The claim in which the roles stand.
        roles_claim: String,
        /// The claim in which the tenants stand; empty when all tokens are of one.
        tenants_claim: String,
        /// The tenant of tokens that name none.
        tenant: String,
        /// Why.
        reason: String,
    }
}

structure! {
    /// That a link is to be made.
    MakeLink {
        /// Its id, drawn at random at the door.
        link: LinkId,
        /// Digest of its secret.
        digest: [u8; 32],
        /// The key with which it begins a session; none when it is for a new key.
        key: Option<PrincipalId>,
        /// What a new key may.
        grants: Grants,
        /// Until when it can be used, by the calendar.
        expires: Micros,
        /// Why.
        reason: String,
    }
}

tagged! {
    /// How far a credential sees.
    Reach {
        /// Its tenants.
        Tenants = 1,
        /// All tenants, and the installation as a whole.
        Installation = 2,
    }
}

tagged! {
    /// Where policies come from.
    Origin {
        /// They came with the program.
        Shipped = 1,
        /// Somebody wrote them.
        Written = 2,
    }
}

tagged! {
    /// What somebody showed who has no key.
    Proof {
        /// A token.
        Token = 1,
        /// A certificate.
        Certificate = 2,
    }
}

tagged! {
    /// Why somebody was not let do something.
    Cause {
        /// They did not say who they are.
        NotIdentified = 1,
        /// What they showed is nothing that counts: unknown, mistyped, not signed by whom it should be.
        NotAccepted = 2,
        /// It counted until a moment that is over.
        Expired = 3,
        /// It was revoked.
        Revoked = 4,
        /// It is suspended.
        Suspended = 5,
        /// No policy allows it.
        NotAllowed = 6,
        /// A policy forbids it.
        Forbidden = 7,
        /// It is of a tenant that they do not see.
        OtherTenant = 8,
        /// They asked too often.
        TooOften = 9,
        /// The page that asked is of another site.
        ForeignOrigin = 10,
    }
}

tagged! {
    /// Where a key stands.
    Phase {
        /// It counts.
        Active = 0,
        /// It does not count until it is restored.
        Suspended = 1,
        /// It will not count again.
        Revoked = 2,
    }
}

impl Event {
    /// The name of a person that came in with it.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::KeyIssued(issued) => issued.asked.person.as_ref(),
            Self::PersonNamed(named) => Some(&named.asked.person),
            Self::KeyRotated(_)
            | Self::KeyChanged(_)
            | Self::KeyRevoked(_)
            | Self::KeyRestored(_)
            | Self::PolicyReplaced(_)
            | Self::RightUsed(_)
            | Self::AccessRefused(_)
            | Self::IdentityAccepted(_)
            | Self::IssuerTrusted(_)
            | Self::IssuerDistrusted(_)
            | Self::LinkMade(_)
            | Self::SessionOpened(_)
            | Self::SessionEnded(_)
            | Self::Exported(_) => None,
        }
    }
}

impl Phase {
    /// The phase of a key after an event that names it; `None` when the grammar forbids it. Whether it has expired is no phase:
    /// that depends on when somebody asks. A log that is adopted from a copy suspends every active key, since what was revoked
    /// after the copy was made is not known in it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match (event, before) {
            (Event::KeyIssued(_), None) => Some(Self::Active),
            (
                Event::KeyRotated(_) | Event::KeyChanged(_) | Event::PersonNamed(_),
                Some(Self::Active | Self::Suspended),
            ) => before,
            (Event::SessionOpened(_), Some(Self::Active)) => before,
            (Event::LinkMade(_), Some(Self::Active | Self::Suspended)) => before,
            (Event::KeyRestored(_), Some(Self::Suspended)) => Some(Self::Active),
            (Event::KeyRevoked(_), Some(Self::Active | Self::Suspended)) => Some(Self::Revoked),
            (
                Event::KeyIssued(_)
                | Event::KeyRotated(_)
                | Event::KeyChanged(_)
                | Event::KeyRevoked(_)
                | Event::KeyRestored(_)
                | Event::PersonNamed(_)
                | Event::PolicyReplaced(_)
                | Event::RightUsed(_)
                | Event::AccessRefused(_)
                | Event::IdentityAccepted(_)
                | Event::IssuerTrusted(_)
                | Event::IssuerDistrusted(_)
                | Event::LinkMade(_)
                | Event::SessionOpened(_)
                | Event::SessionEnded(_)
                | Event::Exported(_),
                _,
            ) => None,
        }
    }
}

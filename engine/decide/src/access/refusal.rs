//! Why access says no.

use thiserror::Error;
use triad_event::access::Cause;
use triad_event::ids::{LinkId, PrincipalId, SessionId};

use crate::limits::{
    CREDENTIALS_MAX, FORMER_SECRET_DAYS_MAX, GRANTS_LISTED_MAX, ISSUERS_MAX, NAME_BYTES_MAX,
    POLICY_BYTES_MAX, ReasonTooLong, SESSIONS_PER_KEY_MAX,
};

/// Why access says no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Whoever asks does so with a credential that counts no more.
    #[error("credential {principal} does not count any more")]
    NotACredential {
        /// The principal.
        principal: PrincipalId,
        /// Why it does not.
        cause: Cause,
    },
    /// All zero is the engine itself, and another key has the id.
    #[error("another key has the id {key}")]
    KeyExists {
        /// The id.
        key: PrincipalId,
    },
    /// There is no such key.
    #[error("there is no key {key}")]
    KeyUnknown {
        /// The key.
        key: PrincipalId,
    },
    /// The key was revoked.
    #[error("key {key} is revoked")]
    KeyRevoked {
        /// The key.
        key: PrincipalId,
    },
    /// The key does not count until it is restored.
    #[error("key {key} is suspended: restore it first")]
    KeySuspended {
        /// The key.
        key: PrincipalId,
    },
    /// The key is not suspended.
    #[error("key {key} is not suspended")]
    NotSuspended {
        /// The key.
        key: PrincipalId,
    },
    /// The key has expired.
    #[error("key {key} has expired")]
    KeyExpired {
        /// The key.
        key: PrincipalId,
    },
    /// What it is called is no id.
    #[error("a label has 1 to 64 of a-z, 0-9, _ and -")]
    LabelNotAnId,
    /// The name of a person is empty or too long.
    #[error("the name of a person has 1 to {NAME_BYTES_MAX} bytes")]
    NameLength,
    /// A name in what is granted is no id.
    #[error("{field}: {name:?} is not 1 to 64 of a-z, 0-9, _ and -")]
    NotAnId {
        /// Which list, or which field.
        field: &'static str,
        /// The name.
        name: String,
    },
    /// A list in what is granted is too long.
    #[error("{field} names more than {GRANTS_LISTED_MAX}")]
    TooManyNames {
        /// Which list.
        field: &'static str,
    },
    /// A number in what is granted is zero.
    #[error("{field} is at least 1")]
    Zero {
        /// Which.
        field: &'static str,
    },
    /// What was submitted belongs to the tenant of whoever submitted it, so that stays.
    #[error("the tenant of a credential stays what it was, {tenant}: what it submitted belongs there")]
    TenantStays {
        /// The tenant.
        tenant: String,
    },
    /// The moment at which it is to expire is over.
    #[error("the moment at which it is to expire is over")]
    ExpiresInThePast,
    /// The former secret is to count for too long.
    #[error("a former secret counts for at most {FORMER_SECRET_DAYS_MAX} days")]
    FormerTooLong,
    /// There are as many credentials as may be.
    #[error("there are {CREDENTIALS_MAX} already, as many as may be")]
    TooManyCredentials,
    /// There are as many sessions of the key as may be.
    #[error("the key has {SESSIONS_PER_KEY_MAX} sessions already, as many as may be")]
    TooManySessions,
    /// Nobody would be left who can give rights.
    #[error("it is the last key with the role {role} for the whole installation: issue another one first", role = super::administrator::ADMINISTRATOR)]
    LastAdministrator,
    /// There is no such link, or it was used.
    #[error("link {link} does not exist, was used, or has expired")]
    LinkUnknown {
        /// The link.
        link: LinkId,
    },
    /// A link grants what it grants.
    #[error("the link grants something else")]
    LinkGrantsOtherwise,
    /// There is no such session.
    #[error("session {session} has ended, or never began")]
    SessionUnknown {
        /// The session.
        session: SessionId,
    },
    /// The policies are too long.
    #[error("policies have at most {POLICY_BYTES_MAX} bytes")]
    PolicyTooLong,
    /// They are in force.
    #[error("these policies are in force")]
    SamePolicy,
    /// There are too many issuers.
    #[error("tokens of {ISSUERS_MAX} issuers are accepted, as many as may be")]
    TooManyIssuers,
    /// Tokens of the issuer are not accepted.
    #[error("tokens of {issuer:?} are not accepted")]
    IssuerUnknown {
        /// The issuer.
        issuer: String,
    },
    /// What is said of an issuer is too long or empty.
    #[error("{field} of an issuer has 1 to 1024 bytes")]
    IssuerField {
        /// Which field.
        field: &'static str,
    },
    /// The reason is too long.
    #[error(transparent)]
    ReasonTooLong(#[from] ReasonTooLong),
}

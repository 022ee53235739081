//! Why a token is refused.

/// Why a token is refused. Nothing of the token is in it: names are those of the RFCs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The named part cannot be read: `token`, `header`, `claims` or `signature`.
    #[error("the token is malformed: {0}")]
    Malformed(&'static str),
    /// More than [`crate::TOKEN_LENGTH_MAX`] bytes.
    #[error("the token is too long")]
    TooLong,
    /// A member of the header that brings or names a key, changes what is signed, or must be understood.
    #[error("the token's header has {0}, which is not accepted")]
    ForbiddenHeader(&'static str),
    /// Its `typ` says that it is something else.
    #[error("the token is of another type")]
    WrongType,
    /// Its `alg` is none that exists here, none of this issuer's, or not that of its key.
    #[error("the token's algorithm is not accepted")]
    AlgorithmNotAllowed,
    /// The set has no key with its `kid`, or none that fits.
    #[error("the token's key is not known")]
    KeyUnknown,
    /// It names no key, and several fit.
    #[error("the token does not say which key signed it, and several fit")]
    KeyAmbiguous,
    /// It was not signed by its key.
    #[error("the token's signature is wrong")]
    BadSignature,
    /// It is by another issuer, or by none that is known.
    #[error("the token is by another issuer")]
    WrongIssuer,
    /// It is for somebody else.
    #[error("the token is for another audience")]
    WrongAudience,
    /// Its time has passed.
    #[error("the token has expired")]
    Expired,
    /// Its time has not come: `nbf` or `iat` is in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It would be valid longer than this issuer's tokens may.
    #[error("the token is valid for too long")]
    LivesTooLong,
    /// A claim that must be there is not.
    #[error("the token has no {0}")]
    MissingClaim(&'static str),
    /// A claim has another type, is too long, or has characters that no name has.
    #[error("the token's {0} cannot be used")]
    UnusableClaim(&'static str),
}

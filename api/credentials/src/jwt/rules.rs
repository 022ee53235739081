//! What the tokens of one issuer must say.

use super::algorithm::Algorithm;

/// What the tokens of one issuer must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerRules {
    /// `iss`, character for character: a slash at its end makes another issuer.
    pub issuer: String,
    /// What `aud` must be or contain: the name of this installation with the issuer.
    pub audience: String,
    /// How its tokens may be signed. Each key is of one algorithm; an RSA key that does not say which is of that one of
    /// RS256 and PS256 that is in this list, and of none when both are.
    pub algorithms: Vec<Algorithm>,
    /// The claim that holds roles: a name, or a JSON pointer that begins with `/`.
    pub roles_claim: String,
    /// The claim that holds tenants, likewise.
    pub tenants_claim: String,
    /// By how much its clock and ours may differ, at most [`crate::LEEWAY_SECONDS_MAX`].
    pub leeway_seconds: u32,
    /// The longest that a token may be valid, from `iat` to `exp`.
    pub lifetime_seconds_max: u32,
}

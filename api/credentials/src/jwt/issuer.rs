//! One identity provider: what its tokens must say, and with which keys they are signed.

use super::claims::{self, Claims};
use super::key_set::KeySet;
use super::rejection::Rejection;
use super::rules::IssuerRules;
use super::token::Token;

/// The longest that a clock may be off.
pub const LEEWAY_SECONDS_MAX: u32 = 60;
/// A day: how long tokens may live where nobody says otherwise.
pub const LIFETIME_SECONDS_DEFAULT: u32 = 24 * 60 * 60;

/// An identity provider whose tokens are accepted.
#[derive(Debug)]
pub struct Issuer {
    rules: IssuerRules,
    keys: KeySet,
}

impl Issuer {
    /// Refuses rules by which no token, or every token, would be good.
    pub fn new(rules: IssuerRules, keys: KeySet) -> Result<Self, IssuerFault> {
        let names = [
            ("issuer", &rules.issuer),
            ("audience", &rules.audience),
            ("roles_claim", &rules.roles_claim),
            ("tenants_claim", &rules.tenants_claim),
        ];
        if let Some((name, _)) = names.into_iter().find(|(_, value)| value.is_empty()) {
            return Err(IssuerFault::Empty(name));
        }
        if rules.algorithms.is_empty() {
            return Err(IssuerFault::Empty("algorithms"));
        }
        if rules.leeway_seconds > LEEWAY_SECONDS_MAX {
            return Err(IssuerFault::Leeway(rules.leeway_seconds));
        }
        if rules.lifetime_seconds_max == 0 {
            return Err(IssuerFault::Lifetime);
        }
        Ok(Self { rules, keys })
    }

    /// What its tokens must say.
    pub fn rules(&self) -> &IssuerRules {
        &self.rules
    }

    /// Its keys.
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// Takes a newer key set in place of the present one: keys that are not in it verify nothing from now on.
    pub fn replace_keys(&mut self, keys: KeySet) {
        self.keys = keys;
    }

    /// Verifies a token. `now_unix_seconds` is counted from 1970.
    ///
    /// In this order: form and header; the issuer, because it chooses the keys; algorithm and key; the signature; and only
    /// then any other claim. So a forged token learns nothing of what good ones say.
    pub fn verify(&self, token: &str, now_unix_seconds: i64) -> Result<Claims, Rejection> {
        self.judge(&Token::read(token)?, now_unix_seconds)
    }

    pub(crate) fn judge(&self, token: &Token<'_>, now: i64) -> Result<Claims, Rejection> {
        if claims::issuer(&token.claims)? != self.rules.issuer {
            return Err(Rejection::WrongIssuer);
        }
        let allowed = &self.rules.algorithms;
        if !allowed.contains(&token.algorithm) {
            return Err(Rejection::AlgorithmNotAllowed);
        }
        let key = self.keys.choose(token.kid.as_deref(), token.algorithm, allowed)?;
        if !key.verifies(token.algorithm, token.signed, &token.signature) {
            return Err(Rejection::BadSignature);
        }
        claims::judge(&token.claims, &self.rules, now)
    }
}

/// Why an issuer cannot be as it is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IssuerFault {
    /// The named rule says nothing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// The leeway is longer than any clock may be off.
    #[error("leeway_seconds is {0}, and is at most {LEEWAY_SECONDS_MAX}")]
    Leeway(u32),
    /// No token could be valid.
    #[error("lifetime_seconds_max is 0, so no token would be valid")]
    Lifetime,
    /// Two issuers have the same name, so a token would be by both.
    #[error("the issuer {0} is there twice")]
    Twice(String),
}

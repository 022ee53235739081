//! Every identity provider whose tokens are accepted, each by its own keys and rules alone.

use super::claims::{self, Claims};
use super::issuer::{Issuer, IssuerFault};
use super::rejection::Rejection;
use super::token::Token;
use std::collections::BTreeMap;

/// The issuers, by name.
#[derive(Debug, Default)]
pub struct Issuers {
    by_name: BTreeMap<String, Issuer>,
}

impl Issuers {
    /// Refuses two of the same name.
    pub fn new(issuers: impl IntoIterator<Item = Issuer>) -> Result<Self, IssuerFault> {
        let mut by_name = BTreeMap::new();
        for issuer in issuers {
            if let Some(earlier) = by_name.insert(issuer.rules().issuer.clone(), issuer) {
                return Err(IssuerFault::Twice(earlier.rules().issuer.clone()));
            }
        }
        Ok(Self { by_name })
    }

    /// The issuer of this name, to read or to hand it newer keys.
    pub fn named(&mut self, name: &str) -> Option<&mut Issuer> {
        self.by_name.get_mut(name)
    }

    /// Verifies a token by the keys and rules of the issuer that it names, and says which that is. `now_unix_seconds` is
    /// counted from 1970.
    pub fn verify(&self, token: &str, now_unix_seconds: i64) -> Result<(&Issuer, Claims), Rejection> {
        let token = Token::read(token)?;
        let issuer = self.by_name.get(claims::issuer(&token.claims)?).ok_or(Rejection::WrongIssuer)?;
        Ok((issuer, issuer.judge(&token, now_unix_seconds)?))
    }
}

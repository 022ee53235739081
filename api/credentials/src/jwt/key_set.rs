//! The keys of an issuer: a JWK Set (RFC 7517, section 5).

use super::algorithm::Algorithm;
use super::bounds::{KEY_SET_LENGTH_MAX, KEYS_MAX};
use super::jwk;
use super::key::Key;
use super::key_fault::{KeyFault, KeySetFault};
use super::rejection::Rejection;
use crate::json::{self, Json};

/// The keys by which an issuer's tokens are verified.
#[derive(Debug)]
pub struct KeySet {
    keys: Vec<Key>,
    skipped: usize,
}

impl KeySet {
    /// Reads a set. Keys that are good for other things (other types, curves, algorithms and uses) are skipped and counted.
    /// A key that should never have been published, or that is weaker than it looks, refuses the whole set: where one is,
    /// the others are not to be trusted either, and the set that was read before stays.
    pub fn read(text: &str) -> Result<Self, KeySetFault> {
        if text.len() > KEY_SET_LENGTH_MAX {
            return Err(KeySetFault::TooLong);
        }
        let members = json::read(text.as_bytes()).map_err(|error| KeySetFault::NotJson(error.to_string()))?;
        let Some(Json::List(list)) = members.get("keys") else { return Err(KeySetFault::NoList) };
        if list.len() > KEYS_MAX {
            return Err(KeySetFault::TooMany(list.len()));
        }
        let mut set = Self { keys: Vec::new(), skipped: 0 };
        for (value, position) in list.iter().zip(1..) {
            match read_key(value).map_err(|fault| KeySetFault::Key { position, fault })? {
                Some(key) if key.kid.is_some() && set.keys.iter().any(|other| other.kid == key.kid) => {
                    return Err(KeySetFault::Key { position, fault: KeyFault::KidTwice });
                }
                Some(key) => set.keys.push(key),
                None => set.skipped += 1,
            }
        }
        if set.keys.is_empty() { Err(KeySetFault::NoKey { skipped: set.skipped }) } else { Ok(set) }
    }

    /// Keys that verify tokens. There is one at the least.
    pub fn count(&self) -> usize {
        self.keys.len()
    }

    /// Keys that are good for other things.
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The key that must have signed a token. A `kid` is only ever compared, whatever it looks like.
    pub(crate) fn choose(
        &self,
        kid: Option<&str>,
        algorithm: Algorithm,
        allowed: &[Algorithm],
    ) -> Result<&Key, Rejection> {
        let fits = |key: &&Key| key.algorithm(allowed) == Some(algorithm);
        if let Some(kid) = kid {
            let key = self.keys.iter().find(|key| key.kid.as_deref() == Some(kid));
            let key = key.ok_or(Rejection::KeyUnknown)?;
            return if fits(&key) { Ok(key) } else { Err(Rejection::AlgorithmNotAllowed) };
        }
        let mut fitting = self.keys.iter().filter(fits);
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => Ok(key),
            (Some(_), Some(_)) => Err(Rejection::KeyAmbiguous),
            (None, _) => Err(Rejection::KeyUnknown),
        }
    }
}

fn read_key(value: &Json) -> Result<Option<Key>, KeyFault> {
    let Json::Object(members) = value else { return Err(KeyFault::NotAnObject) };
    jwk::read(members)
}

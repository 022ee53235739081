//! The issuers that are trusted, and the keys that were read of them last.

use super::key_set::key_set_text;
use crate::clock::monotonic;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use triad_credentials::{Algorithm, Issuer, IssuerRules, Issuers, KeySet};
use triad_event::access::TrustIssuer;

/// How long a key set counts that cannot be read any more.
const STALE: Duration = Duration::from_secs(3600);
/// By how much the clock of an issuer may be off.
const LEEWAY_SECONDS: u32 = 60;
/// The longest that a token may live.
const LIFETIME_SECONDS_MAX: u32 = 24 * 60 * 60;
/// The issuers that are trusted, with the keys that were read last.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) held: RwLock<Option<Held>>,
    /// Whoever reads key sets: one at a time.
    pub(super) reading: Mutex<()>,
}

/// Key sets by the name of their issuer and their place, and when they were read.
type Texts = BTreeMap<(String, String), (String, Instant)>;

#[derive(Clone)]
pub(super) struct Held {
    pub(super) issuers: Arc<Issuers>,
    /// The key set of each issuer as it was read last, for when it cannot be read.
    texts: Arc<Texts>,
    /// What is recorded of them.
    pub(super) trusted: Arc<Vec<TrustIssuer>>,
    pub(super) read_at: Instant,
}

/// An issuer whose keys cannot be read now is verified by those that were read last, for an hour, and that is told; one whose
/// keys never could be verifies nothing.
pub(super) fn read_all(trusted: Vec<TrustIssuer>, before: Option<&Held>) -> Held {
    let (mut read, mut texts, now) = (Vec::new(), Texts::new(), monotonic());
    for one in &trusted {
        let name = (one.issuer.clone(), one.keys_at.clone());
        let fresh = key_set_text(&one.keys_at).and_then(|text| Ok((read_set(one, &text)?, text, now)));
        let found = fresh.or_else(|why| {
            tracing::warn!("the keys of {:?} cannot be read from {}: {why}", one.issuer, one.keys_at);
            let (text, read_at) = before.and_then(|held| held.texts.get(&name)).ok_or(())?;
            let is_recent = now < *read_at + STALE;
            let issuer = is_recent.then(|| read_set(one, text).ok()).flatten().ok_or(())?;
            Ok::<_, ()>((issuer, text.clone(), *read_at))
        });
        if let Ok((issuer, text, read_at)) = found {
            read.push(issuer);
            texts.insert(name, (text, read_at));
        }
    }
    let issuers = Arc::new(Issuers::new(read).expect("invariant: a view keeps one issuer of each name"));
    Held { issuers, texts: Arc::new(texts), trusted: Arc::new(trusted), read_at: now }
}

/// Reads the keys of an issuer, and holds its rules against what can be.
pub(crate) fn read_one(trusted: &TrustIssuer) -> Result<Issuer, String> {
    let text = key_set_text(&trusted.keys_at);
    text.and_then(|text| read_set(trusted, &text)).map_err(|why| format!("{}: {why}", trusted.keys_at))
}

fn read_set(trusted: &TrustIssuer, text: &str) -> Result<Issuer, String> {
    let algorithm = |name: &String| {
        Algorithm::named(name).ok_or_else(|| format!("{name:?} is none of EdDSA, ES256, RS256, PS256"))
    };
    let tenants_claim = Some(&trusted.tenants_claim).filter(|claim| !claim.is_empty());
    let rules = IssuerRules {
        issuer: trusted.issuer.clone(),
        audience: trusted.audience.clone(),
        algorithms: trusted.algorithms.iter().map(algorithm).collect::<Result<_, _>>()?,
        roles_claim: trusted.roles_claim.clone(),
        tenants_claim: tenants_claim.map_or("tenants", String::as_str).to_owned(),
        leeway_seconds: LEEWAY_SECONDS,
        lifetime_seconds_max: LIFETIME_SECONDS_MAX,
    };
    let keys = KeySet::read(text).map_err(|fault| fault.to_string())?;
    Issuer::new(rules, keys).map_err(|fault| fault.to_string())
}

//! Access as a resource: keys, links, sessions, issuers of tokens, policies, and the questions that people ask of them.

mod issuer;
mod key;
mod link;
pub(crate) mod matrix;
mod person;
mod policy;
mod question;
mod review;
mod session;
mod verb;
mod wire;

use super::noun::Noun;
use super::route::Resource;

pub(super) const QUESTIONS: Resource =
    Resource { name: "access", noun: Some(Noun::of::<verb::Access>("access")), routes: question::ROUTES };
pub(super) const KEYS: Resource = Resource { name: "key", noun: None, routes: key::ROUTES };
pub(super) const PERSONS: Resource = Resource { name: "person", noun: None, routes: person::ROUTES };
pub(super) const LINKS: Resource = Resource { name: "link", noun: None, routes: link::ROUTES };
pub(super) const SESSIONS: Resource = Resource { name: "session", noun: None, routes: session::ROUTES };
pub(super) const POLICIES: Resource = Resource { name: "policy", noun: None, routes: policy::ROUTES };
pub(super) const ISSUERS: Resource = Resource { name: "issuer", noun: None, routes: issuer::ROUTES };

//! Access at the door: who asks, whether they may, and the record of both.
//!
//! A request passes three questions before its handler runs: whose it is ([`identify`]), whether what it names is in a tenant
//! that they see ([`sight`]), and whether a policy lets them ([`judge`]). [`admit`] asks them in that order. What was allowed
//! and changes something, and what was refused, is recorded before the handler runs ([`note`]).

pub(crate) mod admit;
pub(crate) mod admitted;
mod behalf;
pub(crate) mod door;
mod identify;
pub(crate) mod issuers;
pub(crate) mod judge;
mod key_set;
pub(crate) mod lasting;
mod note;
mod noted;
pub(crate) mod opening;
mod rate;
pub(crate) mod session;
pub(crate) mod sight;
mod token;
mod turned;

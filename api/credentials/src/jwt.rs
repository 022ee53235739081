//! Signed tokens of identity providers: JWT (RFC 7519) in compact JWS (RFC 7515), read as RFC 8725 asks.
//!
//! The reading is our own, and the signatures are those of the crates that the log uses already. The crate `jsonwebtoken`
//! (12.0) leaves to its caller most of what is decided here: headers that bring a key, members that stand twice in the
//! claims, the one algorithm of an RSA key, keys and signatures of small order. And what it signs with brings a source of
//! chance, which this package must not reach.
//!
//! What differs from the RFCs, all towards refusing: `exp` and `sub` are required, lives are bounded, headers that bring
//! or name a key are refused instead of ignored, nested and encrypted tokens are not read.

pub(crate) mod issuers;
pub(crate) mod issuer;
pub(crate) mod rules;
pub(crate) mod token;
pub(crate) mod claims;
mod claim_path;
pub(crate) mod algorithm;
pub(crate) mod key_set;
mod key;
mod jwk;
pub(crate) mod bounds;
pub(crate) mod key_fault;
pub(crate) mod rejection;

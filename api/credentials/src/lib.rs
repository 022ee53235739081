//! Who asks: the secrets of API keys, links and sessions, and the signed tokens of identity providers.
//!
//! A [`Secret`] is made here, handed out once as text, and known again by its digest. A token (JWT) is made by others: an
//! [`Issuer`] verifies it against the issuer's [`KeySet`] and says who it is about.
//!
//! What is absent on purpose: what the asker may do; HTTP, cookies and headers; any clock, chance, disk or network. Times,
//! random bytes and the texts of key sets are arguments, and no address that a token or a key names is ever followed.
//! Nothing that is refused is repeated in the refusal. Modules are declared in reading order.

mod secret;
mod checksum;
mod jwt;
mod principal;
mod json;

pub use jwt::algorithm::Algorithm;
pub use jwt::bounds::{KEY_SET_LENGTH_MAX, KEYS_MAX};
pub use jwt::claims::{Claims, VALUE_CHARACTERS_MAX, VALUES_MAX};
pub use jwt::issuer::{Issuer, IssuerFault, LEEWAY_SECONDS_MAX, LIFETIME_SECONDS_DEFAULT};
pub use jwt::issuers::Issuers;
pub use jwt::key_fault::{KeyFault, KeySetFault};
pub use jwt::key_set::KeySet;
pub use jwt::rejection::Rejection;
pub use jwt::rules::IssuerRules;
pub use jwt::token::TOKEN_LENGTH_MAX;
pub use principal::principal;
pub use secret::{Kind, SECRET_LENGTH, Secret, SecretFault, UNKNOWN_DIGEST, digest};

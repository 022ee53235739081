//! Who asks: the secrets of API keys, links and sessions.
//!
//! A [`Secret`] is made here, handed out once as text, and known again by its digest.
//!
//! What is absent on purpose: what the asker may do; HTTP, cookies and headers; any clock, chance, disk or network: random
//! bytes are arguments. Nothing that is refused is repeated in the refusal. Modules are declared in reading order.

mod secret;
mod checksum;

pub use secret::{Kind, SECRET_LENGTH, Secret, SecretFault, UNKNOWN_DIGEST, digest};

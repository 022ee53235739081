//! Secrets at rest, and the key that signs the log.
//!
//! A [`SecretFile`] keeps 32 bytes under a [`Keeping`]: in a plain file, encrypted under a passphrase, or sealed by a TPM.
//! It does not know what the secret is for. [`LogKey`] is one use of it: the seed of the log's signing key, with the
//! hardware that counts and attests when a TPM keeps it.
//!
//! What is absent on purpose: a way from one keeping to a weaker one. A secret that a TPM keeps is opened by that TPM or
//! not at all. Modules are declared in reading order.

mod secret_file;
mod passphrase;
mod sealed;
mod registers;
mod log_key;
mod key_error;
mod key_files;
mod hardware;
mod counted;
mod pace;
mod tpm_error;
#[cfg(feature = "tpm")]
mod tpm;
#[cfg(not(feature = "tpm"))]
#[path = "without_tpm.rs"]
mod tpm;
mod entropy;

pub use hardware::{CounterFault, Hardware, HardwareError};
pub use key_error::KeyError;
pub use key_files::{FILE, NEXT, take_over};
pub use log_key::{Expected, LogKey};
pub use pace::Pace;
pub use passphrase::{Passphrase, PassphraseError};
pub use registers::{REGISTERS_DEFAULT, Registers, RegistersError};
pub use secret_file::{CreateError, Form, Keeping, OpenError, SecretFile, Unlock};
pub use tpm::Tpm;
pub use tpm_error::{Identity, TpmError};

/// Bytes of a secret.
pub const SECRET_LENGTH: usize = 32;

/// A secret in memory: wiped when it is dropped.
pub type Secret = zeroize::Zeroizing<[u8; SECRET_LENGTH]>;

/// A secret that nobody has seen.
pub fn fresh_secret() -> Secret {
    let mut secret = Secret::default();
    entropy::fill(secret.as_mut_slice());
    secret
}

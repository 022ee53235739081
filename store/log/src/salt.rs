//! Salts and the ids of places: the only chance in the log.

use triad_proof::record::SALT_LENGTH;

/// Salts drawn from the operating system in one call; a call costs more than the bytes.
const SALTS_PER_DRAW: usize = 256;

/// Where salts come from.
#[derive(Debug)]
pub enum Salts {
    /// The operating system's generator.
    System {
        /// Drawn and not yet used.
        drawn: Vec<[u8; SALT_LENGTH]>,
    },
    /// A counter, for tests and simulations whose logs must come out the same each time. Never for a real log: its
    /// removed payloads could be guessed.
    Counting(u64),
}

impl Salts {
    /// Salts for a real log.
    pub fn system() -> Self {
        Self::System { drawn: Vec::new() }
    }

    /// A fresh salt.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: a log without salts must not be written.
    #[expect(clippy::should_implement_trait, reason = "salts do not end, and callers do not want an Option")]
    pub fn next(&mut self) -> [u8; SALT_LENGTH] {
        match self {
            Self::System { drawn } => drawn.pop().unwrap_or_else(|| {
                let mut bytes = [[0; SALT_LENGTH]; SALTS_PER_DRAW];
                fill_from_system(bytes.as_flattened_mut());
                drawn.extend_from_slice(&bytes[1..]);
                bytes[0]
            }),
            Self::Counting(count) => {
                *count += 1;
                let mut salt = [0; SALT_LENGTH];
                salt[..8].copy_from_slice(&count.to_be_bytes());
                salt
            }
        }
    }
}

/// An id that nobody else has.
///
/// # Panics
/// When the operating system has no randomness to give.
pub(crate) fn fresh_id() -> [u8; 16] {
    let mut id = [0; 16];
    fill_from_system(&mut id);
    id
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the log that draws from the system's generator"
)]
fn fill_from_system(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("invariant: the operating system gives random bytes");
}

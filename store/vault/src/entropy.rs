//! Chance: keys, salts and nonces, from the operating system.

use std::sync::Mutex;
use zeroize::{Zeroize, Zeroizing};

/// Bytes drawn from the operating system in one call; a call costs more than the bytes of one blob.
const DRAWN_LENGTH: usize = 4096;

/// Random bytes that were drawn and not used yet. What was used is wiped at once, so that a key does not stay here.
pub(crate) struct Entropy {
    drawn: Mutex<Drawn>,
}

struct Drawn {
    bytes: Box<Zeroizing<[u8; DRAWN_LENGTH]>>,
    used: usize,
}

impl Entropy {
    pub(crate) fn new() -> Self {
        let bytes = Box::new(Zeroizing::new([0; DRAWN_LENGTH]));
        Self { drawn: Mutex::new(Drawn { bytes, used: DRAWN_LENGTH }) }
    }

    /// Fresh bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing may be sealed without.
    pub(crate) fn take<const LENGTH: usize>(&self) -> Zeroizing<[u8; LENGTH]> {
        let mut drawn = self.drawn.lock().expect("invariant: no holder of this lock panics");
        let Drawn { bytes, used } = &mut *drawn;
        if *used + LENGTH > DRAWN_LENGTH {
            fill_from_system(bytes.as_mut_slice());
            *used = 0;
        }
        let source = &mut bytes[*used..*used + LENGTH];
        let mut taken = Zeroizing::new([0; LENGTH]);
        taken.copy_from_slice(source);
        source.zeroize();
        *used += LENGTH;
        taken
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of the vault that draws from the system's generator"
)]
fn fill_from_system(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("invariant: the operating system gives random bytes");
}

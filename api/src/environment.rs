//! What this process takes from its environment beside the options that name a variable: a secret, which no option may
//! hold, because options are shown to everybody on the machine.

use zeroize::Zeroizing;

/// The variable with the passphrase of the signing key.
pub(crate) const PASSPHRASE: &str = "TRIAD_PASSPHRASE";
/// The variable with the passphrase that a new key is to have, where two are needed.
pub(crate) const NEW_PASSPHRASE: &str = "TRIAD_NEW_PASSPHRASE";

/// The variable with the key that is shown to a server.
pub(crate) const KEY: &str = "TRIAD_KEY";

/// The bytes of a variable.
#[expect(clippy::disallowed_methods, reason = "the one place of this binary that reads its environment")]
pub(crate) fn secret(name: &str) -> Option<Zeroizing<Vec<u8>>> {
    use std::os::unix::ffi::OsStringExt;
    std::env::var_os(name).map(|value| Zeroizing::new(value.into_vec()))
}

/// A variable that is text: one that the operator names for fixes.
pub(crate) fn text(name: &str) -> Option<String> {
    String::from_utf8(secret(name)?.to_vec()).ok()
}

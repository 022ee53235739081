//! Chance: secrets, salts and nonces.

/// Fills a buffer from the operating system's generator.
///
/// # Panics
/// When the operating system has none to give: a secret must not be guessable.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this package that draws from the system's generator"
)]
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("invariant: the operating system gives random bytes");
}

/// Random bytes.
pub(crate) fn array<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill(&mut bytes);
    bytes
}

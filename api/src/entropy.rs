//! Chance: keys, and ids made at the door. Everything else derives from what is recorded.

/// Fills a buffer from the operating system's generator.
///
/// # Panics
/// When the operating system has none to give: neither a key nor an id may be guessable.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this binary that draws from the system's generator"
)]
pub(crate) fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("invariant: the operating system gives random bytes");
}

/// Sixteen random bytes.
pub(crate) fn id() -> [u8; 16] {
    let mut id = [0; 16];
    fill(&mut id);
    id
}

//! What a command may see of the server's environment.

/// Enough to find programs and a place for temporary files; nothing that could be a secret.
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// The variables that every command gets, as far as the server has them.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment of child processes is part of performing an effect"
)]
pub(crate) fn inherited() -> impl Iterator<Item = (&'static str, String)> {
    INHERITED.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?)))
}

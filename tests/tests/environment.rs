//! The one place of these tests that looks at the environment.

use std::path::{Path, PathBuf};

/// The workspace root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace")
}

/// Whether a variable is set, to anything: a test has no command line of its own to take a switch from.
#[expect(clippy::disallowed_methods, reason = "the one place of these tests that looks at the environment")]
pub(crate) fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some()
}

/// The interpreter that `TRIAD_PYTHON` names, else that of the environment that `make test` makes, else `python3`.
#[expect(clippy::disallowed_methods, reason = "the one place of these tests that looks at the environment")]
pub(crate) fn python() -> PathBuf {
    let made = root().join("target/venv/bin/python3");
    match std::env::var_os("TRIAD_PYTHON") {
        Some(named) => named.into(),
        None if made.exists() => made,
        None => "python3".into(),
    }
}

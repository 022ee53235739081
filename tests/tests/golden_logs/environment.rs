//! Where the Python of the second reader comes from: the one place of this test that looks at the environment.

use std::path::{Path, PathBuf};

/// The workspace root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace")
}

/// The interpreter that `TRIAD_PYTHON` names, else that of the environment that `make test` makes, else `python3`.
#[expect(
    clippy::disallowed_methods,
    reason = "a test binary has no command line of its own to take this from"
)]
pub(crate) fn python() -> PathBuf {
    let made = root().join("target/venv/bin/python3");
    match std::env::var_os("TRIAD_PYTHON") {
        Some(named) => named.into(),
        None if made.exists() => made,
        None => "python3".into(),
    }
}

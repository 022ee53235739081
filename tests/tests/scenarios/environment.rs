//! Whether the stories are told anew: the one place of this test that looks at the environment.

use std::path::{Path, PathBuf};

/// Set to anything, stories are written as they are told now instead of being compared.
pub(crate) const TELL_ANEW: &str = "TRIAD_TELL_SCENARIOS";

/// Where the stories stand.
pub(crate) fn stories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace")
        .join("fixtures/scenarios")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test binary has no command line of its own to take this from"
)]
pub(crate) fn tells_anew() -> bool {
    std::env::var_os(TELL_ANEW).is_some()
}

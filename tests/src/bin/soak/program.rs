//! The programs that a proof starts: more of itself, and the one that is shipped, which lies beside it.

use std::path::PathBuf;

/// Why a proof does not hold.
pub(crate) type Failure = String;

/// This program; also when a build has meanwhile put another file in its place.
pub(crate) const THIS_PROGRAM: &str = "/proc/self/exe";

/// Where the shipped program lies.
pub(crate) fn triad() -> Result<PathBuf, Failure> {
    let own = std::fs::read_link(THIS_PROGRAM).map_err(|error| error.to_string())?;
    let triad = own.with_file_name("triad");
    if triad.exists() {
        Ok(triad)
    } else {
        Err(format!("{} is missing: build the workspace first", triad.display()))
    }
}

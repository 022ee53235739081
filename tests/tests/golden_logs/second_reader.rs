//! Runs the second reader, `tests/second_reader/triad_log.py`, and reads what it prints.

use crate::environment::{python, root};
use std::path::{Path, PathBuf};
use std::process::Command;

const USAGE: i32 = 2;

/// What a run of the second reader came to.
#[derive(Debug)]
pub(crate) struct Run {
    /// Whether everything held.
    pub(crate) holds: bool,
    /// What it printed.
    pub(crate) output: String,
}

/// Runs one command of the second reader.
///
/// # Panics
/// When it cannot run at all; then the message says what to do.
pub(crate) fn run(arguments: &[&str]) -> Run {
    let script = root().join("tests/second_reader/triad_log.py");
    let spawned = Command::new(python()).arg(&script).args(arguments).output();
    let finished = spawned.unwrap_or_else(|error| {
        panic!(
            "{} does not start ({error}): `make test` makes the Python that this needs",
            python().display()
        )
    });
    let errors = String::from_utf8_lossy(&finished.stderr);
    assert!(errors.is_empty(), "the second reader says: {errors}");
    assert_ne!(finished.status.code(), Some(USAGE), "the second reader was used wrongly: {arguments:?}");
    let output = String::from_utf8(finished.stdout).expect("the second reader prints UTF-8");
    Run { holds: finished.status.success(), output }
}

/// A file of this test run with these bytes.
pub(crate) fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("golden_logs");
    std::fs::create_dir_all(&directory).expect("a directory for scratch files");
    let path = directory.join(name);
    std::fs::write(&path, bytes).expect("a scratch file");
    path
}

/// The path as an argument.
pub(crate) fn argument(path: &Path) -> &str {
    path.to_str().expect("paths of this repository are UTF-8")
}

/// The value of `name=value` in a line of the second reader.
pub(crate) fn field<'a>(line: &'a str, name: &str) -> &'a str {
    let value = line.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    value.unwrap_or_else(|| panic!("no {name} in {line:?}"))
}

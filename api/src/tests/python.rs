//! What others wrote judges: scripts for the Python that `make test` makes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a script over an input, and returns what it prints.
pub(crate) fn python(script: &str, input: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace");
    let made = root.join("target/venv/bin/python3");
    let program = if made.exists() { made } else { "python3".into() };
    let spawned = Command::new(program)
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut running = spawned.expect("there is a Python: `make test` makes one");
    running.stdin.take().expect("piped").write_all(input.as_bytes()).expect("it reads");
    let finished = running.wait_with_output().expect("it ends");
    assert!(finished.status.success(), "{}", String::from_utf8_lossy(&finished.stderr));
    String::from_utf8(finished.stdout).expect("text")
}

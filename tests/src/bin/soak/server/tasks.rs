//! What workflows do: most of them work, some do whatever they can to survive, and a few take the server down whenever they
//! are performed.
//!
//! Whatever they start to survive is a program of their own, a link to `sleep` whose path a process cannot change: by it, and
//! by nothing that the product looks at, survivors are found.

use crate::program::Failure;
use crate::served::Served;
use std::fs;
use std::path::{Path, PathBuf};

/// One workflow in so many does not mean well. Were it more, the server would hardly live, and nothing be erased in it.
const EVIL_EVERY: u64 = 20;
/// One workflow in so many takes the server down whenever it is performed.
const POISONOUS_EVERY: u64 = 400;
/// Ways to survive and to do harm, of which each task of an evil workflow takes one.
const WAYS: [&str; 9] = [
    "SLEEPER 61 & exec -a '[kworker/0:1]' SLEEPER 0.1",
    "(setsid SLEEPER 62 &); sleep 0.05",
    "(setsid sh -c 'SLEEPER 63 & SLEEPER 63 & exit' &); sleep 0.05",
    "env -i setsid SLEEPER 64 & env -i SLEEPER 64 & sleep 0.05",
    "trap '' TERM INT HUP QUIT; SLEEPER 65 & setsid SLEEPER 65 & SLEEPER 65",
    "for i in 1 2 3 4 5 6 7 8; do (setsid SLEEPER 66 &); done; exit 3",
    "SLEEPER 67 & setsid SLEEPER 67 & kill -9 $PPID; SLEEPER 67",
    "setsid SLEEPER 68 & mkdir ONCE && kill -9 SERVER; SLEEPER 0.1",
    "SLEEPER 69 & mkdir ONCE && kill -9 $PPID SERVER; SLEEPER 0.1",
];
/// What such a task does each time, once others have had a while.
const POISON: &str = "sleep 0.3; setsid SLEEPER 70 & kill -9 SERVER; SLEEPER 70";

/// A chain with two processes in its middle, and a join.
pub(super) fn definition(served: &Served, number: u64) -> Result<String, Failure> {
    let [work, more] = if is_evil(number) {
        // Each way beside each other, in time.
        let (way, other) = (number / EVIL_EVERY, 1 + number / EVIL_EVERY / WAYS.len() as u64);
        let ways = [way, way + other].map(|way| WAYS[way as usize % WAYS.len()]);
        let ways = match number / POISONOUS_EVERY % 2 {
            _ if !number.is_multiple_of(POISONOUS_EVERY) => ways,
            0 => [POISON, ways[1]],
            _ => [ways[0], POISON],
        };
        [evil(served, number, "work", ways[0])?, evil(served, number, "more", ways[1])?]
    } else {
        ["work", "more"].map(|_| "sleep 0.0$(( $$ % 10 ))".to_owned())
    };
    let process = |id: &str, script: &str, attempts: u32| {
        let marked = format!("echo $TRIAD_IDEMPOTENCY_KEY >> {}; {script}", marks(served).display());
        serde_json::json!({
            "id": id, "type": "PROCESS", "command": ["bash", "-c", marked], "dependencies": ["begin"],
            "timeout_seconds": 1, "retry": { "attempts": attempts, "base_ms": 20 },
        })
    };
    Ok(serde_json::json!({
        "name": key(number),
        "tasks": [
            { "id": "begin", "type": "NOOP" },
            process("work", &work, 1),
            process("more", &more, 3),
            { "id": "end", "type": "NOOP", "dependencies": ["work", "more"] },
        ],
    })
    .to_string())
}

/// The idempotency key of a workflow.
pub(super) fn key(number: u64) -> String {
    format!("soak-{number}")
}

/// Where each performance of a task leaves the idempotency key that it was given.
pub(super) fn marks(served: &Served) -> PathBuf {
    served.path("marks")
}

/// Where the number of the server stands that tasks are to kill.
pub(super) fn server_file(served: &Served) -> PathBuf {
    served.path("server")
}

fn is_evil(number: u64) -> bool {
    number.is_multiple_of(EVIL_EVERY)
}

fn evil(served: &Served, number: u64, task: &str, way: &str) -> Result<String, Failure> {
    let sleeper = sleeper(served, &key(number))?.display().to_string();
    let once = served.path(&format!("{}-{task}", key(number))).display().to_string();
    let server = format!("$(cat {})", server_file(served).display());
    Ok(way.replace("SLEEPER", &sleeper).replace("ONCE", &once).replace("SERVER", &server))
}

/// The program of a workflow, or of somebody else.
pub(super) fn sleeper(served: &Served, name: &str) -> Result<PathBuf, Failure> {
    let (original, path) = (served.path("sleeper"), served.path(&format!("sleeper-{name}")));
    let failed = |error: std::io::Error| format!("/bin/sleep cannot be copied: {error}");
    if !original.exists() {
        fs::copy("/bin/sleep", &original).map_err(failed)?;
    }
    if !path.exists() {
        fs::hard_link(original, &path).map_err(failed)?;
    }
    Ok(path)
}

/// Processes that a workflow has left.
pub(super) fn survivors(served: &Served, number: u64) -> Result<Vec<String>, Failure> {
    if is_evil(number) { Ok(running(&sleeper(served, &key(number))?)) } else { Ok(Vec::new()) }
}

/// Processes whose program is this file.
fn running(program: &Path) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let of_program =
        entries.filter(|entry| fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe == program));
    of_program.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

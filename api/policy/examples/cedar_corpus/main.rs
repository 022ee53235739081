//! Holds the index against Cedar's public corpus: `cargo run --release -p triad-policy --example cedar_corpus
//! -- DIRECTORY`.
//!
//! The corpus is `corpus-tests.tar.gz` of github.com/cedar-policy/cedar-integration-tests. The directory is
//! searched for its cases, JSON files that name policies, entities and a schema by paths from the directory
//! or one above it. Each request is answered by the index and by Cedar's authorizer, and both must be what
//! the case expects. Ends with 1 if any answer differs.

mod case;

use case::{Case, Outcome};
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// How many differences are told one by one.
const TOLD_MAX: usize = 20;

fn main() -> ExitCode {
    let Some(directory) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: cedar_corpus DIRECTORY");
        return ExitCode::from(2);
    };
    let mut paths = Vec::new();
    if let Err(error) = gather(&directory, &mut paths) {
        eprintln!("{}: {error}", directory.display());
        return ExitCode::from(2);
    }
    paths.sort();
    let mut outcome = Outcome::default();
    for path in &paths {
        match Case::read(path, &directory) {
            Ok(Some(case)) => case.run(&mut outcome),
            Ok(None) => {}
            Err(error) => outcome.unread.push(format!("{}: {error}", path.display())),
        }
    }
    tell(&outcome)
}

fn gather(directory: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            gather(&path, paths)?;
        } else if name.ends_with(".json") && !name.ends_with(".entities.json") {
            paths.push(path);
        }
    }
    Ok(())
}

fn tell(outcome: &Outcome) -> ExitCode {
    for line in outcome.unread.iter().chain(&outcome.differences).take(TOLD_MAX) {
        println!("{line}");
    }
    println!("cases {}", outcome.cases);
    println!("cases not read {}", outcome.unread.len());
    println!("requests {}", outcome.requests);
    println!("requests allowed {}", outcome.allowed);
    println!("requests with errors of policies {}", outcome.erring);
    println!("requests that their schema refuses {}", outcome.refused);
    println!("policies {}", outcome.policies);
    println!("requests asked again among the policies of other cases {}", outcome.crowded);
    println!("differences {}", outcome.differences.len());
    let same = outcome.cases > 0 && outcome.unread.is_empty() && outcome.differences.is_empty();
    ExitCode::from(u8::from(!same))
}

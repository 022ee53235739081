//! The long proofs: `soak [NAME [COUNT]]...` runs the named ones, or all; a count sets how many cycles or samples. Figures
//! go to standard output, progress to standard error. Exit status: 0 when all hold, 1 when one does not, 2 for a name
//! that is not known.

mod flips;
mod idle;
mod kill9;
mod program;
mod served;
mod server;
mod simulate;
mod store;
mod timing;
mod watchers;

use program::Failure;
use std::process::ExitCode;

/// What can be named, and what it runs with a count.
type Proof = (&'static str, fn(Option<u64>) -> Result<(), Failure>);

const PROOFS: &[Proof] = &[
    ("flips", flips::run),
    ("idle", idle::run),
    ("kill9", kill9::run),
    ("server", server::run),
    ("simulate", simulate::run_proof),
    ("store", store::run),
    ("timing", timing::run),
    ("watchers", watchers::run),
];

fn main() -> ExitCode {
    // Engines that tests start in their own process start their guards from this program.
    if let Some(guarded) = triad_perform::guard::run(std::env::args_os()) {
        return guarded;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(exit) = serve(&arguments).or_else(|| simulate::again(&arguments)) {
        return exit;
    }
    let Some(wanted) = wanted(&arguments) else { return ExitCode::from(2) };
    let mut holds = true;
    for (name, run) in PROOFS {
        let count = match wanted.iter().find(|(want, _)| want == name) {
            Some((_, count)) => *count,
            None if wanted.is_empty() => None,
            None => continue,
        };
        if let Err(failure) = run(count) {
            eprintln!("soak: {name}: {failure}");
            holds = false;
        }
    }
    if holds { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Names with their counts; None when one is not known.
fn wanted(arguments: &[String]) -> Option<Vec<(&str, Option<u64>)>> {
    let mut wanted: Vec<(&str, Option<u64>)> = Vec::new();
    for argument in arguments {
        match (argument.parse(), wanted.last_mut()) {
            (Ok(count), Some((_, last))) => *last = Some(count),
            _ if PROOFS.iter().any(|(name, _)| name == argument) => wanted.push((argument, None)),
            _ => {
                let known: Vec<&str> = PROOFS.iter().map(|(name, _)| *name).collect();
                eprintln!("soak: no proof is called {argument}; there are: {}", known.join(" "));
                return None;
            }
        }
    }
    Some(wanted)
}

/// Runs as one of the processes that a proof starts and may lose.
fn serve(arguments: &[String]) -> Option<ExitCode> {
    let served = match arguments {
        [name, templates, scratch] if name == "store-judge" => {
            store::judge::serve(templates.as_ref(), scratch.as_ref())
        }
        [name, directory] if name == "open-log" => open_log(directory),
        _ => return None,
    };
    Some(match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error}");
            ExitCode::FAILURE
        }
    })
}

/// Opens a log as another process, for tests that need one.
fn open_log(directory: &str) -> Result<(), Box<dyn std::error::Error>> {
    triad_log::LogDirectory::open(directory.as_ref()).map(drop)?;
    Ok(())
}

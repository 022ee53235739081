//! Measures what the project states of itself: one line `figure NAME VALUE UNIT [RATIO-TO-LIMIT]` each, on standard output.
//!
//! The ratio is the value over the physical limit measured in the same run, in turn with it; lines that begin with `#` say
//! what that limit is and under which conditions both were measured. Progress goes to standard error.

mod acknowledgement;
mod append;
mod bare_handler;
mod catch_up;
mod chain_step;
mod child;
mod conditions;
mod cost_plot;
mod decisions;
mod deferred;
mod door;
mod engine_load;
mod graph;
mod history;
mod http_client;
mod log_file;
mod million;
mod noop;
mod planned;
mod played;
mod session;
mod verification;
mod wide;

use session::{Failure, Session};
use std::process::ExitCode;

const USAGE: &str = "usage: figures [--dir DIRECTORY] [--workflows COUNT] [--sha256 WAY] [NAME...]; the directory must \
     lie on a real disk; WAY is sha-ni, avx512, avx2 or portable, and holds for what is measured in this process";

/// What can be measured: the names that each part prints, and the part.
type Part = (&'static [&'static str], fn(&Session) -> Result<(), Failure>);

const PARTS: &[Part] = &[
    (append::FIGURES, append::measure),
    (acknowledgement::FIGURES, acknowledgement::measure),
    (verification::FIGURES, verification::measure),
    (million::FIGURES, million::measure),
    (decisions::FIGURES, decisions::measure),
    (catch_up::FIGURES, catch_up::measure),
    (noop::FIGURES, noop::measure),
    (chain_step::FIGURES, chain_step::measure),
    (graph::FIGURES, graph::measure),
    (history::FIGURES, history::measure),
    (door::FIGURES, door::measure),
    (wide::FIGURES, wide::measure),
    (deferred::FIGURES, deferred::measure),
    (planned::FIGURES, planned::measure),
];

fn main() -> ExitCode {
    // Engines that are measured in this process start their guards from it.
    if let Some(guarded) = triad_perform::guard::run(std::env::args_os()) {
        return guarded;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("figures: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(played) = played::play(&arguments) {
        return played;
    }
    let known: Vec<&str> = PARTS.iter().flat_map(|(names, _)| names.iter().copied()).collect();
    let session = Session::from_arguments(arguments.into_iter(), &known)
        .map_err(|wrong| format!("{wrong}\n{USAGE}\nnames: {}", known.join(" ")))?;
    conditions::print(&session)?;
    for (names, measure) in PARTS {
        if names.iter().any(|name| session.wants(name)) {
            measure(&session)?;
        }
    }
    Ok(())
}

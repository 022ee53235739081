//! What verifies, by itself, for tests that have no whole program.

use std::process::ExitCode;

fn main() -> ExitCode {
    triad_verification::run(std::env::args_os()).unwrap_or(ExitCode::FAILURE)
}

//! What evaluates, by itself, for tests that have no whole program.

use std::process::ExitCode;

fn main() -> ExitCode {
    triad_expression::run(std::env::args_os()).unwrap_or(ExitCode::FAILURE)
}

//! A guard by itself, for tests that start an engine within their own process.

use std::process::ExitCode;

fn main() -> ExitCode {
    triad_perform::guard::run(std::env::args_os()).unwrap_or(ExitCode::FAILURE)
}

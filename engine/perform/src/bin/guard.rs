//! What a server is to itself, by itself: guard, evaluator and verifier, for tests that start an engine within their own process.

use std::process::ExitCode;

fn main() -> ExitCode {
    let evaluated = triad_expression::run(std::env::args_os());
    let verified = || triad_verification::run(std::env::args_os());
    let guarded = || triad_perform::guard::run(std::env::args_os());
    evaluated.or_else(verified).or_else(guarded).unwrap_or(ExitCode::FAILURE)
}

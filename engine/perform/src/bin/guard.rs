//! What a server is to itself, by itself: guard and evaluator, for tests that start an engine within their own process.

use std::process::ExitCode;

fn main() -> ExitCode {
    let evaluated = triad_expression::run(std::env::args_os());
    evaluated.or_else(|| triad_perform::guard::run(std::env::args_os())).unwrap_or(ExitCode::FAILURE)
}

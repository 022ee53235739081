//! The `triad` binary: the composition root and the command line; a server starts it again as the guard of each process.
//!
//! Exit codes: 0 done; 1 refused, or the log does not verify; 2 wrong usage; 3 the machine failed (disk, permissions, standard
//! output); 4 the server does not know who asks, or they may not; 5 there is no such workflow; 6 the workflow that was waited for
//! did not complete; 7 it did not end in time; 130 interrupted by Ctrl-C; 141 whoever read the output left.

mod access;
mod channel;
mod cli;
mod client;
mod clock;
mod entropy;
mod environment;
mod failure;
mod feed;
mod http;
mod inclusion;
mod key;
mod log;
mod mask;
mod messages;
mod open_log;
mod options;
mod outgoing;
mod output;
mod prompt;
mod recorded;
mod resource;
mod serve;
mod signals;
mod signing;
mod tls;
mod unlock;
mod vault_root;
mod whole_file;
mod wire;

#[cfg(test)]
mod tests;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(guarded) = triad_perform::guard::run(std::env::args_os()) {
        return guarded;
    }
    if let Some(evaluated) = triad_expression::run(std::env::args_os()) {
        return evaluated;
    }
    if let Some(verified) = triad_verification::run(std::env::args_os()) {
        return verified;
    }
    signals::let_writes_fail();
    let (output, done) = cli::run();
    let code = match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    };
    messages::end();
    code
}

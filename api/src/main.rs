//! The `triad` binary: the composition root and the command line.
//!
//! Exit codes: 0 done; 1 refused, or the log does not verify; 2 wrong usage; 3 the machine failed (disk,
//! permissions).

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
mod open_log;
mod output;
mod prompt;
mod recorded;
mod serve;
mod signing;
mod unlock;
mod vault_root;
mod whole_file;
mod wire;

#[cfg(test)]
mod tests;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    let output = output::Output::new(arguments.output);
    let done = match arguments.noun {
        cli::Noun::Dev { at, listen, keep, unlock } => {
            let unlocking = unlock::Unlocking::new(&unlock);
            listen.checked().and_then(|listen| serve::dev(&at.dir, listen, &keep, &unlocking, &output))
        }
        cli::Noun::Serve { at, listen, unlock } => {
            let unlocking = unlock::Unlocking::new(&unlock);
            listen.checked().and_then(|listen| serve::serve(&at.dir, listen, &unlocking, &output))
        }
        cli::Noun::Workflow(verb) => client::run(verb, &output),
        cli::Noun::Subject(verb) => client::subject::run(verb, &output),
        cli::Noun::Setting(verb) => client::setting::run(verb, &output),
        cli::Noun::Receipt(verb) => client::receipt(verb, &output),
        cli::Noun::Log(verb) => log::run(verb, &output),
        cli::Noun::Key(verb) => key::run(verb, &output),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure);
            failure.exit_code()
        }
    }
}

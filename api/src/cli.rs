//! The command line: nouns, options, and the examples that `--help` shows. Nouns that ask a running server come from the
//! resource table.

use crate::clock;
use crate::failure::Failure;
use crate::key::{self, KeyVerb};
use crate::log::{self, LogVerb};
use crate::mask::OwnersAlone;
use crate::messages;
use crate::options::{Directory, KeepOptions, UnlockOptions};
use crate::output::{Format, Output};
use crate::resource::RESOURCES;
use crate::resource::help::help;
use crate::resource::noun::Noun;
use crate::resource::workflow::{self, SubmitOptions};
use crate::serve::{self, Listen, ListenOptions};
use crate::unlock::Unlocking;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

/// Runs AI and compute workflows for people who must later prove what ran.
#[derive(Debug, Parser)]
#[command(
    name = "triad",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "Examples:\n  triad dev                                    (a server to try things on)\n  triad run nightly.yaml                       (in another terminal)\n\nExit codes:\n  0    done\n  1    refused, or the log does not verify\n  2    wrong usage\n  3    the machine failed, or the result could not be written\n  4    the server does not know who asks, or they may not\n  5    there is no such workflow, bulk action or schedule\n  6    the workflow that was waited for did not complete, or a bulk action was not done to all\n  7    it did not end in time\n  130  interrupted by Ctrl-C; a workflow that was followed goes on\n  141  whoever read the result left"
)]
struct Arguments {
    /// How results are printed; messages and progress go to standard error either way.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text)]
    output: Format,
    #[command(subcommand)]
    noun: LocalNoun,
}

/// Before everything else in `triad --help`.
const FIRST: usize = 0;
/// Behind the nouns of the resource table in `triad --help`.
const LAST: usize = 1000;

/// What is no noun of the resource table.
#[derive(Debug, Subcommand)]
enum LocalNoun {
    /// Make a log if there is none, serve it, and say what to do next.
    #[command(
        after_help = "Examples:\n  triad dev\n  triad dev --dir /tmp/try --listen 127.0.0.1:9000\n  triad dev --protection tpm    (a new log whose key this machine's TPM keeps)\n\nThen, in another terminal: triad workflow submit FILE --watch"
    )]
    Dev {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        listen: ListenOptions,
        #[command(flatten)]
        keep: KeepOptions,
        #[command(flatten)]
        unlock: UnlockOptions,
    },
    /// Submit a workflow to a running server and follow it to its end, whose exit code is that of the command.
    #[command(
        display_order = FIRST,
        after_help = "Examples:\n  triad run nightly.yaml\n  triad run words.json --in .     (relative paths begin here)\n\nCtrl-C leaves the workflow running. Exit code 6 when it did not complete."
    )]
    Run(SubmitOptions),
    /// Serve a log: run its workflows and answer over HTTP.
    #[command(after_help = help(RESOURCES))]
    Serve {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        listen: ListenOptions,
        /// Serve everything and perform nothing, neither what an earlier server left open nor anything new, until the engine is
        /// resumed by `triad engine resume`.
        #[arg(long)]
        paused: bool,
        #[command(flatten)]
        unlock: UnlockOptions,
    },
    /// The tamper-evident log: create, append, verify, copy, prove, repair.
    #[command(
        subcommand,
        display_order = LAST,
        after_help = "Examples:\n  triad log init\n  triad log verify copy.triadlog --key \"$(cat log.vkey)\""
    )]
    Log(LogVerb),
    /// The keys that sign a log: make a recovery key, show, rotate, recover.
    #[command(subcommand, display_order = LAST, after_help = "Examples:\n  triad key show\n  triad key rotate --protection tpm")]
    Key(KeyVerb),
}

fn nouns() -> impl Iterator<Item = &'static Noun> {
    RESOURCES.iter().filter_map(|resource| resource.noun.as_ref())
}

fn command() -> clap::Command {
    nouns().map(Noun::command).fold(Arguments::command(), clap::Command::subcommand)
}

/// Does what the command line asks, and says how it is to be printed.
pub(crate) fn run() -> (Output, Result<(), Failure>) {
    let matches = match command().try_get_matches() {
        Ok(matches) => matches,
        Err(said) => return (Output::new(Format::Text), answer(&said)),
    };
    let format = matches.get_one("output").copied().unwrap_or(Format::Text);
    let output = Output::new(format);
    let asked = matches.subcommand();
    let remote = asked.and_then(|(name, of)| Some((nouns().find(|noun| noun.name == name)?, of)));
    let done = match remote {
        Some((noun, of)) => noun.run(of, &output),
        None => run_local(&matches, &output),
    };
    (output, done)
}

/// Help and the version are results like any other; what is wrong is told as the command line tells it.
fn answer(said: &clap::Error) -> Result<(), Failure> {
    if said.use_stderr() {
        let _nobody_reads = said.print().is_err();
        return Err(Failure::usage_told());
    }
    said.print().map_err(Failure::output)
}

/// Whether what comes of it is for others, and so as the mask has it with which this process was started.
fn is_handed_out(noun: &LocalNoun) -> bool {
    matches!(noun, LocalNoun::Run(_) | LocalNoun::Log(LogVerb::Copy { .. } | LogVerb::Tiles { .. }))
}

fn run_local(matches: &ArgMatches, output: &Output) -> Result<(), Failure> {
    let noun = Arguments::from_arg_matches(matches).map_err(Failure::usage)?.noun;
    // Only what works on a log needs a clock that records can bear.
    if !matches!(noun, LocalNoun::Run(_)) {
        clock::check()?;
    }
    match &noun {
        LocalNoun::Dev { .. } | LocalNoun::Serve { .. } => messages::begin_serving(),
        LocalNoun::Log(_) | LocalNoun::Key(_) | LocalNoun::Run(_) => messages::begin(),
    }
    let _mask = (!is_handed_out(&noun)).then(OwnersAlone::begin);
    let done = match noun {
        LocalNoun::Dev { at, listen, keep, unlock } => {
            serve::dev(&at.dir, listen.checked()?, &keep, &Unlocking::new(&unlock), output)
        }
        LocalNoun::Serve { at, listen, paused, unlock } => {
            let listen = Listen { is_paused: paused, ..listen.checked()? };
            serve::serve(&at.dir, listen, &Unlocking::new(&unlock), output)
        }
        LocalNoun::Run(what) => workflow::run(what, output),
        LocalNoun::Log(verb) => log::run(verb, output),
        LocalNoun::Key(verb) => key::run(verb, output),
    };
    done.inspect_err(|_| clock::suspected().iter().for_each(|why| output.note(why)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What clap itself only looks at in programs that are not optimised: of two arguments with one id the second is not there.
    fn look_at(command: &clap::Command, path: &str) {
        let mut ids: BTreeSet<&str> = ["help", "version"].into();
        for argument in command.get_arguments() {
            assert!(ids.insert(argument.get_id().as_str()), "{path}: {} is there twice", argument.get_id());
        }
        command.get_subcommands().for_each(|inner| look_at(inner, &format!("{path} {}", inner.get_name())));
    }

    #[test]
    fn no_command_has_two_arguments_of_one_id() {
        look_at(&command(), "triad");
    }
}

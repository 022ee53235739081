//! A noun of the command line that asks a running server.

use crate::failure::Failure;
use crate::output::Output;
use clap::{ArgMatches, Command, Subcommand};

/// What can be asked under a noun: one variant a verb.
pub(crate) trait Verb: Subcommand {
    /// Asks it.
    fn run(self, output: &Output) -> Result<(), Failure>;
}

/// A noun of the command line.
pub(crate) struct Noun {
    pub(crate) name: &'static str,
    verbs: fn(Command) -> Command,
    run: fn(&ArgMatches, &Output) -> Result<(), Failure>,
}

impl Noun {
    /// The noun under which these verbs stand.
    pub(crate) const fn of<V: Verb>(name: &'static str) -> Self {
        Self { name, verbs: V::augment_subcommands, run: run::<V> }
    }

    /// As the command line is to know it.
    pub(crate) fn command(&self) -> Command {
        let command = Command::new(self.name).subcommand_required(true).arg_required_else_help(true);
        (self.verbs)(command)
    }

    /// Asks what was read from the command line.
    pub(crate) fn run(&self, matches: &ArgMatches, output: &Output) -> Result<(), Failure> {
        (self.run)(matches, output)
    }
}

fn run<V: Verb>(matches: &ArgMatches, output: &Output) -> Result<(), Failure> {
    V::from_arg_matches(matches).map_err(Failure::usage)?.run(output)
}

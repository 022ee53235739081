//! `triad log`: one file per verb.

mod append;
mod copy;
mod head;
mod init;
mod prove;
pub(crate) mod ranges;
mod remote;
mod repair;
mod show;
mod tiles;
mod verify;

pub(crate) use init::create;

use crate::cli::LogVerb;
use crate::failure::Failure;
use crate::output::Output;

/// Runs one verb.
pub(crate) fn run(verb: LogVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        LogVerb::Init { at, recovery_key } => init::run(&at.dir, recovery_key, output),
        LogVerb::Append { at, texts } => append::run(&at.dir, &texts, output),
        LogVerb::Head { at, of, note, key } => match of.server {
            Some(server) => remote::head(&server, note, key, output),
            None => head::run(&at.dir, note, key, output),
        },
        LogVerb::Show { path, from, limit } => show::run(&path, from, limit, output),
        LogVerb::Verify { path, of, key, checkpoint } => match of.server {
            Some(server) => remote::verify(&server, key.as_deref(), &checkpoint, output),
            None => verify::run(&path, key.as_deref(), &checkpoint, output),
        },
        LogVerb::Copy { at, of, file, redact } => match of.server {
            Some(server) => remote::copy(&server, &file, redact.as_ref(), output),
            None => copy::run(&at.dir, &file, redact.as_ref(), output),
        },
        LogVerb::Prove { at, sequence } => prove::inclusion(&at.dir, sequence, output),
        LogVerb::Extend { at, checkpoint } => prove::extension(&at.dir, &checkpoint, output),
        LogVerb::Check { proof, key, since } => prove::check(&proof, &key, since.as_deref(), output),
        LogVerb::Tiles { at, target } => tiles::run(&at.dir, &target, output),
        LogVerb::Repair { at, accept_loss, reason } => repair::run(&at.dir, accept_loss, reason, output),
    }
}

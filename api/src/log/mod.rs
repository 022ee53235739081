//! `triad log`: one file per verb.

mod adopt;
mod append;
mod copy;
mod head;
mod init;
mod lines;
mod prove;
mod ranges;
mod remote;
mod repair;
mod show;
mod tiles;
mod verb;
mod verify;

pub(crate) use init::create;
pub(crate) use verb::LogVerb;

use crate::failure::Failure;
use crate::output::Output;
use crate::unlock::Unlocking;
use head::Part;

pub(crate) fn run(verb: LogVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        LogVerb::Init { at, recovery_key, keep, unlock } => {
            init::run(&at.dir, recovery_key, &keep, &Unlocking::new(&unlock), output)
        }
        LogVerb::Append { at, unlock, texts } => {
            append::run(&at.dir, &Unlocking::new(&unlock), &texts, output)
        }
        LogVerb::Head { at, of, unlock, note, statement, key } => {
            let part = Part::of(note, statement, key);
            match of.server() {
                Some(server) => remote::head(&server, part, output),
                None => head::run(&at.dir, part, &Unlocking::new(&unlock), output),
            }
        }
        LogVerb::Show { path, from, limit } => show::run(&path, from, limit, output),
        LogVerb::Verify { path, of, key, checkpoint } => match of.server() {
            Some(server) => remote::verify(&server, key.as_deref(), &checkpoint, output),
            None => verify::run(&path, key.as_deref(), &checkpoint, output),
        },
        LogVerb::Copy { at, of, unlock, file, redact } => match of.server() {
            Some(server) => remote::copy(&server, &file, redact.as_ref(), output),
            None => copy::run(&at.dir, &Unlocking::new(&unlock), &file, redact.as_ref(), output),
        },
        LogVerb::Prove { at, sequence } => prove::inclusion(&at.dir, sequence, output),
        LogVerb::Extend { at, checkpoint } => prove::extension(&at.dir, &checkpoint, output),
        LogVerb::Check { proof, key, since } => prove::check(&proof, &key, since.as_deref(), output),
        LogVerb::Tiles { at, target } => tiles::run(&at.dir, &target, output),
        LogVerb::Adopt { at, unlock, why } => {
            adopt::run(&at.dir, &Unlocking::new(&unlock), &why.reason, output)
        }
        LogVerb::Repair { at, unlock, accept_loss, reason } => {
            repair::run(&at.dir, &Unlocking::new(&unlock), accept_loss, reason, output)
        }
    }
}

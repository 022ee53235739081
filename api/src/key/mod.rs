//! `triad key`: one file per verb, and the step that rotation and recovery share.

mod epoch;
mod init;
mod recover;
mod rotate;
mod show;
mod verb;

pub(crate) use epoch::recorded_protection;
pub(crate) use verb::KeyVerb;

use crate::failure::Failure;
use crate::output::Output;

pub(crate) fn run(verb: KeyVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        KeyVerb::Init { file, keep, unlock } => init::run(&file, &keep, &unlock, output),
        KeyVerb::Show { at } => show::run(&at.dir, output),
        KeyVerb::Rotate { at, keep, unlock, new_passphrase_file } => {
            rotate::run(&at.dir, &keep, &unlock, new_passphrase_file.as_deref(), output)
        }
        KeyVerb::Recover { at, recovery_key, keep, unlock, new_passphrase_file } => {
            let new = epoch::New { keep: &keep, passphrase_file: new_passphrase_file.as_deref() };
            recover::run(&at.dir, &recovery_key, &new, &unlock, output)
        }
    }
}

//! `triad key rotate`

use super::epoch::{self, New, Word};
use crate::failure::Failure;
use crate::options::{KeepOptions, UnlockOptions};
use crate::output::Output;
use crate::signing;
use crate::unlock::Unlocking;
use std::path::Path;
use triad_log::directory::LogDirectory;
use triad_proof::key::Authority;

pub(super) fn run(
    directory: &Path,
    keep: &KeepOptions,
    unlock: &UnlockOptions,
    passphrase_file: Option<&Path>,
    output: &Output,
) -> Result<(), Failure> {
    let opened = LogDirectory::open(directory)?;
    opened.check_place()?;
    let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
    let unlocking = Unlocking::new(unlock);
    let before = signing::open(directory, &head, &unlocking)?;
    let new = New { keep, passphrase_file };
    let word = Word { authority: Authority::Rotation, sign: &|text| before.sign(text) };
    let statement = epoch::begin(opened, &head, &new, &word, &unlocking)?;
    if let Some(hardware) = before.hardware().filter(|_| !statement.protection.is_hardware())
        && let Err(error) = hardware.clone().retire()
    {
        output.note(&format!("the TPM keeps a counter that is no longer used: {error}"));
    }
    epoch::show(&statement, output)
}

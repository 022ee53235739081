//! `triad key recover`

use super::epoch::{self, New, Word};
use crate::failure::Failure;
use crate::options::UnlockOptions;
use crate::output::{Output, hex};
use crate::unlock::Unlocking;
use ed25519_dalek::Signer;
use std::path::Path;
use triad_keys::{LogKey, SecretFile};
use triad_log::directory::LogDirectory;
use triad_proof::key::Authority;

pub(super) fn run(
    directory: &Path,
    recovery_key: &Path,
    new: &New<'_>,
    unlock: &UnlockOptions,
    output: &Output,
) -> Result<(), Failure> {
    let opened = LogDirectory::open(directory)?;
    opened.check_place()?;
    let head = opened.head.clone().ok_or_else(|| Failure::refused("the log has no first record"))?;
    let Some(named) = head.statement.recovery_key else {
        return Err(Failure::refused(
            "the log named no recovery key when it was created, so none can bring it on",
        ));
    };
    let unlocking = Unlocking::new(unlock);
    let file = SecretFile::read(recovery_key).map_err(Failure::refused)?;
    if *file.label() != named {
        return Err(Failure::refused(format!(
            "{} is not the recovery key of this log: the log names {}, the file holds {}",
            recovery_key.display(),
            hex(&named),
            hex(file.label())
        )));
    }
    // Its passphrase is another one than that of the log's own files.
    let recovery = Unlocking::new(unlock).with(|unlock| LogKey::signing_key(&file, unlock))?;
    let word = Word { authority: Authority::Recovery, sign: &|text| recovery.sign(text).to_bytes() };
    let statement = epoch::begin(opened, &head, new, &word, &unlocking)?;
    epoch::show(&statement, output)
}

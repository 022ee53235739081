//! A new epoch: a new key is durable, then the block that names it, then it takes over.

use crate::failure::Failure;
use crate::open_log::OpenLog;
use crate::options::KeepOptions;
use crate::output::{Output, hex};
use crate::unlock::Unlocking;
use crate::vault_root;
use std::path::Path;
use std::sync::Arc;
use triad_event::log::{self, KeyAuthority, KeyProtection};
use triad_keys::{Keeping, LogKey};
use triad_log::Opened;
use triad_log::directory::OpenedHead;
use triad_proof::KeyStatement;
use triad_proof::key::{Authority, Protection};

/// How the new key is to be kept.
pub(super) struct New<'a> {
    pub(super) keep: &'a KeepOptions,
    pub(super) passphrase_file: Option<&'a Path>,
}

/// Who vouches for the new key.
pub(super) struct Word<'a> {
    pub(super) authority: Authority,
    pub(super) sign: &'a dyn Fn(&[u8]) -> [u8; 64],
}

/// Begins the epoch. Whatever interrupts this, the next opening knows from the log which key is in force.
pub(super) fn begin(
    opened: Opened,
    head: &OpenedHead,
    new: &New<'_>,
    word: &Word<'_>,
    unlocking: &Unlocking,
) -> Result<KeyStatement, Failure> {
    crate::signing::keep_out_of_dumps();
    let directory = opened.path().to_owned();
    let key = unlocking.keep_next(new.keep, new.passphrase_file, |keeping| {
        let key = LogKey::create_next(&directory, &head.log_id, keeping)?;
        keep_root(&directory, head, word, (&key, keeping), unlocking)?;
        Ok(key)
    })?;
    let next = head.last_sequence + 1;
    let statement = key.succeed(&head.log_id, &head.statement, next, word.authority, word.sign);
    let dropped = opened.dropped;
    let place = (head.log_id, head.node, statement.epoch);
    let mut log = OpenLog::start(opened, place, Some(statement.clone()), Arc::new(key))?;
    log.append_group(&[began(&statement).into()])?;
    log.record_dropped(dropped)?;
    log.close()?;
    triad_keys::take_over(&directory)?;
    vault_root::take_over(&directory)?;
    Ok(statement)
}

/// The root of the vault follows the signing key. A recovery goes on without it: what kept it may be what was lost, and the
/// log is worth more than its content.
fn keep_root(
    directory: &Path,
    head: &OpenedHead,
    word: &Word<'_>,
    (key, keeping): (&LogKey, Keeping<'_>),
    unlocking: &Unlocking,
) -> Result<(), Failure> {
    let before = &head.statement.verifying_key;
    match vault_root::keep_next(directory, before, key.verifying_key(), keeping, unlocking) {
        Err(failure) if word.authority == Authority::Recovery => {
            let why = failure.chain().join(": ");
            tracing::warn!("the root of the vault stays as it was kept before: {why}");
            Ok(())
        }
        kept => kept,
    }
}

fn began(statement: &KeyStatement) -> log::KeyEpochBegan {
    log::KeyEpochBegan {
        epoch: statement.epoch,
        key_protection: recorded_protection(statement.protection),
        verifying_key: statement.verifying_key,
        authority: match statement.authority {
            Authority::Rotation => KeyAuthority::Rotation,
            Authority::Recovery => KeyAuthority::Recovery,
            Authority::Genesis => unreachable!("invariant: a later epoch is not a genesis"),
        },
    }
}

/// The same words in the vocabulary of events.
pub(crate) fn recorded_protection(protection: Protection) -> KeyProtection {
    KeyProtection::from_number(protection as u8).expect("invariant: both lists have the same numbers")
}

pub(super) fn show(statement: &KeyStatement, output: &Output) -> Result<(), Failure> {
    let (epoch, protection, key) =
        (statement.epoch, statement.protection.describe(), hex(&statement.verifying_key));
    let recovered = statement.authority == Authority::Recovery;
    let text = || {
        let word = if recovered { "the recovery key; the log says so for ever" } else { "the key before" };
        format!("key epoch   {epoch} ({protection})\nkey         {key}\nvouched for by {word}")
    };
    let document = || {
        serde_json::json!({
            "key_epoch": epoch, "key_protection": protection, "verifying_key": key, "recovered": recovered,
            "first_sequence": statement.first_sequence,
        })
    };
    output.result(text, document)
}

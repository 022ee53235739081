//! The key of a log that this process has open.

use crate::failure::Failure;
use crate::unlock::Unlocking;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use std::path::Path;
use std::sync::Arc;
use triad_keys::{Expected, KeyError, LogKey};
use triad_log::directory::OpenedHead;
use triad_log::writer::Sign;
use triad_proof::protection_note::ProtectionNote;

/// Opens the key that the log names, and whatever its hardware says against it is a refusal.
pub(crate) fn open(
    directory: &Path,
    head: &OpenedHead,
    unlocking: &Unlocking,
) -> Result<Arc<LogKey>, Failure> {
    keep_out_of_dumps();
    let expected = Expected { log_id: &head.log_id, statement: &head.statement, nv_counter: head.nv_counter };
    Ok(Arc::new(unlocking.with(|unlock| LogKey::open(directory, expected, unlock))?))
}

/// The closure that the log's writer signs with.
pub(crate) fn signer(key: Arc<LogKey>) -> Sign {
    Box::new(move |text| key.sign(text))
}

/// The signed statement of how the key is kept, for the newest checkpoint.
pub(crate) fn protection_note(key: &LogKey, head: &OpenedHead) -> String {
    let stated = ProtectionNote {
        checkpoint: head.checkpoint.clone(),
        key_epoch: head.statement.epoch,
        protection: head.statement.protection,
        nv_counter: head.nv_counter,
    };
    stated.sign(&head.epochs, |text| key.sign(text))
}

/// The seed is in memory from here on: a crash must not write it to a disk. Where the system does not allow this the
/// program works all the same.
pub(crate) fn keep_out_of_dumps() {
    let _not_allowed = set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err();
}

impl From<KeyError> for Failure {
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not known to be of the machine is refused")]
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Io { .. } => Self::machine(error),
            _ => Self::refused(error),
        }
    }
}

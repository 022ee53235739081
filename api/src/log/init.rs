//! `triad log init`

use super::adopt::recorded_place;
use crate::failure::Failure;
use crate::key::recorded_protection;
use crate::open_log::OpenLog;
use crate::options::KeepOptions;
use crate::output::{Output, hex};
use crate::unlock::Unlocking;
use crate::{signing, vault_root};
use std::path::Path;
use std::sync::Arc;
use triad_event::governance::Setting;
use triad_event::ids::{LogId, NodeId};
use triad_event::{Event, log};
use triad_keys::{Keeping, LogKey};
use triad_log::directory::LogDirectory;
use triad_log::place::{self, Place};
use triad_proof::KeyStatement;
use triad_proof::key::Protection;
use triad_proof::note::Verifier;

/// A log that was just made.
pub(crate) struct Created {
    log_id: [u8; 16],
    /// What others verify the log with.
    pub(crate) verifier: Verifier,
    protection: Protection,
}

pub(crate) fn run(
    directory: &Path,
    recovery_key: Option<[u8; 32]>,
    keep: &KeepOptions,
    unlocking: &Unlocking,
    output: &Output,
) -> Result<(), Failure> {
    let Created { log_id, verifier, protection } = create(directory, recovery_key, keep, unlocking)?;
    let text = || {
        format!(
            "log        {}\ndirectory  {}\nsigned by  {}\n\nKeep this verifying key elsewhere; others verify the log with it:\n{verifier}",
            hex(&log_id),
            directory.display(),
            protection.describe(),
        )
    };
    let document = || {
        serde_json::json!({
            "log_id": hex(&log_id),
            "directory": directory,
            "verifying_key": verifier.to_string(),
            "key_protection": protection.describe(),
        })
    };
    output.result(text, document)
}

/// Makes a log: its directory, its key, and its first records.
pub(crate) fn create(
    directory: &Path,
    recovery_key: Option<[u8; 32]>,
    keep: &KeepOptions,
    unlocking: &Unlocking,
) -> Result<Created, Failure> {
    // What protects the key is there before anything is made that it protects.
    unlocking.keep_first(keep, |keeping| create_under(directory, recovery_key, keeping))
}

fn create_under(
    directory: &Path,
    recovery_key: Option<[u8; 32]>,
    keeping: Keeping<'_>,
) -> Result<Created, Failure> {
    signing::keep_out_of_dumps();
    let opened = LogDirectory::create(directory)?;
    let (log_id, node) = (crate::entropy::id(), crate::entropy::id());
    let key = LogKey::create(directory, &log_id, keeping)?;
    let statement = key.genesis(&log_id, recovery_key);
    let verifier = triad_proof::checkpoint::verifier(&log_id, statement.verifying_key);
    drop(vault_root::create(directory, &log_id, statement.verifying_key, keeping, opened.reader())?);
    let place = place::claim(directory).map_err(Failure::file("failed to claim", directory))?;
    let first = created(&statement, log_id, node, place);
    let mut log = OpenLog::start(opened, (log_id, node, 0), Some(statement.clone()), Arc::new(key))?;
    log.attach(place::KEY, &place.id);
    log.append_group(&[first])?;
    // So that no decision ever depends on a default of the program that replays it.
    for setting in Setting::initial() {
        log.append_group(&[setting.into()])?;
    }
    log.close()?;
    Ok(Created { log_id, verifier, protection: statement.protection })
}

fn created(statement: &KeyStatement, log_id: [u8; 16], node: [u8; 16], place: Place) -> Event {
    log::Created {
        log_id: LogId(log_id),
        node: NodeId(node),
        key_protection: recorded_protection(statement.protection),
        verifying_key: statement.verifying_key,
        recovery_key: statement.recovery_key,
        build_digest: [0; 32],
        place: recorded_place(place),
    }
    .into()
}

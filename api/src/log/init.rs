//! `triad log init`

use crate::failure::Failure;
use crate::key_file;
use crate::open_log::OpenLog;
use crate::output::{Output, hex};
use ed25519_dalek::{Signer, SigningKey};
use std::path::Path;
use triad_event::governance::Setting;
use triad_event::ids::{LogId, NodeId};
use triad_event::{Event, log};
use triad_log::directory::LogDirectory;
use triad_proof::KeyStatement;
use triad_proof::key::{Authority, Protection};
use triad_proof::note::Verifier;

/// A log that was just made.
pub(crate) struct Created {
    log_id: [u8; 16],
    /// What others verify the log with.
    pub(crate) verifier: Verifier,
    protection: Protection,
}

pub(crate) fn run(directory: &Path, recovery_key: Option<[u8; 32]>, output: &Output) -> Result<(), Failure> {
    let Created { log_id, verifier, protection } = create(directory, recovery_key)?;
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
    output.result(text, document);
    Ok(())
}

/// Makes a log: its directory, its key, and its first records.
pub(crate) fn create(directory: &Path, recovery_key: Option<[u8; 32]>) -> Result<Created, Failure> {
    let opened = LogDirectory::create(directory)?;
    let key = key_file::create(directory).map_err(Failure::machine)?;
    let (log_id, node) = (crate::entropy::id(), crate::entropy::id());
    let statement = genesis(&log_id, &key, recovery_key);
    let verifier = triad_proof::checkpoint::verifier(&log_id, statement.verifying_key);
    let first = created(&statement, log_id, node);
    let mut log = OpenLog::start(opened, (log_id, node, 0), Some(statement.clone()), key)?;
    log.append_group(&[first])?;
    // So that no decision ever depends on a default of the program that replays it.
    for setting in Setting::initial() {
        log.append_group(&[setting.into()])?;
    }
    log.close()?;
    Ok(Created { log_id, verifier, protection: statement.protection })
}

fn genesis(log_id: &[u8; 16], key: &SigningKey, recovery_key: Option<[u8; 32]>) -> KeyStatement {
    let mut statement = KeyStatement {
        epoch: 0,
        protection: Protection::SoftwareFile,
        authority: Authority::Genesis,
        first_sequence: 0,
        nv_counter: 0,
        verifying_key: key.verifying_key().to_bytes(),
        recovery_key,
        possession: [0; 64],
        authorisation: [0; 64],
    };
    statement.possession = key.sign(&statement.signed_bytes(log_id)).to_bytes();
    statement
}

fn created(statement: &KeyStatement, log_id: [u8; 16], node: [u8; 16]) -> Event {
    log::Created {
        log_id: LogId(log_id),
        node: NodeId(node),
        key_protection: log::KeyProtection::SoftwareFile,
        verifying_key: statement.verifying_key,
        recovery_key: statement.recovery_key,
        build_digest: [0; 32],
    }
    .into()
}

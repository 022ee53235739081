//! `triad key init`

use crate::failure::Failure;
use crate::options::{KeepOptions, Protection, UnlockOptions};
use crate::output::{Output, hex};
use crate::unlock::Unlocking;
use ed25519_dalek::SigningKey;
use std::path::Path;
use triad_keys::{Secret, SecretFile, TpmError};

pub(super) fn run(
    file: &Path,
    keep: &KeepOptions,
    unlock: &UnlockOptions,
    output: &Output,
) -> Result<(), Failure> {
    if keep.protection == Protection::Tpm {
        return Err(Failure::usage(
            "a recovery key is for the day on which this machine's TPM is gone: keep it in a file, best --protection passphrase",
        ));
    }
    crate::signing::keep_out_of_dumps();
    let unlocking = Unlocking::new(unlock);
    let key = SigningKey::from_bytes(&triad_keys::fresh_secret());
    let (label, secret) = (key.verifying_key().to_bytes(), Secret::new(key.to_bytes()));
    let form = unlocking.keep_first(keep, |keeping| {
        SecretFile::create(file, label, &secret, keeping).map_err(Failure::refused)?;
        Ok(SecretFile::read(file).map_err(Failure::refused)?.form())
    })?;
    let here = what_is_here(&unlocking);
    let text = || {
        format!(
            "recovery key   {} ({})\nverifying key  {key}\nthis host      {here}\n\nKeep the file offline. A log that may be recovered with it:\n  triad log init --recovery-key {key}",
            file.display(),
            form.describe(),
            key = hex(&label),
        )
    };
    let document = || {
        serde_json::json!({
            "file": file, "kept_in": form.describe(), "verifying_key": hex(&label), "this_host": here,
        })
    };
    output.result(text, document)
}

/// What `triad log init --protection tpm` would find.
fn what_is_here(unlocking: &Unlocking) -> String {
    match unlocking.tpm() {
        Ok(tpm) => {
            let identity = tpm.identity();
            format!(
                "has a TPM that says {} {}: {}",
                identity.manufacturer,
                identity.vendor,
                identity.protection.describe()
            )
        }
        Err(error @ (TpmError::NotBuilt | TpmError::Absent(_))) => format!("no TPM: {error}"),
        Err(error) => format!("a TPM that cannot be used: {error}"),
    }
}

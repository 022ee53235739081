//! The program, run on a log in a temporary directory.

use serde_json::Value;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use triad_proof::Break;
use triad_proof::note::Verifier;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::{Report, Trust};
use triad_replay::attested::{self, Attestations, seen};

/// A directory for a log and for files beside it.
pub(crate) struct Log {
    directory: TempDir,
    /// The TPM that the program is told.
    pub(crate) tpm: String,
    /// What `TRIAD_PASSPHRASE` says.
    pub(crate) passphrase: Option<&'static str>,
}

/// What a run said.
pub(crate) struct Said(pub(crate) Output);

impl Said {
    /// The result of a run that did what was asked.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        let errors = String::from_utf8_lossy(&self.0.stderr).into_owned();
        assert!(self.0.status.success(), "{:?}: {errors}", self.0.status);
        String::from_utf8(self.0.stdout).expect("text").trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.done()).expect("a document")
    }

    /// The message of a run that refused.
    #[track_caller]
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.0.status.code(), Some(1), "{}", String::from_utf8_lossy(&self.0.stdout));
        String::from_utf8(self.0.stderr).expect("text")
    }
}

impl Log {
    pub(crate) fn nowhere() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Self { directory, tpm: "device:/dev/no-such-tpm".to_owned(), passphrase: None }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    /// A file beside the log.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_triad"));
        command
            .args(arguments)
            .env("TRIAD_DIR", self.path())
            .env("TPM_DEVICE", &self.tpm)
            .stdin(Stdio::null());
        command.env_remove("TRIAD_PASSPHRASE").env_remove("TRIAD_NEW_PASSPHRASE");
        if let Some(passphrase) = self.passphrase {
            command.env("TRIAD_PASSPHRASE", passphrase);
        }
        command
    }

    /// Runs the program on the log.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said(self.command(arguments).output().expect("the program runs"))
    }

    /// The verifying key of genesis.
    pub(crate) fn genesis_key(&self) -> String {
        self.run(&["log", "head", "--key"]).done()
    }

    /// A copy of the log, as others get it.
    pub(crate) fn copy(&self, name: &str) -> PathBuf {
        let file = self.beside(name);
        self.run(&["log", "copy", text(&file)]).done();
        file
    }
}

/// Verifies a copy with a verifying key alone, and its attestations too.
pub(crate) fn verify(file: &Path, key: &str) -> Result<(Report, attested::Report), Break> {
    let genesis_key = Some(Verifier::parse(key).expect("a verifying key").key);
    let trust = Trust { genesis_key, checkpoints: Vec::new() };
    let mut attestations = Attestations::default();
    let file = std::fs::File::open(file).expect("opens");
    let report = verify_and_fold(file, trust, NonZero::<usize>::MIN, seen, |seen| {
        attestations.take(seen).expect("attestations hold");
    })?;
    Ok((report, attestations.finish()))
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path of ours is text")
}

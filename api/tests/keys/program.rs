//! The program, run on a log in a temporary directory.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
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
pub(crate) struct Said(Output);

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

    pub(crate) fn errors(&self) -> String {
        String::from_utf8_lossy(&self.0.stderr).into_owned()
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

    fn command(&self, arguments: &[&str]) -> Command {
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

    /// Copies the whole directory, as a backup or a thief does.
    pub(crate) fn back_up(&self, name: &str) -> PathBuf {
        let kept = self.beside(name);
        copy_directory(&self.path(), &kept);
        kept
    }

    /// Puts such a copy back.
    pub(crate) fn put_back(&self, kept: &Path) {
        std::fs::remove_dir_all(self.path()).expect("removes");
        copy_directory(kept, &self.path());
    }

    /// Serves the log on any port; the address comes with it.
    pub(crate) fn serve(&self) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        let mut process = command.stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut lines = BufReader::new(process.stderr.take().expect("piped")).lines();
        let url = lines.by_ref().find_map(|line| {
            let line = line.expect("text");
            line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        });
        // Somebody has to read what it says until it ends.
        std::thread::spawn(move || lines.count());
        Server { process, url: url.expect("it serves") }
    }
}

/// A server that runs.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Asks it to end, and waits.
    pub(crate) fn stop(mut self) {
        let process = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).expect("signals");
        assert!(self.process.wait().expect("ends").success());
    }

    /// Kills it.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("kills");
        self.process.wait().expect("ends");
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let mut answer = ureq::get(format!("{}{path}", self.url)).call().expect("answers");
        serde_json::from_str(&answer.body_mut().read_to_string().expect("text")).expect("a document")
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

/// What a reader finds about attestations who is shown only some of the blocks.
#[cfg(feature = "tpm")]
pub(crate) fn attestations(
    file: &Path,
    shown: impl Fn(u64) -> bool,
) -> Result<attested::Report, attested::Why> {
    let (mut attestations, mut number, mut first) = (Attestations::default(), 0, None);
    let file = std::fs::File::open(file).expect("opens");
    let fold = |seen| {
        let fails = if shown(number) { attestations.take(seen).err() } else { None };
        first = first.or(fails.map(|fails| fails.why));
        number += 1;
    };
    verify_and_fold(file, Trust::default(), NonZero::<usize>::MIN, seen, fold).expect("the log verifies");
    first.map_or_else(|| Ok(attestations.finish()), Err)
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("a path of ours is text")
}

fn copy_directory(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

//! What only tests with a TPM do with a log: kill its server, copy its directory and put it back, leave blocks out.

use crate::program::Log;
use crate::server::Server;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use triad_proof::parallel::verify_and_fold;
use triad_proof::verify::Trust;
use triad_replay::attested::{self, Attestations, seen};

impl Log {
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
}

impl Server {
    /// Kills it.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("kills");
        self.process.wait().expect("ends");
    }
}

/// What a reader finds about attestations who is shown only some of the blocks.
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

fn copy_directory(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status().expect("cp runs");
    assert!(copied.success());
}

//! For whom the files are that this program makes.

use rustix::fs::Mode;
use rustix::process::umask;

/// While this lives, what this process makes is for its owner alone, whatever mask it was started with: the files of a log's
/// directory, the database's among them, which chooses no mode of its own.
pub(crate) struct OwnersAlone {
    before: Mode,
}

impl OwnersAlone {
    pub(crate) fn begin() -> Self {
        Self { before: umask(Mode::RWXG | Mode::RWXO) }
    }
}

impl Drop for OwnersAlone {
    fn drop(&mut self) {
        umask(self.before);
    }
}

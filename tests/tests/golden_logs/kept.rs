//! Golden logs as they lie in the repository.

use crate::environment::root;
use fixtures::golden::GoldenLog;
use fixtures::sample_log::SampleLog;
use std::num::NonZero;
use std::path::PathBuf;
use triad_proof::checkpoint::verifier;

/// What verifies them here.
pub(crate) const THREADS: NonZero<usize> = NonZero::<usize>::new(2).expect("two is not zero");

/// The file of a golden log.
pub(crate) fn path(golden: &GoldenLog) -> PathBuf {
    root().join("fixtures/logs").join(golden.file_name)
}

/// The key that verifies a log, as its reader is given it.
pub(crate) fn vkey(log: &SampleLog) -> String {
    verifier(&log.log_id, log.verifying_key()).to_string()
}

//! The one door of the stories: however the records come in, readers see the same.

use std::path::Path;

use triad_event::ids::WorkflowId;
use triad_event::{Event, Recorded};

use super::history::{History, LOG};
use super::seen::{Seen, SeenRun};
use crate::{Host, Opening, Run, ViewError};

/// Checks what readers see of a history: its workflows, oldest first, as text.
pub(super) fn check(past: &History, expected: &str) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let at_once = fed(directory.path(), &past.records, Feed { at_once: usize::MAX, ..Feed::default() });
    let shown: Vec<String> = at_once.runs.iter().rev().map(SeenRun::show).collect();
    let shown = shown.join("");
    assert!(shown.trim() == expected.trim(), "readers see\n{shown}");
    assert_same_however_fed(&past.records, &at_once);
    assert_same_as_folds(&past.records, &at_once);
}

/// How records reach a host.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Feed {
    /// So many in one call.
    pub(super) at_once: usize,
    /// A checkpoint after so many calls; never when zero.
    pub(super) flush_every: usize,
    /// A restart after so many calls, without a checkpoint before; never when zero.
    pub(super) restart_every: usize,
}

/// The chain value of a record, as this log never had it.
pub(super) fn chain(sequence: u64) -> [u8; 32] {
    let mut chain = [5; 32];
    chain[..8].copy_from_slice(&sequence.to_le_bytes());
    chain
}

/// Opens the views of the log.
pub(super) fn open(directory: &Path) -> (Host, Opening) {
    Host::open(directory, LOG, |sequence| Some(chain(sequence))).expect("the views can be opened")
}

/// What readers see in the end.
pub(super) fn fed(directory: &Path, records: &[Recorded<Event>], feed: Feed) -> Seen {
    let (mut host, _) = open(directory);
    let every = |every: usize, call: usize| every > 0 && call.is_multiple_of(every);
    let mut call = 0;
    while let Some(rest) = records.get(host.next_sequence() as usize..).filter(|rest| !rest.is_empty()) {
        call += 1;
        let block = &rest[..feed.at_once.min(rest.len())];
        let last = block[block.len() - 1].sequence;
        drop(host.apply(block, chain(last)).expect("records in order are applied"));
        if every(feed.flush_every, call) {
            host.flush().expect("the views can be stored");
        }
        if every(feed.restart_every, call) {
            drop(host);
            let opened = open(directory);
            assert!(!matches!(opened.1, Opening::FromZero(_)), "{:?}", opened.1);
            host = opened.0;
        }
    }
    Seen::of(&host.views())
}

/// Checkpoints and restarts change nothing. A restart goes back to the checkpoint before it.
pub(super) fn assert_same_however_fed(records: &[Recorded<Event>], expected: &Seen) {
    for feed in [
        Feed { at_once: 1, flush_every: 1, restart_every: 0 },
        Feed { at_once: 3, flush_every: 2, restart_every: 0 },
        Feed { at_once: 4, flush_every: 1, restart_every: 3 },
        Feed { at_once: 2, flush_every: 2, restart_every: 5 },
    ] {
        let directory = tempfile::tempdir().expect("a directory can be made");
        let seen = fed(directory.path(), records, feed);
        assert_eq!(&seen, expected, "{feed:?}");
    }
}

/// The views of each workflow are the fold of its stream, wherever they are kept.
fn assert_same_as_folds(records: &[Recorded<Event>], expected: &Seen) {
    for run in &expected.runs {
        if run.graph.summary().fault.is_none() {
            let fold = folded(records, run.graph.summary().id, u64::MAX).expect("the workflow is there");
            assert_eq!(&SeenRun::of_fold(&fold), run);
        }
    }
}

/// A workflow as it was at a sequence.
pub(super) fn folded(records: &[Recorded<Event>], workflow: WorkflowId, sequence: u64) -> Option<Run> {
    let stream = records.iter().filter(|record| record.stream == workflow.into());
    Run::as_of::<_, ViewError>(stream.map(Ok), sequence).expect("the history follows the grammar")
}

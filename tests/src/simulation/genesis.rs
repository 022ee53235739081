//! The first block of a simulated log: that it was created, and the settings that it begins with.

use super::violation::{Violation, broken};
use fixtures::genesis;
use fixtures::twin_log::TwinLog;
use triad_event::governance::Setting;
use triad_event::{Event, Recorded};
use triad_log::LogRead;
use triad_log::twin::TwinReader;
use triad_perform::recover::recorded;
use triad_proof::Block;

/// Writes it.
pub(super) fn write(disk: &TwinReader, settings: &[(Setting, i64)]) {
    let mut log = TwinLog::on(disk.clone()).expect("invariant: an empty twin can be read");
    genesis::submit(&mut log.writer, settings);
    log.writer.storage_mut().drain();
}

/// Its records.
pub(super) fn read(disk: &TwinReader) -> Result<Vec<Recorded<Event>>, Box<Violation>> {
    let unreadable = |why: String| broken("invariant_the_disk_can_be_folded", why);
    let bytes =
        disk.last_block().map_err(|error| unreadable(error.to_string()))?.unwrap_or_else(|| [].into());
    let block = Block::decode(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let read = |record: Result<_, triad_proof::Break>| {
        let record = record.map_err(|error| unreadable(error.to_string()))?;
        recorded(&record).map_err(|error| unreadable(error.to_string()))
    };
    block.records().map(read).collect()
}

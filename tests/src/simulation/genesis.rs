//! The first block of a simulated log: that it was created, and the settings that it begins with.

use super::recovery::NODE;
use super::violation::{Violation, broken};
use ed25519_dalek::SigningKey;
use fixtures::sample_log::{FIRST_TIME_US, LOG_ID, SEED};
use fixtures::twin_log::TwinLog;
use triad_event::governance::Setting;
use triad_event::ids::LogId;
use triad_event::{ClockState, Event, Outcome, Recorded, Source, codec, log};
use triad_log::LogRead;
use triad_log::twin::TwinReader;
use triad_log::writer::Entry;
use triad_perform::recover::recorded;
use triad_proof::Block;

/// Writes it.
pub(super) fn write(disk: &TwinReader, settings: &[(Setting, i64)]) {
    let mut log = TwinLog::on(disk.clone()).expect("invariant: an empty twin can be read");
    for event in events(settings) {
        let mut payload = Vec::new();
        let (kind, kind_version) = codec::encode(&event, &mut payload);
        log.writer.begin_group();
        let entry = Entry {
            kind,
            kind_version,
            time_us: FIRST_TIME_US,
            clock_state: ClockState::Steady.number(),
            source: Source::Operator.number(),
            outcome: Outcome::None.number(),
            stream: [0; 16],
            principal: [0; 16],
            cause: None,
            payload,
        };
        log.writer.append(&entry).expect("invariant: an empty twin can be read");
    }
    log.writer.submit();
    log.writer.storage_mut().drain();
}

fn events(settings: &[(Setting, i64)]) -> impl Iterator<Item = Event> {
    let created = log::Created {
        log_id: LogId(LOG_ID),
        node: NODE,
        key_protection: log::KeyProtection::SoftwareFile,
        verifying_key: SigningKey::from_bytes(&SEED).verifying_key().to_bytes(),
        recovery_key: None,
        build_digest: [0; 32],
    };
    let initial = Setting::initial().map(|mut initial| {
        let changed = settings.iter().find(|(setting, _)| *setting == initial.asked.setting);
        initial.asked.value = changed.map_or(initial.asked.value, |(_, value)| *value);
        Event::from(initial)
    });
    std::iter::once(Event::from(created)).chain(initial)
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

//! Frames too long for a ring: rendered once however many wait for them, and never too many at once.
//!
//! A record of a definition may be megabytes of JSON. Those who watch one workflow share one copy of it, and all copies
//! together stay below a bound: whoever would exceed it waits until others have been sent, or were cut off because
//! their clients did not read.

use super::frame::Frame;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use triad_proof::record::Record;

/// Payloads from this length on are large: what is shorter fits a ring several times.
const LARGE_PAYLOAD_BYTES: u32 = 8 * 1024;
/// All large frames together, in units of a kilobyte: dozens of the largest.
const ROOM_KIB: usize = 256 * 1024;

/// The large frames that somebody is being sent.
#[derive(Clone)]
pub(super) struct LargeFrames {
    alive: Arc<Mutex<BTreeMap<u64, Weak<Rendered>>>>,
    room: Arc<Semaphore>,
}

struct Rendered {
    frame: Frame,
    _room: OwnedSemaphorePermit,
}

/// Keeps the room taken as long as anybody holds the bytes.
struct Shared(Arc<Rendered>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0.frame.bytes
    }
}

impl Rendered {
    fn shared(self: Arc<Self>) -> Frame {
        let Frame { sequence, is_last, .. } = self.frame;
        Frame { sequence, is_last, bytes: Bytes::from_owner(Shared(self)) }
    }
}

/// Whether a record is too long for a ring.
pub(super) fn is_large(record: &Record<'_>) -> bool {
    record.header.payload_length >= LARGE_PAYLOAD_BYTES
}

impl LargeFrames {
    pub(super) fn new() -> Self {
        Self { alive: Arc::default(), room: Arc::new(Semaphore::new(ROOM_KIB)) }
    }

    /// The frame of a large record; none when there is no room for it now.
    pub(super) fn frame(&self, record: &Record<'_>) -> Option<Frame> {
        let sequence = record.header.sequence;
        // Held while rendering, so that a thousand who come at once render it once.
        let mut alive = self.alive.lock().expect("invariant: no holder of this lock panics");
        if let Some(rendered) = alive.get(&sequence).and_then(Weak::upgrade) {
            return Some(rendered.shared());
        }
        let frame = Frame::of(record);
        let needed = u32::try_from(frame.bytes.len().div_ceil(1024)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).try_acquire_many_owned(needed).ok()?;
        let rendered = Arc::new(Rendered { frame, _room: room });
        alive.retain(|_, frame| frame.strong_count() > 0);
        alive.insert(sequence, Arc::downgrade(&rendered));
        Some(rendered.shared())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use triad_proof::header::Header;
    use triad_proof::record::Presence;

    fn frame(frames: &LargeFrames, sequence: u64) -> Option<Frame> {
        let header = Header { sequence, ..header() };
        let header_bytes = header.encode();
        let record = Record {
            header,
            header_bytes: &header_bytes,
            presence: Presence::Redacted,
            salt: &[],
            payload: &[],
        };
        frames.frame(&record)
    }

    fn header() -> Header {
        Header {
            kind: 1,
            kind_version: 1,
            log_id: [0; 16],
            sequence: 0,
            group: 0,
            time_us: 0,
            elapsed_us: 0,
            key_epoch: 0,
            clock_state: 1,
            source: 1,
            outcome: 0,
            stream: [1; 16],
            stream_ordinal: 0,
            principal: [0; 16],
            node: [0; 16],
            cause: 0,
            payload_length: 0,
            previous_chain: [0; 32],
            payload_commit: [0; 32],
        }
    }

    #[test]
    fn a_frame_is_shared_and_its_room_comes_back_with_the_last_holder() {
        let frames = LargeFrames { alive: Arc::default(), room: Arc::new(Semaphore::new(1)) };
        let first = frame(&frames, 7).expect("there is room");
        let second = frame(&frames, 7).expect("it is there already");
        assert_eq!(first.bytes.as_ptr(), second.bytes.as_ptr());
        assert!(frame(&frames, 8).is_none(), "there is no room for another");
        drop((first, second));
        assert!(frame(&frames, 8).is_some());
    }
}

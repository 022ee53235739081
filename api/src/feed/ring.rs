//! The newest frames of one workflow, shared by everybody who watches it.

use super::frame::Frame;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard};
use tokio::sync::watch;

/// Bytes of frames that a ring keeps. A watcher that is further behind reads from the log; a larger ring would only spare a
/// few such reads, and there is one for each workflow that is watched.
const RING_BYTES_MAX: usize = 64 * 1024;

/// The newest frames of one workflow.
pub(super) struct Ring {
    kept: Mutex<Kept>,
    /// Counts the changes, so that a watcher can wait for the next.
    changed: watch::Sender<u64>,
}

struct Kept {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// Every record of the workflow from this sequence on that was dispatched is kept.
    from: u64,
}

/// What a ring has for a cursor.
pub(super) enum Found {
    /// Frames, at least one.
    Frames(Vec<Frame>),
    /// Nothing yet.
    Nothing,
    /// The cursor lies before what is kept: everything before this sequence must be read from the log.
    Behind(u64),
}

impl Ring {
    pub(super) fn new(from: u64) -> Self {
        let kept = Kept { frames: VecDeque::new(), bytes: 0, from };
        Self { kept: Mutex::new(kept), changed: watch::Sender::new(0) }
    }

    /// Adds the next frame; forgets the oldest until the rest fits.
    pub(super) fn push(&self, frame: Frame) {
        let mut kept = self.lock();
        kept.bytes += frame.bytes.len();
        kept.frames.push_back(frame);
        while kept.bytes > RING_BYTES_MAX {
            let Some(oldest) = kept.frames.pop_front() else { break };
            kept.bytes -= oldest.bytes.len();
            kept.from = oldest.sequence + 1;
        }
    }

    /// Passes over a record that is too long to be kept: whoever wants it reads it from the log.
    pub(super) fn pass_over(&self, sequence: u64) {
        let mut kept = self.lock();
        kept.frames.clear();
        kept.bytes = 0;
        kept.from = sequence + 1;
    }

    /// Wakes those who wait, once for a whole block.
    pub(super) fn wake(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// From which sequence on it has everything.
    pub(super) fn kept_from(&self) -> u64 {
        self.lock().from
    }

    /// Frames from a sequence on, as many as fit into so many bytes and at least one if there is one.
    pub(super) fn frames_from(&self, sequence: u64, bytes_max: usize) -> Found {
        let kept = self.lock();
        if sequence < kept.from {
            return Found::Behind(kept.from);
        }
        let start = kept.frames.partition_point(|frame| frame.sequence < sequence);
        let mut room = bytes_max;
        let mut fits = |frame: &&Frame| {
            let is_first = room == bytes_max;
            let fits = is_first || frame.bytes.len() <= room;
            room = room.saturating_sub(frame.bytes.len());
            fits
        };
        let frames: Vec<Frame> = kept.frames.range(start..).take_while(&mut fits).cloned().collect();
        if frames.is_empty() { Found::Nothing } else { Found::Frames(frames) }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("invariant: no holder of this lock panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(sequence: u64, bytes: usize) -> Frame {
        Frame { sequence, bytes: vec![b'x'; bytes].into(), is_last: false }
    }

    fn found(ring: &Ring, sequence: u64, bytes_max: usize) -> Result<Vec<u64>, u64> {
        match ring.frames_from(sequence, bytes_max) {
            Found::Frames(frames) => Ok(frames.iter().map(|frame| frame.sequence).collect()),
            Found::Nothing => Ok(Vec::new()),
            Found::Behind(from) => Err(from),
        }
    }

    #[test]
    fn a_ring_keeps_the_newest_frames_and_says_from_where_on_it_has_all() {
        let ring = Ring::new(5);
        assert_eq!(found(&ring, 4, 100), Err(5));
        assert_eq!(found(&ring, 5, 100), Ok(vec![]));
        for sequence in [7, 9, 12] {
            ring.push(frame(sequence, 30_000));
        }
        assert_eq!(found(&ring, 5, 100), Err(8), "the frame of record 7 was forgotten");
        assert_eq!(found(&ring, 8, 100), Ok(vec![9]), "one frame is given however long it is");
        assert_eq!(found(&ring, 8, 60_000), Ok(vec![9, 12]));
        assert_eq!(found(&ring, 13, 100), Ok(vec![]));
        ring.push(frame(20, RING_BYTES_MAX + 1));
        assert_eq!(found(&ring, 13, 100), Err(21), "a frame larger than the ring is read from the log");
    }
}

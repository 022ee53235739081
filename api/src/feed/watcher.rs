//! One who watches a workflow.

use super::Feed;
use super::catch_up::{self, StreamEnd};
use super::frame::Frame;
use super::ring::{Found, Ring};
use bytes::Bytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use triad_event::ids::StreamId;
use triad_log::FjallReader;
use triad_log::storage::ReadError;

/// Bytes of frames that go to a watcher at once, which is all that a watcher who does not read holds. A large frame
/// makes it more, but that is shared.
const CHUNK_BYTES: usize = 32 * 1024;
/// How long to wait before looking again whether there is room for a large frame.
const ROOM_PAUSE: Duration = Duration::from_millis(100);

/// A cursor in the records of one workflow.
pub(crate) struct Watcher {
    feed: Feed,
    stream: StreamId,
    ring: Arc<Ring>,
    changes: watch::Receiver<u64>,
    reader: FjallReader,
    reading: Arc<Semaphore>,
    next: u64,
    /// What was read on the way to the end of the stream, before what the ring has.
    begun: Option<Vec<Frame>>,
}

/// Frames one after another.
#[derive(Debug)]
pub(crate) struct Chunk {
    pub(crate) bytes: Bytes,
    /// Nothing follows.
    pub(crate) is_last: bool,
}

impl Watcher {
    /// Watches from a sequence on. `reading` bounds how many read from the log at once.
    pub(crate) fn new(
        feed: &Feed,
        stream: StreamId,
        from: u64,
        reader: FjallReader,
        reading: Arc<Semaphore>,
    ) -> Self {
        let ring = feed.join(stream);
        let changes = ring.changes();
        Self { feed: feed.clone(), stream, ring, changes, reader, reading, next: from, begun: None }
    }

    /// Where the stream ends now; none when there is no such stream.
    pub(crate) async fn stream_end(&mut self) -> Result<Option<StreamEnd>, ReadError> {
        let until = self.ring.kept_from();
        let in_memory = self.feed.newest.whole(&self.reader, self.stream, self.next, until, CHUNK_BYTES)?;
        if let Some((end, frames)) = in_memory {
            self.begun = Some(frames);
            self.next = self.next.max(until);
            return Ok(Some(end));
        }
        let (reader, stream) = (self.reader.clone(), self.stream);
        let read = tokio::task::spawn_blocking(move || catch_up::stream_end(&reader, stream));
        read.await.expect("invariant: reading does not panic")
    }

    /// The next frames, as soon as there are any.
    pub(crate) async fn next_chunk(&mut self) -> Result<Chunk, ReadError> {
        loop {
            // Before looking, so that what comes meanwhile wakes at once.
            self.changes.borrow_and_update();
            let found = match self.begun.take() {
                Some(frames) => Found::Frames(frames),
                None => self.ring.frames_from(self.next, CHUNK_BYTES),
            };
            let frames = match found {
                Found::Frames(frames) => frames,
                Found::Behind(until) => self.read_log(until).await?,
                Found::Nothing => {
                    // The ring outlives its watchers, so its sender is there.
                    let _never_closed = self.changes.changed().await.is_err();
                    continue;
                }
            };
            if let Some(chunk) = self.take(&frames) {
                return Ok(chunk);
            }
        }
    }

    fn take(&mut self, frames: &[Frame]) -> Option<Chunk> {
        let last = frames.last()?;
        self.next = self.next.max(last.sequence + 1);
        let is_last = last.is_last;
        let bytes = match frames {
            [one] => one.bytes.clone(),
            several => several.iter().map(|frame| &*frame.bytes).collect::<Vec<&[u8]>>().concat().into(),
        };
        Some(Chunk { bytes, is_last })
    }

    async fn read_log(&mut self, until: u64) -> Result<Vec<Frame>, ReadError> {
        let place = Arc::clone(&self.reading).acquire_owned().await.expect("invariant: it is never closed");
        let (reader, large) = (self.reader.clone(), self.feed.large.clone());
        let (stream, from) = (self.stream, self.next);
        let read = tokio::task::spawn_blocking(move || {
            let _place = place;
            catch_up::read(&reader, &large, stream, from, until, CHUNK_BYTES)
        });
        let read = read.await.expect("invariant: reading does not panic")?;
        self.next = read.next;
        if read.is_full && read.frames.is_empty() {
            tokio::time::sleep(ROOM_PAUSE).await;
        }
        Ok(read.frames)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.feed.leave(self.stream);
    }
}

//! Who is alone with one of many things for a while.

use tokio::sync::{Mutex, MutexGuard};
use triad_event::ids::StreamId;

/// Turns are kept apart by this many locks: two things share one now and then, and wait for each other.
const LOCKS: usize = 1024;

/// Keeps a turn of a schedule and a change of it apart, so that what was submitted is recorded before it is deleted.
#[derive(Debug)]
pub(crate) struct Turns([Mutex<()>; LOCKS]);

impl Turns {
    /// Alone with a schedule until it is dropped.
    pub(crate) async fn alone_with(&self, id: StreamId) -> MutexGuard<'_, ()> {
        self.0[usize::from(u16::from_le_bytes([id.0[0], id.0[1]])) % LOCKS].lock().await
    }
}

impl Default for Turns {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }
}

//! The live feed: every durable record of a workflow, rendered once, to everybody who watches that workflow.
//!
//! ```text
//! log tail -> dispatcher -> ring of the workflow -> watcher, watcher, ...
//!                                                     | fell behind the ring
//!                                                     +-> reads its own records from the log, or from the newest
//!                                                         blocks when they are all that there is of its stream
//! ```
//!
//! A watcher is a cursor, not a buffer. The dispatcher never waits for one; whoever falls behind what the ring holds reads from
//! the log, at its own pace, until it has caught up. So a thousand watchers that never read cost a thousand cursors,
//! and what was on its way to them when they stopped.

mod catch_up;
mod dispatcher;
mod frame;
mod large;
mod newest;
mod ring;
mod watcher;

pub(crate) use catch_up::stream_end;
pub(crate) use dispatcher::dispatch;
pub(crate) use watcher::{Chunk, Watcher};

use large::LargeFrames;
use newest::Newest;
use ring::Ring;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use triad_event::ids::StreamId;

/// The rings of the workflows that somebody watches.
#[derive(Clone)]
pub(crate) struct Feed {
    watched: Arc<Mutex<Watched>>,
    large: LargeFrames,
    newest: Newest,
}

struct Watched {
    rings: BTreeMap<StreamId, (Arc<Ring>, usize)>,
    /// Sequence up to which, exclusive, the dispatcher has read.
    dispatched: u64,
}

impl Feed {
    /// A feed whose dispatcher begins at a sequence.
    pub(crate) fn new(from: u64) -> Self {
        let watched = Watched { rings: BTreeMap::new(), dispatched: from };
        Self { watched: Arc::new(Mutex::new(watched)), large: LargeFrames::new(), newest: Newest::default() }
    }

    fn join(&self, stream: StreamId) -> Arc<Ring> {
        let mut watched = self.lock();
        let dispatched = watched.dispatched;
        let (ring, watchers) =
            watched.rings.entry(stream).or_insert_with(|| (Arc::new(Ring::new(dispatched)), 0));
        *watchers += 1;
        Arc::clone(ring)
    }

    fn leave(&self, stream: StreamId) {
        let mut watched = self.lock();
        if let Some((_, watchers)) = watched.rings.get_mut(&stream) {
            *watchers -= 1;
            if *watchers == 0 {
                watched.rings.remove(&stream);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().expect("invariant: no holder of this lock panics")
    }
}

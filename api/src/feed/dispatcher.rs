//! Follows the log and gives each record to the ring of its workflow, if anybody watches it.

use super::Feed;
use super::frame::Frame;
use super::large::is_large;
use super::ring::Ring;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;
use triad_event::ids::StreamId;
use triad_log::FjallReader;
use triad_log::durable::DurableMark;
use triad_log::storage::ReadError;
use triad_log::tail::Tail;
use triad_proof::Block;

/// Why the feed stands still.
#[derive(Debug, thiserror::Error)]
#[error("the live feed of events could not read the log")]
pub(crate) struct FeedFailure(#[from] ReadError);

/// Dispatches from the sequence at which the feed begins until the log is closed.
pub(crate) async fn dispatch(
    feed: Feed,
    reader: FjallReader,
    durable: watch::Receiver<DurableMark>,
) -> Result<(), FeedFailure> {
    let from = feed.lock().dispatched;
    let mut tail = Tail::new(reader, from, durable);
    while let Some(bytes) = tail.next_block().await? {
        let block = Block::decode(&bytes).map_err(ReadError::from)?;
        feed.give_out(&block)?;
        feed.newest.push(block.first_sequence, bytes.clone());
    }
    Ok(())
}

impl Feed {
    /// The lock is held for the whole block: whoever joins sees either all of it in the ring or all of it in the log.
    fn give_out(&self, block: &Block<'_>) -> Result<(), ReadError> {
        let mut watched = self.lock();
        let from = watched.dispatched;
        watched.dispatched = block.tree_size();
        if watched.rings.is_empty() {
            return Ok(());
        }
        let mut touched: BTreeMap<StreamId, Arc<Ring>> = BTreeMap::new();
        for record in block.records() {
            let record = record?;
            let stream = StreamId(record.header.stream);
            if record.header.sequence < from {
                continue;
            }
            if let Some((ring, _)) = watched.rings.get(&stream) {
                if is_large(&record) {
                    ring.pass_over(record.header.sequence);
                } else {
                    ring.push(Frame::of(&record));
                }
                touched.entry(stream).or_insert_with(|| Arc::clone(ring));
            }
        }
        touched.values().for_each(|ring| ring.wake());
        Ok(())
    }
}

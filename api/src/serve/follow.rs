//! Keeps the views up to date: the one thread that writes them.

use crate::recorded::FoldError;
use tokio::runtime::Handle;
use tokio::sync::watch;
use triad_log::FjallReader;
use triad_log::durable::DurableMark;
use triad_log::storage::{LogRead, ReadError};
use triad_log::tail::Tail;
use triad_perform::recover::recorded;
use triad_projections::{ApplyError, Host};
use triad_proof::Block;

/// Why the views stand still. The engine goes on; reads say that the views are behind.
#[derive(Debug, thiserror::Error)]
enum FollowError {
    #[error("the views stand still: the log could not be folded: {0}")]
    Fold(#[from] FoldError),
    #[error("the views stand still: they could not be written: {0}")]
    Apply(#[source] ApplyError),
}

/// Applies every durable record until the log is closed.
pub(super) fn follow(
    mut host: Host,
    reader: &FjallReader,
    durable: &watch::Receiver<DurableMark>,
    runtime: &Handle,
) {
    let done = follow_until_closed(&mut host, reader, durable, runtime);
    let flushed = done.and_then(|()| host.flush().map_err(FollowError::Apply));
    if let Err(error) = flushed {
        tracing::error!("{error}");
    }
}

fn follow_until_closed(
    host: &mut Host,
    reader: &FjallReader,
    durable: &watch::Receiver<DurableMark>,
    runtime: &Handle,
) -> Result<(), FollowError> {
    let begin = |host: &Host| Tail::new(reader.clone(), host.next_sequence(), durable.clone());
    let mut tail = begin(host);
    while let Some(bytes) = runtime.block_on(tail.next_block()).map_err(FoldError::from)? {
        let block = Block::decode(&bytes).map_err(FoldError::from)?;
        let mut records = Vec::with_capacity(block.record_count());
        for record in block.records() {
            let record = record.map_err(FoldError::from)?;
            if record.header.sequence >= host.next_sequence() {
                records.push(recorded(&record).map_err(FoldError::from)?);
            }
        }
        match host.apply(&records, block.head.chain) {
            Ok(applied) => {
                for fault in applied.faults {
                    tracing::error!("the views of a workflow stand still: {fault}");
                }
            }
            Err(ApplyError::FromZero(why)) => {
                tracing::warn!("the views begin again from the first record: {why}");
                tail = begin(host);
            }
            Err(error) => return Err(FollowError::Apply(error)),
        }
    }
    Ok(())
}

/// The chain value of the log at a record; none when the log has no such record, or it cannot be read.
pub(super) fn chain_at(reader: &FjallReader, sequence: u64) -> Option<[u8; 32]> {
    let read = || -> Result<Option<[u8; 32]>, ReadError> {
        let Some(bytes) = reader.block_holding(sequence)? else { return Ok(None) };
        let block = Block::decode(&bytes)?;
        if block.last_sequence() == sequence {
            return Ok(Some(block.head.chain));
        }
        let next = block.record_at(sequence + 1).transpose()?;
        Ok(next.map(|next| next.header.previous_chain))
    };
    read().ok().flatten()
}

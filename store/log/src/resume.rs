//! Where a log stands, read from what is durable: all that a writer needs to go on after a restart.

use crate::storage::{LogRead, ReadError};
use crate::tree_reader::TreeReader;
use triad_proof::build::Position;
use triad_proof::checkpoint::Checkpoint;
use triad_proof::counter;
use triad_proof::key::verify_strict;
use triad_proof::succession::Succession;
use triad_proof::{Block, Break, Fault, KeyStatement, LogId};

/// What an opening knows from the newest block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedHead {
    /// The log.
    pub log_id: LogId,
    /// The node that wrote the last record.
    pub node: [u8; 16],
    /// Key statement in force.
    pub statement: KeyStatement,
    /// The statements of all epochs; the one in force is the last.
    pub epochs: Succession,
    /// The newest checkpoint as a signed note.
    pub checkpoint_note: String,
    /// The newest checkpoint.
    pub checkpoint: Checkpoint,
    /// Hardware counter that the newest block states; its signature was checked.
    pub nv_counter: u64,
    /// Sequence of the last record.
    pub last_sequence: u64,
    /// What the last record says of the clock: 1 steady, 2 stepped, 3 waiting.
    pub clock_state: u8,
}

/// Checks the newest block by itself and resumes the tree behind it; None when there is no block.
pub fn position_after<R: LogRead>(reader: &R) -> Result<Option<(Position, OpenedHead)>, ReadError> {
    let missing = |what: &str| ReadError::Missing { what: what.into() };
    let Some(bytes) = reader.last_block()? else { return Ok(None) };
    let block = Block::decode(&bytes)?;
    triad_proof::verify::check_records(&block, None)?;
    let end = block.last_sequence();
    let last = block.record_at(end).ok_or_else(|| missing("its last record"))??;
    let epochs = epochs(reader, block.head.key_epoch)?;
    let statement = epochs.newest().cloned().ok_or_else(|| missing("the key statement in force"))?;
    let checkpoint = block.checkpoint();
    if !verify_strict(&statement.verifying_key, checkpoint.text().as_bytes(), &block.head.signature) {
        let fault = Fault::Signature { size: checkpoint.size, epoch: block.head.key_epoch };
        return Err(Break::at(end, fault).into());
    }
    let (head, key) = (&block.head, &statement.verifying_key);
    if !counter::is_signed(key, &block.log_id, &checkpoint, head.nv_counter, head.counter_signature.as_ref())
    {
        let fault = Fault::CounterSignature { found: head.nv_counter, epoch: head.key_epoch };
        return Err(Break::at(end, fault).into());
    }
    let mut tree = TreeReader::new(reader.clone(), end + 1);
    // A writer that went on from another tree would sign roots that nobody can recompute.
    if tree.edge()?.as_ref() != Some(&block.head.edge) || block.head.edge.root() != block.head.root {
        return Err(Break::at(end, Fault::Tree { field: "edge" }).into());
    }
    let position = Position {
        next_sequence: end + 1,
        chain: block.head.chain,
        time_us: last.header.time_us,
        elapsed_us: last.header.elapsed_us,
        edge: block.head.edge.clone(),
        rows: tree.rows()?,
    };
    let head = OpenedHead {
        log_id: block.log_id,
        node: last.header.node,
        checkpoint_note: epochs.note(&checkpoint, &block.head.signature),
        checkpoint,
        nv_counter: block.head.nv_counter,
        statement,
        epochs,
        last_sequence: end,
        clock_state: last.header.clock_state,
    };
    Ok(Some((position, head)))
}

/// The key statements up to an epoch, as they were checked when they were written.
pub fn epochs<R: LogRead>(reader: &R, newest: u32) -> Result<Succession, ReadError> {
    let missing = |epoch| ReadError::Missing { what: format!("the key statement of epoch {epoch}") };
    let statement = |epoch| reader.statement(epoch)?.ok_or_else(|| missing(epoch));
    Ok(Succession::of_checked((0..=newest).map(statement).collect::<Result<_, _>>()?))
}

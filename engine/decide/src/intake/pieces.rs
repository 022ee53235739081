//! Splits a large definition into pieces of which each fits one record.

use triad_event::intake::TaskDefinition;
use triad_event::shape::Shape;

use crate::limits::RECORD_BYTES_MAX;

/// Splits a definition into pieces that each fit one record, in order. All but the last are staged as chunks;
/// the last, which may be the only one, goes into the submission. A task by itself always fits.
pub fn pieces(tasks: Vec<TaskDefinition>) -> Vec<Vec<TaskDefinition>> {
    let mut pieces = Vec::new();
    let (mut piece, mut bytes) = (Vec::new(), 0);
    for task in tasks {
        let more = task.record_bytes();
        if bytes + more > RECORD_BYTES_MAX && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
            bytes = 0;
        }
        bytes += more;
        piece.push(task);
    }
    pieces.push(piece);
    pieces
}

/// What tasks need in a record, at most.
pub(crate) fn record_bytes(tasks: &[TaskDefinition]) -> usize {
    tasks.iter().map(Shape::record_bytes).sum()
}

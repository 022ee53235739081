//! Splits a large definition into pieces of which each fits one record.

use triad_event::intake::TaskDefinition;
use triad_event::shape::Shape;

use crate::limits::{RECORD_BYTES_MAX, TERMS_BYTES_MAX};

/// Splits a definition into pieces that each fit one record, in order. All but the last are staged as chunks;
/// the last, which may be the only one, goes into the submission, beside what is said of the workflow. A task by itself always
/// fits, unless it holds very much of an earlier workflow.
pub fn pieces(tasks: Vec<TaskDefinition>) -> Vec<Vec<TaskDefinition>> {
    let mut pieces = Vec::new();
    let (mut piece, mut size) = (Vec::new(), Size::default());
    for task in tasks {
        let grown = size.with(&task);
        if grown.bytes() > RECORD_BYTES_MAX && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
            size = Size::default().with(&task);
        } else {
            size = grown;
        }
        piece.push(task);
    }
    let last = piece.split_off(too_many(&piece));
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces.push(last);
    pieces
}

/// How many of the first tasks do not fit beside what else a submission says: a record that says more holds no task in fewer
/// bytes
/// because it is plain.
fn too_many(piece: &[TaskDefinition]) -> usize {
    let mut room = RECORD_BYTES_MAX - TERMS_BYTES_MAX;
    let fits = |task: &&TaskDefinition| {
        let bytes = task.record_bytes();
        let is_in = bytes <= room;
        room = room.saturating_sub(bytes);
        is_in
    };
    let fitting = piece.iter().rev().take_while(fits).count();
    // One that is too large by itself is left for whoever checks it.
    piece.len() - fitting.max(1).min(piece.len())
}

/// What tasks need at most in a record that says more than they and the name.
pub(crate) fn full_record_bytes(tasks: &[TaskDefinition]) -> usize {
    let full_bytes: usize = tasks.iter().map(TaskDefinition::record_bytes).sum();
    match tasks.iter().all(TaskDefinition::is_without_aim) {
        true => full_bytes - tasks.len() * TaskDefinition::WITHOUT_AIM_SAVED_BYTES,
        false => full_bytes,
    }
}

/// What tasks need in a record, at most.
pub(crate) fn record_bytes(tasks: &[TaskDefinition]) -> usize {
    tasks.iter().fold(Size::default(), |size, task| size.with(task)).bytes()
}

/// What tasks need in a record: less where all of them are plain, or none says for what it waits.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    newest_bytes: usize,
    plain_saved_bytes: usize,
    aim_saved_bytes: usize,
    has_more: bool,
    has_aim: bool,
}

impl Size {
    fn with(self, task: &TaskDefinition) -> Self {
        Self {
            newest_bytes: self.newest_bytes + task.record_bytes(),
            plain_saved_bytes: self.plain_saved_bytes + TaskDefinition::PLAIN_SAVED_BYTES,
            aim_saved_bytes: self.aim_saved_bytes + TaskDefinition::WITHOUT_AIM_SAVED_BYTES,
            has_more: self.has_more || !task.is_plain(),
            has_aim: self.has_aim || !task.is_without_aim(),
        }
    }

    fn bytes(self) -> usize {
        self.newest_bytes
            - match (self.has_more, self.has_aim) {
                (false, _) => self.plain_saved_bytes,
                (true, false) => self.aim_saved_bytes,
                (true, true) => 0,
            }
    }
}

//! A record as one server-sent event.

use crate::wire::record::write_record;
use bytes::Bytes;
use std::io::Write;
use triad_event::{Kind, dag, execution};
use triad_proof::record::Record;

/// A rendered record.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    pub(super) sequence: u64,
    pub(super) bytes: Bytes,
    /// Nothing follows it in its stream.
    pub(super) is_last: bool,
}

impl Frame {
    pub(super) fn of(record: &Record<'_>) -> Self {
        let mut bytes = Vec::with_capacity(512);
        let kind = Kind::from_number(record.header.kind);
        let name = kind.map_or("unknown", event_name);
        let _ = write!(bytes, "id: {}\nevent: {name}\ndata: ", record.header.sequence);
        write_record(record, &mut bytes);
        bytes.extend_from_slice(b"\n\n");
        Self {
            sequence: record.header.sequence,
            bytes: bytes.into(),
            is_last: kind.is_some_and(closes_stream),
        }
    }
}

/// The names that clients of the specification wait for; every other record goes under its own.
const NAMES: [(Kind, &str); 7] = [
    (execution::AttemptRequested::KIND, "task.executing"),
    (dag::TaskCompleted::KIND, "task.complete"),
    // What an earlier workflow did counts as done.
    (dag::TaskReused::KIND, "task.complete"),
    (dag::TaskFailed::KIND, "task.failed"),
    (dag::WorkflowCompleted::KIND, "workflow.complete"),
    (dag::WorkflowFailed::KIND, "workflow.failed"),
    (dag::WorkflowCancelled::KIND, "workflow.cancelled"),
];

fn event_name(kind: Kind) -> &'static str {
    let specified = NAMES.iter().find(|(of, _)| *of == kind);
    specified.map_or_else(|| kind.name(), |(_, name)| name)
}

pub(super) fn closes_stream(kind: Kind) -> bool {
    kind.description().closes_stream
}

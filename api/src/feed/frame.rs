//! A record as one server-sent event.

use crate::wire::record::write_record;
use bytes::Bytes;
use std::io::Write;
use triad_event::Kind;
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
fn event_name(kind: Kind) -> &'static str {
    match kind {
        Kind::ExecutionAttemptRequested => "task.executing",
        Kind::DagTaskCompleted => "task.complete",
        Kind::DagTaskFailed => "task.failed",
        Kind::DagWorkflowCompleted => "workflow.complete",
        Kind::DagWorkflowFailed => "workflow.failed",
        Kind::DagWorkflowCancelled => "workflow.cancelled",
        other => other.name(),
    }
}

/// Whether a stream ends with a record of that kind.
pub(super) fn closes_stream(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::DagWorkflowCompleted
            | Kind::DagWorkflowFailed
            | Kind::DagWorkflowCancelled
            | Kind::IntakeUploadExpired
    )
}

//! The words of the vocabulary in a snapshot.

use triad_event::dag::{Tally, WorkflowPhase};
use triad_event::execution::{CancelReason, Ending};
use triad_event::governance::{Phase, WakeReason};
use triad_event::ids::{AttemptKey, DataSubjectId, LogId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{Earlier, TaskKind};
use triad_event::quantity::{Bytes, Micros, Millis};
use triad_event::{Domain, Sealed};

use crate::image::{numbered, numbered_all, structs, wrappers};

wrappers! { AttemptKey, DataSubjectId, LogId, PrincipalId, StreamId, WorkflowId, Bytes, Micros, Millis }

numbered! { CancelReason, Ending, TaskKind, WakeReason }

numbered_all! { Domain, Phase, WorkflowPhase }

structs! {
    Tally { completed, failed, skipped, cancelled }
    Earlier { workflow, digest, at }
    Sealed { address, commitment, length }
}

//! The words of the vocabulary in a snapshot.

use triad_event::dag::{LeftOut, Tally, WorkflowPhase};
use triad_event::evaluation::{Page, Verdict};
use triad_event::execution::{CancelReason, Ending};
use triad_event::governance::{Phase, WakeReason};
use triad_event::ids::{AttemptKey, BootId, DataSubjectId, LogId, PrincipalId, StreamId, WorkflowId};
use triad_event::intake::{
    Deadline, Earlier, HealingPolicy, Priority, TaskFlow, TaskKind, TaskOptions, TaskRules,
};
use triad_event::quantity::{
    Bytes, Microjoules, Micros, Millis, MilliwattHours, Milliwatts, PartsPerMillion,
};
use triad_event::sealed::ContentClass;
use triad_event::{Domain, Sealed};

use crate::image::{numbered_all, words};

words! {
    u8, u16, u32, u64, i64, [u8; 8], [u8; 32], String,
    AttemptKey, BootId, DataSubjectId, LogId, PrincipalId, StreamId, WorkflowId, Bytes, Micros, Millis,
    Microjoules, Milliwatts, MilliwattHours, PartsPerMillion,
    CancelReason, ContentClass, Ending, TaskKind, WakeReason,
    HealingPolicy, LeftOut, Priority, Verdict,
    Deadline, Page, Tally, Earlier, Sealed, TaskFlow, TaskOptions, TaskRules,
}

numbered_all! { Domain, Phase, WorkflowPhase }

//! The one table of event kinds: numbers given by hand, only ever added to, never reused.

use std::fmt;

use rkyv::rancor::Failure;

use crate::codec;
use crate::event::{Description, Event, Payload};

/// Declares the table. A row is `number => Kind, version, "domain.event", Domain(module::Payload);`
macro_rules! kinds {
    ($(
        $number:literal => $kind:ident, $version:literal, $name:literal, $domain:ident($module:ident :: $payload:ident);
    )+) => {
        /// What an event says, as the record header numbers it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Kind {
            $( #[doc = concat!("`", $name, "`")] $kind = $number, )+
        }

        impl Kind {
            /// All kinds, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$kind),+];

            /// The kind with that number.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number {
                    $( $number => Some(Self::$kind), )+
                    _ => None,
                }
            }

            /// The version of the payload that is written today.
            pub const fn version(self) -> u8 {
                match self { $( Self::$kind => $version, )+ }
            }

            /// `domain.event`, as shown everywhere outside.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$kind => $name, )+ }
            }

            /// What the catalogue says of it.
            pub const fn description(self) -> &'static Description {
                match self { $( Self::$kind => &<crate::$module::$payload as Payload>::DESCRIPTION, )+ }
            }

            /// Reads a payload of the version that is written today.
            pub(crate) fn read(self, payload: &[u8]) -> Result<Event, Failure> {
                match self {
                    $( Self::$kind => Ok(Event::$domain(crate::$module::Event::$payload(codec::read(payload)?))), )+
                }
            }
        }
    };
}

kinds! {
    1 => LogCreated, 1, "log.created", Log(log::Created);
    2 => LogTailDropped, 1, "log.tail_dropped", Log(log::TailDropped);
    3 => LogRepaired, 1, "log.repaired", Log(log::Repaired);
    4 => LogNoteRecorded, 1, "log.note_recorded", Log(log::NoteRecorded);
    5 => LogKeyEpochBegan, 1, "log.key_epoch_began", Log(log::KeyEpochBegan);
    6 => LogCheckpointAttested, 1, "log.checkpoint_attested", Log(log::CheckpointAttested);

    101 => GovernanceSettingChanged, 1, "governance.setting_changed", Governance(governance::SettingChanged);
    102 => GovernanceEngineStarted, 1, "governance.engine_started", Governance(governance::EngineStarted);
    103 => GovernanceEnginePaused, 1, "governance.engine_paused", Governance(governance::EnginePaused);
    104 => GovernanceEngineResumed, 1, "governance.engine_resumed", Governance(governance::EngineResumed);
    105 => GovernanceTimerFired, 1, "governance.timer_fired", Governance(governance::TimerFired);
    106 => GovernanceClockStepped, 1, "governance.clock_stepped", Governance(governance::ClockStepped);
    107 => GovernanceClockAccepted, 1, "governance.clock_accepted", Governance(governance::ClockAccepted);
    108 => GovernanceStreamQuarantined, 1, "governance.stream_quarantined", Governance(governance::StreamQuarantined);
    109 => GovernanceStreamReleased, 1, "governance.stream_released", Governance(governance::StreamReleased);
    110 => GovernanceSnapshotTaken, 1, "governance.snapshot_taken", Governance(governance::SnapshotTaken);

    201 => IntakeChunkStaged, 1, "intake.chunk_staged", Intake(intake::ChunkStaged);
    202 => IntakeWorkflowSubmitted, 1, "intake.workflow_submitted", Intake(intake::WorkflowSubmitted);
    203 => IntakeWorkflowAccepted, 1, "intake.workflow_accepted", Intake(intake::WorkflowAccepted);
    204 => IntakeUploadExpired, 1, "intake.upload_expired", Intake(intake::UploadExpired);

    301 => DagTaskQueued, 1, "dag.task_queued", Dag(dag::TaskQueued);
    302 => DagTaskCompleted, 1, "dag.task_completed", Dag(dag::TaskCompleted);
    303 => DagTaskFailed, 1, "dag.task_failed", Dag(dag::TaskFailed);
    304 => DagTaskSkipped, 1, "dag.task_skipped", Dag(dag::TaskSkipped);
    305 => DagTaskCancelled, 1, "dag.task_cancelled", Dag(dag::TaskCancelled);
    306 => DagRetryScheduled, 1, "dag.retry_scheduled", Dag(dag::RetryScheduled);
    307 => DagCancelRequested, 1, "dag.cancel_requested", Dag(dag::CancelRequested);
    308 => DagWorkflowPaused, 1, "dag.workflow_paused", Dag(dag::WorkflowPaused);
    309 => DagWorkflowResumed, 1, "dag.workflow_resumed", Dag(dag::WorkflowResumed);
    310 => DagWorkflowCompleted, 1, "dag.workflow_completed", Dag(dag::WorkflowCompleted);
    311 => DagWorkflowFailed, 1, "dag.workflow_failed", Dag(dag::WorkflowFailed);
    312 => DagWorkflowCancelled, 1, "dag.workflow_cancelled", Dag(dag::WorkflowCancelled);

    401 => ExecutionAttemptRequested, 1, "execution.attempt_requested", Execution(execution::AttemptRequested);
    402 => ExecutionAttemptEnded, 1, "execution.attempt_ended", Execution(execution::AttemptEnded);
    403 => ExecutionAttemptProgressed, 1, "execution.attempt_progressed", Execution(execution::AttemptProgressed);
    404 => ExecutionAttemptCancelRequested, 1, "execution.attempt_cancel_requested",
        Execution(execution::AttemptCancelRequested);
    405 => ExecutionAttemptStalled, 1, "execution.attempt_stalled", Execution(execution::AttemptStalled);
    406 => ExecutionAttemptAbandoned, 1, "execution.attempt_abandoned", Execution(execution::AttemptAbandoned);

    501 => SubjectsErasureRequested, 1, "subjects.erasure_requested", Subjects(subjects::ErasureRequested);
    502 => SubjectsErasureRefused, 1, "subjects.erasure_refused", Subjects(subjects::ErasureRefused);
    503 => SubjectsErased, 1, "subjects.erased", Subjects(subjects::Erased);
    504 => SubjectsHoldPlaced, 1, "subjects.hold_placed", Subjects(subjects::HoldPlaced);
    505 => SubjectsHoldReleased, 1, "subjects.hold_released", Subjects(subjects::HoldReleased);
    506 => SubjectsPayloadRead, 1, "subjects.payload_read", Subjects(subjects::PayloadRead);
}

impl Kind {
    /// The number in the record header.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The newest kind of this version, named in refusals of newer logs.
    pub(crate) const NEWEST: Self = Self::ALL[Self::ALL.len() - 1];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_are_never_given_twice() {
        assert!(Kind::ALL.windows(2).all(|pair| pair[0].number() < pair[1].number()));
    }

    #[test]
    fn names_are_unique_and_begin_with_the_domain() {
        let mut names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Kind::ALL.len());
        assert!(names.iter().all(|name| name.split('.').count() == 2 && name.is_ascii()));
    }

    #[test]
    fn a_kind_is_found_by_its_number() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_number(kind.number()), Some(*kind));
        }
        assert_eq!(Kind::from_number(0), None);
    }
}

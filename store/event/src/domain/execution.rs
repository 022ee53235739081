//! Attempts: what was asked to be performed, under which limits, and how it ended.

mod earlier;

mod findings;

pub use earlier::{
    FirstAttemptEnded, UncountedAttemptEnded, UnexaminedAttemptEnded, UnhealedAttempt,
    UnmeasuredAttemptEnded, UnmoderatedAttemptEnded, UnmoderatedFindings, UnreservedAttempt,
};
pub use findings::{
    CheckCause, CheckFailed, CheckKind, Diagnosed, FailureClass, Findings, HeldBy, OutputKind, StepPart,
    Verified,
};

use super::intake::TaskKind;
use crate::apart::Apart;
use crate::header::Outcome;
use crate::ids::AttemptKey;
use crate::quantity::{Bytes, MicroUsd, Microjoules, Micros, Millis, MilliwattHours};
use crate::sealed::SealedApart;

events! {
    /// Attempts: what was asked to be performed, under which limits, and how it ended. An attempt is named by
    /// the sequence of the record that requested it.
    execution;

    /// An attempt is to be performed, exactly so: every choice is already made. What to run is the task's
    /// definition.
    AttemptRequested = 401 version 3 (1 is UnreservedAttempt) (2 is UnhealedAttempt)
        "attempt_requested", by Decision, keeps Stream, ends None,
        says "attempt {attempt} of {task} started" {
        /// The task.
        task: u32,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// What performing it means.
        kind: TaskKind,
        /// Handed to whatever is called, so that a repetition after a crash can be recognised.
        key: AttemptKey,
        /// How long it may take, from the record on that says that its process started; none for a no-op.
        timeout: Option<Millis>,
        /// How much memory its process may have; none for a no-op.
        memory_max: Option<Bytes>,
        /// What is kept for it of every budget that it is charged to, until it is charged; none when no budget is concerned.
        reserve: Option<Apart<Reserve>>,
        /// What fixes change of what its task says, beside its timeout and memory; none for most.
        fixes: Option<Apart<AttemptFixes>>,
    }

    /// The attempt ended, and this is what came of it. Recorded once, however often it was performed.
    AttemptEnded = 402 version 6 (1 is FirstAttemptEnded) (2 is UnmeasuredAttemptEnded) (3 is UncountedAttemptEnded)
        (4 is UnexaminedAttemptEnded) (5 is UnmoderatedAttemptEnded) "attempt_ended",
        by Input, keeps Stream, ends (ending),
        says "{task} {ending}[ with code {exit_code}][ by signal {signal}] after {duration:span}" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// How it ended.
        ending: Ending,
        /// Exit code of the process.
        exit_code: Option<i32>,
        /// Signal that ended the process.
        signal: Option<i32>,
        /// How long it took.
        duration: Micros,
        /// What it wrote to standard output.
        stdout: Captured,
        /// What it wrote to standard error, or why it could not be started.
        stderr: Captured,
        /// What it used; none of what runs no process, and where the system did not tell.
        used: Option<Apart<Used>>,
        /// What was found when its output was verified, or its failure diagnosed; none for most.
        findings: Option<Apart<Findings>>,
    }

    /// The process showed that it is alive.
    AttemptProgressed = 403 "attempt_progressed", by Input, keeps Stream, ends None,
        says "{task} is alive and has written {output} bytes" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// How much it has written so far.
        output: Bytes,
    }

    /// The attempt is to be stopped. It still ends with a record of its own.
    AttemptCancelRequested = 404 "attempt_cancel_requested", by Decision, keeps Stream, ends None,
        says "{task} was asked to stop: {reason}" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// Why.
        reason: CancelReason,
    }

    /// The process has been silent for longer than the setting allows. Nothing follows from it by itself.
    AttemptStalled = 405 "attempt_stalled", by Decision, keeps Stream, ends None,
        says "{task} has been silent for long" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// When it was heard of last.
        silent_since: Micros,
    }

    /// The attempt was asked to stop and did not end in time. Whatever it still reports is refused.
    AttemptAbandoned = 406 "attempt_abandoned", by Decision, keeps Stream, ends Failure,
        says "{task} did not stop in time and was given up: {reason}" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// Why it had been asked to stop.
        reason: CancelReason,
    }

    /// The process of the attempt runs: what it may take counts from here. Recorded again by a later life that performs
    /// the attempt again.
    AttemptStarted = 407 "attempt_started", by Input, keeps Stream, ends None, says "{task} runs" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
    }

    /// Each life of the server that performed the attempt was cut off, so often that it is not performed again: it may be what
    /// takes the server down. Whatever is still reported of it is refused.
    AttemptLost = 408 "attempt_lost", by Decision, keeps Stream, ends Failure,
        says "{task} was cut off with the server {cut_off} times and is lost: see whether it takes the server down" {
        /// Sequence of the request.
        request: u64,
        /// The task.
        task: u32,
        /// Lives of the server that performed it, none of which ended in good order.
        cut_off: u32,
    }
}

asks! {
    /// What can come of an attempt.
    execution;
    /// It ended.
    EndAttempt(AttemptEnded) in AttemptEnded => request;
    /// Its process runs.
    ReportStart(AttemptStarted) in AttemptStarted => request;
    /// It is alive.
    ReportProgress(AttemptProgressed) in AttemptProgressed => request;
}

structure! {
    /// What an attempt used.
    Used {
        /// How long processors were busy with all that it ran, for it and for the system on its behalf.
        processor_time: Micros,
        /// Its share of what the processors of the machine used meanwhile, by their own counters: as much of it as it kept them
        /// busy, of all that did. None where those cannot be read.
        package_energy: Option<Microjoules>,
    }
}

structure! {
    /// What fixes change for an attempt.
    AttemptFixes {
        /// The variables of its environment that the operator's configuration sets; ascending.
        variables: Vec<String>,
    }
}

structure! {
    /// An upper bound of what an attempt could use.
    Reserve {
        /// Energy, rounded up.
        energy: MilliwattHours,
        /// Money, rounded up; none when no price was known.
        money: Option<MicroUsd>,
    }
}

structure! {
    /// Output of an attempt, cut to what is kept.
    Captured {
        /// The first bytes, in the vault; none when nothing is kept.
        kept: Option<SealedApart>,
        /// How many there were.
        total: Bytes,
    }
}

impl Captured {
    /// No output.
    pub const NOTHING: Self = Self { kept: None, total: Bytes::ZERO };
}

impl AttemptEnded {
    /// Whether content is kept of what it wrote.
    pub fn has_content(&self) -> bool {
        let says_more = self.findings.as_deref().is_some_and(|findings| findings.said.is_some());
        self.stdout.kept.is_some() || self.stderr.kept.is_some() || says_more
    }
}

tagged! {
    /// How an attempt ended.
    Ending {
        /// As intended.
        Succeeded = 0,
        /// The process exited with a code other than zero.
        Exited = 1,
        /// The process was ended by a signal that the engine did not send.
        Signalled = 2,
        /// It took longer than it might.
        TimedOut = 3,
        /// It was stopped because its workflow was cancelled.
        Cancelled = 4,
        /// It could not be started.
        NotStarted = 5,
        /// Nothing is known of how it ended.
        Lost = 6,
        /// It exceeded its memory limit.
        OutOfMemory = 7,
        /// Its input could not be read from the vault.
        InputUnavailable = 8,
        /// Somebody declined to approve it.
        Declined = 9,
        /// The output of another task that its input takes lacks what it names, or cannot be put there.
        InputUnusable = 10,
        /// Something of which it is made failed: a part of it, or a task of the sub-workflow that it is.
        PartFailed = 11,
        /// Its condition or its list could not be evaluated.
        NotEvaluated = 12,
        /// It had not ended when it must have.
        DeadlinePassed = 13,
        /// Its process ended as intended, and its output is not what the task wants.
        Unverified = 14,
        /// It was not begun: a rule of moderation holds it until somebody has reviewed it.
        Held = 15,
    }
}

impl Ending {
    /// The outcome class of an attempt that ended so.
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Succeeded => Outcome::Success,
            Self::Cancelled | Self::Declined => Outcome::Refused,
            Self::Exited
            | Self::Signalled
            | Self::TimedOut
            | Self::NotStarted
            | Self::Lost
            | Self::OutOfMemory
            | Self::InputUnavailable
            | Self::InputUnusable
            | Self::PartFailed
            | Self::NotEvaluated
            | Self::DeadlinePassed
            | Self::Unverified => Outcome::Failure,
            Self::Held => Outcome::None,
        }
    }

    /// Whether it was there when endings were first recorded.
    pub(crate) const fn is_of_version_1(self) -> bool {
        self.number() < Self::Declined.number()
    }

    /// Whether it was there before outputs were verified.
    pub(crate) const fn is_of_version_2(self) -> bool {
        self.number() < Self::Unverified.number()
    }

    /// Whether it was there before steps were held for review.
    pub(crate) const fn is_of_version_5(self) -> bool {
        self.number() < Self::Held.number()
    }
}

tagged! {
    /// Why an attempt is stopped.
    CancelReason {
        /// Its workflow is cancelled.
        WorkflowCancelled = 1,
        /// It took longer than an attempt may.
        TimedOut = 2,
        /// Its task must have ended by now.
        DeadlinePassed = 3,
    }
}

tagged! {
    /// Where an attempt stands.
    Phase {
        /// It is requested and performed.
        Running = 0,
        /// It was asked to stop.
        Stopping = 1,
        /// It ended.
        Ended = 2,
        /// It was given up.
        Abandoned = 3,
        /// It was cut off too often.
        Lost = 4,
    }
}

impl Phase {
    /// The phase of an attempt after an event that names it; `None` when the grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match (event, before) {
            (Event::AttemptRequested(_), None) => Some(Self::Running),
            (Event::AttemptEnded(_), Some(Self::Running | Self::Stopping)) => Some(Self::Ended),
            (
                Event::AttemptProgressed(_) | Event::AttemptStarted(_),
                Some(phase @ (Self::Running | Self::Stopping)),
            ) => Some(phase),
            (Event::AttemptCancelRequested(_), Some(Self::Running)) => Some(Self::Stopping),
            (Event::AttemptStalled(_), Some(Self::Running)) => Some(Self::Running),
            (Event::AttemptAbandoned(_), Some(Self::Stopping)) => Some(Self::Abandoned),
            (Event::AttemptLost(_), Some(Self::Running)) => Some(Self::Lost),
            (
                Event::AttemptRequested(_)
                | Event::AttemptEnded(_)
                | Event::AttemptProgressed(_)
                | Event::AttemptStarted(_)
                | Event::AttemptCancelRequested(_)
                | Event::AttemptStalled(_)
                | Event::AttemptAbandoned(_)
                | Event::AttemptLost(_),
                _,
            ) => None,
        }
    }
}

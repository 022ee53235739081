//! Versions of payloads before those of today, and what of today they hold.

use super::{AttemptEnded, AttemptRequested, Captured, Diagnosed, Ending, Findings, Reserve, Used, Verified};
use crate::apart::Apart;
use crate::event::Lowers;
use crate::ids::AttemptKey;
use crate::intake::TaskKind;
use crate::quantity::{Bytes, Micros, Millis};
use crate::sealed::SealedApart;

structure! {
    /// The request of an attempt for which nothing is kept of a budget.
    UnreservedAttempt {
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
    }
}

impl From<UnreservedAttempt> for AttemptRequested {
    fn from(earlier: UnreservedAttempt) -> Self {
        let UnreservedAttempt { task, attempt, kind, key, timeout, memory_max } = earlier;
        Self { task, attempt, kind, key, timeout, memory_max, reserve: None, fixes: None }
    }
}

impl Lowers<UnreservedAttempt> for AttemptRequested {
    fn fits(&self) -> bool {
        self.reserve.is_none() && self.fixes.is_none()
    }

    fn lower(&self) -> UnreservedAttempt {
        let Self { task, attempt, kind, key, timeout, memory_max, .. } = *self;
        UnreservedAttempt { task, attempt, kind, key, timeout, memory_max }
    }

    fn saved_bytes(&self) -> usize {
        crate::shape::size_bytes::<AttemptRequested>() - crate::shape::size_bytes::<UnreservedAttempt>()
    }
}

/// The end of an attempt before processor time was measured. Two versions have the same fields: the first was there when there
/// were fewer ways to end.
macro_rules! unmeasured {
    ($( $(#[doc = $doc:literal])+ $name:ident holds $holds:expr; )+) => {$(
        structure! {
            $(#[doc = $doc])+
            $name {
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
            }
        }

        impl From<$name> for AttemptEnded {
            fn from(earlier: $name) -> Self {
                let $name { request, task, ending, exit_code, signal, duration, stdout, stderr } = earlier;
                let (used, findings) = (None, None);
                Self { request, task, ending, exit_code, signal, duration, stdout, stderr, used, findings }
            }
        }

        impl Lowers<$name> for AttemptEnded {
            fn fits(&self) -> bool {
                let holds: fn(Ending) -> bool = $holds;
                self.used.is_none() && self.findings.is_none() && holds(self.ending)
            }

            fn lower(&self) -> $name {
                let Self { request, task, ending, exit_code, signal, duration, stdout, stderr, .. } = self.clone();
                $name { request, task, ending, exit_code, signal, duration, stdout, stderr }
            }

            fn saved_bytes(&self) -> usize {
                crate::shape::size_bytes::<AttemptEnded>() - crate::shape::size_bytes::<$name>()
            }
        }
    )+};
}

unmeasured! {
    /// The end of an attempt when endings were first recorded.
    FirstAttemptEnded holds Ending::is_of_version_1;
    /// The end of an attempt before its processor time was measured.
    UnmeasuredAttemptEnded holds Ending::is_of_version_2;
}

structure! {
    /// The end of an attempt before the counters of processors were read.
    UncountedAttemptEnded {
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
        /// How long processors were busy with all that it ran.
        processor_time: Option<Micros>,
    }
}

impl From<UncountedAttemptEnded> for AttemptEnded {
    fn from(earlier: UncountedAttemptEnded) -> Self {
        let UncountedAttemptEnded { request, task, ending, exit_code, signal, .. } = earlier;
        let UncountedAttemptEnded { duration, stdout, stderr, processor_time, .. } = earlier;
        let used = processor_time.map(|processor_time| Used { processor_time, package_energy: None }.into());
        let findings = None;
        Self { request, task, ending, exit_code, signal, duration, stdout, stderr, used, findings }
    }
}

impl Lowers<UncountedAttemptEnded> for AttemptEnded {
    fn fits(&self) -> bool {
        let has_energy = self.used.as_deref().is_some_and(|used| used.package_energy.is_some());
        !has_energy && Lowers::<UnexaminedAttemptEnded>::fits(self)
    }

    fn lower(&self) -> UncountedAttemptEnded {
        let Self { request, task, ending, exit_code, signal, duration, .. } = *self;
        let Self { stdout, stderr, used, .. } = self.clone();
        let processor_time = used.map(|used| used.processor_time);
        UncountedAttemptEnded {
            request,
            task,
            ending,
            exit_code,
            signal,
            duration,
            stdout,
            stderr,
            processor_time,
        }
    }

    fn saved_bytes(&self) -> usize {
        crate::shape::size_bytes::<AttemptEnded>() - crate::shape::size_bytes::<UncountedAttemptEnded>()
    }
}

structure! {
    /// The end of an attempt of which nothing was found: before outputs were verified and failures diagnosed.
    UnexaminedAttemptEnded {
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
        /// What it used.
        used: Option<Apart<Used>>,
    }
}

impl From<UnexaminedAttemptEnded> for AttemptEnded {
    fn from(earlier: UnexaminedAttemptEnded) -> Self {
        let UnexaminedAttemptEnded { request, task, ending, exit_code, signal, .. } = earlier;
        let UnexaminedAttemptEnded { duration, stdout, stderr, used, .. } = earlier;
        let findings = None;
        Self { request, task, ending, exit_code, signal, duration, stdout, stderr, used, findings }
    }
}

impl Lowers<UnexaminedAttemptEnded> for AttemptEnded {
    fn fits(&self) -> bool {
        self.findings.is_none() && self.ending.is_of_version_2()
    }

    fn lower(&self) -> UnexaminedAttemptEnded {
        let Self { request, task, ending, exit_code, signal, duration, .. } = *self;
        let Self { stdout, stderr, used, .. } = self.clone();
        UnexaminedAttemptEnded { request, task, ending, exit_code, signal, duration, stdout, stderr, used }
    }

    fn saved_bytes(&self) -> usize {
        crate::shape::size_bytes::<AttemptEnded>() - crate::shape::size_bytes::<UnexaminedAttemptEnded>()
    }
}

structure! {
    /// The request of an attempt without fixes.
    UnhealedAttempt {
        /// The task.
        task: u32,
        /// The number of the attempt, from 1.
        attempt: u32,
        /// What performing it means.
        kind: TaskKind,
        /// Handed to whatever is called, so that a repetition after a crash can be recognised.
        key: AttemptKey,
        /// How long it may take.
        timeout: Option<Millis>,
        /// How much memory its process may have.
        memory_max: Option<Bytes>,
        /// What is kept for it of every budget.
        reserve: Option<Apart<Reserve>>,
    }
}

impl From<UnhealedAttempt> for AttemptRequested {
    fn from(earlier: UnhealedAttempt) -> Self {
        let UnhealedAttempt { task, attempt, kind, key, timeout, memory_max, reserve } = earlier;
        Self { task, attempt, kind, key, timeout, memory_max, reserve, fixes: None }
    }
}

impl Lowers<UnhealedAttempt> for AttemptRequested {
    fn fits(&self) -> bool {
        self.fixes.is_none()
    }

    fn lower(&self) -> UnhealedAttempt {
        let Self { task, attempt, kind, key, timeout, memory_max, .. } = *self;
        UnhealedAttempt { task, attempt, kind, key, timeout, memory_max, reserve: self.reserve.clone() }
    }

    fn saved_bytes(&self) -> usize {
        crate::shape::size_bytes::<AttemptRequested>() - crate::shape::size_bytes::<UnhealedAttempt>()
    }
}

structure! {
    /// What was found once an attempt had ended, before steps were held for review.
    UnmoderatedFindings {
        /// What came of the verification of its output; none when nothing was to be verified.
        verified: Option<Verified>,
        /// Why it failed; none when it succeeded, or was stopped because of something else.
        diagnosed: Option<Diagnosed>,
        /// What both say in words, as JSON; none where nothing could be kept.
        said: Option<SealedApart>,
    }
}

structure! {
    /// The end of an attempt before steps were held for review.
    UnmoderatedAttemptEnded {
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
        /// What it used.
        used: Option<Apart<Used>>,
        /// What was found when its output was verified, or its failure diagnosed; none for most.
        findings: Option<Apart<UnmoderatedFindings>>,
    }
}

impl From<UnmoderatedAttemptEnded> for AttemptEnded {
    fn from(earlier: UnmoderatedAttemptEnded) -> Self {
        let UnmoderatedAttemptEnded { request, task, ending, exit_code, signal, .. } = earlier;
        let UnmoderatedAttemptEnded { duration, stdout, stderr, used, findings, .. } = earlier;
        let findings = findings.map(|found| {
            let UnmoderatedFindings { verified, diagnosed, said } = (*found).clone();
            Findings { verified, diagnosed, said, held: None }.into()
        });
        Self { request, task, ending, exit_code, signal, duration, stdout, stderr, used, findings }
    }
}

impl Lowers<UnmoderatedAttemptEnded> for AttemptEnded {
    fn fits(&self) -> bool {
        let is_held = self.findings.as_deref().is_some_and(|findings| findings.held.is_some());
        !is_held && self.ending.is_of_version_5()
    }

    fn lower(&self) -> UnmoderatedAttemptEnded {
        let Self { request, task, ending, exit_code, signal, duration, .. } = *self;
        let Self { stdout, stderr, used, findings, .. } = self.clone();
        let findings = findings.map(|found| {
            let Findings { verified, diagnosed, said, .. } = (*found).clone();
            UnmoderatedFindings { verified, diagnosed, said }.into()
        });
        UnmoderatedAttemptEnded {
            request,
            task,
            ending,
            exit_code,
            signal,
            duration,
            stdout,
            stderr,
            used,
            findings,
        }
    }

    fn saved_bytes(&self) -> usize {
        crate::shape::size_bytes::<AttemptEnded>() - crate::shape::size_bytes::<UnmoderatedAttemptEnded>()
    }
}

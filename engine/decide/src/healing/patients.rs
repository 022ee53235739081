//! What is remembered of tasks that failed, as long as they have not ended.

use std::collections::{BTreeMap, BTreeSet};

use triad_event::execution::{Diagnosed, Ending};
use triad_event::healing::{Fix, FixApplied, FixGrounds, FixKind};
use triad_event::quantity::{Bytes, Micros, Millis};

use crate::image::{structs, words};

words! { Diagnosed, Fix, FixGrounds }

structs! {
    Patients { tasks, fixes }
    Patient { failure, fixes, variables, timeout, memory_max, waits, tries, proposal, is_given_up }
    Failure { request, ending, diagnosed }
    Proposal { fix, grounds, due, is_decided }
}

/// The tasks of one workflow of which something is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Patients {
    pub(crate) tasks: BTreeMap<u32, Patient>,
    /// Fixes that were applied to any of its tasks.
    pub(crate) fixes: u32,
}

/// A task that failed and has not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Patient {
    /// How its last attempt failed, until it is decided what that means.
    pub(crate) failure: Option<Box<Failure>>,
    /// Fixes that were applied to it.
    pub(crate) fixes: u32,
    /// The variables that fixes set.
    pub(crate) variables: BTreeSet<String>,
    /// The timeout to which a fix raised its own.
    pub(crate) timeout: Option<Millis>,
    /// The memory to which a fix raised its own.
    pub(crate) memory_max: Option<Bytes>,
    /// Fixes that waited.
    pub(crate) waits: u32,
    /// The fix of whose outcome the end of the next attempt tells.
    pub(crate) tries: Option<(String, FixKind)>,
    /// A fix that waits for approval.
    pub(crate) proposal: Option<Box<Proposal>>,
    /// Whether it was decided that nothing heals it.
    pub(crate) is_given_up: bool,
}

/// An attempt that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Sequence of its request.
    pub(crate) request: u64,
    pub(crate) ending: Ending,
    pub(crate) diagnosed: Diagnosed,
}

/// A fix that waits for approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) fix: Fix,
    pub(crate) grounds: FixGrounds,
    /// When it is given up.
    pub(crate) due: Micros,
    /// Whether somebody has decided on it.
    pub(crate) is_decided: bool,
}

impl Patients {
    /// What came of the last attempt counts no more.
    pub(crate) fn forget_failure(&mut self, task: u32) {
        let Some(patient) = self.tasks.get_mut(&task) else { return };
        patient.failure = None;
        if *patient == Patient::default() {
            self.tasks.remove(&task);
        }
    }

    /// Whether there is nothing that counts later.
    pub(crate) fn is_nothing(&self) -> bool {
        self.tasks.is_empty() && self.fixes == 0
    }
}

impl Patient {
    /// A fix is applied to it.
    pub(crate) fn apply(&mut self, applied: &FixApplied) {
        let Fix { kind, variables, timeout, memory_max } = &applied.fix;
        self.failure = None;
        self.fixes += 1;
        self.waits += u32::from(*kind == FixKind::WaitAndRetry);
        self.variables.extend(variables.iter().cloned());
        self.timeout = timeout.as_ref().map(|raise| raise.to).or(self.timeout);
        self.memory_max = memory_max.as_ref().map(|raise| raise.to).or(self.memory_max);
        self.tries = Some((applied.grounds.rule.clone(), *kind));
    }
}

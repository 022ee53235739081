//! Which fix follows from a diagnosis.

use triad_event::execution::{Diagnosed, Ending, FailureClass};
use triad_event::governance::Setting;
use triad_event::healing::{Fix, FixKind, MemoryRaise, NotHealed, OfferedVariable, TimeoutRaise};
use triad_event::quantity::{Bytes, Millis};

use super::patients::{Failure, Patient};
use crate::plan::Limits;
use crate::ports::settings::Settings;

/// What is known of a task that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case<'a> {
    pub(crate) patient: &'a Patient,
    pub(crate) failure: &'a Failure,
    /// What its attempts may take, without fixes.
    pub(crate) limits: Limits,
    /// The variables that the operator's configuration has, ascending.
    pub(crate) offered: &'a [OfferedVariable],
    pub(crate) settings: &'a Settings,
}

/// The fix that follows, or why there is none.
pub(crate) fn cure(case: &Case<'_>) -> Result<Fix, NotHealed> {
    let Failure { ending, ref diagnosed, .. } = *case.failure;
    // What the engine itself ended is known, whatever the program said.
    match (ending, diagnosed.class) {
        (Ending::OutOfMemory, _) | (_, FailureClass::OutOfMemory) => raise_memory(case),
        (Ending::TimedOut, _) => raise_timeout(case),
        (_, FailureClass::MissingConfiguration | FailureClass::Authentication) => {
            set_environment(case, diagnosed)
        }
        (
            _,
            FailureClass::Timeout
            | FailureClass::Network
            | FailureClass::Dns
            | FailureClass::RateLimit
            | FailureClass::OutOfDisk
            | FailureClass::DependencyUnavailable
            | FailureClass::Conflict,
        ) => Ok(fix(FixKind::WaitAndRetry)),
        (
            _,
            FailureClass::Unknown
            | FailureClass::MissingFile
            | FailureClass::CommandNotFound
            | FailureClass::Permission
            | FailureClass::Tls
            | FailureClass::BadInput
            | FailureClass::BadOutput
            | FailureClass::Crash,
        ) => Err(NotHealed::NoFix),
    }
}

/// Whether another attempt that nothing was changed for would fail the same.
pub(crate) const fn stays(class: FailureClass) -> bool {
    matches!(
        class,
        FailureClass::MissingConfiguration
            | FailureClass::MissingFile
            | FailureClass::CommandNotFound
            | FailureClass::Permission
            | FailureClass::Authentication
            | FailureClass::BadInput
    )
}

fn fix(kind: FixKind) -> Fix {
    Fix { kind, variables: Vec::new(), timeout: None, memory_max: None }
}

/// Only what the rule found to be missing by name is set, and only from what the operator's configuration has.
fn set_environment(case: &Case<'_>, diagnosed: &Diagnosed) -> Result<Fix, NotHealed> {
    let is_offered =
        |name: &&String| case.offered.binary_search_by(|variable| variable.name.cmp(name)).is_ok();
    let (offered, set) = (diagnosed.lacks.iter().filter(is_offered), &case.patient.variables);
    let variables: Vec<String> = offered.clone().filter(|name| !set.contains(*name)).cloned().collect();
    if !variables.is_empty() {
        return Ok(Fix { variables, ..fix(FixKind::SetEnvironment) });
    }
    Err(if offered.count() > 0 { NotHealed::DoneBefore } else { NotHealed::NotOffered })
}

fn raise_timeout(case: &Case<'_>) -> Result<Fix, NotHealed> {
    let from = case.patient.timeout.or(case.limits.timeout).ok_or(NotHealed::NoFix)?;
    let to = Millis(from.0.saturating_mul(2).min(case.settings.span(Setting::FixTimeoutMax).0));
    let timeout = Some(TimeoutRaise { from, to });
    if to > from { Ok(Fix { timeout, ..fix(FixKind::RaiseTimeout) }) } else { Err(NotHealed::AtMost) }
}

fn raise_memory(case: &Case<'_>) -> Result<Fix, NotHealed> {
    let from = case.patient.memory_max.or(case.limits.memory_max).ok_or(NotHealed::NoFix)?;
    let to = Bytes(from.0.saturating_mul(2).min(case.settings.size(Setting::FixMemoryMax).0));
    let memory_max = Some(MemoryRaise { from, to });
    if to > from { Ok(Fix { memory_max, ..fix(FixKind::RaiseMemory) }) } else { Err(NotHealed::AtMost) }
}

//! Which refusal is which problem: the one place that says so.

use super::fault::Faults;
use super::problem::{Code, Problem};
use crate::clock;
use crate::resource::{alert, bulk, definition, incident, ledger, moderation, price, schedule};
use triad_decide::{Refusal, access, dag, execution, gates, governance, intake, prices, subjects};
use triad_event::governance::Setting;
use triad_perform::AskError;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let code = match &refusal {
            Refusal::Intake(intake::Refusal::Faults(faults)) => {
                return Self::faults(&Faults::from(faults.clone()));
            }
            Refusal::Intake(refusal) => of_intake(refusal),
            Refusal::Dag(refusal) => of_dag(refusal),
            Refusal::Governance(refusal) => of_governance(refusal),
            Refusal::Execution(refusal) => of_execution(refusal),
            Refusal::Subjects(refusal) => of_subjects(refusal),
            Refusal::Alerts(refusal) => alert::code(refusal),
            Refusal::Access(refusal) => of_access(refusal),
            Refusal::Gates(refusal) => of_gates(refusal),
            Refusal::Definitions(refusal) => definition::code(refusal),
            Refusal::Bulk(refusal) => bulk::code(refusal),
            Refusal::Schedules(refusal) => schedule::code(refusal),
            Refusal::Prices(refusal) => price::code(refusal),
            Refusal::Economics(refusal) => ledger::code(refusal),
            Refusal::Healing(refusal) => incident::code(refusal),
            Refusal::Moderation(refusal) => moderation::code(refusal),
            // What comes of an evaluation nobody asks for over HTTP.
            Refusal::Evaluation(_) => Code::Internal,
            Refusal::EffectOver { .. } => Code::AttemptOver,
            Refusal::EffectUnknown { .. } => Code::AttemptUnknown,
        };
        let is_evidence = matches!(code, Code::LegalHold | Code::Retention) || is_in_use(&refusal);
        let problem = Self::new(code, detail(&refusal));
        if is_evidence { problem.with("recorded", true) } else { problem }
    }
}

/// The core knows microseconds only, and no calendar.
#[expect(clippy::wildcard_enum_match_arm, reason = "every other refusal says all by itself")]
fn detail(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Subjects(subjects::Refusal::Retention { subject, until }) => format!(
            "the content of data subject {subject} must be kept until {}: the setting {} says so",
            clock::show(until.0),
            Setting::RetentionMin.name()
        ),
        Refusal::Prices(prices::Refusal::PublishedLater { published }) => {
            format!("prices cannot have been published at {}, which is to come", clock::show(published.0))
        }
        Refusal::Prices(prices::Refusal::PublishedBefore { latest }) => format!(
            "prices that were published later are there already, as of {}: publish with a later `published`",
            clock::show(latest.0)
        ),
        _ => refusal.to_string(),
    }
}

fn is_in_use(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::Subjects(subjects::Refusal::InUse { .. }))
}

fn of_intake(refusal: &intake::Refusal) -> Code {
    match refusal {
        intake::Refusal::Faults(_) => Code::InvalidDefinition,
        intake::Refusal::StagedOtherwise { .. } | intake::Refusal::OtherSubject { .. } => Code::UploadChanged,
        intake::Refusal::WorkflowExists { .. } => Code::WorkflowExists,
        intake::Refusal::WorkflowIdZero => Code::WorkflowIdZero,
        intake::Refusal::KeyConflict { .. } => Code::IdempotencyConflict,
        intake::Refusal::LookupTooOld { .. } => Code::ViewsBehind,
        intake::Refusal::TooManyAlive { .. } | intake::Refusal::TooManyOfCredential { .. } => {
            Code::TooManyAlive
        }
        intake::Refusal::RecordTooLarge { .. } => Code::TooLarge,
    }
}

fn of_dag(refusal: &dag::Refusal) -> Code {
    match refusal {
        dag::Refusal::WorkflowUnknown { .. } => Code::WorkflowUnknown,
        dag::Refusal::AlreadyCancelling => Code::AlreadyCancelling,
        dag::Refusal::AlreadyPaused => Code::AlreadyPaused,
        dag::Refusal::NotPaused => Code::NotPaused,
        dag::Refusal::ReasonTooLong(_) => Code::InvalidValue,
    }
}

fn of_governance(refusal: &governance::Refusal) -> Code {
    match refusal {
        governance::Refusal::TimeWentBack { .. }
        | governance::Refusal::ElapsedWentBack { .. }
        | governance::Refusal::OtherVersion { .. }
        | governance::Refusal::SnapshotOfTheFuture { .. } => Code::Internal,
        governance::Refusal::NotStarted => Code::Busy,
        governance::Refusal::SettingOutOfBounds { .. }
        | governance::Refusal::ScopeNotNamed
        | governance::Refusal::ReasonTooLong(_) => Code::InvalidValue,
        governance::Refusal::AlreadyPaused => Code::AlreadyPaused,
        governance::Refusal::NotPaused => Code::NotPaused,
        governance::Refusal::NothingDue => Code::NothingDue,
        governance::Refusal::ClockNotStepped { .. }
        | governance::Refusal::ClockDisagrees { .. }
        | governance::Refusal::ClockStepPending
        | governance::Refusal::NoClockStep => Code::ClockConflict,
        governance::Refusal::StreamUnknown { .. } => Code::StreamUnknown,
        governance::Refusal::Quarantined { .. } => Code::Quarantined,
        governance::Refusal::NotQuarantined { .. } => Code::NotQuarantined,
    }
}

fn of_execution(refusal: &execution::Refusal) -> Code {
    match refusal {
        execution::Refusal::NotAnAttempt { .. } | execution::Refusal::NotPerformed { .. } => {
            Code::AttemptUnknown
        }
        execution::Refusal::OtherTask { .. } => Code::InvalidValue,
        execution::Refusal::OutputTooLarge { .. } => Code::TooLarge,
    }
}

fn of_subjects(refusal: &subjects::Refusal) -> Code {
    use subjects::Refusal as R;
    match refusal {
        R::LegalHold { .. } => Code::LegalHold,
        R::Retention { .. } => Code::Retention,
        // A workflow without content has no key; until it ends nothing with content shares its data subject.
        R::InUse { .. } | R::OtherSlot { .. } => Code::SubjectInUse,
        R::SubjectErased { .. } => Code::SubjectErased,
        R::ErasureUnderWay { .. } => Code::ErasureUnderWay,
        R::SubjectUnknown { .. } => Code::SubjectUnknown,
        R::LookupTooOld { .. } => Code::ViewsBehind,
        R::HoldExists { .. } => Code::HoldExists,
        R::HoldUnknown { .. } => Code::HoldUnknown,
        R::SubjectIdZero | R::HoldNotNamed | R::ReasonTooLong(_) => Code::InvalidValue,
        R::TooManyHolds { .. } => Code::TooManyHolds,
        // Only the engine itself ends erasures.
        R::OtherErasure { .. } => Code::Internal,
    }
}

fn of_access(refusal: &access::Refusal) -> Code {
    use access::Refusal as R;
    match refusal {
        R::NotACredential { .. } => Code::NotIdentified,
        R::KeyUnknown { .. } => Code::KeyUnknown,
        R::KeyExists { .. }
        | R::KeyRevoked { .. }
        | R::KeySuspended { .. }
        | R::NotSuspended { .. }
        | R::KeyExpired { .. }
        | R::TenantStays { .. } => Code::KeyConflict,
        R::LastAdministrator => Code::LastAdministrator,
        R::LinkUnknown { .. } | R::LinkGrantsOtherwise => Code::LinkUnknown,
        R::SessionUnknown { .. } => Code::SessionUnknown,
        R::IssuerUnknown { .. } => Code::IssuerUnknown,
        R::TooManyCredentials | R::TooManySessions | R::TooManyIssuers => Code::TooManyCredentials,
        R::SamePolicy => Code::PolicyInForce,
        R::PolicyTooLong => Code::TooLarge,
        R::LabelNotAnId
        | R::NameLength
        | R::NotAnId { .. }
        | R::TooManyNames { .. }
        | R::Zero { .. }
        | R::ExpiresInThePast
        | R::FormerTooLong
        | R::IssuerField { .. }
        | R::ReasonTooLong(_) => Code::InvalidValue,
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let code = match &error {
            AskError::Busy => Code::Busy,
            AskError::Stopped => Code::Stopping,
            AskError::Failed(_) => Code::NotRecorded,
            AskError::Unknown(_) => Code::UnknownOutcome,
            // A way of failing that this version does not know may well have recorded something.
            _ => Code::UnknownOutcome,
        };
        Self::new(code, error.to_string())
    }
}

fn of_gates(refusal: &gates::Refusal) -> Code {
    use gates::Refusal as R;
    match refusal {
        R::WorkflowUnknown { .. } => Code::WorkflowUnknown,
        R::SignalUnknown { .. } => Code::SignalUnknown,
        R::TooManySignals => Code::TooManySignals,
        R::OtherSubject { .. } => Code::UploadChanged,
        R::NotWaiting => Code::NotWaiting,
        R::RequesterDecides => Code::RequesterDecides,
        R::ApprovedAlready { .. } => Code::ApprovedAlready,
        R::NotAnApprover { .. } => Code::NotAnApprover,
        R::SignalTooLarge | R::NoReason | R::ReasonTooLong(_) => Code::InvalidValue,
    }
}

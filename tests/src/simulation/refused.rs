//! Which rare thing a refusal is.

use super::probe::Probe;
use triad_decide::{
    Accepted, Refusal, alerts, dag, evaluation, execution, gates, governance, healing, intake, prices,
    schedules, subjects,
};

/// The probe that an answer hits, if it is a rare one.
pub(crate) fn of_answer(reply: &Result<Accepted, Refusal>) -> Option<Probe> {
    of_refusal(reply.as_ref().err()?)
}

/// The probe that a refusal hits, if it is a rare one.
pub(crate) fn of_refusal(refusal: &Refusal) -> Option<Probe> {
    match refusal {
        Refusal::Governance(refusal) => of_governance(refusal),
        Refusal::Intake(refusal) => Some(of_intake(refusal)?),
        Refusal::Dag(refusal) => Some(match refusal {
            dag::Refusal::WorkflowUnknown { .. } => Probe::RefusedWorkflowUnknown,
            dag::Refusal::AlreadyCancelling => Probe::RefusedAlreadyCancelling,
            dag::Refusal::AlreadyPaused => Probe::RefusedAlreadyPaused,
            dag::Refusal::NotPaused => Probe::RefusedNotPaused,
            dag::Refusal::ReasonTooLong { .. } => Probe::RefusedReasonTooLong,
        }),
        Refusal::Execution(refusal) => Some(match refusal {
            execution::Refusal::NotPerformed { .. } => Probe::RefusedNotPerformed,
            // No other request is named where an attempt is meant.
            execution::Refusal::NotAnAttempt { .. } => return None,
            execution::Refusal::OtherTask { .. } => Probe::RefusedOtherTask,
            execution::Refusal::OutputTooLarge { .. } => Probe::RefusedOutputTooLarge,
        }),
        // Nobody keeps a definition under a name here, does one thing to many workflows, sets a budget or rules of moderation.
        Refusal::Definitions(_) | Refusal::Bulk(_) | Refusal::Economics(_) | Refusal::Moderation(_) => None,
        Refusal::Prices(refusal) => of_prices(refusal),
        Refusal::Healing(refusal) => of_healing(refusal),
        Refusal::Schedules(refusal) => of_schedules(refusal),
        Refusal::Subjects(refusal) => of_subjects(refusal),
        Refusal::Alerts(refusal) => of_alerts(refusal),
        Refusal::Gates(refusal) => of_gates(refusal),
        Refusal::Evaluation(refusal) => Some(match refusal {
            evaluation::Refusal::OtherTask { .. } => Probe::RefusedVerdictOfOtherTask,
            evaluation::Refusal::Contradiction => Probe::RefusedContradiction,
            evaluation::Refusal::OtherSubject { .. } => Probe::RefusedEntriesOfOther,
            // No other request is named where an evaluation is meant.
            evaluation::Refusal::NotAnEvaluation { .. } => return None,
        }),
        // Nothing here asks as a credential.
        Refusal::Access(_) => None,
        Refusal::EffectOver { .. } => Some(Probe::RefusedEffectOver),
        Refusal::EffectUnknown { .. } => Some(Probe::RefusedEffectUnknown),
    }
}

fn of_schedules(refusal: &schedules::Refusal) -> Option<Probe> {
    use schedules::Refusal as R;
    match refusal {
        R::ScheduleUnknown { .. } => Some(Probe::RefusedScheduleUnknown),
        R::AlreadyPaused => Some(Probe::RefusedAlreadyPaused),
        R::NotPaused => Some(Probe::RefusedNotPaused),
        R::Handled { .. } => Some(Probe::RefusedMomentHandled),
        R::NoMoments => Some(Probe::RefusedNoMoments),
        R::BackfillUnderWay => Some(Probe::RefusedBackfillUnderWay),
        R::NoBackfill => Some(Probe::RefusedNoBackfill),
        R::BackfillOutOfBounds => Some(Probe::RefusedBackfillOutOfBounds),
        R::Circle { .. } => Some(Probe::RefusedCircle),
        R::FollowedUnknown { .. } => Some(Probe::RefusedFollowedUnknown),
        R::NothingToFillBack { .. } => Some(Probe::RefusedNothingToFillBack),
        R::ReasonTooLong(_) => Some(Probe::RefusedReasonTooLong),
        // A stream has one name here, there are few schedules, and all of them are well-formed.
        R::StreamTaken { .. }
        | R::NameNotAnId
        | R::NameTaken { .. }
        | R::NameStays { .. }
        | R::TooManySchedules
        | R::TimingLength
        | R::SourceLength
        | R::CatchUpOutOfBounds
        | R::JitterTooLong
        | R::CalendarAndRuns
        | R::TextTooLong => None,
    }
}

fn of_prices(refusal: &prices::Refusal) -> Option<Probe> {
    use prices::Refusal as R;
    match refusal {
        R::NoSource => Some(Probe::RefusedNoSource),
        R::CurrencyWithoutRate { .. } => Some(Probe::RefusedCurrency),
        R::FixedPriceMismatch => Some(Probe::RefusedFixedPrice),
        R::FixedPriceAges | R::FixedPriceBounds => Some(Probe::RefusedFixedPriceChanges),
        R::PriceIsFixed => Some(Probe::RefusedPriceIsFixed),
        R::AgeOutOfBounds => Some(Probe::RefusedPriceAge),
        R::BoundsUnusable => Some(Probe::RefusedPriceBounds),
        R::PriceOutOfBounds => Some(Probe::RefusedPriceTooFar),
        R::StepCount => Some(Probe::RefusedStepCount),
        R::StepUnaligned { .. } => Some(Probe::RefusedStepUnaligned),
        R::StepsOverlap { .. } => Some(Probe::RefusedStepsOverlap),
        R::StepOutOfTime { .. } => Some(Probe::RefusedStepOutOfTime),
        R::PublishedLater { .. } => Some(Probe::RefusedPublishedLater),
        R::PublishedBefore { .. } => Some(Probe::RefusedPublishedBefore),
        R::ReasonTooLong(_) => Some(Probe::RefusedReasonTooLong),
        // Areas are letters, all prices are in dollars, and nobody measures carbon.
        R::AreaUnusable
        | R::CurrencyUnusable
        | R::DollarRate
        | R::RateOutOfBounds
        | R::CurrencyMismatch { .. }
        | R::NoCarbonSource
        | R::CarbonOutOfBounds => None,
    }
}

fn of_gates(refusal: &gates::Refusal) -> Option<Probe> {
    use gates::Refusal as R;
    match refusal {
        R::WorkflowUnknown { .. } => Some(Probe::RefusedWorkflowUnknown),
        R::NotWaiting => Some(Probe::RefusedNotWaiting),
        R::RequesterDecides => Some(Probe::RefusedRequesterDecides),
        R::ApprovedAlready { .. } => Some(Probe::RefusedApprovedAlready),
        R::ReasonTooLong(_) => Some(Probe::RefusedReasonTooLong),
        // Everybody who approves says why. There is one signal, nobody sends a thousand, nothing comes with it, and nobody
        // has a credential.
        R::NoReason
        | R::SignalUnknown { .. }
        | R::TooManySignals
        | R::SignalTooLarge
        | R::OtherSubject { .. }
        | R::NotAnApprover { .. } => None,
    }
}

fn of_healing(refusal: &healing::Refusal) -> Option<Probe> {
    use healing::Refusal as R;
    match refusal {
        R::NotWaiting => Some(Probe::RefusedNoFixWaits),
        R::RequesterDecides => Some(Probe::RefusedFixOfTheirOwn),
        R::ReasonTooLong(_) => Some(Probe::RefusedReasonTooLong),
        // Only fixes that were seen to wait are decided on, nobody has a credential, and nobody sets rules.
        R::WorkflowUnknown { .. } | R::NotAnApprover | R::RulesTooLong | R::NoRules | R::Offered => None,
    }
}

fn of_governance(refusal: &governance::Refusal) -> Option<Probe> {
    use governance::Refusal as R;
    match refusal {
        R::AlreadyPaused => Some(Probe::RefusedEngineAlreadyPaused),
        R::NotPaused => Some(Probe::RefusedEngineNotPaused),
        R::SettingOutOfBounds { .. } => Some(Probe::RefusedSettingOutOfBounds),
        R::NoClockStep => Some(Probe::RefusedNoClockStep),
        R::NotQuarantined { .. } => Some(Probe::RefusedNotQuarantined),
        R::StreamUnknown { .. } => Some(Probe::RefusedStreamUnknown),
        R::Quarantined { .. } => Some(Probe::RefusedQuarantined),
        R::ReasonTooLong { .. } => Some(Probe::RefusedReasonTooLong),
        // The loop asks none of these: it reads the clock and the timers before it asks.
        R::TimeWentBack { .. }
        | R::ElapsedWentBack { .. }
        | R::ClockDisagrees { .. }
        | R::NotStarted
        | R::OtherVersion { .. }
        | R::NothingDue
        | R::ClockNotStepped { .. }
        | R::ClockStepPending
        | R::ScopeNotNamed
        | R::SnapshotOfTheFuture { .. } => None,
    }
}

fn of_alerts(refusal: &alerts::Refusal) -> Option<Probe> {
    use alerts::Refusal as R;
    match refusal {
        R::AlertUnknown { .. } => Some(Probe::RefusedAlertUnknown),
        R::AlreadyAcknowledged => Some(Probe::RefusedAlreadyAcknowledged),
        R::ReasonTooLong(_) => Some(Probe::RefusedReasonTooLong),
        // The shell drops what is refused of its reports.
        R::ConditionStands | R::NoCondition | R::NotADelivery { .. } => None,
        // Nobody subscribes here.
        R::SubscriptionUnknown
        | R::NotAName
        | R::NotASubscription
        | R::TooManySubscriptions
        | R::ToldAlready
        | R::TooManyMessages
        | R::MessageUnknown { .. }
        | R::NotGivenUp { .. } => None,
    }
}

fn of_intake(refusal: &intake::Refusal) -> Option<Probe> {
    use intake::Refusal as R;
    match refusal {
        R::Faults(_) => Some(Probe::RefusedFaults),
        R::StagedOtherwise { .. } => Some(Probe::RefusedStagedOtherwise),
        R::WorkflowExists { .. } => Some(Probe::RefusedWorkflowExists),
        R::KeyConflict { .. } => Some(Probe::RefusedKeyConflict),
        R::LookupTooOld { .. } => Some(Probe::RefusedLookupTooOld),
        R::TooManyAlive { .. } => Some(Probe::RefusedTooManyAlive),
        R::RecordTooLarge { .. } => Some(Probe::RefusedRecordTooLarge),
        // The zero id is never drawn, and nobody has a quota of their own.
        R::WorkflowIdZero | R::TooManyOfCredential { .. } => None,
        // A client stays with its data subject.
        R::OtherSubject { .. } => None,
    }
}

fn of_subjects(refusal: &subjects::Refusal) -> Option<Probe> {
    use subjects::Refusal as R;
    match refusal {
        R::LegalHold { .. } => Some(Probe::RefusedLegalHold),
        R::Retention { .. } => Some(Probe::RefusedRetention),
        R::InUse { .. } => Some(Probe::RefusedInUse),
        R::SubjectErased { .. } => Some(Probe::RefusedSubjectErased),
        R::ErasureUnderWay { .. } => Some(Probe::RefusedErasureUnderWay),
        R::SubjectUnknown { .. } => Some(Probe::RefusedSubjectUnknown),
        R::HoldExists { .. } => Some(Probe::RefusedHoldExists),
        R::HoldUnknown { .. } => Some(Probe::RefusedHoldUnknown),
        R::ReasonTooLong { .. } => Some(Probe::RefusedReasonTooLong),
        // The vault names slots, nobody is all zero, holds are numbered, and there are far fewer erasures and holds than
        // may be.
        R::OtherSlot { .. }
        | R::OtherErasure { .. }
        | R::SubjectIdZero
        | R::HoldNotNamed
        | R::TooManyHolds { .. }
        | R::LookupTooOld { .. } => None,
    }
}

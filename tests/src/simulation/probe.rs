//! Rare things that a long simulation must have met at least once: otherwise it does not test what it seems to test.

use super::listed::listed;

listed! {
    /// Something rare.
    Probe {
        /// A group was full, and what was owed went on in the next.
        GroupFull = "group-full",
        /// A block reached its size before anybody asked for it.
        BlockFull = "block-full",
        /// Two commits were in flight at once.
        TwoInFlight = "two-in-flight",
        /// A world came back from a snapshot and the records after it.
        SnapshotUsed = "snapshot-used",
        /// A snapshot was passed over, because its digest is not in the log.
        SnapshotPassedOver = "snapshot-passed-over",
        /// A world came back from the whole log.
        WholeLogFolded = "whole-log-folded",
        /// A crash lost records that no commit held.
        OpenBlockLost = "open-block-lost",
        /// A crash lost a commit in flight.
        FlightLost = "flight-lost",
        /// A new life found records that nobody had acknowledged.
        UnacknowledgedFound = "unacknowledged-found",
        /// An effect was performed again in a later life.
        PerformedAgain = "performed-again",
        /// An attempt was tried again in the same life.
        TriedAgain = "tried-again",
        /// An attempt was asked to stop that had never run in this life.
        StoppedUnstarted = "stopped-unstarted",
        /// A client heard that nothing is known, and the workflow was in the log.
        UnknownYetRecorded = "unknown-yet-recorded",
        /// A client heard that nothing is known, and the workflow was not in the log.
        UnknownAndLost = "unknown-and-lost",
        /// A client heard for sure that nothing was recorded.
        FailedForSure = "failed-for-sure",
        /// An answer to what recorded nothing waited for a commit that then failed.
        RefusalUnsaid = "refusal-unsaid",
        /// A repetition was recognised from what the world knows.
        RepeatedFromWorld = "repeated-from-world",
        /// A repetition was recognised from what the index knew.
        RepeatedFromIndex = "repeated-from-index",
        /// A key was accepted again after it had expired.
        KeyAcceptedAgain = "key-accepted-again",
        /// A stream was set aside while attempts of it ran.
        QuarantineWithAttempts = "quarantine-with-attempts",
        /// An outcome was refused because nothing was owed any more.
        RefusedEffectOver = "refused-effect-over",
        /// An outcome named no request.
        RefusedEffectUnknown = "refused-effect-unknown",
        /// An outcome named another task.
        RefusedOtherTask = "refused-other-task",
        /// An outcome was one of an attempt that nobody performs.
        RefusedNotPerformed = "refused-not-performed",
        /// An outcome brought more output than is kept.
        RefusedOutputTooLarge = "refused-output-too-large",
        /// A definition had faults.
        RefusedFaults = "refused-faults",
        /// A chunk did not continue what was staged.
        RefusedStagedOtherwise = "refused-staged-otherwise",
        /// The id was in use.
        RefusedWorkflowExists = "refused-workflow-exists",
        /// The key stood for another definition.
        RefusedKeyConflict = "refused-key-conflict",
        /// The index had not read far enough.
        RefusedLookupTooOld = "refused-lookup-too-old",
        /// As many were alive as may be.
        RefusedTooManyAlive = "refused-too-many-alive",
        /// The tasks did not fit one record.
        RefusedRecordTooLarge = "refused-record-too-large",
        /// The workflow was not alive.
        RefusedWorkflowUnknown = "refused-workflow-unknown",
        /// The workflow was being cancelled already.
        RefusedAlreadyCancelling = "refused-already-cancelling",
        /// The workflow was paused already.
        RefusedAlreadyPaused = "refused-already-paused",
        /// The workflow was not paused.
        RefusedNotPaused = "refused-not-paused",
        /// The stream was set aside.
        RefusedQuarantined = "refused-quarantined",
        /// The engine was paused already.
        RefusedEngineAlreadyPaused = "refused-engine-already-paused",
        /// The engine was not paused.
        RefusedEngineNotPaused = "refused-engine-not-paused",
        /// The value was out of bounds.
        RefusedSettingOutOfBounds = "refused-setting-out-of-bounds",
        /// There was no clock step to accept.
        RefusedNoClockStep = "refused-no-clock-step",
        /// The stream was not set aside.
        RefusedNotQuarantined = "refused-not-quarantined",
        /// A stream that panicked had ended before it could be set aside.
        RefusedStreamUnknown = "refused-stream-unknown",
        /// A key was destroyed that was gone already.
        DestroyedAgain = "destroyed-again",
        /// A legal hold stood against an erasure.
        RefusedLegalHold = "refused-legal-hold",
        /// The retention rule stood against an erasure.
        RefusedRetention = "refused-retention",
        /// A workflow stood against an erasure.
        RefusedInUse = "refused-in-use",
        /// The data subject was erased.
        RefusedSubjectErased = "refused-subject-erased",
        /// The erasure of the data subject was under way.
        RefusedErasureUnderWay = "refused-erasure-under-way",
        /// The vault knew nothing of the data subject.
        RefusedSubjectUnknown = "refused-subject-unknown",
        /// There was a hold of that name.
        RefusedHoldExists = "refused-hold-exists",
        /// There was no hold of that name.
        RefusedHoldUnknown = "refused-hold-unknown",
        /// There was no such alert any more.
        RefusedAlertUnknown = "refused-alert-unknown",
        /// The alert was acknowledged already.
        RefusedAlreadyAcknowledged = "refused-already-acknowledged",
        /// The task did not wait for approval.
        RefusedNotWaiting = "refused-not-waiting",
        /// Whoever submitted was to decide.
        RefusedRequesterDecides = "refused-requester-decides",
        /// The same person had approved.
        RefusedApprovedAlready = "refused-approved-already",
        /// A task ran because another had failed.
        RanAfterFailure = "ran-after-failure",
        /// A task ran although another that it depends on had been left out.
        RanBesideLeftOut = "ran-beside-left-out",
        /// A task was left out because its condition did not hold.
        LeftOutByCondition = "left-out-by-condition",
        /// A task was left out because another ended otherwise than it wants.
        LeftOutByEdge = "left-out-by-edge",
        /// A task was left out with all that it depends on.
        LeftOutByBranch = "left-out-by-branch",
        /// A task was left out with its sub-workflow.
        LeftOutByGroup = "left-out-by-group",
        /// A task failed because something in it did.
        FailedByPart = "failed-by-part",
        /// A task failed because its expressions came to nothing.
        FailedByExpression = "failed-by-expression",
        /// A task failed because it was late.
        FailedByDeadline = "failed-by-deadline",
        /// A list had no entry.
        FannedOutToNothing = "fanned-out-to-nothing",
        /// A list had more entries than parts may be under way.
        MorePartsThanMay = "more-parts-than-may",
        /// A sub-workflow of a sub-workflow began.
        NestedGroup = "nested-group",
        /// A task of a sub-workflow had ended before that began.
        EndedBeforeItsGroupBegan = "ended-before-its-group-began",
        /// The deadline of a task passed.
        DeadlineOfTask = "deadline-of-task",
        /// The deadline of a workflow passed.
        DeadlineOfWorkflow = "deadline-of-workflow",
        /// A deadline passed while expressions were evaluated.
        DeadlineWhileEvaluating = "deadline-while-evaluating",
        /// An attempt was asked to stop because it was late.
        StoppedByDeadline = "stopped-by-deadline",
        /// A task ended while its expressions were evaluated.
        EndedWhileEvaluating = "ended-while-evaluating",
        /// What was more urgent got a place before something that waited as well.
        MoreUrgentWentFirst = "more-urgent-went-first",
        /// Expressions were evaluated again in a later life.
        EvaluatedAgain = "evaluated-again",
        /// A condition held.
        EvaluatedToTrue = "evaluated-to-true",
        /// A condition did not hold.
        EvaluatedToFalse = "evaluated-to-false",
        /// There was a list.
        EvaluatedToList = "evaluated-to-list",
        /// Expressions named what is not there.
        EvaluatedToMissing = "evaluated-to-missing",
        /// Expressions had no value.
        EvaluatedToNoValue = "evaluated-to-no-value",
        /// Expressions came to too much.
        EvaluatedToTooMuch = "evaluated-to-too-much",
        /// Expressions could not be read.
        EvaluatedToUnavailable = "evaluated-to-unavailable",
        /// A verdict contradicted itself.
        RefusedContradiction = "refused-contradiction",
        /// Entries were those of somebody else.
        RefusedEntriesOfOther = "refused-entries-of-other",
        /// A verdict named another task.
        RefusedVerdictOfOtherTask = "refused-verdict-of-other-task",
        /// There was no such schedule.
        RefusedScheduleUnknown = "refused-schedule-unknown",
        /// A moment was handled already.
        RefusedMomentHandled = "refused-moment-handled",
        /// Moments were none.
        RefusedNoMoments = "refused-no-moments",
        /// A backfill was under way.
        RefusedBackfillUnderWay = "refused-backfill-under-way",
        /// No backfill was under way.
        RefusedNoBackfill = "refused-no-backfill",
        /// A range to fill back was empty.
        RefusedBackfillOutOfBounds = "refused-backfill-out-of-bounds",
        /// Schedules would have followed one another in a circle.
        RefusedCircle = "refused-circle",
        /// What was to be followed was not there.
        RefusedFollowedUnknown = "refused-followed-unknown",
        /// What follows runs was to be filled back.
        RefusedNothingToFillBack = "refused-nothing-to-fill-back",
        /// A fix was applied to a task that failed.
        FixApplied = "fix-applied",
        /// A fix waited for somebody's word.
        FixProposed = "fix-proposed",
        /// Nothing healed a task that was to be healed.
        NotHealed = "not-healed",
        /// No fix of the task waited for approval.
        RefusedNoFixWaits = "refused-no-fix-waits",
        /// Whoever submitted was to decide on a fix.
        RefusedFixOfTheirOwn = "refused-fix-of-their-own",
        /// Prices were published for a time for which there were others.
        PricesRevised = "prices-revised",
        /// Prices were published that lie outside of the bounds of their source.
        PricesOutsideBounds = "prices-outside-bounds",
        /// Prices were published that are below nothing.
        PricesBelowNothing = "prices-below-nothing",
        /// A price was taken that was too old, or published for an earlier time.
        LastKnownPriceTaken = "last-known-price-taken",
        /// The price in the middle of the last weeks was taken.
        TypicalPriceTaken = "typical-price-taken",
        /// How long a task takes was known from its runs.
        EstimatedByRuns = "estimated-by-runs",
        /// A task waited because the price was above its bid.
        DeferredAboveBid = "deferred-above-bid",
        /// A task that was let go long ago waited for a price again.
        DeferredAgain = "deferred-again",
        /// A task waited because there was no price.
        DeferredWithoutPrice = "deferred-without-price",
        /// A task waited for a cheaper time.
        DeferredForCheaper = "deferred-for-cheaper",
        /// A task waited because the price was above a threshold.
        DeferredAboveThreshold = "deferred-above-threshold",
        /// A run was suspended.
        RunSuspended = "run-suspended",
        /// A run that was suspended found no place.
        SuspendedWithoutPlace = "suspended-without-place",
        /// A run that was suspended went on.
        RunContinued = "run-continued",
        /// A run that was suspended went on because it could wait no longer.
        ContinuedAtLastSafeStart = "continued-at-last-safe-start",
        /// A task went on because the price was within its bid.
        ReleasedWithinBid = "released-within-bid",
        /// A task went on because it could wait no longer.
        ReleasedAtLastSafeStart = "released-at-last-safe-start",
        /// A task went on because there was no price.
        ReleasedWithoutPrice = "released-without-price",
        /// A task went on because prices came from nowhere any more.
        ReleasedWithoutSource = "released-without-source",
        /// A task went on because it had no cheaper time.
        ReleasedAtCheapest = "released-at-cheapest",
        /// A task went on because waiting would have saved too little.
        ReleasedForTooLittle = "released-for-too-little",
        /// A task went on because the price was within a threshold.
        ReleasedWithinThreshold = "released-within-threshold",
        /// A task went on above a threshold because no later step was left for it.
        ReleasedWithoutSlotToSpare = "released-without-slot-to-spare",
        /// A run was charged money.
        ChargedWithPrice = "charged-with-price",
        /// A run was charged energy alone.
        ChargedWithoutPrice = "charged-without-price",
        /// A run was charged less than nothing.
        ChargedBelowNothing = "charged-below-nothing",
        /// A charge was held against what the run would have cost at once.
        HeldAgainstRunningAtOnce = "held-against-running-at-once",
        /// What states a value got a place before something as urgent that states none.
        WorthWentFirst = "worth-went-first",
        /// What had waited longer got a place before something more urgent.
        LongerWaitWentFirst = "longer-wait-went-first",
        /// Prices came from nowhere.
        RefusedNoSource = "refused-no-source",
        /// Prices were in a currency of which nobody knows what it is worth.
        RefusedCurrency = "refused-currency",
        /// A fixed price was none, or another source had one.
        RefusedFixedPrice = "refused-fixed-price",
        /// A fixed price was to grow old or to lie between others.
        RefusedFixedPriceChanges = "refused-fixed-price-changes",
        /// Prices were published beside a fixed one.
        RefusedPriceIsFixed = "refused-price-is-fixed",
        /// An age was none.
        RefusedPriceAge = "refused-price-age",
        /// Bounds of prices were none.
        RefusedPriceBounds = "refused-price-bounds",
        /// A price was too far from nothing.
        RefusedPriceTooFar = "refused-price-too-far",
        /// Nothing was published.
        RefusedStepCount = "refused-step-count",
        /// A step did not begin with a quarter of an hour.
        RefusedStepUnaligned = "refused-step-unaligned",
        /// Steps overlapped.
        RefusedStepsOverlap = "refused-steps-overlap",
        /// A step was too far away.
        RefusedStepOutOfTime = "refused-step-out-of-time",
        /// Prices were of the future.
        RefusedPublishedLater = "refused-published-later",
        /// Prices were older than the last ones.
        RefusedPublishedBefore = "refused-published-before",
        /// The reason was too long.
        RefusedReasonTooLong = "refused-reason-too-long",
    }
}

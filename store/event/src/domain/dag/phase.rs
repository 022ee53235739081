//! The grammars of workflows and tasks: which event may follow which.

use crate::event::Event;
use crate::{dag, economics, evaluation, execution, gates, governance, healing, intake, prices};

tagged! {
    /// Where a workflow stands.
    WorkflowPhase {
        /// Chunks of its definition are coming in.
        Staging = 0,
        /// Its definition is complete; the acceptance follows in the same group.
        Submitted = 1,
        /// Its tasks are being performed.
        Running = 2,
        /// No attempt starts.
        Paused = 3,
        /// It was asked to stop, and something of it still runs.
        Cancelling = 4,
        /// Every task is completed.
        Completed = 5,
        /// Every task has ended, at least one as failed.
        Failed = 6,
        /// Every task has ended after it was asked to stop.
        Cancelled = 7,
        /// Its upload was never finished.
        Expired = 8,
        /// An operator closed it while it was in quarantine: where its tasks stood then they stand for ever.
        Closed = 9,
    }
}

impl WorkflowPhase {
    /// The phase after an event of the workflow's stream; `None` when the grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        if let Event::Intake(event) = event {
            return Self::after_intake(before, event);
        }
        if let Event::Dag(event) = event {
            return Self::after_dag(before, event);
        }
        if let Event::Execution(event) = event {
            return Self::after_execution(before, event);
        }
        if let Event::Gates(event) = event {
            return Self::after_gates(before, event);
        }
        if let Event::Evaluation(event) = event {
            return Self::after_evaluation(before, event);
        }
        if let Event::Prices(event) = event {
            return Self::after_prices(before, event);
        }
        if let Event::Healing(event) = event {
            return Self::after_healing(before, event);
        }
        // Budgets are of the log.
        if let Event::Economics(economics::Event::RunCharged(_)) = event {
            return Self::only_in(before, Self::LIVE);
        }
        if let Event::Governance(governance::Event::StreamClosed(_)) = event {
            return Self::after_closing(before);
        }
        None
    }

    /// Whether the stream is closed for ever.
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Cancelled | Self::Expired | Self::Closed => true,
            Self::Staging | Self::Submitted | Self::Running | Self::Paused | Self::Cancelling => false,
        }
    }

    /// The phases in which tasks exist and have not all ended.
    const LIVE: &'static [Self] = &[Self::Running, Self::Paused, Self::Cancelling];

    const fn after_intake(before: Option<Self>, event: &intake::Event) -> Option<Self> {
        match (event, before) {
            (intake::Event::ChunkStaged(_), None | Some(Self::Staging)) => Some(Self::Staging),
            (intake::Event::WorkflowSubmitted(_), None | Some(Self::Staging)) => Some(Self::Submitted),
            (intake::Event::WorkflowAccepted(_), Some(Self::Submitted)) => Some(Self::Running),
            (intake::Event::UploadExpired(_), Some(Self::Staging)) => Some(Self::Expired),
            (
                intake::Event::ChunkStaged(_)
                | intake::Event::WorkflowSubmitted(_)
                | intake::Event::WorkflowAccepted(_)
                | intake::Event::UploadExpired(_),
                _,
            ) => None,
        }
    }

    const fn after_dag(before: Option<Self>, event: &dag::Event) -> Option<Self> {
        match event {
            dag::Event::TaskCompleted(_) | dag::Event::TaskFailed(_) => Self::only_in(before, Self::LIVE),
            dag::Event::TaskQueued(_)
            | dag::Event::TaskSkipped(_)
            | dag::Event::RetryScheduled(_)
            | dag::Event::TaskLeftOut(_)
            | dag::Event::TaskFannedOut(_)
            | dag::Event::GroupBegan(_)
            | dag::Event::TaskReused(_)
            | dag::Event::DeadlinePassed(_) => Self::only_in(before, &[Self::Running, Self::Paused]),
            dag::Event::TaskCancelled(_) => Self::only_in(before, &[Self::Cancelling]),
            dag::Event::CancelRequested(_) => {
                Self::step(before, &[Self::Running, Self::Paused], Self::Cancelling)
            }
            dag::Event::WorkflowPaused(_) => Self::step(before, &[Self::Running], Self::Paused),
            dag::Event::WorkflowResumed(_) => Self::step(before, &[Self::Paused], Self::Running),
            dag::Event::WorkflowCompleted(_) => {
                Self::step(before, &[Self::Running, Self::Paused], Self::Completed)
            }
            dag::Event::WorkflowFailed(_) => Self::step(before, &[Self::Running, Self::Paused], Self::Failed),
            dag::Event::WorkflowCancelled(_) => Self::step(before, &[Self::Cancelling], Self::Cancelled),
        }
    }

    const fn after_execution(before: Option<Self>, event: &execution::Event) -> Option<Self> {
        match event {
            execution::Event::AttemptRequested(_) => Self::only_in(before, &[Self::Running]),
            execution::Event::AttemptEnded(_)
            | execution::Event::AttemptProgressed(_)
            | execution::Event::AttemptStarted(_)
            | execution::Event::AttemptCancelRequested(_)
            | execution::Event::AttemptStalled(_)
            | execution::Event::AttemptAbandoned(_)
            | execution::Event::AttemptLost(_) => Self::only_in(before, Self::LIVE),
        }
    }

    const fn after_gates(before: Option<Self>, event: &gates::Event) -> Option<Self> {
        match event {
            gates::Event::GateOpened(_)
            | gates::Event::SignalReceived(_)
            | gates::Event::ApprovalGiven(_)
            | gates::Event::ApprovalDeclined(_)
            | gates::Event::GateClosed(_) => Self::only_in(before, &[Self::Running, Self::Paused]),
        }
    }

    /// What was evaluated when the workflow was asked to stop may still come.
    const fn after_evaluation(before: Option<Self>, event: &evaluation::Event) -> Option<Self> {
        match event {
            evaluation::Event::EvaluationRequested(_) => {
                Self::only_in(before, &[Self::Running, Self::Paused])
            }
            evaluation::Event::EvaluationEnded(_) => Self::only_in(before, Self::LIVE),
        }
    }

    /// Of the records about prices, those about tasks are of a workflow.
    const fn after_prices(before: Option<Self>, event: &prices::Event) -> Option<Self> {
        match event {
            prices::Event::TaskDeferred(_) | prices::Event::TaskReleased(_) => {
                Self::only_in(before, &[Self::Running, Self::Paused])
            }
            // What was asked to stop may be looked at before its turn to be stopped has come.
            prices::Event::RunSuspended(_) | prices::Event::RunContinued(_) => {
                Self::only_in(before, Self::LIVE)
            }
            prices::Event::SourceSet(_)
            | prices::Event::PricesPublished(_)
            | prices::Event::SourceRemoved(_)
            | prices::Event::CarbonSourceSet(_)
            | prices::Event::CarbonPublished(_)
            | prices::Event::CarbonSourceRemoved(_) => None,
        }
    }

    /// Of the records about healing, those about tasks are of a workflow.
    const fn after_healing(before: Option<Self>, event: &healing::Event) -> Option<Self> {
        match event {
            healing::Event::FixApplied(_)
            | healing::Event::FixProposed(_)
            | healing::Event::FixApproved(_)
            | healing::Event::FixDeclined(_)
            | healing::Event::HealingEnded(_) => Self::only_in(before, &[Self::Running, Self::Paused]),
            healing::Event::RulesSet(_)
            | healing::Event::RulesRemoved(_)
            | healing::Event::ConfigurationOffered(_) => None,
        }
    }

    /// Anything that is open can be closed.
    const fn after_closing(before: Option<Self>) -> Option<Self> {
        match before {
            Some(phase) if !phase.is_terminal() => Some(Self::Closed),
            Some(_) | None => None,
        }
    }

    const fn only_in(before: Option<Self>, allowed: &[Self]) -> Option<Self> {
        match before {
            Some(phase) => Self::step(before, allowed, phase),
            None => None,
        }
    }

    const fn step(before: Option<Self>, allowed: &[Self], next: Self) -> Option<Self> {
        let Some(phase) = before else { return None };
        let mut index = 0;
        while index < allowed.len() {
            if allowed[index] as u8 == phase as u8 {
                return Some(next);
            }
            index += 1;
        }
        None
    }
}

tagged! {
    /// Where a task stands.
    TaskPhase {
        /// Something that it depends on is not completed yet.
        Pending = 0,
        /// It could run and waits for a place or for the end of a pause.
        Queued = 1,
        /// An attempt of it runs.
        Running = 2,
        /// Its attempt has ended; what that means is decided next.
        Settling = 3,
        /// It waits for its retry to be due.
        Waiting = 4,
        /// It ended as intended.
        Completed = 5,
        /// It failed for good.
        Failed = 6,
        /// It will never run.
        Skipped = 7,
        /// It was stopped with its workflow.
        Cancelled = 8,
        /// It waits for time, a signal or people.
        Awaiting = 9,
        /// Its expressions are evaluated.
        Evaluating = 10,
        /// They were; what that means is decided next.
        Evaluated = 11,
        /// Its parts, or the tasks of the sub-workflow that it is, are under way.
        Spread = 12,
        /// It could run, and waits for a price.
        Deferred = 13,
        /// It goes on by what electricity costs; it gets a place next, or waits for one.
        Released = 14,
        /// Its attempt failed, and a fix waits for a person's word.
        Proposed = 15,
        /// A rule of moderation holds its step until somebody has reviewed it.
        Held = 16,
    }
}

impl TaskPhase {
    /// The phase of a task after an event that names it, or that accepts its workflow; `None` when the
    /// grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        if let (Event::Intake(intake::Event::WorkflowAccepted(_)), None) = (event, before) {
            return Some(Self::Pending);
        }
        // Parts begin with it.
        if let (Event::Dag(dag::Event::TaskFannedOut(_)), None) = (event, before) {
            return Some(Self::Pending);
        }
        if let Event::Dag(event) = event {
            return Self::after_dag(before, event);
        }
        if let Event::Evaluation(event) = event {
            return Self::after_evaluation(before, event);
        }
        if let Event::Execution(event) = event {
            return Self::after_execution(before, event);
        }
        if let Event::Gates(event) = event {
            return Self::after_gates(before, event);
        }
        if let Event::Prices(event) = event {
            return Self::after_prices(before, event);
        }
        if let Event::Healing(event) = event {
            return Self::after_healing(before, event);
        }
        // What an attempt used is known with its end, before anything follows from that.
        if let (Event::Economics(economics::Event::RunCharged(_)), Some(Self::Settling)) = (event, before) {
            return before;
        }
        None
    }

    /// Whether the task has ended.
    pub const fn is_terminal(self) -> bool {
        match self {
            Self::Completed | Self::Failed | Self::Skipped | Self::Cancelled => true,
            Self::Pending
            | Self::Queued
            | Self::Running
            | Self::Settling
            | Self::Waiting
            | Self::Awaiting
            | Self::Evaluating
            | Self::Evaluated
            | Self::Spread
            | Self::Deferred
            | Self::Released
            | Self::Proposed
            | Self::Held => false,
        }
    }

    const fn after_dag(before: Option<Self>, event: &dag::Event) -> Option<Self> {
        match (event, before) {
            (
                dag::Event::TaskQueued(_),
                Some(Self::Pending | Self::Queued | Self::Waiting | Self::Evaluated | Self::Released),
            ) => Some(Self::Queued),
            (dag::Event::TaskCompleted(_), Some(Self::Settling | Self::Spread)) => Some(Self::Completed),
            (dag::Event::TaskReused(_), Some(Self::Pending)) => Some(Self::Completed),
            (dag::Event::TaskFailed(_), Some(phase)) if phase.may_be_ended() => Some(Self::Failed),
            (dag::Event::RetryScheduled(_), Some(Self::Settling)) => Some(Self::Waiting),
            (dag::Event::TaskSkipped(_), Some(Self::Pending)) => Some(Self::Skipped),
            (dag::Event::TaskLeftOut(_), Some(Self::Pending | Self::Evaluated)) => Some(Self::Skipped),
            (dag::Event::TaskFannedOut(_), Some(Self::Evaluated))
            | (dag::Event::GroupBegan(_), Some(Self::Pending | Self::Evaluated)) => Some(Self::Spread),
            (dag::Event::TaskCancelled(_), Some(phase)) if phase.may_be_ended() => Some(Self::Cancelled),
            (
                dag::Event::TaskQueued(_)
                | dag::Event::TaskCompleted(_)
                | dag::Event::TaskReused(_)
                | dag::Event::TaskFailed(_)
                | dag::Event::RetryScheduled(_)
                | dag::Event::TaskSkipped(_)
                | dag::Event::TaskLeftOut(_)
                | dag::Event::TaskFannedOut(_)
                | dag::Event::GroupBegan(_)
                | dag::Event::TaskCancelled(_)
                | dag::Event::DeadlinePassed(_)
                | dag::Event::CancelRequested(_)
                | dag::Event::WorkflowPaused(_)
                | dag::Event::WorkflowResumed(_)
                | dag::Event::WorkflowCompleted(_)
                | dag::Event::WorkflowFailed(_)
                | dag::Event::WorkflowCancelled(_),
                _,
            ) => None,
        }
    }

    /// Whether it can be ended where it stands, by a cancellation or a deadline: an attempt of it has to end first.
    const fn may_be_ended(self) -> bool {
        !self.is_terminal() && !matches!(self, Self::Running)
    }

    const fn after_evaluation(before: Option<Self>, event: &evaluation::Event) -> Option<Self> {
        match (event, before) {
            (evaluation::Event::EvaluationRequested(_), Some(Self::Pending)) => Some(Self::Evaluating),
            (evaluation::Event::EvaluationEnded(_), Some(Self::Evaluating)) => Some(Self::Evaluated),
            (evaluation::Event::EvaluationRequested(_) | evaluation::Event::EvaluationEnded(_), _) => None,
        }
    }

    const fn after_gates(before: Option<Self>, event: &gates::Event) -> Option<Self> {
        match (event, before) {
            (gates::Event::GateOpened(opened), Some(Self::Settling)) if is_review(opened) => Some(Self::Held),
            (gates::Event::GateOpened(opened), Some(Self::Pending | Self::Evaluated))
                if !is_review(opened) =>
            {
                Some(Self::Awaiting)
            }
            (
                gates::Event::ApprovalGiven(_) | gates::Event::ApprovalDeclined(_),
                Some(Self::Awaiting | Self::Held),
            ) => before,
            (gates::Event::GateClosed(closed), Some(Self::Held)) if is_released(closed) => {
                Some(Self::Waiting)
            }
            (gates::Event::GateClosed(closed), Some(Self::Awaiting | Self::Held)) if !is_released(closed) => {
                Some(Self::Settling)
            }
            (
                gates::Event::GateOpened(_)
                | gates::Event::SignalReceived(_)
                | gates::Event::ApprovalGiven(_)
                | gates::Event::ApprovalDeclined(_)
                | gates::Event::GateClosed(_),
                _,
            ) => None,
        }
    }

    const fn after_prices(before: Option<Self>, event: &prices::Event) -> Option<Self> {
        match (event, before) {
            (
                prices::Event::TaskDeferred(_),
                Some(Self::Pending | Self::Evaluated | Self::Deferred | Self::Queued),
            ) => Some(Self::Deferred),
            (prices::Event::TaskReleased(_), Some(Self::Pending | Self::Evaluated | Self::Deferred)) => {
                Some(Self::Released)
            }
            (prices::Event::RunSuspended(_) | prices::Event::RunContinued(_), Some(Self::Running)) => {
                Some(Self::Running)
            }
            (
                prices::Event::TaskDeferred(_)
                | prices::Event::TaskReleased(_)
                | prices::Event::RunSuspended(_)
                | prices::Event::RunContinued(_)
                | prices::Event::SourceSet(_)
                | prices::Event::PricesPublished(_)
                | prices::Event::SourceRemoved(_)
                | prices::Event::CarbonSourceSet(_)
                | prices::Event::CarbonPublished(_)
                | prices::Event::CarbonSourceRemoved(_),
                _,
            ) => None,
        }
    }

    const fn after_healing(before: Option<Self>, event: &healing::Event) -> Option<Self> {
        match (event, before) {
            (healing::Event::FixApplied(_), Some(Self::Settling | Self::Proposed)) => Some(Self::Waiting),
            (healing::Event::FixProposed(_), Some(Self::Settling)) => Some(Self::Proposed),
            (healing::Event::FixApproved(_) | healing::Event::FixDeclined(_), Some(Self::Proposed)) => before,
            (healing::Event::HealingEnded(_), Some(Self::Settling | Self::Proposed)) => Some(Self::Settling),
            (
                healing::Event::FixApplied(_)
                | healing::Event::FixProposed(_)
                | healing::Event::FixApproved(_)
                | healing::Event::FixDeclined(_)
                | healing::Event::HealingEnded(_)
                | healing::Event::RulesSet(_)
                | healing::Event::RulesRemoved(_)
                | healing::Event::ConfigurationOffered(_),
                _,
            ) => None,
        }
    }

    const fn after_execution(before: Option<Self>, event: &execution::Event) -> Option<Self> {
        match (event, before) {
            (
                execution::Event::AttemptRequested(_),
                Some(Self::Pending | Self::Queued | Self::Waiting | Self::Evaluated | Self::Released),
            ) => Some(Self::Running),
            (
                execution::Event::AttemptEnded(_)
                | execution::Event::AttemptAbandoned(_)
                | execution::Event::AttemptLost(_),
                Some(Self::Running),
            ) => Some(Self::Settling),
            (
                execution::Event::AttemptProgressed(_)
                | execution::Event::AttemptStarted(_)
                | execution::Event::AttemptCancelRequested(_)
                | execution::Event::AttemptStalled(_),
                Some(Self::Running),
            ) => Some(Self::Running),
            (
                execution::Event::AttemptRequested(_)
                | execution::Event::AttemptEnded(_)
                | execution::Event::AttemptAbandoned(_)
                | execution::Event::AttemptLost(_)
                | execution::Event::AttemptProgressed(_)
                | execution::Event::AttemptStarted(_)
                | execution::Event::AttemptCancelRequested(_)
                | execution::Event::AttemptStalled(_),
                _,
            ) => None,
        }
    }
}

const fn is_review(opened: &gates::GateOpened) -> bool {
    matches!(opened.wants, gates::Wants::Review)
}

const fn is_released(closed: &gates::GateClosed) -> bool {
    matches!(closed.how, gates::Closing::Released)
}

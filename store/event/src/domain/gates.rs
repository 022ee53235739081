//! Gates: tasks that are no work of a machine but wait for time, for a signal or for people.

mod earlier;

pub use earlier::{UnreviewedGateClosed, UnreviewedGateOpened};

use super::execution::Ending;
use crate::apart::Apart;
use crate::quantity::Micros;
use crate::sealed::{Sealed, SealedApart};
use crate::subjects::Subject;

events! {
    /// Gates: tasks that are no work of a machine but wait for time, for a signal or for people. The records are of the stream of
    /// their workflow. A gate takes no place that an attempt could have, and a pause does not stop it.
    gates;

    /// All that the task depends on is completed, and it waits; or its step was held, and waits for a review.
    GateOpened = 801 version 2 (1 is UnreviewedGateOpened) "gate_opened", by Decision, keeps Stream, ends None,
        says "{task} waits for {wants}[ {signal}]" {
        /// The task.
        task: u32,
        /// What it waits for.
        wants: Wants,
        /// The name of the signal, when it waits for one.
        signal: Option<String>,
        /// When it ends by itself, in the time that has passed for this log; none when it does not.
        due: Option<Micros>,
    }

    /// A signal came in for a workflow. The first task that waits for it, or that will, takes it.
    SignalReceived = 802 "signal_received", by Input, keeps Content, ends None, says "signal {name} came in[: {reason}]" {
        /// Its name.
        name: String,
        /// What came with it; it becomes the output of the task.
        content: Option<Apart<SignalContent>>,
        /// Why it was sent.
        reason: String,
    }

    /// Somebody approved. The principal is that of the record, and never that of the submission.
    ApprovalGiven = 803 "approval_given", by Input, keeps Permanent, ends None, says "{task} was approved[: {reason}]" {
        /// The task.
        task: u32,
        /// Why.
        reason: String,
    }

    /// Somebody declined, which ends the task as failed.
    ApprovalDeclined = 804 "approval_declined", by Input, keeps Permanent, ends Refused,
        says "{task} was declined[: {reason}]" {
        /// The task.
        task: u32,
        /// Why.
        reason: String,
    }

    /// The task waits no more.
    GateClosed = 805 version 2 (1 is UnreviewedGateClosed) "gate_closed", by Decision, keeps Stream, ends (how),
        says "{task} waits no more: {how}" {
        /// The task.
        task: u32,
        /// What ended it.
        how: Closing,
        /// What came with the signal, as the output of the task.
        output: Option<SealedApart>,
    }
}

asks! {
    /// What can be told to a workflow that waits.
    gates;
    /// A signal.
    Signal(SignalReceived) in SignalReceived;
    /// That somebody approves.
    Approve(ApprovalGiven) in ApprovalGiven;
    /// That somebody declines.
    Decline(ApprovalDeclined) in ApprovalDeclined;
}

structure! {
    /// What came with a signal.
    SignalContent {
        /// Whose it is: that of the workflow.
        subject: Subject,
        /// Where it lies in the vault.
        sealed: Sealed,
    }
}

tagged! {
    /// What a task waits for.
    Wants {
        /// That time passes.
        Time = 1,
        /// A signal.
        Signal = 2,
        /// Approvals.
        Approval = 3,
        /// That somebody reviews a step that a rule of moderation holds.
        Review = 4,
    }
}

tagged! {
    /// What ended a gate.
    Closing {
        /// The time passed for which it was to wait.
        Elapsed = 1,
        /// The signal came.
        Signalled = 2,
        /// As many approved as must.
        Approved = 3,
        /// Somebody declined.
        Declined = 4,
        /// Nothing came in the time that it had.
        Expired = 5,
        /// Somebody reviewed the step that was held, and it is begun after all.
        Released = 6,
    }
}

/// Roles whose holders review steps that are held. Where no credential is known, anybody does but the requester.
pub const REVIEW_ROLES: [&str; 3] = ["approver", "operator", "admin"];

impl Closing {
    /// How the task ends that waited; one that was released does not end, and its step is begun anew.
    pub const fn ending(self) -> Ending {
        match self {
            Self::Elapsed | Self::Signalled | Self::Approved => Ending::Succeeded,
            Self::Released => Ending::Held,
            Self::Declined => Ending::Declined,
            Self::Expired => Ending::TimedOut,
        }
    }

    /// The outcome class of a gate that ended so.
    pub const fn outcome(self) -> crate::Outcome {
        self.ending().outcome()
    }
}

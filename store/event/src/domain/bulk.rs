//! Bulk actions: one thing that somebody wants done to every workflow that a filter finds.

use crate::header::Outcome;
use crate::ids::WorkflowId;

events! {
    /// Bulk actions: one thing that somebody wants done to every workflow that a filter finds. Each is a stream. What is done to
    /// a workflow is a record of that workflow, with the same principal; here stands which were meant, page by page and before
    /// anything is done to them, and what came of each.
    bulk;

    /// Somebody wants something done to every workflow that a filter finds. Its stream begins with this record.
    ActionRequested (boxed) = 1101 "action_requested", by Input, keeps Permanent, ends None,
        says "{action} is asked for every workflow of {filter}[: {reason}]" {
        /// What is to be done.
        action: Action,
        /// What finds the workflows: the query of the list of workflows, with its parameters in the order status, name, label.
        filter: String,
        /// Only workflows whose first record has this sequence or a lower one.
        through: u64,
        /// How many were found when it was asked; none when they were too many to count.
        expected: Option<u64>,
        /// How whoever asks reached the server: what they may can depend on it.
        connection: Connection,
        /// Why.
        reason: String,
    }

    /// The next workflows that are meant, the newest first. Nothing was done to them yet.
    PageListed = 1102 "page_listed", by Input, keeps Stream, ends None, says "page {page} is listed" {
        /// The number of the page, from 1.
        page: u32,
        /// The workflows.
        workflows: Vec<WorkflowId>,
        /// Where the next page begins: below this sequence. None when this is the last.
        next: Option<u64>,
    }

    /// What came of the workflows of a page, in their order.
    PageEnded = 1103 "page_ended", by Input, keeps Stream, ends None, says "page {page} is done" {
        /// The number of the page.
        page: u32,
        /// What came of each.
        items: Vec<Item>,
    }

    /// Somebody wants no more of it done. The page that is under way ends early.
    StopRequested = 1104 "stop_requested", by Input, keeps Permanent, ends None, says "it is to stop[: {reason}]" {
        /// Why.
        reason: String,
    }

    /// Nothing more is done.
    ActionEnded = 1105 "action_ended", by Input, keeps Permanent, ends (asked) and closes,
        says "it ended: {why}, {done} done and {refused} not" {
        /// What was asked.
        asked: EndAction,
        /// To how many workflows it was done.
        done: u64,
        /// To how many it was not.
        refused: u64,
    }
}

asks! {
    /// What can be asked of bulk actions, and what comes of them.
    bulk;
    /// Somebody wants something done to every workflow that a filter finds.
    Request(ActionRequested, boxed) in ActionRequested;
    /// The next workflows that are meant.
    ListPage(PageListed) in PageListed;
    /// What came of them.
    EndPage(PageEnded) in PageEnded;
    /// Somebody wants no more of it done.
    Stop(StopRequested) in StopRequested;
    /// Nothing more is done.
    End(EndAction) in ActionEnded.asked;
}

structure! {
    /// That nothing more is done.
    EndAction {
        /// Why.
        why: Why,
    }
}

structure! {
    /// What came of one workflow.
    Item {
        /// The workflow.
        workflow: WorkflowId,
        /// What came of it.
        outcome: ItemOutcome,
        /// The workflow that goes on with what failed.
        retried_by: Option<WorkflowId>,
    }
}

tagged! {
    /// What is to be done to each workflow.
    Action {
        /// It is cancelled.
        Cancel = 1,
        /// It is paused.
        Pause = 2,
        /// It is resumed.
        Resume = 3,
        /// What of it failed is retried, in a new workflow.
        Retry = 4,
    }
}

tagged! {
    /// How somebody reached the server.
    Connection {
        /// From another machine, without TLS.
        Clear = 1,
        /// From this machine, without TLS.
        ClearLocal = 2,
        /// From another machine, with TLS.
        Encrypted = 3,
        /// From this machine, with TLS.
        EncryptedLocal = 4,
    }
}

tagged! {
    /// What came of one workflow.
    ItemOutcome {
        /// It was done.
        Done = 1,
        /// It stood so already, or was done before this server began again.
        Already = 2,
        /// The workflow has ended.
        Ended = 3,
        /// The workflow has not ended, so there is nothing to retry.
        Alive = 4,
        /// The workflow ended otherwise than failed, so there is nothing to retry.
        NotFailed = 5,
        /// The workflow is being cancelled.
        Cancelling = 6,
        /// Whoever asked may not do that to it.
        NotAllowed = 7,
        /// Nothing is known of it any more.
        Unknown = 8,
        /// The content that a retry needs is erased, or about to be.
        Erased = 9,
        /// As many workflows are alive as may be.
        TooManyAlive = 10,
        /// Its stream is in quarantine.
        Quarantined = 11,
        /// It could not be done now: the server's messages say why.
        Failed = 12,
        /// It was not tried any more: the action was stopped, or the credential counts no more.
        NotTried = 13,
    }
}

impl ItemOutcome {
    /// Whether the workflow stands as it was wanted.
    pub const fn is_done(self) -> bool {
        match self {
            Self::Done | Self::Already => true,
            Self::Ended
            | Self::Alive
            | Self::NotFailed
            | Self::Cancelling
            | Self::NotAllowed
            | Self::Unknown
            | Self::Erased
            | Self::TooManyAlive
            | Self::Quarantined
            | Self::Failed
            | Self::NotTried => false,
        }
    }
}

tagged! {
    /// Why nothing more is done.
    Why {
        /// Every workflow was tried that was meant.
        Finished = 1,
        /// Somebody stopped it.
        Stopped = 2,
        /// The credential of whoever asked counts no more.
        CredentialRevoked = 3,
    }
}

impl EndAction {
    /// The outcome class of an action that ended so.
    pub const fn outcome(&self) -> Outcome {
        match self.why {
            Why::Finished => Outcome::Success,
            Why::Stopped => Outcome::Failure,
            Why::CredentialRevoked => Outcome::Refused,
        }
    }
}

tagged! {
    /// Where a bulk action stands.
    Phase {
        /// The next page is to be listed.
        Listing = 0,
        /// A page is listed, and its workflows are tried.
        Acting = 1,
        /// Nothing more is done.
        Ended = 2,
    }
}

impl Phase {
    /// The phase of a bulk action after an event of its stream; `None` when the grammar forbids it.
    pub const fn after(before: Option<Self>, event: &Event) -> Option<Self> {
        match (event, before) {
            (Event::ActionRequested(_), None) => Some(Self::Listing),
            (Event::PageListed(_), Some(Self::Listing)) => Some(Self::Acting),
            (Event::PageEnded(_), Some(Self::Acting)) => Some(Self::Listing),
            (Event::StopRequested(_), Some(phase @ (Self::Listing | Self::Acting))) => Some(phase),
            (Event::ActionEnded(_), Some(Self::Listing)) => Some(Self::Ended),
            (
                Event::ActionRequested(_)
                | Event::PageListed(_)
                | Event::PageEnded(_)
                | Event::StopRequested(_)
                | Event::ActionEnded(_),
                _,
            ) => None,
        }
    }
}

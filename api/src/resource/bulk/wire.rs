//! Bulk actions as JSON.

use super::filter::Filter;
use crate::resource::workflow::wire::WorkflowSummary;
use crate::wire::moment::Moment;
use crate::wire::words::{Word, Words, words};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use triad_event::bulk::{Action, ItemOutcome, Phase, Why};
use triad_projections::view::bulk_actions::BulkAction;

words! {
    Action as BulkActionKind:
    Cancel = "CANCEL",
    Pause = "PAUSE",
    Resume = "RESUME",
    Retry = "RETRY",
}

words! {
    ItemOutcome as BulkOutcome:
    Done = "DONE",
    Already = "ALREADY",
    Ended = "ENDED",
    Alive = "ALIVE",
    NotFailed = "NOT_FAILED",
    Cancelling = "CANCELLING",
    NotAllowed = "NOT_ALLOWED",
    Unknown = "UNKNOWN",
    Erased = "ERASED",
    TooManyAlive = "TOO_MANY_ALIVE",
    Quarantined = "QUARANTINED",
    Failed = "FAILED",
    NotTried = "NOT_TRIED",
}

/// Where a bulk action stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Running,
    Stopping,
    Finished,
    Stopped,
    CredentialRevoked,
    Closed,
}

words! {
    Status as BulkStatus:
    Running = "RUNNING",
    Stopping = "STOPPING",
    Finished = "FINISHED",
    Stopped = "STOPPED",
    CredentialRevoked = "CREDENTIAL_REVOKED",
    Closed = "CLOSED",
}

/// The action with a name, however it is capitalised.
pub(super) fn action_named(name: &str) -> Result<Action, String> {
    let found = Action::ALL.iter().copied().find(|action| action.word().eq_ignore_ascii_case(name));
    found.ok_or_else(|| format!("action is one of {}", <Action as Words>::ALL.join(", ")))
}

/// What would be done, and to which workflows. Nothing is recorded.
#[derive(Serialize, JsonSchema)]
pub(super) struct Preview {
    action: Word<Action>,
    filter: Filter,
    /// Only workflows that were there at that sequence are meant. Hand it in with the request to mean the same.
    through: u64,
    /// How many are found.
    count: u64,
    /// Whether those are all; else there are more.
    is_all: bool,
    /// How many of them are in which status.
    by_status: BTreeMap<&'static str, u64>,
    /// The newest of them.
    first: Vec<WorkflowSummary>,
}

/// What a filter finds.
pub(super) struct Found {
    pub(super) count: u64,
    /// Whether those are all.
    pub(super) is_all: bool,
    pub(super) by_status: BTreeMap<&'static str, u64>,
    /// The newest.
    pub(super) first: Vec<WorkflowSummary>,
}

/// A bulk action.
#[derive(Serialize, JsonSchema)]
pub(super) struct Bulk {
    bulk_id: String,
    action: Word<Action>,
    status: Word<Status>,
    /// Null when it was recorded by a later version, and this one cannot read it.
    filter: Option<Filter>,
    /// Only workflows that were there at that sequence are meant.
    through: u64,
    /// How many were found when it was asked for; null when they were too many to count.
    expected: Option<u64>,
    /// To how many it was done so far.
    done: u64,
    /// To how many it was not, each with a reason of its own.
    refused: u64,
    /// Who asked for it, and why.
    requester: String,
    reason: String,
    requested: Moment,
    /// That somebody asked for it to stop.
    stop: Option<BulkStop>,
    ended: Option<Moment>,
    /// Where what came of each is listed.
    items_url: String,
    /// Where it is stopped.
    stop_url: String,
}

/// That a bulk action is to stop.
#[derive(Serialize, JsonSchema)]
struct BulkStop {
    requester: String,
    reason: String,
    requested: Moment,
}

/// Bulk actions, the newest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct BulkList {
    pub(super) actions: Vec<Bulk>,
}

/// What came of one workflow.
#[derive(Serialize, JsonSchema)]
pub(super) struct BulkItem {
    pub(super) workflow_id: String,
    pub(super) name: String,
    pub(super) outcome: Word<ItemOutcome>,
    /// The workflow that goes on with what failed.
    pub(super) retried_by: Option<String>,
}

/// What came of some of the workflows, in the order in which they were tried: the newest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct BulkItemPage {
    pub(super) items: Vec<BulkItem>,
    /// Where the next page begins; none when there is nothing more so far.
    pub(super) next_cursor: Option<u32>,
    /// Whether the action has ended: what is not listed then was not meant.
    pub(super) is_complete: bool,
}

impl Preview {
    pub(super) fn of(action: Action, filter: Filter, through: u64, found: Found) -> Self {
        let Found { count, is_all, by_status, first } = found;
        Self { action: Word(action), filter, through, count, is_all, by_status, first }
    }
}

impl From<&BulkAction> for Bulk {
    fn from(action: &BulkAction) -> Self {
        let asked = &action.asked;
        let stop = action.stop.as_ref().map(|stop| BulkStop {
            requester: stop.principal.to_string(),
            reason: stop.reason.clone(),
            requested: stop.asked.into(),
        });
        let here = format!("/v1/bulk/{}", action.id);
        Self {
            bulk_id: action.id.to_string(),
            action: Word(asked.action),
            status: Word(status(action)),
            filter: Filter::read(&asked.filter).ok(),
            through: asked.through,
            expected: asked.expected,
            done: action.done,
            refused: action.refused,
            requester: action.principal.to_string(),
            reason: asked.reason.clone(),
            requested: action.requested.into(),
            stop,
            ended: action.ended.map(Moment::from),
            items_url: format!("{here}/items"),
            stop_url: format!("{here}/stop"),
        }
    }
}

fn status(action: &BulkAction) -> Status {
    match (action.phase, action.why) {
        (Phase::Ended, Some(Why::Finished)) => Status::Finished,
        (Phase::Ended, Some(Why::Stopped)) => Status::Stopped,
        (Phase::Ended, Some(Why::CredentialRevoked)) => Status::CredentialRevoked,
        (Phase::Ended, None) => Status::Closed,
        (Phase::Listing | Phase::Acting, _) if action.stop.is_some() => Status::Stopping,
        (Phase::Listing | Phase::Acting, _) => Status::Running,
    }
}

//! Approvals as JSON.

use crate::clock;
use crate::wire::content::Shown;
use crate::wire::held::Held;
use crate::wire::moment::Moment;
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::ids::{PrincipalId, WorkflowId};
use triad_projections::run_graph::{Gate, Task};
use triad_projections::run_list::Summary;

/// A task that waits for people, or did.
#[derive(Serialize, JsonSchema)]
pub(super) struct Approval {
    workflow_id: String,
    workflow_name: String,
    task_id: String,
    task_name: String,
    /// `WAITING`, or what ended it: `APPROVED`, `DECLINED`, `EXPIRED`, `RELEASED`; `CLOSED` when its workflow ended before.
    status: &'static str,
    /// Holders of one of these roles decide.
    roles: Vec<String>,
    /// How many have to approve.
    needed: u32,
    /// Who submitted the workflow, and does not decide; none when nobody had to say who they are.
    requested_by: Option<String>,
    since: Option<Moment>,
    /// When it fails by itself.
    due: Option<String>,
    /// What was decided, in order.
    verdicts: Vec<Verdict>,
    /// Why its step was held, when it is a review; none of an approval that its workflow asks for.
    held: Option<Held>,
    /// What those are asked who decide, or what the step would run; there when one is shown.
    message: Option<Shown>,
}

/// What somebody decided.
#[derive(Serialize, JsonSchema)]
struct Verdict {
    /// `APPROVE` or `DECLINE`.
    verdict: &'static str,
    /// Who; none when nobody had to say who they are.
    by: Option<String>,
    reason: String,
    given: Moment,
}

/// A page of approvals.
#[derive(Serialize, JsonSchema)]
pub(super) struct ApprovalPage {
    pub(super) approvals: Vec<Approval>,
    /// Where the next page begins; none when there is none.
    pub(super) next_cursor: Option<u64>,
    /// The newest sequence that the answer knows.
    pub(super) as_of: Option<u64>,
}

impl Approval {
    /// None when the task waits for no approval, and never did.
    pub(super) fn of(summary: &Summary, task: &Task, message: Option<Shown>) -> Option<Self> {
        let gate = task.gate.as_deref().filter(|gate| gate.needed > 0)?;
        Some(Self {
            workflow_id: WorkflowId::to_string(&summary.id),
            workflow_name: summary.name.clone(),
            task_id: task.id.to_string(),
            task_name: task.name.to_string(),
            status: status(gate, task),
            roles: gate.roles.clone(),
            needed: gate.needed,
            requested_by: named(summary.principal),
            since: gate.opened.map(Moment::from),
            due: gate.due.map(|due| clock::show(due.0)),
            verdicts: gate
                .verdicts
                .iter()
                .map(|verdict| Verdict {
                    verdict: if verdict.is_approval { "APPROVE" } else { "DECLINE" },
                    by: named(verdict.principal),
                    reason: verdict.reason.clone(),
                    given: verdict.given.into(),
                })
                .collect(),
            held: gate.held.as_deref().map(Held::of),
            message,
        })
    }
}

fn status(gate: &Gate, task: &Task) -> &'static str {
    use triad_event::gates::Closing;
    match gate.how {
        Some(Closing::Approved) => "APPROVED",
        Some(Closing::Declined) => "DECLINED",
        Some(Closing::Expired) => "EXPIRED",
        Some(Closing::Released) => "RELEASED",
        Some(Closing::Elapsed | Closing::Signalled) => "CLOSED",
        None if task.ended.is_some() => "CLOSED",
        None if gate.opened.is_some() => "WAITING",
        None => "PENDING",
    }
}

fn named(principal: PrincipalId) -> Option<String> {
    Some(principal).filter(|principal| *principal != PrincipalId::ZERO).map(|principal| principal.to_string())
}

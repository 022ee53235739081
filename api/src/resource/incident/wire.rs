//! Incidents as JSON.

use crate::clock;
use crate::resource::workflow::healing::{Diagnosis, Healing, Proposed};
use crate::wire::moment::Moment;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::execution::FailureClass;
use triad_event::healing::{FixKind, NotHealed};
use triad_projections::run_graph::Task;
use triad_projections::run_list::Summary;
use triad_projections::view::incident_board;

/// A task that needs a person.
#[derive(Serialize, JsonSchema)]
pub(super) struct Incident {
    workflow_id: String,
    workflow_name: String,
    task_id: String,
    /// `FIX_PROPOSED` while a fix waits for somebody's word, `NOT_HEALED` when nothing heals it by itself.
    status: &'static str,
    class: Word<FailureClass>,
    /// The kind of the fix that waits.
    fix: Option<Word<FixKind>>,
    /// When that is given up.
    due: Option<String>,
    /// Why nothing heals it.
    why: Option<Word<NotHealed>>,
    since: Moment,
}

/// A page of incidents.
#[derive(Serialize, JsonSchema)]
pub(super) struct IncidentPage {
    pub(super) incidents: Vec<Incident>,
    /// Where the next page begins; none when there is none.
    pub(super) next_cursor: Option<u64>,
    /// The newest sequence that the answer knows.
    pub(super) as_of: Option<u64>,
}

/// The fix that is proposed for a task, or was.
#[derive(Serialize, JsonSchema)]
pub(super) struct ProposedFix {
    workflow_id: String,
    workflow_name: String,
    task_id: String,
    /// Why its last attempt failed.
    diagnosis: Option<Diagnosis>,
    #[serde(flatten)]
    proposed: Proposed,
}

impl Incident {
    pub(super) fn of(incident: &incident_board::Incident, summary: &Summary, task: &Task) -> Self {
        Self {
            workflow_id: summary.id.to_string(),
            workflow_name: summary.name.clone(),
            task_id: task.id.to_string(),
            status: if incident.why.is_some() { "NOT_HEALED" } else { "FIX_PROPOSED" },
            class: Word(incident.class),
            fix: incident.proposed.map(Word),
            due: incident.due.map(|due| clock::show(due.0)),
            why: incident.why.map(Word),
            since: incident.began.into(),
        }
    }
}

impl ProposedFix {
    /// None of a task for which no fix was proposed.
    pub(super) fn of(summary: &Summary, task: &Task) -> Option<Self> {
        let healing = task.course.as_deref()?.healing.as_deref()?;
        let proposed = Proposed::of(healing.proposed.as_deref()?);
        Some(Self {
            workflow_id: summary.id.to_string(),
            workflow_name: summary.name.clone(),
            task_id: task.id.to_string(),
            diagnosis: Healing::diagnosis_of(healing),
            proposed,
        })
    }
}

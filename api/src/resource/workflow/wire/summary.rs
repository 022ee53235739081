//! A workflow at a glance, as JSON.

use super::{cancel_url, stream_url};
use crate::clock;
use crate::output::hex;
use crate::resource::ledger::wire::Account;
use crate::wire::moment::Moment;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;
use triad_event::dag::{TaskPhase, WorkflowPhase};
use triad_event::intake::{DefinitionUse, Priority};
use triad_event::quantity::Micros;
use triad_projections::run_list;

/// A workflow at a glance.
#[derive(Serialize, JsonSchema)]
pub(in crate::resource) struct WorkflowSummary {
    workflow_id: String,
    /// Empty while chunks of its definition come in.
    name: String,
    /// Whose its content is.
    data_subject: Option<String>,
    /// Whose it is in accounts and budgets: the owner of the key that submitted it.
    owner: Option<String>,
    status: Word<WorkflowPhase>,
    /// What it is searched by.
    labels: BTreeMap<String, String>,
    /// How urgent its tasks are that say nothing else; none when nobody said it, which is as NORMAL.
    priority: Option<Word<Priority>>,
    /// When all of it must have ended.
    deadline: Option<String>,
    /// The named definition that it was made of.
    definition: Option<DefinitionUsed>,
    /// The workflow of which it goes on with what failed.
    retries: Option<String>,
    task_count: u32,
    dependency_count: u32,
    counts: Counts,
    /// How many attempts were requested.
    attempts: u64,
    /// What its runs used, in energy and money.
    account: Account,
    /// Digest of its definition, once that is complete.
    digest: Option<String>,
    began: Moment,
    accepted: Option<Moment>,
    ended: Option<Moment>,
    elapsed_ms: Option<i64>,
    /// Its newest record.
    last: Moment,
    /// How many records its stream has.
    records: u64,
    /// Sequence of a record that could not follow those before it: from there on nothing of it is known.
    stands_still_since: Option<u64>,
    /// Where its events are streamed.
    stream_url: String,
    /// Where it is cancelled.
    cancel_url: String,
}

/// The version of a named definition that a workflow was made of.
#[derive(Serialize, JsonSchema)]
struct DefinitionUsed {
    name: String,
    /// From 1.
    version: u32,
    /// The sequence of the record that published it.
    published: u64,
}

impl DefinitionUsed {
    fn of(used: &DefinitionUse) -> Self {
        Self { name: used.name.clone(), version: used.version, published: used.published }
    }
}

/// How many tasks stand where.
#[derive(Serialize, JsonSchema)]
struct Counts {
    pending: u32,
    ready: u32,
    running: u32,
    deferred: u32,
    completed: u32,
    failed: u32,
    skipped: u32,
    cancelled: u32,
}

impl From<&run_list::Summary> for WorkflowSummary {
    fn from(summary: &run_list::Summary) -> Self {
        let elapsed = summary.ended.and_then(|ended| ended.at.minus(summary.began.at));
        let terms = summary.terms.as_deref();
        let labels = terms.into_iter().flat_map(|terms| &terms.labels);
        Self {
            workflow_id: summary.id.to_string(),
            name: summary.name.clone(),
            data_subject: summary.subject.map(|subject| subject.to_string()),
            owner: Some(summary.owner.clone()).filter(|owner| !owner.is_empty()),
            status: Word(summary.phase),
            labels: labels.map(|label| (label.name.clone(), label.value.clone())).collect(),
            priority: terms.and_then(|terms| terms.priority).map(Word),
            deadline: deadline(summary).map(|at| clock::show(at.0)),
            definition: terms.and_then(|terms| terms.definition.as_ref()).map(DefinitionUsed::of),
            retries: terms.and_then(|terms| terms.retries).map(|retried| retried.to_string()),
            task_count: summary.tasks,
            dependency_count: summary.dependencies,
            counts: Counts::of(&summary.counts),
            attempts: summary.attempts,
            account: Account::of(&summary.account),
            digest: summary.digest.map(|digest| hex(&digest)),
            began: summary.began.into(),
            accepted: summary.accepted.map(Moment::from),
            ended: summary.ended.map(Moment::from),
            elapsed_ms: elapsed.map(|span| span.0 / 1000),
            last: summary.last.into(),
            records: summary.records,
            stands_still_since: summary.fault,
            stream_url: stream_url(summary.id),
            cancel_url: cancel_url(summary.id),
        }
    }
}

impl Counts {
    fn of(counts: &run_list::TaskCounts) -> Self {
        let count = |phase| counts.of(phase);
        Self {
            pending: count(TaskPhase::Pending),
            ready: count(TaskPhase::Queued)
                + count(TaskPhase::Evaluating)
                + count(TaskPhase::Evaluated)
                + count(TaskPhase::Released),
            running: count(TaskPhase::Running)
                + count(TaskPhase::Settling)
                + count(TaskPhase::Awaiting)
                + count(TaskPhase::Proposed)
                + count(TaskPhase::Spread),
            deferred: count(TaskPhase::Waiting) + count(TaskPhase::Deferred),
            completed: count(TaskPhase::Completed),
            failed: count(TaskPhase::Failed),
            skipped: count(TaskPhase::Skipped),
            cancelled: count(TaskPhase::Cancelled),
        }
    }
}

/// When all of a workflow must have ended: what is stated from its acceptance on is known once it is accepted.
fn deadline(summary: &run_list::Summary) -> Option<Micros> {
    let deadline = summary.terms.as_deref()?.deadline.as_ref()?;
    deadline.at.or_else(|| Some(summary.accepted?.at.after(deadline.after?)))
}

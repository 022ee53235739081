//! `POST /v1/workflows/{id}/retry`: a new workflow of the same definition, for which stands what has completed already.

use super::again::{Ended, may_stand_for, run_again};
use super::content::no_task;
use super::gave::gave;
use super::output::unopened;
use super::reopen::{Opened, open_all};
use super::submit::{idempotency_key, owner_of};
use crate::access::admitted::Admitted;
use crate::access::sight::tenant_of;
use crate::clock;
use crate::http::extract::{PathId, unknown};
use crate::http::fields::{Field, Fields};
use crate::http::state::{AppState, blocking};
use crate::recorded::{FoldError, StreamRecords};
use crate::wire::definition::Definition;
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::Words;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use triad_decide::intake::Checked;
use triad_decide::{Accepted, subjects};
use triad_event::dag::TaskPhase;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{self, Deadline, Submission, TaskDefinition, TaskRules, WorkflowTerms};
use triad_event::sealed::ContentClass;
use triad_event::subjects::PayloadRead;
use triad_event::{Event, Recorded};
use triad_perform::Asker;
use triad_projections::Run;

/// Parts of one list that an earlier workflow can stand for.
const PARTS_STANDING_MAX: usize = 10_000;

/// What may stand against a retry, beside what stands against a submission.
pub(super) const REFUSALS: &[Code] = &[
    Code::WorkflowUnknown,
    Code::WorkflowAlive,
    Code::NotAccepted,
    Code::TaskUnknown,
    Code::TooLarge,
    Code::ContentErased,
    Code::ContentMissing,
    Code::ContentDamaged,
];

/// The task from which on everything runs again.
pub(super) const FROM: Field = Field {
    name: "from",
    kind: Kind::Text,
    is_required: false,
    doc: "The id of a task: it and everything behind it runs again, also what has completed.",
};

pub(super) async fn retry(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(workflow): PathId<WorkflowId>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers, admitted.home())?;
    let from = Fields::read(&state.bodies, &headers, body, &[FROM]).await?.or_empty(FROM);
    let from = Some(from).filter(|from| !from.is_empty());
    let (accepted, sequence) = state.retry(&admitted, workflow, from, key).await?;
    state.answer_submitted(accepted, sequence, None).await
}

/// A workflow that has ended, with its definition as it is recorded.
struct Past {
    workflow: WorkflowId,
    run: Run,
    tasks: Vec<TaskDefinition>,
    submission: Submission,
}

impl AppState {
    /// Submits what of a workflow has not completed, and says what came of it.
    pub(in crate::resource) async fn retry(
        &self,
        admitted: &Admitted,
        workflow: WorkflowId,
        from: Option<String>,
        key: Option<[u8; 32]>,
    ) -> Result<(Accepted, u64), Problem> {
        let past = self.past(admitted, workflow).await?;
        let from = from.map(|id| past.position(&id)).transpose()?;
        let (tasks, mut terms) = past.again(from, clock::now_us());
        check_reused(&tasks)?;
        // Sealed for the old workflow alone: it is opened, and sealed again for the new one.
        let inputs = terms.inputs.take();
        self.record_opening(admitted.asker, &past).await?;
        // Much of it may be in memory at once, like a definition that comes in.
        let place = self.large_definitions.acquire().await;
        let opened = self.in_vault(move |vault| open_all(vault, workflow, tasks, inputs.as_ref())).await?;
        let Opened { checked, values } = opened.map_err(|why| unopened(why.into()))?;
        let definition = Definition {
            name: past.submission.name.clone(),
            subject: past.subject(&checked),
            checked,
            values,
            terms: Some(terms),
            // What was a run is run again, and once.
            recurrence: None,
        };
        drop(place);
        self.submit(admitted.asker, definition, owner_of(admitted), key).await
    }

    /// The workflow, if it can be retried at all.
    async fn past(&self, admitted: &Admitted, workflow: WorkflowId) -> Result<Past, Problem> {
        let summary = self.view(move |views| views.summary(workflow)).await?.value;
        let summary = summary.ok_or_else(|| unknown(workflow))?;
        if !summary.phase.is_terminal() {
            let status = summary.phase.word();
            let problem = Problem::new(Code::WorkflowAlive, format!("workflow {workflow} is {status}"));
            return Err(problem.with("workflow_status", status));
        }
        if summary.accepted.is_none() {
            return Err(Problem::new(
                Code::NotAccepted,
                "its upload was never finished: there is nothing to retry",
            ));
        }
        // What is made of it belongs to whoever makes it, so nobody carries content from one tenant to another.
        let known = self.door.known();
        let tenant = tenant_of(&known.book, summary.principal);
        if tenant != admitted.home() {
            let detail =
                format!("it belongs to tenant {tenant}: only a credential of that tenant retries it");
            return Err(Problem::new(Code::NotAllowed, detail));
        }
        let reader = self.reader.clone();
        let _place = self.reading.acquire().await;
        let past = blocking(move || fold(workflow, StreamRecords::new(reader, workflow.into()))).await?;
        past.ok_or_else(|| unknown(workflow))
    }

    /// Records that what the tasks were given is about to be opened, to be sealed again.
    async fn record_opening(&self, asker: Asker, past: &Past) -> Result<(), Problem> {
        let has_inputs = past.submission.terms.as_deref().is_some_and(|terms| terms.inputs.is_some());
        if !has_inputs && past.tasks.iter().all(|task| task.contents() == 0) {
            return Ok(());
        }
        let (workflow, subject) = (past.workflow, past.submission.subject.id);
        let read = PayloadRead { workflow, subject, task: 0, class: ContentClass::Input };
        self.ask(asker, subjects::Ask::RecordRead(read).into()).await?.reply?;
        Ok(())
    }
}

/// What stands of a list is named in one record, part by part.
fn check_reused(tasks: &[TaskDefinition]) -> Result<(), Problem> {
    let parts = |task: &TaskDefinition| {
        task.rules.as_deref().and_then(|rules| rules.reused.as_ref()).map_or(0, |reused| reused.gave.len())
    };
    let Some(long) = tasks.iter().find(|task| parts(task) > PARTS_STANDING_MAX) else { return Ok(()) };
    let detail = format!(
        "task {} ran for {} entries, and the outputs of at most {PARTS_STANDING_MAX} can stand: retry from {} on, which runs \
         them again",
        long.id,
        parts(long),
        long.id
    );
    Err(Problem::new(Code::TooLarge, detail).with("task", long.id.as_str()))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the definition stands in two kinds of records")]
fn fold(
    workflow: WorkflowId,
    records: impl Iterator<Item = Result<Recorded<Event>, FoldError>>,
) -> Result<Option<Past>, FoldError> {
    let (mut run, mut tasks, mut submission) = (Run::default(), Vec::new(), None);
    for record in records {
        let record = record?;
        run.follow(&record)?;
        match record.event {
            Event::Intake(intake::Event::ChunkStaged(chunk)) => tasks.extend(chunk.tasks),
            Event::Intake(intake::Event::WorkflowSubmitted(submitted)) => {
                let mut asked = submitted.asked;
                tasks.append(&mut asked.tasks);
                submission = Some(asked);
            }
            _ => {}
        }
    }
    Ok(submission.map(|submission| Past { workflow, run, tasks, submission }))
}

impl Past {
    /// The position of the task with that id. A part of a task that is run for each entry of a list is no task of the definition.
    fn position(&self, id: &str) -> Result<u32, Problem> {
        let found = self.tasks.iter().zip(0..).find(|(task, _)| task.id == id);
        found.map(|(_, position)| position).ok_or_else(no_task)
    }

    /// The tasks of the new workflow, with what stands for them, and what else is said of it.
    fn again(&self, from: Option<u32>, now_us: i64) -> (Vec<TaskDefinition>, WorkflowTerms) {
        let ended: Vec<Ended> = (0..).zip(&self.tasks).map(|(task, _)| self.ended(task)).collect();
        let again = run_again(&self.tasks, &ended, from);
        let mut tasks = self.tasks.clone();
        for ((task, number), again) in tasks.iter_mut().zip(0..).zip(again) {
            let stands = may_stand_for(task) && !again;
            let reused = Some(()).filter(|()| stands).and_then(|()| gave(&self.run, self.workflow, number));
            let rules = task.rules.as_deref().cloned().unwrap_or_else(TaskRules::nothing);
            let deadline = rules.deadline.clone().filter(|deadline| is_to_come(deadline, now_us));
            let rules = TaskRules { reused, deadline, ..rules };
            task.rules = (rules != TaskRules::nothing()).then(|| rules.into());
        }
        let terms = self.submission.terms.as_deref().cloned().unwrap_or_else(WorkflowTerms::nothing);
        let deadline = terms.deadline.clone().filter(|deadline| is_to_come(deadline, now_us));
        (tasks, WorkflowTerms { retries: Some(self.workflow), deadline, ..terms })
    }

    fn ended(&self, number: u32) -> Ended {
        let task = self.run.graph().task(number);
        let is_left_out = task.and_then(|task| task.course.as_deref()?.left_out).is_some();
        match task.and_then(|task| task.phase) {
            Some(TaskPhase::Completed) => Ended::Completed,
            Some(TaskPhase::Skipped) if is_left_out => Ended::LeftOut,
            _ => Ended::Otherwise,
        }
    }

    /// Whose the content of the new workflow is: theirs whose that of the old one is, since it takes what that gave. A workflow
    /// without content needs nobody.
    fn subject(&self, checked: &Checked) -> Option<DataSubjectId> {
        let id = self.submission.subject.id;
        let is_named = id != self.workflow.into();
        let has_content = checked.contents.iter().any(Option::is_some)
            || checked.tasks.iter().any(TaskDefinition::brings_content);
        (is_named || has_content).then_some(id)
    }
}

/// Whether a deadline can still be kept: one that is a moment and has passed says nothing of what runs now.
fn is_to_come(deadline: &Deadline, now_us: i64) -> bool {
    deadline.at.is_none_or(|at| at.0 > now_us)
}

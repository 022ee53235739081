//! Decides that expressions are evaluated, and whether what they came to is taken.

use triad_event::Event as AnyEvent;
use triad_event::dag::TaskFailed;
use triad_event::evaluation::{Ask, EvaluationEnded, EvaluationRequested, Value, Verdict};
use triad_event::execution::Ending;
use triad_event::governance::Setting;
use triad_event::ids::{StreamId, WorkflowId};

use super::facts::Facts;
use super::reaction::Reaction;
use super::refusal::Refusal;
use super::state::Asked;
use crate::decision::Decision;
use crate::effect::{Effect, Evaluation};
use crate::image::length;
use crate::limits::{DETAIL_BYTES_MAX, PAGES_MAX};
use crate::plan::Plan;
use crate::ports::wakes::Wake;

/// Decides on what expressions came to. The stream is that of their workflow.
pub(crate) fn decide(
    facts: &Facts<'_>,
    stream: StreamId,
    Ask::EndEvaluation(ended): Ask,
) -> Result<Decision, Refusal> {
    let EvaluationEnded { request, task: given, .. } = ended;
    let asked = facts.state.get(request).ok_or(Refusal::NotAnEvaluation { request })?;
    if asked.task != given {
        return Err(Refusal::OtherTask { request, expected: asked.task, given });
    }
    let plan = facts.tasks.plan(asked.workflow).ok_or(Refusal::NotAnEvaluation { request })?;
    // Its cancellation may still be under way, when there is more of it than fits into a group.
    if facts.tasks.is_cancelling(asked.workflow) {
        return Err(Refusal::NotAnEvaluation { request });
    }
    check(plan, asked.task, &ended)?;
    Ok(Decision { cause: Some(request), ..Decision::recorded(stream, within_bounds(facts, asked, ended)) })
}

fn check(plan: &Plan, task: u32, ended: &EvaluationEnded) -> Result<(), Refusal> {
    let rules = plan.rules(task);
    let wants_list = rules.is_some_and(|rules| rules.fan_out.is_some());
    let has_condition = rules.is_some_and(|rules| rules.condition.is_some());
    let Some(value) = ended.value.as_deref() else {
        let has_none = matches!(
            ended.verdict,
            Verdict::Missing | Verdict::NoValue | Verdict::TooMuch | Verdict::Unavailable
        );
        return if has_none { Ok(()) } else { Err(Refusal::Contradiction) };
    };
    let Value { entries, pages, subject, .. } = value;
    let fits = match ended.verdict {
        Verdict::Holds => !wants_list && pages.is_empty() && *entries == 0,
        Verdict::DoesNotHold => has_condition && pages.is_empty() && *entries == 0,
        Verdict::List => wants_list && (*entries == 0) == pages.is_empty(),
        Verdict::Missing | Verdict::NoValue | Verdict::TooMuch | Verdict::Unavailable => false,
    };
    let begins = pages.first().is_none_or(|page| page.first == 0);
    let ascends = pages.windows(2).all(|pair| pair[0].first < pair[1].first);
    let ends = pages.last().is_none_or(|page| page.first < *entries);
    if !(fits && begins && ascends && ends) {
        return Err(Refusal::Contradiction);
    }
    if (subject.id, subject.slot) != plan.subject {
        return Err(Refusal::OtherSubject { expected: plan.subject(), given: subject.id });
    }
    Ok(())
}

/// A list that was short enough when it was evaluated may be too long by now, beside those of other tasks.
fn within_bounds(facts: &Facts<'_>, asked: Asked, ended: EvaluationEnded) -> EvaluationEnded {
    let (entries, most) =
        (ended.value.as_ref().map_or(0, |value| value.entries), entries_max(facts, asked.workflow));
    let pages = ended.value.as_ref().map_or(0, |value| value.pages.len());
    let detail =
        ended.detail.get(..ended.detail.floor_char_boundary(DETAIL_BYTES_MAX)).unwrap_or_default().to_owned();
    let detail = if entries > most {
        format!("the list has {entries} entries, and the workflow may have {most} more tasks")
    } else if pages > PAGES_MAX {
        format!("the list has {pages} pages, and may have {PAGES_MAX}")
    } else {
        return EvaluationEnded { detail, ..ended };
    };
    EvaluationEnded { verdict: Verdict::TooMuch, value: None, detail, ..ended }
}

/// How many tasks a workflow may have more.
fn entries_max(facts: &Facts<'_>, workflow: WorkflowId) -> u32 {
    let most = facts.ports.settings.count(Setting::TasksPerWorkflowMax);
    length(most.saturating_sub(facts.tasks.count(workflow)))
}

/// Decides on what is owed by evaluations.
pub(crate) fn react(
    facts: &Facts<'_>,
    Reaction { workflow, task }: Reaction,
) -> Option<(StreamId, AnyEvent)> {
    // Deadlines that have come at once pass one after another: its own may follow.
    let event = match facts.tasks.is_late(workflow, task, facts.place.elapsed) {
        true => TaskFailed { task, attempts: 0, ending: Ending::DeadlinePassed }.into(),
        false => EvaluationRequested { task }.into(),
    };
    Some((workflow.into(), event))
}

/// Whether the world still shows that a reaction is owed.
pub(crate) fn owes(facts: &Facts<'_>, Reaction { workflow, task }: Reaction) -> bool {
    facts.tasks.is_ready(workflow, task)
}

/// Evaluations ask for no moments: whoever performs them ends them.
pub(crate) fn wake(_: &Facts<'_>, _: &Wake) -> Option<AnyEvent> {
    None
}

/// What there is to evaluate for a request.
pub(crate) fn effect(facts: &Facts<'_>, request: u64) -> Option<Effect> {
    let Asked { workflow, task } = facts.state.get(request)?;
    let plan = facts.tasks.plan(workflow)?;
    let rules = plan.rules(task)?;
    let (subject, subject_slot) = plan.subject;
    Some(Effect::Evaluate(Evaluation {
        request,
        workflow,
        task,
        subject,
        subject_slot,
        condition: rules.condition.clone(),
        list: rules.fan_out.as_ref().map(|fan| fan.list.clone()),
        takes: facts.tasks.taken(workflow, task),
        entries_max: entries_max(facts, workflow),
    }))
}

//! Evaluates the expressions of a task, in a process that can be ended, and seals the list that they give.

use crate::content::{Unavailable, binding, output_of, reference, sealed};
use crate::filled::{TAKEN_BYTES_MAX, json_or_text, taken_bytes};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use triad_decide::dag::Output;
use triad_decide::limits::PAGES_MAX;
use triad_decide::{Ended, Evaluation, Given, Taken};
use triad_event::evaluation::{EvaluationEnded, Page, Value, Verdict};
use triad_event::ids::WorkflowId;
use triad_event::sealed::{ContentClass, Sealed};
use triad_event::subjects::{Standing, Subject};
use triad_expression::{Answer, ListOf, NoAnswer, Question, TaskFacts, Unanswered, ask, limits};
use triad_vault::{Attachment, Vault, VaultError};

/// Entries of a short list that are sealed together, in bytes of JSON: each part opens one page to read one entry.
const PAGE_BYTES: usize = 4096;

/// An expression with the values of the workflow's inputs that it names, as it is sealed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The text, or a list that was written out.
    pub expression: ListOf,
    /// An object.
    pub inputs: serde_json::Map<String, Json>,
    /// In a task of a sub-workflow: how the expression calls tasks, and their whole ids.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
}

impl Rule {
    /// The bytes that are sealed.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("invariant: texts and JSON values are written without fail")
    }

    fn decode(bytes: &[u8]) -> Result<Self, Lacking> {
        serde_json::from_slice(bytes).map_err(|_| Lacking::NotARule)
    }
}

/// Why there is no outcome now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotNow {
    /// The vault could not be read or written.
    #[error("the vault failed: {0}")]
    Vault(#[from] VaultError),
    /// The process could not be started, or was ended by somebody else.
    #[error("expressions could not be evaluated: {0}")]
    Machine(#[from] io::Error),
}

/// Why there is no outcome at all.
#[derive(Debug, thiserror::Error)]
enum Lacking {
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    #[error("what was sealed is no expression")]
    NotARule,
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error("the output of task {0:?} is longer than what was kept of it")]
    Cut(String),
    #[error("the output of a part of task {0:?} is no text")]
    NoText(String),
    #[error("the outputs that it names have more than {TAKEN_BYTES_MAX} bytes in all")]
    TooMuch,
}

/// Evaluates, and says what is to be recorded and become durable with that.
pub(crate) fn evaluate(
    vault: &Vault,
    program: &Path,
    evaluation: &Evaluation,
) -> Result<(EvaluationEnded, Vec<Attachment>), NotNow> {
    match answered(vault, program, evaluation) {
        Ok(answer) => outcome(vault, evaluation, answer),
        Err(Lacking::Unavailable(Unavailable::Vault(error))) if error.may_pass() => Err(error.into()),
        Err(Lacking::NoAnswer(NoAnswer::Io(error))) => Err(error.into()),
        Err(why) => {
            let (verdict, detail) = (verdict_of(&why), why.to_string());
            Ok((ended(evaluation, verdict, None, detail), Vec::new()))
        }
    }
}

fn verdict_of(why: &Lacking) -> Verdict {
    match why {
        Lacking::NoAnswer(NoAnswer::Unanswered(Unanswered::Missing(_))) => Verdict::Missing,
        Lacking::NoAnswer(NoAnswer::Unanswered(Unanswered::NoValue(_))) | Lacking::NoText(_) => {
            Verdict::NoValue
        }
        Lacking::NoAnswer(NoAnswer::Unanswered(Unanswered::TooMuch(_)) | NoAnswer::Io(_))
        | Lacking::Cut(_)
        | Lacking::TooMuch => Verdict::TooMuch,
        Lacking::Unavailable(_) | Lacking::NotARule => Verdict::Unavailable,
    }
}

fn answered(vault: &Vault, program: &Path, evaluation: &Evaluation) -> Result<Answer, Lacking> {
    let Evaluation { workflow, condition, list, takes, .. } = evaluation;
    let rule = |sealed: &Sealed| -> Result<Rule, Lacking> {
        let opened = vault.unseal(&reference(sealed), binding(*workflow, ContentClass::Rule));
        let bytes = opened.map_err(Unavailable::from)?.map_err(Unavailable::from)?;
        Rule::decode(&bytes)
    };
    let (condition, list) = (condition.as_ref().map(rule).transpose()?, list.as_ref().map(rule).transpose()?);
    let mut inputs = serde_json::Map::new();
    let named = condition.iter().chain(&list).flat_map(|rule| rule.inputs.clone());
    inputs.extend(named);
    let names: BTreeMap<String, String> =
        condition.iter().chain(&list).flat_map(|rule| rule.names.clone()).collect();
    let condition = match condition.map(|rule| rule.expression) {
        Some(ListOf::Expression(text)) => Some(text),
        Some(ListOf::Literal(_)) => return Err(Lacking::NotARule),
        None => None,
    };
    if taken_bytes(takes) > TAKEN_BYTES_MAX {
        return Err(Lacking::TooMuch);
    }
    let facts = |taken: &Taken| Ok((taken.id.clone(), facts_of(vault, *workflow, taken)?));
    let tasks: BTreeMap<String, TaskFacts> = takes.iter().map(facts).collect::<Result<_, Lacking>>()?;
    let tasks = called(tasks, &names);
    let list = list.map(|rule| rule.expression);
    let question = Question { condition, list, inputs: Json::Object(inputs), tasks };
    Ok(ask(program, &question, limits::DEADLINE)?)
}

/// The facts under the names by which the expressions call the tasks, where those are others than their ids.
fn called(
    mut tasks: BTreeMap<String, TaskFacts>,
    names: &BTreeMap<String, String>,
) -> BTreeMap<String, TaskFacts> {
    if names.is_empty() {
        return tasks;
    }
    names.iter().filter_map(|(name, id)| Some((name.clone(), tasks.remove(id)?))).collect()
}

fn facts_of(vault: &Vault, workflow: WorkflowId, taken: &Taken) -> Result<TaskFacts, Lacking> {
    let status = match taken.ended {
        Ended::Completed => "COMPLETED",
        Ended::Failed => "FAILED",
        Ended::Skipped => "SKIPPED",
    };
    let open = |output: &Output| -> Result<Vec<u8>, Lacking> {
        if output.is_cut {
            return Err(Lacking::Cut(taken.id.clone()));
        }
        Ok(output_of(vault, workflow, output)?.to_vec())
    };
    let output = match &taken.given {
        Given::One(output) => output.as_ref().map(open).transpose()?,
        Given::List(outputs) => {
            let part = |output: &Option<Output>| {
                let Some(output) = output else { return Ok(Json::Null) };
                let text = String::from_utf8(open(output)?).map_err(|_| Lacking::NoText(taken.id.clone()))?;
                Ok(json_or_text(text.trim_end_matches(['\n', '\r'])))
            };
            let parts = outputs.iter().map(part).collect::<Result<_, Lacking>>()?;
            Some(Json::Array(parts).to_string().into_bytes())
        }
    };
    Ok(TaskFacts { status: status.to_owned(), output })
}

fn outcome(
    vault: &Vault,
    evaluation: &Evaluation,
    answer: Answer,
) -> Result<(EvaluationEnded, Vec<Attachment>), NotNow> {
    let mut hasher = vault.content_hasher(None);
    let (verdict, entries) = match answer {
        Answer::Holds => (Verdict::Holds, Vec::new()),
        Answer::DoesNotHold => (Verdict::DoesNotHold, Vec::new()),
        Answer::List(entries) => (Verdict::List, entries),
    };
    let most = evaluation.entries_max as usize;
    if entries.len() > most {
        let detail =
            format!("the list has {} entries, and the workflow may have {most} more tasks", entries.len());
        return Ok((ended(evaluation, Verdict::TooMuch, None, detail), Vec::new()));
    }
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    match verdict {
        Verdict::Holds => hasher.update(b"true"),
        Verdict::DoesNotHold => hasher.update(b"false"),
        Verdict::List | Verdict::Missing | Verdict::NoValue | Verdict::TooMuch | Verdict::Unavailable => {}
    }
    let (mut pages, mut attachments) = (Vec::new(), Vec::new());
    for (first, page) in paged(entries) {
        hasher.update(&page);
        let place = binding(evaluation.workflow, ContentClass::Entries);
        match vault.seal(evaluation.subject_slot, place, &page)? {
            Ok(stored) => {
                attachments.push(stored.attachment);
                pages.push(Page { first, sealed: sealed(stored.reference) });
            }
            Err(no_key) => {
                return Ok((ended(evaluation, Verdict::Unavailable, None, no_key.to_string()), Vec::new()));
            }
        }
    }
    let subject = subject(evaluation);
    let value = Value { digest: hasher.finish(), entries: count, subject, pages };
    Ok((ended(evaluation, verdict, Some(value), String::new()), attachments))
}

/// The entries as pages, each with the number of its first entry. The pages of a long list are longer, so that there are never
/// more than [`PAGES_MAX`](triad_decide::limits::PAGES_MAX).
fn paged(entries: Vec<Json>) -> Vec<(u32, Vec<u8>)> {
    let written: Vec<String> = entries.iter().map(Json::to_string).collect();
    let page_bytes = PAGE_BYTES.max(written.iter().map(String::len).sum::<usize>() / (PAGES_MAX / 3));
    let mut pages: Vec<(u32, Vec<u8>)> = Vec::new();
    for (written, number) in written.into_iter().zip(0..) {
        match pages.last_mut().filter(|(_, page)| page.len() + written.len() < page_bytes) {
            Some((_, page)) => page.push(b','),
            None => pages.push((number, b"[".to_vec())),
        }
        if let Some((_, page)) = pages.last_mut() {
            page.extend_from_slice(written.as_bytes());
        }
    }
    pages.iter_mut().for_each(|(_, page)| page.push(b']'));
    pages
}

/// Whose the workflow's content is, whose key was known when it came in.
fn subject(evaluation: &Evaluation) -> Subject {
    Subject {
        id: evaluation.subject,
        slot: evaluation.subject_slot,
        standing: Standing::Known,
        looked_up_through: evaluation.request,
    }
}

fn ended(evaluation: &Evaluation, verdict: Verdict, value: Option<Value>, detail: String) -> EvaluationEnded {
    let Evaluation { request, task, .. } = *evaluation;
    EvaluationEnded { request, task, verdict, value: value.map(Into::into), detail }
}

//! What comes of evaluations: as actions, and as the evaluator reports it.

use super::judge;
use super::stage::{News, Stage};
use super::violation::Verdict as Held;
use std::fmt;
use triad_decide::Evaluation;
use triad_event::evaluation::{Ask, EvaluationEnded, Page, Value, Verdict};
use triad_event::ids::DataSubjectId;
use triad_event::quantity::Bytes;
use triad_event::subjects::{Standing, Subject};
use triad_perform::shell::message::Outcome;

/// Bytes of a page of entries.
const PAGE_BYTES: u64 = 40;
/// Whose entries are those of somebody else.
const OTHER: DataSubjectId = DataSubjectId([0xdd; 16]);
/// The names of verdicts in scripts.
pub(super) const VERDICTS: [(Verdict, &str); 7] = [
    (Verdict::Holds, "true"),
    (Verdict::DoesNotHold, "false"),
    (Verdict::List, "list"),
    (Verdict::Missing, "missing"),
    (Verdict::NoValue, "no-value"),
    (Verdict::TooMuch, "too-much"),
    (Verdict::Unavailable, "unavailable"),
];

/// What expressions came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evaluated {
    /// Sequence of the request.
    pub request: u64,
    /// The task.
    pub task: u32,
    /// What they came to.
    pub verdict: Verdict,
    /// How many entries the list has.
    pub entries: u32,
    /// On how many pages they lie.
    pub pages: u32,
    /// Whether they are those of somebody else.
    pub is_of_other: bool,
}

impl fmt::Display for Evaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, task, verdict, entries, pages, is_of_other } = self;
        let name = VERDICTS.iter().find(|(one, _)| one == verdict).map_or("?", |(_, name)| name);
        write!(f, "#{request}/{task} {name}")?;
        if *entries > 0 {
            write!(f, " entries={entries}")?;
        }
        if *pages != u32::from(*entries > 0) {
            write!(f, " pages={pages}")?;
        }
        if *is_of_other { f.write_str(" of-other") } else { Ok(()) }
    }
}

impl Stage {
    /// Expressions are to be evaluated.
    pub(super) fn evaluating(&mut self, evaluation: Evaluation) -> Held {
        self.outside.invariant_evaluations_start_as_they_are_recorded(
            &self.book,
            &evaluation,
            &mut self.probes,
        )?;
        judge::invariant_expressions_can_be_opened(&self.vault, &evaluation)?;
        if let Some(transcript) = &mut self.transcript {
            transcript.evaluating(&evaluation);
        }
        self.evaluating.insert(evaluation.request, (evaluation.subject, evaluation.subject_slot));
        self.news.push(News::Evaluating(evaluation));
        Ok(())
    }

    /// What they came to arrives.
    pub(super) fn end_evaluation(&mut self, evaluated: Evaluated) -> Held {
        let Evaluated { request, task, verdict, .. } = evaluated;
        let detail = match verdict {
            Verdict::Holds | Verdict::DoesNotHold | Verdict::List => String::new(),
            Verdict::Missing | Verdict::NoValue | Verdict::TooMuch | Verdict::Unavailable => {
                "so it is".to_owned()
            }
        };
        let value = detail.is_empty().then(|| self.value(&evaluated).into());
        let ended = EvaluationEnded { request, task, verdict, value, detail };
        self.performed(request, Outcome::Done(Ask::EndEvaluation(ended).into()))
    }

    fn value(&mut self, evaluated: &Evaluated) -> Value {
        let Evaluated { request, entries, pages, is_of_other, .. } = *evaluated;
        let (id, slot) = self.evaluating.get(&request).copied().unwrap_or((OTHER, 0));
        let id = if is_of_other { OTHER } else { id };
        let looked_up_through = self.book.next_sequence - 1;
        let subject = Subject { id, slot, standing: Standing::Known, looked_up_through };
        let first = |page: u32| (u64::from(page) * u64::from(entries) / u64::from(pages)) as u32;
        let pages = (0..pages)
            .map(|page| Page { first: first(page), sealed: self.vault.seal(id, Bytes(PAGE_BYTES)) });
        Value { digest: [0; 32], entries, subject, pages: pages.collect() }
    }
}

//! The document of a schedule: sealed when it is set, opened for each firing once it is recorded who reads it, and read as if it
//! were submitted, for one moment.

use crate::access::admitted::Admitted;
use crate::clock;
use crate::http::state::{AppState, blocking};
use crate::resource::definition::reading::{Asked, binding};
use crate::resource::subject::known::{SealError, know};
use crate::wire::definition::{Definition, INPUT_MOMENT, Purpose};
use crate::wire::problem::{Code, Problem};
use crate::wire::source::Language;
use serde_json::{Map, Value};
use std::convert::Infallible;
use triad_decide::limits::LABELS_MAX;
use triad_event::Sealed;
use triad_event::definitions::Language as Recorded;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::{Label, WorkflowTerms};
use triad_event::schedules::LABEL_SCHEDULE;
use triad_event::subjects::{Standing, Subject};
use triad_perform::content::sealed;
use triad_vault::{Attachment, NoKey};

/// What the digest is for with which the text of a schedule is erased, so that it coincides with no other.
const SUBJECT_CONTEXT: &str = "triad 2026-11 data subject of a schedule";
/// The label that names the schedule.
pub(super) const LABEL: &str = LABEL_SCHEDULE;
/// The label that says for which moment: it has the name of the input that is given it.
pub(super) const LABEL_MOMENT: &str = INPUT_MOMENT;
/// The label, and the input, that names the run that was followed, where one was.
const FOLLOWS: &str = "follows";

/// For what a document is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Occasion<'a> {
    /// The name of the schedule.
    pub(super) name: &'a str,
    pub(super) moment_ms: i64,
    /// The run whose end named the moment.
    pub(super) follows: Option<WorkflowId>,
}

impl AppState {
    /// Reads a document as it is submitted for a moment.
    pub(super) async fn read_scheduled(
        &self,
        admitted: &Admitted,
        language: Language,
        bytes: Vec<u8>,
        occasion: Occasion<'_>,
    ) -> Result<Definition, Problem> {
        let moment = clock::show(occasion.moment_ms.saturating_mul(1000));
        let mut told = vec![(LABEL_MOMENT, moment)];
        told.extend(occasion.follows.map(|run| (FOLLOWS, run.to_string())));
        let offer = |(name, value): &(&str, String)| ((*name).to_owned(), Value::from(value.clone()));
        let offered: Map<String, Value> = told.iter().map(offer).collect();
        let asked = Asked { language, bytes, purpose: Purpose::Fire, offered };
        let mut definition = self.read_offered(admitted, asked).await?;
        let terms = definition.terms.get_or_insert_with(WorkflowTerms::nothing);
        told.push((LABEL, occasion.name.to_owned()));
        terms.labels.retain(|label| told.iter().all(|(name, _)| *name != label.name));
        let adds = told.len();
        if terms.labels.len() + adds > LABELS_MAX {
            let detail = format!("a schedule adds {adds} labels, and a workflow has at most {LABELS_MAX}");
            return Err(Problem::new(Code::InvalidValue, detail));
        }
        terms.labels.extend(told.into_iter().map(|(name, value)| Label { name: name.to_owned(), value }));
        terms.labels.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(definition)
    }

    /// Seals the document of a schedule.
    pub(super) async fn seal_scheduled(
        &self,
        tenant: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(Subject, Sealed, Attachment), Problem> {
        let (vault, looked_up_through) = (self.vault.clone(), self.newest_durable());
        let id = subject_of(tenant, name);
        let work = move || -> Result<(Subject, Sealed, Attachment), SealError> {
            let subject = know(&vault, id, looked_up_through)?.subject;
            if subject.standing == Standing::Erased {
                return Err(NoKey::Erased { slot: subject.slot }.into());
            }
            let stored = vault.seal(subject.slot, binding(id), &bytes)??;
            Ok((subject, sealed(stored.reference), stored.attachment))
        };
        let done = blocking(move || Ok::<_, Infallible>(work())).await?;
        done.map_err(|error| self.unsealed(id, error))
    }
}

/// With whom the text of a schedule is erased.
fn subject_of(tenant: &str, name: &str) -> DataSubjectId {
    let mut hasher = blake3::Hasher::new_derive_key(SUBJECT_CONTEXT);
    hasher.update(tenant.as_bytes()).update(b"/").update(name.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    DataSubjectId(id)
}

pub(super) fn recorded(language: Language) -> Recorded {
    match language {
        Language::Json => Recorded::Json,
        Language::Yaml => Recorded::Yaml,
    }
}

pub(super) fn written(language: Recorded) -> Language {
    match language {
        Recorded::Json => Language::Json,
        Recorded::Yaml => Language::Yaml,
    }
}

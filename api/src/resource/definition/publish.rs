//! Takes a definition in to be kept: reads it whole, seals its text, has it recorded.

use super::reading::binding;
use crate::access::admitted::Admitted;
use crate::http::state::{AppState, blocking};
use crate::resource::subject::known::{SealError, know};
use crate::wire::definition::Purpose;
use crate::wire::problem::{Code, Problem};
use crate::wire::source::Language;
use std::convert::Infallible;
use triad_decide::{Input, Refusal, subjects};
use triad_event::definitions::{Ask, Language as Recorded, PublishDefinition};
use triad_event::ids::DataSubjectId;
use triad_event::subjects::Standing;
use triad_perform::content::sealed;
use triad_vault::{Attachment, NoKey};

/// What the digest is for with which the text of a definition is erased, so that it coincides with no other.
const SUBJECT_CONTEXT: &str = "triad 2026-11 data subject of a definition";
/// How often a text is handed in again, when more was erased meanwhile than the engine remembers.
const LOOKUPS_MAX: usize = 3;

/// What is to be kept.
pub(super) struct Text {
    pub(super) name: String,
    pub(super) language: Language,
    pub(super) bytes: Vec<u8>,
    pub(super) reason: String,
}

impl AppState {
    /// Publishes a version. Gives back its digest, by which it is found, and the sequence that is answered.
    pub(super) async fn publish(&self, admitted: &Admitted, text: Text) -> Result<([u8; 32], u64), Problem> {
        let Text { name, language, bytes, reason } = text;
        let read = self.read_definition(admitted, language, bytes.clone(), Purpose::Keep).await?;
        let tasks = u32::try_from(read.checked.tasks.len()).unwrap_or(u32::MAX);
        let tenant = admitted.home().to_owned();
        let id = subject_of(&tenant, &name);
        let (vault, looked_up_through) = (self.vault.clone(), self.newest_durable());
        let work = move || -> Result<(PublishDefinition, Attachment), SealError> {
            let subject = know(&vault, id, looked_up_through)?.subject;
            if subject.standing == Standing::Erased {
                return Err(NoKey::Erased { slot: subject.slot }.into());
            }
            let mut hasher = vault.content_hasher(None);
            let language = recorded(language);
            hasher.update(&[language.number()]);
            hasher.update(&bytes);
            let stored = vault.seal(subject.slot, binding(id), &bytes)??;
            let (source, digest) = (sealed(stored.reference).into(), hasher.finish());
            let asked = PublishDefinition { tenant, name, subject, source, language, digest, tasks, reason };
            Ok((asked, stored.attachment))
        };
        let done = blocking(move || Ok::<_, Infallible>(work())).await?;
        let (mut asked, attachment) = done.map_err(|error| self.unsealed(id, error))?;
        for lookup in 1..=LOOKUPS_MAX {
            let input = Input::from(Ask::from(asked.clone()));
            let answer = self.ask_with(admitted.asker, input, vec![attachment.clone()]).await?;
            match answer.reply {
                Err(Refusal::Subjects(subjects::Refusal::LookupTooOld { .. })) if lookup < LOOKUPS_MAX => {
                    asked.subject = self.know_again(&asked.subject).await?;
                }
                Err(refusal) => {
                    self.give_back(&asked.subject).await?;
                    return Err(refusal.into());
                }
                Ok(_) => return Ok((asked.digest, answer.sequence)),
            }
        }
        Err(Problem::new(Code::ViewsBehind, "more was erased meanwhile than the engine remembers"))
    }
}

/// With whom all versions of a definition are erased.
fn subject_of(tenant: &str, name: &str) -> DataSubjectId {
    let mut hasher = blake3::Hasher::new_derive_key(SUBJECT_CONTEXT);
    hasher.update(tenant.as_bytes()).update(b"/").update(name.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    DataSubjectId(id)
}

fn recorded(language: Language) -> Recorded {
    match language {
        Language::Json => Recorded::Json,
        Language::Yaml => Recorded::Yaml,
    }
}

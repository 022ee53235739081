//! Reads what comes in with the definitions that it names, which are opened from the vault once it is recorded who reads them.

use crate::access::admitted::Admitted;
use crate::http::state::{AppState, blocking};
use crate::wire::definition::{self, Purpose, Reading, Unacceptable, greatest_bounds};
use crate::wire::library::{Library, Source, parts_of, references};
use crate::wire::problem::Problem;
use crate::wire::source::Language;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::convert::Infallible;
use triad_decide::intake::Bounds;
use triad_decide::{Refusal, subjects};
use triad_event::definitions::Language as Recorded;
use triad_event::ids::{DataSubjectId, WorkflowId};
use triad_event::intake::DefinitionUse;
use triad_event::sealed::ContentClass;
use triad_event::subjects::PayloadRead;
use triad_perform::Asker;
use triad_perform::content::reference as reference_to;
use triad_projections::view::definition_book::DefinitionBook;
use triad_vault::{Binding, Plaintext};

/// A longer definition is read on a thread that may block, against the bounds in force. A shorter one is read at
/// once, against the greatest that the settings admit; the core applies those in force.
const LARGE_BYTES: usize = 64 << 10;
/// Definitions that one document makes use of, together with those that these name. Each is opened and read.
const NAMED_MAX: usize = 100;

/// A document that is to be read.
pub(in crate::resource) struct Asked {
    pub(in crate::resource) language: Language,
    pub(in crate::resource) bytes: Vec<u8>,
    pub(in crate::resource) purpose: Purpose,
    /// Values of inputs that are taken where the document has such an input and gives it none.
    pub(in crate::resource) offered: Map<String, Value>,
}

/// A version of a definition, as its record says.
pub(super) struct Found {
    pub(super) used: DefinitionUse,
    pub(super) subject: DataSubjectId,
    pub(super) language: Language,
    pub(super) source: triad_event::Sealed,
}

impl AppState {
    /// Reads a document whole. What it names is looked for among the definitions of the tenant of whoever asks.
    pub(in crate::resource) async fn read_definition(
        &self,
        admitted: &Admitted,
        language: Language,
        bytes: Vec<u8>,
        purpose: Purpose,
    ) -> Result<definition::Definition, Problem> {
        self.read_offered(admitted, Asked { language, bytes, purpose, offered: Map::new() }).await
    }

    /// The same with values that it takes where it has inputs of these names.
    pub(in crate::resource) async fn read_offered(
        &self,
        admitted: &Admitted,
        asked: Asked,
    ) -> Result<definition::Definition, Problem> {
        let Asked { language, bytes, purpose, offered } = asked;
        let is_large = bytes.len() >= LARGE_BYTES;
        let bounds = match is_large {
            true => Bounds::from_settings(&self.engine.status().await?.settings),
            false => greatest_bounds(),
        };
        let _place = if is_large { Some(self.large_definitions.acquire().await) } else { None };
        let (bytes, named) = if is_large {
            let find = move || {
                let named = references(language, &bytes, &bounds);
                (bytes, named)
            };
            blocking(move || Ok::<_, Infallible>(find())).await?
        } else {
            let named = references(language, &bytes, &bounds);
            (bytes, named)
        };
        let library = self.library(admitted, named).await?;
        let read = move || {
            let values = Map::new();
            let reading = Reading { bounds: &bounds, library: &library, purpose, values, offered };
            definition::read(language, &bytes, &reading)
        };
        let done = if is_large { blocking(move || Ok::<_, Infallible>(read())).await? } else { read() };
        done.map_err(|unacceptable| match unacceptable {
            Unacceptable::Malformed(malformed) => Problem::malformed(language, &malformed),
            Unacceptable::Faults(faults) => Problem::faults(&faults),
        })
    }

    /// The definitions that are named, with those that they name.
    async fn library(&self, admitted: &Admitted, named: BTreeSet<String>) -> Result<Library, Problem> {
        let (mut library, mut wanted) = (Library::default(), Vec::from_iter(named));
        let mut brought = 0;
        while let Some(reference) = wanted.pop() {
            if library.knows(&reference) || parts_of(&reference).is_none() {
                continue;
            }
            if brought == NAMED_MAX {
                library.lack(reference, format!("a definition makes use of at most {NAMED_MAX} others"));
                continue;
            }
            brought += 1;
            match self.bring(admitted, &reference).await? {
                Ok(source) => {
                    wanted.extend(source.references());
                    library.add(reference, source);
                }
                Err(why) => library.lack(reference, why),
            }
        }
        Ok(library)
    }

    /// The definition that is named, or why it cannot be used.
    async fn bring(&self, admitted: &Admitted, reference: &str) -> Result<Result<Source, String>, Problem> {
        let (tenant, named) = (admitted.home().to_owned(), reference.to_owned());
        let found =
            self.view(move |views| Ok(views.definitions(|book| find(book, &tenant, &named)))).await?.value;
        let found = match found {
            Ok(found) => found,
            Err(why) => return Ok(Err(why)),
        };
        match self.open_source(admitted.asker, &found).await? {
            Ok(text) => {
                let Found { used, language, .. } = found;
                let shown = format!("{}@{}", used.name, used.version);
                let source = Source::read(used, language, &text, &greatest_bounds());
                Ok(source.map_err(|why| format!("{shown} is not read any more: {why}")))
            }
            Err(why) => Ok(Err(why)),
        }
    }

    /// The text of a version, once it is recorded who reads it; or why there is none.
    pub(super) async fn open_source(
        &self,
        asker: Asker,
        found: &Found,
    ) -> Result<Result<Plaintext, String>, Problem> {
        let Found { used, subject, source, .. } = found;
        self.open_kept(asker, *subject, source, &format!("{}@{}", used.name, used.version)).await
    }

    /// A text that is bound to a data subject, once it is recorded who reads it; or why there is none.
    pub(in crate::resource) async fn open_kept(
        &self,
        asker: Asker,
        subject: DataSubjectId,
        source: &triad_event::Sealed,
        shown: &str,
    ) -> Result<Result<Plaintext, String>, Problem> {
        // No workflow: what is bound to the definition is read.
        let (workflow, class) = (WorkflowId(subject.0), ContentClass::Definition);
        let read = PayloadRead { workflow, subject, task: 0, class };
        match self.ask(asker, subjects::Ask::RecordRead(read).into()).await?.reply {
            Ok(_) => {}
            Err(Refusal::Subjects(
                subjects::Refusal::ErasureUnderWay { .. } | subjects::Refusal::SubjectErased { .. },
            )) => return Ok(Err(format!("the text of {shown} is erased"))),
            Err(refusal) => return Err(refusal.into()),
        }
        let (source, binding) = (source.clone(), binding(subject));
        let _place = self.reading.acquire().await;
        let opened = self.in_vault(move |vault| vault.unseal(&reference_to(&source), binding)).await?;
        Ok(opened.map_err(|why| format!("the text of {shown} cannot be opened: {why}")))
    }
}

/// What the text of a definition, or of a schedule, is bound to.
pub(in crate::resource) fn binding(subject: DataSubjectId) -> Binding {
    Binding { stream: subject.0, class: ContentClass::Definition.number() }
}

/// The version that a tenant means, or why there is none.
pub(super) fn find(book: &DefinitionBook, tenant: &str, reference: &str) -> Result<Found, String> {
    let Some((name, which)) = parts_of(reference) else {
        return Err(format!("{reference:?} names no definition"));
    };
    let known = book.find(tenant, name).ok_or_else(|| format!("there is no definition {name:?}"))?;
    let Some((number, version)) = known.meant(which) else {
        return Err(match which {
            Some(which) => format!("definition {name:?} has no version or alias {which:?}"),
            None => format!("every version of definition {name:?} is retired"),
        });
    };
    if version.retired.is_some() {
        return Err(format!("version {number} of definition {name:?} is retired"));
    }
    Ok(found(name, number, version))
}

pub(super) fn found(
    name: &str,
    number: u32,
    version: &triad_projections::view::definition_book::Version,
) -> Found {
    Found {
        used: DefinitionUse { name: name.to_owned(), version: number, published: version.published.sequence },
        subject: version.asked.subject.id,
        language: match version.asked.language {
            Recorded::Json => Language::Json,
            Recorded::Yaml => Language::Yaml,
        },
        source: (*version.asked.source).clone(),
    }
}

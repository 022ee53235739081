//! Whose a key is: the name of a person. It is content, which can be erased and stands in no record.

use super::wire::{CHANGES, KeyDocument, PersonKept};
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::extract::{Caller, PathId};
use crate::http::state::{AppState, blocking};
use crate::resource::route::{ASKS, Body, Gives, Method, NOTHING, Need, Right, Route, Takes, VIEWS, shape};
use crate::resource::subject::known::{KnownSubject, SealError, know};
use crate::wire::content::{Content, Shown};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use triad_decide::limits::NAME_BYTES_MAX;
use triad_decide::{Refusal, subjects};
use triad_event::Source;
use triad_event::access::{Ask, NamePerson, Person};
use triad_event::ids::{DataSubjectId, PrincipalId};
use triad_event::plain::is_plain;
use triad_event::sealed::ContentClass;
use triad_event::subjects::Standing;
use triad_perform::content::{reference, sealed};
use triad_perform::{Answer, Asker};
use triad_vault::{Attachment, Binding, NoKey};

/// How often a name is handed in again, when more was erased meanwhile than the engine remembers.
const LOOKUPS_MAX: usize = 3;

/// What may stand against a name that comes in.
pub(super) const NAMES: &[Code] = &[Code::SubjectErased, Code::ErasureUnderWay, Code::SubjectInUse];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Get,
        path: "/v1/access/keys/{id}/person",
        name: "show_person",
        summary: "whose a key is, by name; that it was read is recorded once an hour",
        source: Source::Operator,
        need: Need::Right(Right::ReadContent, About::Installation),
        takes: NOTHING,
        gives: &[Gives::json::<PersonShown>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::KeyUnknown, Code::VaultUnavailable]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Post,
        path: "/v1/access/keys/{id}/person",
        name: "name_person",
        summary: "say whose a key is; the name can be erased",
        source: Source::Operator,
        need: Need::Right(Right::Administer, About::Installation),
        takes: Takes { body: Some(Body::Document(shape::<NameDocument>)), ..NOTHING },
        gives: &[Gives::recorded::<KeyDocument>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES, NAMES],
        handler: |method| on(method, name),
    },
];

/// A person.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PersonDocument {
    /// Their name: a line of at most 256 bytes. No record holds it, and it can be erased.
    name: String,
    /// With what it is erased, 32 hexadecimal digits: what one person is called by several keys or workflows. Without it, the
    /// name is erased under the id of the key.
    data_subject: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NameDocument {
    person: PersonDocument,
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

/// Whose a key is.
#[derive(Serialize, JsonSchema)]
struct PersonShown {
    key_id: String,
    /// None when nobody said whose it is.
    person: Option<PersonKept>,
    /// The name, or why there is none.
    name: Option<Shown>,
}

async fn show(State(state): State<AppState>, PathId(id): PathId<PrincipalId>) -> Result<Response, Problem> {
    let found = state.view(move |views| Ok(views.access(|book| book.key(id).cloned()).value)).await?;
    let key = found.ok_or_else(|| Problem::new(Code::KeyUnknown, format!("there is no key {id}")))?;
    let name = match key.person.clone() {
        None => None,
        Some(person) => {
            let open = move |vault: &triad_vault::Vault| vault.unseal(&reference(&person.name), binding(id));
            Some(Shown::output(state.in_vault(open).await?.map_or_else(Content::from, Content::Open)))
        }
    };
    let shown =
        PersonShown { key_id: id.to_string(), person: key.person.as_ref().map(PersonKept::from), name };
    Ok(json(StatusCode::OK, &shown))
}

async fn name(
    State(state): State<AppState>,
    Caller(asker): Caller,
    PathId(key): PathId<PrincipalId>,
    Document(asked): Document<NameDocument>,
) -> Result<Response, Problem> {
    let NameDocument { person, reason } = asked;
    let ask = |person| NamePerson { key, person, reason: reason.clone() }.into();
    let answer = state.ask_naming(asker, key, &person, ask).await?;
    Ok(recorded(StatusCode::OK, &state.describe_key(key).await?, answer.sequence))
}

impl AppState {
    /// Has something of access decided that says whose a key is.
    pub(super) async fn ask_naming(
        &self,
        asker: Asker,
        key: PrincipalId,
        person: &PersonDocument,
        ask: impl Fn(Person) -> Ask,
    ) -> Result<Answer, Problem> {
        let (mut person, attachment) = self.seal_name(key, person).await?;
        for lookup in 1..=LOOKUPS_MAX {
            let answer = self.ask_with(asker, ask(person.clone()).into(), vec![attachment.clone()]).await?;
            match answer.reply {
                Err(Refusal::Subjects(subjects::Refusal::LookupTooOld { .. })) if lookup < LOOKUPS_MAX => {
                    person.subject = self.know_again(&person.subject).await?;
                }
                Err(refusal) => {
                    self.give_back(&person.subject).await?;
                    return Err(refusal.into());
                }
                Ok(_) => return self.learned(answer).await,
            }
        }
        Err(Problem::new(Code::ViewsBehind, "more was erased meanwhile than the engine remembers"))
    }

    async fn seal_name(
        &self,
        key: PrincipalId,
        person: &PersonDocument,
    ) -> Result<(Person, Attachment), Problem> {
        let (id, name) = (subject_of(key, person)?, checked(&person.name)?);
        let (vault, looked_up_through) = (self.vault.clone(), self.newest_durable());
        let work = move || -> Result<(Person, Attachment), SealError> {
            let KnownSubject { subject, .. } = know(&vault, id, looked_up_through)?;
            if subject.standing == Standing::Erased {
                return Err(NoKey::Erased { slot: subject.slot }.into());
            }
            let made = vault.seal(subject.slot, binding(key), name.as_bytes())??;
            Ok((Person { subject, name: sealed(made.reference).into() }, made.attachment))
        };
        let done = blocking(move || Ok::<_, Infallible>(work())).await?;
        done.map_err(|error| self.unsealed(id, error))
    }
}

/// What the name of whose key it is is bound to.
fn binding(key: PrincipalId) -> Binding {
    Binding { stream: key.0, class: ContentClass::Person.number() }
}

fn subject_of(key: PrincipalId, person: &PersonDocument) -> Result<DataSubjectId, Problem> {
    let Some(text) = &person.data_subject else { return Ok(DataSubjectId(key.0)) };
    let read = text.parse().ok().filter(|subject| *subject != DataSubjectId::ZERO);
    let wrong = "person.data_subject is 32 lowercase hexadecimal digits, not all zero";
    read.ok_or_else(|| Problem::new(Code::InvalidValue, wrong))
}

fn checked(name: &str) -> Result<String, Problem> {
    let fits = (1..=NAME_BYTES_MAX).contains(&name.len()) && name.chars().all(is_plain);
    let wrong =
        || format!("person.name has 1 to {NAME_BYTES_MAX} bytes, all of them of characters that people see");
    if fits { Ok(name.to_owned()) } else { Err(Problem::new(Code::InvalidValue, wrong())) }
}

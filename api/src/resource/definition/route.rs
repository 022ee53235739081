//! The routes of named definitions.

use super::publish::Text;
use super::reading::found;
use super::wire::{Definition, DefinitionPage, DefinitionSummary, Version};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::{json, recorded};
use crate::http::body;
use crate::http::extract::{Query, Reason, page_limit};
use crate::http::fields::{Field, Fields, REASON};
use crate::http::state::AppState;
use crate::resource::READ_DEFINITION_CONTENT;
use crate::resource::route::{
    ASKS, Body as Takeable, Gives, Method, NOTHING, Need, Right, Route, Takes, VAULT, VIEWS,
};
use crate::wire::content::Content;
use crate::wire::definition::schema;
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_decide::Input;
use triad_decide::limits::{DEFINITION_BYTES_MAX, is_id};
use triad_event::Source;
use triad_event::definitions::{AliasSet, Ask, DefinitionRetired};
use triad_projections::view::definition_book;

/// Definitions of one page when nobody says otherwise, and at most.
const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 200;

const VERSION: Field = Field {
    name: "version",
    kind: Kind::Number,
    is_required: true,
    doc: "The version that the alias is to mean.",
};

/// What may stand against a definition that comes in.
const PUBLISHES: &[Code] = &[
    Code::MalformedYaml,
    Code::InvalidDefinition,
    Code::InvalidValue,
    Code::TooLarge,
    Code::TooManyDefinitions,
    Code::SubjectErased,
    Code::ErasureUnderWay,
    Code::SubjectInUse,
    Code::DefinitionUnknown,
];
/// What may stand against a change of one.
const CHANGES: &[Code] = &[
    Code::DefinitionUnknown,
    Code::VersionRetired,
    Code::AliasMeansIt,
    Code::TooManyDefinitions,
    Code::InvalidValue,
    Code::InvalidBody,
];

pub(super) const ROUTES: &[Route] = &[
    Route {
        method: Method::Post,
        path: "/v1/definitions/{name}",
        name: "publish_definition",
        summary: "keep a definition in JSON or YAML under a name; the same text as the newest version is that version",
        source: Source::Client,
        need: Need::Right(Right::Submit, About::Home),
        takes: Takes {
            body: Some(Takeable::Written(|_| schema().try_into().unwrap_or_default())),
            ..Takes::query::<PublishQuery>()
        },
        gives: &[Gives::recorded::<Version>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, PUBLISHES],
        handler: |method| on(method, publish),
    },
    Route {
        method: Method::Get,
        path: "/v1/definitions",
        name: "list_definitions",
        summary: "the named definitions, by name",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<ListQuery>(),
        gives: &[Gives::json::<DefinitionPage>(StatusCode::OK)],
        refuses: &[VIEWS],
        handler: |method| on(method, list),
    },
    Route {
        method: Method::Get,
        path: "/v1/definitions/{name}",
        name: "show_definition",
        summary: "a definition: its versions and aliases",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: NOTHING,
        gives: &[Gives::json::<Definition>(StatusCode::OK)],
        refuses: &[VIEWS, &[Code::DefinitionUnknown]],
        handler: |method| on(method, show),
    },
    Route {
        method: Method::Get,
        path: "/v1/definitions/{name}/versions/{version}",
        name: "show_definition_version",
        summary: "a version, by its number or an alias, and with content=true its text; that it was read is recorded",
        source: Source::Client,
        need: Need::Right(Right::Read, About::Home),
        takes: Takes::query::<VersionQuery>(),
        gives: &[Gives::json::<Version>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, VAULT, &[Code::DefinitionUnknown]],
        handler: |method| on(method, show_version),
    },
    Route {
        method: Method::Post,
        path: "/v1/definitions/{name}/aliases/{alias}",
        name: "set_definition_alias",
        summary: "let an alias mean a version",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes { body: Some(Takeable::Fields(&[VERSION, REASON])), ..NOTHING },
        gives: &[Gives::recorded::<Definition>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES],
        handler: |method| on(method, set_alias),
    },
    Route {
        method: Method::Post,
        path: "/v1/definitions/{name}/versions/{version}/retire",
        name: "retire_definition_version",
        summary: "begin a version no more; what was made of it goes on",
        source: Source::Client,
        need: Need::Right(Right::Control, About::Home),
        takes: Takes::fields(&[REASON]),
        gives: &[Gives::recorded::<Definition>(StatusCode::OK)],
        refuses: &[ASKS, VIEWS, CHANGES],
        handler: |method| on(method, retire),
    },
];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PublishQuery {
    /// Why, for the record.
    #[serde(default)]
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Behind which name it begins.
    after: Option<String>,
    /// How many at most.
    limit: Option<usize>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VersionQuery {
    /// Whether the text is wanted, and not only where it lies. That it is read is recorded.
    #[serde(default)]
    content: bool,
}

async fn publish(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
    Query(query): Query<PublishQuery>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if !is_id(&name) {
        let detail = "a definition is named with 1 to 64 of a-z, 0-9, _ and -";
        return Err(Problem::new(Code::InvalidValue, detail));
    }
    let (language, received) =
        body::read_written(&state.bodies, &headers, body, DEFINITION_BYTES_MAX).await?;
    let text = Text { name: name.clone(), language, bytes: received.bytes.clone(), reason: query.reason };
    let (digest, sequence) = state.publish(&admitted, text).await?;
    let is_it = move |version: &definition_book::Version| version.asked.digest == digest;
    let shown = state
        .definition(&admitted, &name, move |definition| {
            let (number, version) = definition.numbered().rev().find(|(_, version)| is_it(version))?;
            Some(Version::of(&definition.name, number, version))
        })
        .await?;
    Ok(recorded(StatusCode::OK, &shown, sequence))
}

async fn list(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let limit = page_limit(query.limit, LIMIT_DEFAULT, LIMIT_MAX)?;
    let (tenant, after) = (admitted.home().to_owned(), query.after.unwrap_or_default());
    let look = move |book: &definition_book::DefinitionBook| {
        let own = book.definitions.iter().filter(|one| one.tenant == tenant && one.name > after);
        own.take(limit + 1).map(DefinitionSummary::from).collect::<Vec<_>>()
    };
    let mut definitions = state.view(move |views| Ok(views.definitions(look))).await?.value;
    let is_last = definitions.len() <= limit;
    definitions.truncate(limit);
    let next_after = definitions.last().filter(|_| !is_last).map(|last| last.name().to_owned());
    Ok(json(StatusCode::OK, &DefinitionPage { definitions, next_after }))
}

async fn show(
    State(state): State<AppState>,
    admitted: Admitted,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let shown = state.definition(&admitted, &name, |definition| Some(Definition::from(definition))).await?;
    Ok(json(StatusCode::OK, &shown))
}

async fn show_version(
    State(state): State<AppState>,
    admitted: Admitted,
    Path((name, which)): Path<(String, String)>,
    Query(query): Query<VersionQuery>,
) -> Result<Response, Problem> {
    if query.content {
        state.allow(&admitted, READ_DEFINITION_CONTENT, About::Home).await?;
    }
    let (shown, found) = state
        .definition(&admitted, &name, move |definition| {
            let (number, version) = definition.meant(Some(&which))?;
            let shown = Version::of(&definition.name, number, version);
            Some((shown, found(&definition.name, number, version)))
        })
        .await?;
    if !query.content {
        return Ok(json(StatusCode::OK, &shown));
    }
    let content = match state.open_source(admitted.asker, &found).await? {
        Ok(text) => Content::Open(text),
        Err(why) => Content::Missing { why },
    };
    Ok(json(StatusCode::OK, &shown.with(content)))
}

async fn set_alias(
    State(state): State<AppState>,
    admitted: Admitted,
    Path((name, alias)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let mut fields = Fields::read(&state.bodies, &headers, body, &[VERSION, REASON]).await?;
    let version = number(&fields.required(VERSION)?)?;
    let (tenant, reason) = (admitted.home().to_owned(), fields.or_empty(REASON));
    let ask = Ask::from(AliasSet { tenant, name: name.clone(), alias, version, reason });
    state.change(&admitted, &name, ask).await
}

async fn retire(
    State(state): State<AppState>,
    admitted: Admitted,
    Path((name, version)): Path<(String, String)>,
    Reason(reason): Reason,
) -> Result<Response, Problem> {
    let version = number(&version)?;
    let tenant = admitted.home().to_owned();
    let ask = Ask::from(DefinitionRetired { tenant, name: name.clone(), version, reason });
    state.change(&admitted, &name, ask).await
}

fn number(text: &str) -> Result<u32, Problem> {
    let detail = || format!("a version is a whole number from 1, not {text:?}");
    text.parse().map_err(|_| Problem::new(Code::InvalidValue, detail()))
}

impl AppState {
    /// What a question about a definition of the tenant of whoever asks is answered with.
    async fn definition<T: Send + 'static>(
        &self,
        admitted: &Admitted,
        name: &str,
        look: impl FnOnce(&definition_book::Definition) -> Option<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (tenant, wanted) = (admitted.home().to_owned(), name.to_owned());
        let look = move |book: &definition_book::DefinitionBook| book.find(&tenant, &wanted).and_then(look);
        let found = self.view(move |views| Ok(views.definitions(look))).await?.value;
        let unknown = || format!("there is no definition {name:?}, or it has no such version");
        found.ok_or_else(|| Problem::new(Code::DefinitionUnknown, unknown()))
    }

    async fn change(&self, admitted: &Admitted, name: &str, ask: Ask) -> Result<Response, Problem> {
        let answer = self.ask(admitted.asker, Input::from(ask)).await?;
        answer.reply?;
        let shown = self.definition(admitted, name, |definition| Some(Definition::from(definition))).await?;
        Ok(recorded(StatusCode::OK, &shown, answer.sequence))
    }
}

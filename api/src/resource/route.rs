//! What a row of the resource table says: a resource, its routes, and what each takes, gives and refuses.

use super::noun::Noun;
use crate::access::sight::About;
use crate::http::fields::Field;
use crate::http::state::AppState;
use crate::wire::problem::Code;
use axum::http::StatusCode;
use axum::routing::{MethodFilter, MethodRouter};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use triad_event::Source;
pub(crate) use triad_policy::Right;

/// What is asked about: its routes, and the noun under which the command line knows it.
pub(crate) struct Resource {
    pub(crate) name: &'static str,
    pub(crate) noun: Option<Noun>,
    pub(crate) routes: &'static [Route],
}

/// One method at one address.
pub(crate) struct Route {
    pub(crate) method: Method,
    /// As the router takes it; what stands in braces is explained in [`PATH_PARAMETERS`].
    pub(crate) path: &'static str,
    /// Its name for programs that make clients; no other route has it.
    pub(crate) name: &'static str,
    /// For people, in `triad serve --help` and in the OpenAPI document.
    pub(crate) summary: &'static str,
    /// The way by which what is asked here comes to the engine.
    pub(crate) source: Source,
    /// What whoever asks must be allowed. A row without it does not compile.
    pub(crate) need: Need,
    pub(crate) takes: Takes,
    pub(crate) gives: &'static [Gives],
    /// Codes beside those that every route, every query and every body may be refused with.
    pub(crate) refuses: &'static [&'static [Code]],
    pub(crate) handler: fn(MethodFilter) -> MethodRouter<AppState>,
}

/// What whoever asks must be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: what is answered is the same for everybody, or says nothing of anybody.
    Nothing,
    /// A right, to what the route is about.
    Right(Right, About),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Post,
    Delete,
}

/// How a type looks in JSON.
pub(crate) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// What a request may carry beside its path.
pub(crate) struct Takes {
    pub(crate) query: Option<Shape>,
    pub(crate) headers: &'static [Header],
    pub(crate) body: Option<Body>,
}

/// Nothing beside the path.
pub(crate) const NOTHING: Takes = Takes { query: None, headers: &[], body: None };

/// A body, in JSON where nothing else is said.
pub(crate) enum Body {
    /// An object with a few fields; where none of them must be there, the body need not be there either.
    Fields(&'static [Field]),
    /// A document.
    Document(Shape),
    /// A document that people write, in JSON or in YAML.
    Written(Shape),
}

/// A header of a request or of an answer.
pub(crate) struct Header {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
}

/// An answer that is no refusal.
pub(crate) struct Gives {
    pub(crate) status: StatusCode,
    pub(crate) content: Option<Content>,
    pub(crate) headers: &'static [Header],
}

/// What an answer holds.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// A document.
    Json(Shape),
    /// Server-sent events, each with one document.
    Events(Shape),
    /// Text of another type.
    Text(&'static str),
    /// Bytes.
    Bytes,
}

/// What a route may be refused with when it asks the engine.
pub(crate) const ASKS: &[Code] = &[Code::Busy, Code::Stopping, Code::NotRecorded, Code::UnknownOutcome];
/// When it reads a view.
pub(crate) const VIEWS: &[Code] = &[Code::ViewsBehind];
/// When it needs the vault.
pub(crate) const VAULT: &[Code] = &[Code::VaultUnavailable];

/// What stands in braces in a path.
pub(crate) struct PathParameter {
    pub(crate) name: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) doc: &'static str,
}

/// All that may stand in braces.
pub(crate) const PATH_PARAMETERS: &[PathParameter] = &[
    PathParameter {
        name: "id",
        pattern: "^[0-9a-f]{32}$",
        doc: "Its id: 32 lowercase hexadecimal digits, not all zero.",
    },
    PathParameter { name: "name", pattern: "^[a-z0-9_-]{1,64}$", doc: "Its name." },
    PathParameter {
        name: "version",
        pattern: "^[a-z0-9_-]{1,64}$",
        doc: "Its version; to look at it, also an alias.",
    },
    PathParameter { name: "alias", pattern: "^[a-z0-9_-]{1,64}$", doc: "The alias: no number." },
];

/// What may stand behind the question mark.
pub(crate) struct QueryParameter {
    pub(crate) name: String,
    pub(crate) is_required: bool,
    pub(crate) schema: Value,
}

/// How a type looks in JSON.
pub(crate) fn shape<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

impl Takes {
    /// A query, which may have these parameters and no others.
    pub(crate) const fn query<T: JsonSchema>() -> Self {
        Self { query: Some(shape::<T>), ..NOTHING }
    }

    /// A body with a few fields.
    pub(crate) const fn fields(fields: &'static [Field]) -> Self {
        Self { body: Some(Body::Fields(fields)), ..NOTHING }
    }
}

impl Gives {
    /// A document.
    pub(crate) const fn json<T: JsonSchema>(status: StatusCode) -> Self {
        Self { status, content: Some(Content::Json(shape::<T>)), headers: &[] }
    }

    /// A document about what was recorded.
    pub(crate) const fn recorded<T: JsonSchema>(status: StatusCode) -> Self {
        Self { headers: &[SEQUENCE], ..Self::json::<T>(status) }
    }

    /// Something else than a document.
    pub(crate) const fn content(content: Content) -> Self {
        Self { status: StatusCode::OK, content: Some(content), headers: &[] }
    }

    /// Nothing but a status.
    pub(crate) const fn nothing(status: StatusCode) -> Self {
        Self { status, content: None, headers: &[] }
    }
}

/// Where what was asked is recorded.
pub(crate) const SEQUENCE: Header =
    Header { name: "triad-sequence", doc: "The sequence at which it is recorded." };

impl Method {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn filter(self) -> MethodFilter {
        match self {
            Self::Get => MethodFilter::GET,
            Self::Post => MethodFilter::POST,
            Self::Delete => MethodFilter::DELETE,
        }
    }
}

impl Route {
    /// Every code that this route may be refused with.
    pub(crate) fn codes(&self) -> impl Iterator<Item = Code> {
        let always: &[Code] = &[
            Code::ForeignOrigin,
            Code::NotIdentified,
            Code::AskedTooOften,
            Code::InvalidHeader,
            Code::UnsupportedTransferCoding,
            Code::ClockUnusable,
            Code::Internal,
        ];
        // Before the handler runs a policy is asked, a view looks for the tenant, and the use of a right is recorded.
        let right: &[&[Code]] = match self.need {
            Need::Nothing => &[],
            Need::Right(_, About::Workflow) => &[&[Code::NotAllowed, Code::WorkflowUnknown], ASKS, VIEWS],
            Need::Right(..) => &[&[Code::NotAllowed], ASKS],
        };
        let query: &[Code] = if self.takes.query.is_some() { &[Code::InvalidQuery] } else { &[] };
        let body: &[Code] = if self.takes.body.is_some() { BODY } else { &[] };
        self.refuses.iter().chain(right).copied().chain([always, query, body]).flatten().copied()
    }

    /// What may stand behind the question mark.
    pub(crate) fn parameters(&self) -> Vec<QueryParameter> {
        let Some(shape) = self.takes.query else { return Vec::new() };
        let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
        let query = shape(&mut settings.into_generator()).to_value();
        let required = query["required"].as_array().cloned().unwrap_or_default();
        let parameters = query["properties"].as_object().into_iter().flatten();
        parameters
            .map(|(name, schema)| QueryParameter {
                name: name.clone(),
                is_required: required.iter().any(|required| required == name),
                schema: without_null(schema.clone()),
            })
            .collect()
    }

    /// The fields that its body may have, where it has but a few.
    pub(crate) fn fields(&self) -> &'static [Field] {
        match self.takes.body {
            Some(Body::Fields(fields)) => fields,
            Some(Body::Document(_) | Body::Written(_)) | None => &[],
        }
    }
}

/// A parameter that is left out is not there: it is never null.
fn without_null(mut schema: Value) -> Value {
    if let Some([kind, null]) = schema["type"].as_array().map(Vec::as_slice)
        && null == "null"
    {
        schema["type"] = kind.clone();
    }
    schema
}

/// What a body may be refused with.
const BODY: &[Code] = &[
    Code::MalformedJson,
    Code::InvalidBody,
    Code::UnsupportedMediaType,
    Code::TooLarge,
    Code::SlowBody,
    Code::Busy,
];

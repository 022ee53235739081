//! The OpenAPI document, made from the rows of the resource table.

use super::route::{Body, Content, Gives, Header, PATH_PARAMETERS, QueryParameter, Resource, Route};
use crate::http::fields::Field;
use crate::wire::json::Kind;
use crate::wire::problem::{Code, Problem};
use crate::wire::source::Language;
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

/// The document of these resources.
pub(crate) fn describe(resources: &[Resource]) -> Value {
    let mut shapes = Shapes::new();
    let mut paths = Map::new();
    for resource in resources {
        for route in resource.routes {
            let operation = shapes.operation(resource, route);
            let path = paths.entry(route.path).or_insert_with(|| path_item(route.path));
            path[route.method.name().to_lowercase()] = operation;
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "TRIAD",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Runs AI and compute workflows for people who must later prove what ran.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": resources.iter().map(|resource| json!({ "name": resource.name })).collect::<Vec<_>>(),
        "paths": paths,
        "components": { "schemas": shapes.components() },
    })
}

/// What is found in a path, which all its methods share.
fn path_item(path: &str) -> Value {
    let named = PATH_PARAMETERS.iter().filter(|parameter| path.contains(&format!("{{{}}}", parameter.name)));
    let parameters = named.map(|parameter| {
        json!({
            "name": parameter.name, "in": "path", "required": true, "description": parameter.doc,
            "schema": { "type": "string", "pattern": parameter.pattern },
        })
    });
    json!({ "parameters": parameters.collect::<Vec<_>>() })
}

/// The shapes of what goes out; those that several have are components.
struct Shapes(SchemaGenerator);

impl Shapes {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        Self(
            settings
                .with(|settings| settings.definitions_path = "/components/schemas".into())
                .into_generator(),
        )
    }

    fn components(mut self) -> Map<String, Value> {
        self.0.take_definitions(true)
    }

    fn operation(&mut self, resource: &Resource, route: &Route) -> Value {
        let mut operation = json!({
            "operationId": route.name,
            "tags": [resource.name],
            "summary": route.summary,
            "parameters": parameters(route),
            "responses": self.responses(route),
        });
        if let Some(body) = &route.takes.body {
            operation["requestBody"] = self.body(body);
        }
        operation
    }

    fn body(&mut self, body: &Body) -> Value {
        let (schema, is_required) = match body {
            Body::Fields(fields) => (of_fields(fields), fields.iter().any(|field| field.is_required)),
            Body::Document(shape) | Body::Written(shape) => (shape(&mut self.0).to_value(), true),
        };
        let mut content = json!({ "application/json": { "schema": schema } });
        if matches!(body, Body::Written(_)) {
            content[Language::Yaml.media_type()] = json!({ "schema": schema });
        }
        json!({ "required": is_required, "content": content })
    }

    fn responses(&mut self, route: &Route) -> Map<String, Value> {
        let mut responses = Map::new();
        for gives in route.gives {
            responses.insert(gives.status.as_str().to_owned(), self.response(gives));
        }
        let problem = self.0.subschema_for::<Problem>().to_value();
        let mut codes: Vec<Code> = route.codes().collect();
        codes.sort_unstable_by_key(|code| (code.status().as_u16(), code.name()));
        codes.dedup();
        for codes in codes.chunk_by(|one, next| one.status() == next.status()) {
            let status = codes[0].status();
            let names: Vec<&str> = codes.iter().map(|code| code.name()).collect();
            let titles: Vec<&str> = codes.iter().map(|code| code.title()).collect();
            let schema = json!({ "allOf": [problem, { "properties": { "code": { "enum": names } } }] });
            // Where an answer that is no refusal has the same status, either may come.
            let response = responses.entry(status.as_str()).or_insert_with(|| json!({ "content": {} }));
            response["description"] = titles.join(". ").into();
            response["content"]["application/problem+json"] = json!({ "schema": schema });
        }
        responses
    }

    fn response(&mut self, gives: &Gives) -> Value {
        let mut response = json!({ "description": gives.status.canonical_reason().unwrap_or_default() });
        match gives.content {
            Some(Content::Json(shape)) => {
                response["content"]["application/json"] = json!({ "schema": shape(&mut self.0) });
            }
            Some(Content::Events(shape)) => {
                let item = shape(&mut self.0);
                response["content"]["text/event-stream"] = json!({
                    "schema": { "type": "string", "description": "Server-sent events. The data of each is a document." },
                    "x-data-schema": item,
                });
            }
            Some(Content::Text(kind)) => {
                response["content"][kind] = json!({ "schema": { "type": "string" } })
            }
            Some(Content::Bytes) => response["content"]["application/octet-stream"] = json!({}),
            None => {}
        }
        if !gives.headers.is_empty() {
            let headers = gives.headers.iter().map(|header| {
                let described = json!({ "description": header.doc, "schema": { "type": "string" } });
                (header.name.to_owned(), described)
            });
            response["headers"] = Value::Object(headers.collect());
        }
        response
    }
}

fn parameters(route: &Route) -> Vec<Value> {
    let query = route.parameters();
    let query = query.into_iter().map(|QueryParameter { name, is_required, mut schema }| {
        let doc = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        let mut parameter = json!({ "name": name, "in": "query", "required": is_required, "schema": schema });
        if let Some(doc) = doc {
            parameter["description"] = doc;
        }
        parameter
    });
    let header = |Header { name, doc }: &Header| {
        let schema = json!({ "type": "string" });
        json!({ "name": name, "in": "header", "description": doc, "schema": schema })
    };
    query.chain(route.takes.headers.iter().map(header)).collect()
}

fn of_fields(fields: &[Field]) -> Value {
    let properties = fields.iter().map(|field| {
        let kind = match field.kind {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Number => "integer",
            Kind::Text | Kind::Moment => "string",
            Kind::List => "array",
            Kind::Object => "object",
        };
        (field.name.to_owned(), json!({ "type": kind, "description": field.doc }))
    });
    let required: Vec<&str> =
        fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    json!({
        "type": "object", "properties": properties.collect::<Map<_, _>>(), "required": required,
        "additionalProperties": false,
    })
}

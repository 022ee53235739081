//! Holds what the server answers against its own OpenAPI document: whatever a test asks, the answer is one that is described.

use super::harness::Answer;
use super::schema::faults;
use crate::resource::RESOURCES;
use crate::resource::describe::describe;
use serde_json::Value;
use std::sync::LazyLock;

/// What the server serves at `/v1/openapi.json`.
pub(super) static DOCUMENT: LazyLock<Value> = LazyLock::new(|| describe(RESOURCES));

/// An answer that is described nowhere fails the test that asked for it.
pub(super) fn check(request: &[u8], answer: &Answer) {
    let line = String::from_utf8_lossy(request).lines().next().unwrap_or_default().to_owned();
    let mut words = line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some(operation) = operation(method, path) else { return };
    if (200..300).contains(&answer.status) {
        for name in query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty())
        {
            let parameters = operation["parameters"].as_array().expect("a list");
            let is_described = parameters.iter().any(|one| one["in"] == "query" && one["name"] == name);
            assert!(is_described, "{line}: {name} is taken and not described");
        }
    }
    let Some(kind) = content_type(answer) else {
        let is_of_hyper = matches!(answer.status, 0 | 400 | 431);
        let response = &operation["responses"][answer.status.to_string()];
        assert!(is_of_hyper || response.is_object(), "{line}: {} is not described", answer.status);
        assert_eq!(answer.body, "", "{line}");
        return;
    };
    let response = &operation["responses"][answer.status.to_string()];
    let described = &response["content"][&kind];
    assert!(described.is_object(), "{line}: {} as {kind} is not described: {}", answer.status, answer.body);
    for header in answer.head.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name) {
        let is_ours = header.starts_with("triad-") || matches!(header, "location" | "etag");
        assert!(!is_ours || response["headers"][header].is_object(), "{line}: {header} is not described");
    }
    check_body(&line, &kind, described, answer);
}

fn check_body(line: &str, kind: &str, described: &Value, answer: &Answer) {
    let components = &DOCUMENT["components"]["schemas"];
    let documents: Vec<&str> = match kind {
        "text/event-stream" => answer.body.lines().filter_map(|line| line.strip_prefix("data: ")).collect(),
        "application/json" | "application/problem+json" => vec![&answer.body],
        _ => return,
    };
    let schema = if kind == "text/event-stream" { &described["x-data-schema"] } else { &described["schema"] };
    for text in documents {
        let document = serde_json::from_str(text).unwrap_or_else(|error| panic!("{line}: {error}: {text}"));
        let found = faults(components, schema, &document);
        assert!(found.is_empty(), "{line}: {}\n{document}", found.join("\n"));
    }
}

/// What is described of a method at a path; none when nothing is.
pub(super) fn operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = DOCUMENT["paths"].as_object()?;
    let (_, item) = paths.iter().find(|(template, _)| is_at(template, path))?;
    item.get(method.to_lowercase())
}

/// Whether a path is what a template means.
fn is_at(template: &str, path: &str) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let fits = |(template, segment): (&&str, &&str)| {
        template == segment || (template.starts_with('{') && !segment.is_empty())
    };
    template.len() == path.len() && template.iter().zip(&path).all(fits)
}

fn content_type(answer: &Answer) -> Option<String> {
    answer.head.lines().find_map(|line| Some(line.strip_prefix("content-type: ")?.trim().to_owned()))
}

#[test]
fn an_answer_that_is_not_described_is_noticed() {
    let health = "GET /v1/health HTTP/1.1";
    let show = format!("GET /v1/workflows/{} HTTP/1.1", "7".repeat(32));
    let problem = |code: &str, status: u16| {
        format!(r#"{{"type":"x","title":"x","status":{status},"code":"{code}","detail":"x","fix":"x"}}"#)
    };
    let rows: [(&str, u16, &str, String, bool); 7] = [
        (&show, 404, "content-type: application/problem+json", problem("workflow_unknown", 404), true),
        (&show, 404, "content-type: application/problem+json", problem("busy", 404), false),
        (&show, 418, "content-type: application/problem+json", problem("workflow_unknown", 418), false),
        (&show, 200, "content-type: application/json", "{}".to_owned(), false),
        (health, 200, "content-type: text/html", String::new(), false),
        (health, 204, "", String::new(), false),
        (
            "GET /v1/events?page=2 HTTP/1.1",
            200,
            "content-type: text/markdown; charset=utf-8",
            String::new(),
            false,
        ),
    ];
    for (request, status, head, body, is_described) in rows {
        let answer = Answer { status, head: head.to_owned(), body };
        let checked = std::panic::catch_unwind(|| check(request.as_bytes(), &answer));
        assert_eq!(checked.is_ok(), is_described, "{request}: {answer:?}");
    }
}

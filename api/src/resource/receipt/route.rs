//! The route of receipts.

use crate::access::sight::About;
use crate::http::extract::{PathId, Query, unknown};
use crate::http::headers::single;
use crate::http::state::{AppState, blocking};
use crate::inclusion::{Proved, prove};
use crate::output::hex;
use crate::resource::log::head::{Head, read_head};
use crate::resource::route::{Content, Gives, Header, Method, Need, Right, Route, Takes, VIEWS};
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_event::Source;
use triad_event::ids::WorkflowId;
use triad_projections::run_list::Summary;

/// Of the tree of types that nobody registers (RFC 6838, section 3.4): C2SP names a file extension and no type.
const CONTENT_TYPE: &str = "text/x.tlog-proof; charset=utf-8";
const IF_NONE_MATCH: Header = Header { name: "if-none-match", doc: "The tag of the receipt that is held." };
const ETAG: Header = Header { name: "etag", doc: "Changes when the receipt does." };

pub(super) const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/workflows/{id}/receipt",
    name: "get_receipt",
    summary: "proof that its acceptance is in the log, or another of its records",
    source: Source::Client,
    need: Need::Right(Right::Read, About::Workflow),
    takes: Takes { headers: &[IF_NONE_MATCH], ..Takes::query::<ReceiptQuery>() },
    gives: &[
        Gives { headers: &[ETAG], ..Gives::content(Content::Text(CONTENT_TYPE)) },
        Gives { headers: &[ETAG], ..Gives::nothing(StatusCode::NOT_MODIFIED) },
    ],
    refuses: &[
        VIEWS,
        &[Code::WorkflowUnknown, Code::NotAccepted, Code::NotYetRecorded, Code::RecordElsewhere],
    ],
    handler: |method| on(method, receipt),
}];

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReceiptQuery {
    /// Another record of the workflow than its acceptance.
    sequence: Option<u64>,
}

/// The record is looked for before the checkpoint is read: what the views know is durable, so the checkpoint covers it.
async fn receipt(
    State(state): State<AppState>,
    PathId(workflow): PathId<WorkflowId>,
    Query(query): Query<ReceiptQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let held = single(&headers, "if-none-match")?.map(str::to_owned);
    let found = state.view(move |views| views.summary(workflow)).await?;
    let summary = found.value.ok_or_else(|| unknown(workflow))?;
    let sequence = query.sequence.map_or_else(|| acceptance(&summary), Ok)?;
    let reader = state.reader.clone();
    let _place = state.reading.acquire().await;
    let head = blocking(move || read_head(&reader)).await?;
    let (last, tag) = (head.last_sequence, tag(sequence, &head));
    if sequence > last {
        let detail = format!("sequence: {sequence} lies beyond the end of the log, which is {last}");
        return Err(Problem::new(Code::NotYetRecorded, detail));
    }
    let reader = state.reader.clone();
    let proved = blocking(move || prove(&reader, sequence, head.checkpoint.size, &head.note)).await?;
    if proved.header.stream != workflow.0 {
        return Err(elsewhere(sequence, workflow));
    }
    Ok(answer(&proved, &tag, held.as_deref()))
}

/// Where the workflow was accepted.
fn acceptance(summary: &Summary) -> Result<u64, Problem> {
    let none = || {
        let detail = format!("workflow {} has records, and none that accepts it", summary.id);
        Problem::new(Code::NotAccepted, detail)
    };
    summary.accepted.map(|moment| moment.sequence).ok_or_else(none)
}

fn elsewhere(sequence: u64, workflow: WorkflowId) -> Problem {
    Problem::new(Code::RecordElsewhere, format!("sequence: record {sequence} is none of workflow {workflow}"))
}

/// Changes when the bytes do: the record, and the root under which it is proved.
fn tag(sequence: u64, head: &Head) -> String {
    format!("\"{sequence}-{}\"", hex(&head.checkpoint.root))
}

fn answer(proved: &Proved, tag: &str, held: Option<&str>) -> Response {
    // RFC 9110, section 13.1.2.
    let same = |held: &str| held == "*" || held.trim_start_matches("W/") == tag;
    let unchanged = held.is_some_and(|held| held.split(',').any(|one| same(one.trim())));
    let mut response = match unchanged {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => proved.text.clone().into_response(),
    };
    // Numbers and hex digits alone.
    let text = |text: String| HeaderValue::from_str(&text).expect("invariant: it is visible ASCII");
    let headers = response.headers_mut();
    headers.insert(header::ETAG, text(tag.to_owned()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if !unchanged {
        let name = format!("attachment; filename=\"{}.tlog-proof\"", proved.header.sequence);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
        headers.insert(header::CONTENT_DISPOSITION, text(name));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_that_was_not_accepted_has_no_acceptance_to_prove() {
        let problem = acceptance(&Summary::default()).expect_err("none");
        assert_eq!(problem.code, Code::NotAccepted);
    }
}

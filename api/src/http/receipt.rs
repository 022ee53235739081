//! `GET /v1/workflows/{id}/receipt`: the proof that a record of a workflow is in the log, for whoever submitted it.

use super::door::{Door, blocking};
use super::log::{Head, read_head};
use super::query::{Asked, Named, unknown};
use super::single;
use crate::inclusion::{Proved, prove};
use crate::output::hex;
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use triad_event::ids::WorkflowId;
use triad_projections::run_list::Summary;

/// Of the tree of types that nobody registers (RFC 6838, section 3.4): C2SP names a file extension and no type.
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("text/x.tlog-proof; charset=utf-8");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReceiptQuery {
    sequence: Option<u64>,
}

/// The record is looked for before the checkpoint is read: what the views know is durable, so the checkpoint covers it.
pub(super) async fn receipt(
    State(door): State<Door>,
    Named(workflow): Named,
    Asked(asked): Asked<ReceiptQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let held = single(&headers, "if-none-match")?.map(str::to_owned);
    let found = door.view(move |views| views.summary(workflow)).await?;
    let summary = found.value.ok_or_else(|| unknown(workflow))?;
    let sequence = asked.sequence.map_or_else(|| acceptance(&summary), Ok)?;
    let reader = door.reader.clone();
    let _place = door.reading.acquire().await;
    let head = blocking(move || read_head(&reader)).await?;
    let (last, tag) = (head.last_sequence, tag(sequence, &head));
    if sequence > last {
        let detail = format!("sequence: {sequence} lies beyond the end of the log, which is {last}");
        return Err(Problem::new(Code::NotYetRecorded, detail));
    }
    let reader = door.reader.clone();
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
        headers.insert(header::CONTENT_TYPE, CONTENT_TYPE);
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

//! `GET /v1/bulk/{id}/items`: what came of each workflow, read from the records of the action.

use super::id::ActionId;
use super::wire::{BulkItem, BulkItemPage};
use crate::access::admitted::Admitted;
use crate::access::sight::tenant_of;
use crate::http::answer::json;
use crate::http::extract::{PathId, Query};
use crate::http::state::{AppState, blocking};
use crate::recorded::{FoldError, StreamRecords};
use crate::wire::problem::Problem;
use crate::wire::words::Word;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_event::bulk::{self, Item};
use triad_event::{Event, Recorded};

/// Pages of an action that one answer holds at most.
const PAGES_MAX: usize = 5;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemsQuery {
    /// Where the page before ended.
    cursor: Option<u32>,
    /// Only those to which it was done, or with false only those to which it was not.
    done: Option<bool>,
}

/// The items of some pages, and the number of the page behind them if there is one.
type Read = (Vec<Item>, Option<u32>);

pub(super) async fn items(
    State(state): State<AppState>,
    admitted: Admitted,
    PathId(ActionId(id)): PathId<ActionId>,
    Query(query): Query<ItemsQuery>,
) -> Result<Response, Problem> {
    let action = state.bulk_action(&admitted, id).await?;
    let reader = state.reader.clone();
    let place = state.reading.acquire().await;
    let read = move || read(StreamRecords::new(reader, id), query.cursor.unwrap_or(1), query.done);
    let (found, next_cursor) = blocking(read).await?;
    drop(place);
    let items = state.bulk_items(admitted, found).await?;
    let is_complete = action.ended.is_some() && next_cursor.is_none();
    Ok(json(StatusCode::OK, &BulkItemPage { items, next_cursor, is_complete }))
}

/// Reads pages of an action from one on. Pages of which nothing is wanted are passed over.
fn read(
    records: impl Iterator<Item = Result<Recorded<Event>, FoldError>>,
    from: u32,
    done: Option<bool>,
) -> Result<Read, FoldError> {
    let (mut items, mut pages) = (Vec::new(), 0);
    for record in records {
        let Event::Bulk(bulk::Event::PageEnded(ended)) = record?.event else { continue };
        if ended.page < from {
            continue;
        }
        let is_wanted = |item: &Item| done.is_none_or(|done| item.outcome.is_done() == done);
        let wanted: Vec<Item> = ended.items.into_iter().filter(is_wanted).collect();
        if wanted.is_empty() {
            continue;
        }
        if pages == PAGES_MAX {
            return Ok((items, Some(ended.page)));
        }
        items.extend(wanted);
        pages += 1;
    }
    Ok((items, None))
}

impl AppState {
    /// Items as somebody sees them: those of tenants that they do not see are not there.
    async fn bulk_items(&self, admitted: Admitted, items: Vec<Item>) -> Result<Vec<BulkItem>, Problem> {
        let known = self.door.known();
        self.view(move |views| {
            let mut shown = Vec::with_capacity(items.len());
            for item in items {
                let summary = views.summary(item.workflow)?.value;
                let is_seen = match &summary {
                    Some(summary) => admitted.sees(tenant_of(&known.book, summary.principal)),
                    None => admitted.sees_everything(),
                };
                if is_seen {
                    shown.push(BulkItem {
                        workflow_id: item.workflow.to_string(),
                        name: summary.map(|summary| summary.name).unwrap_or_default(),
                        outcome: Word(item.outcome),
                        retried_by: item.retried_by.map(|workflow| workflow.to_string()),
                    });
                }
            }
            Ok(shown)
        })
        .await
    }
}

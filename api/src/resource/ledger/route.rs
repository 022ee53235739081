//! The route of the ledger.

use super::budget::route as budget;
use super::negentropy;
use super::wire::{Ledger, Seen};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::http::answer::json;
use crate::http::extract::Query;
use crate::http::state::AppState;
use crate::resource::route::{Gives, Method, Need, Right, Route, Takes, VIEWS};
use crate::resource::workflow::list::Only;
use crate::resource::workflow::read::limit;
use crate::wire::problem::Problem;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Deserialize;
use triad_event::Source;
use triad_projections::ledger::Owner;
use triad_projections::run_list::{self, FoundBy};

/// Owners that are listed at most: more is a report.
const OWNERS_MAX: usize = 1000;

pub(super) const ROUTES: &[Route] = &[SHOW, negentropy::SHOW, budget::LIST, budget::SET, budget::REMOVE];

const SHOW: Route = Route {
    method: Method::Get,
    path: "/v1/ledger",
    name: "show_ledger",
    summary: "what was used, in energy and money: in all, by tenant, by owner, and of a page of workflows",
    source: Source::Client,
    need: Need::Right(Right::Read, About::Home),
    takes: Takes::query::<LedgerQuery>(),
    gives: &[Gives::json::<Ledger>(StatusCode::OK)],
    refuses: &[VIEWS],
    handler: |method| on(method, show),
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LedgerQuery {
    /// Only that tenant, as far as whoever asks sees it.
    tenant: Option<String>,
    /// Only that owner; empty for the workflows of those who needed no credential.
    owner: Option<String>,
    /// Where the page of workflows before ended.
    cursor: Option<u64>,
    /// How many workflows at most.
    limit: Option<usize>,
}

async fn show(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(query): Query<LedgerQuery>,
) -> Result<Response, Problem> {
    let LedgerQuery { tenant, owner, cursor, limit: rows } = query;
    let is_nobodys = owner.as_deref() == Some("");
    let named = owner.clone().filter(|_| !is_nobodys);
    let found_by: Vec<FoundBy> = named.map(FoundBy::Owner).into_iter().collect();
    let asked = run_list::Query { phase: None, found_by, before: cursor, limit: limit(rows)? };
    let mut sight = state.sight_of(&admitted);
    let is_narrowed = tenant.is_some() || owner.is_some();
    let sees_all = admitted.sees_everything() && !is_narrowed;
    let only = tenant.clone();
    let found = state
        .view(move |views| {
            Ok(views.ledger(|ledger| {
                // Less than all of it beside all of the supply would say what the others used.
                let is_whole = sees_all && ledger.owners.iter().all(|one| sight.sees(&one.tenant));
                let is_meant = |one: &&Owner| {
                    tenant.as_ref().is_none_or(|tenant| one.tenant == *tenant)
                        && owner.as_ref().is_none_or(|owner| one.owner == *owner)
                        && sight.sees(&one.tenant)
                };
                let mut owners: Vec<_> =
                    ledger.owners.iter().filter(is_meant).take(OWNERS_MAX + 1).cloned().collect();
                let more_owners = owners.len() > OWNERS_MAX;
                owners.truncate(OWNERS_MAX);
                Seen { supply: is_whole.then_some(ledger.supply), owners, more_owners }
            }))
        })
        .await?;
    let page = state.list_seen_in(admitted, asked, Only { tenant: only, is_nobodys }).await?;
    let body = Ledger::of(found.value, &page.value.rows, page.value.next, page.through);
    Ok(json(StatusCode::OK, &body))
}

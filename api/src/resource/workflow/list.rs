//! `GET /v1/workflows`: what the list is narrowed by, and the part of it that somebody sees.

use super::wire::{WorkflowSummary, phase_named};
use crate::access::admitted::Admitted;
use crate::http::answer::json;
use crate::http::extract::Query;
use crate::http::state::AppState;
use crate::resource::workflow::read::{LIMIT_MAX, limit};
use crate::wire::fault::cut;
use crate::wire::problem::{Code, Problem};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use triad_decide::limits::{LABELS_MAX, is_id};
use triad_projections::Answer;
use triad_projections::run_list::{self, FoundBy};

/// Rows that are looked at for one page of whoever sees some tenants only. Where most rows are of others, a page is short,
/// and says where the next begins.
const SCANNED_MAX: usize = 10_000;

/// The name of the route that lists workflows.
pub(in crate::resource) const LIST: &str = "list_workflows";

/// What the list is narrowed by: all of it must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::resource) struct ListQuery {
    /// Only those in that status.
    pub(in crate::resource) status: Option<String>,
    /// Only those with that name, as it is.
    pub(in crate::resource) name: Option<String>,
    /// Only those with that label, as NAME:VALUE, such as region:eu. Stated several times, only those with all of them.
    #[serde(default)]
    pub(in crate::resource) label: Vec<String>,
    /// Where the page before ended.
    pub(in crate::resource) cursor: Option<u64>,
    /// How many at most.
    pub(in crate::resource) limit: Option<usize>,
}

/// A page of workflows.
#[derive(Serialize, JsonSchema)]
pub(super) struct WorkflowPage {
    workflows: Vec<WorkflowSummary>,
    /// Where the next page begins; none when there is none.
    next_cursor: Option<u64>,
    /// The newest sequence that the answer knows.
    as_of: Option<u64>,
}

pub(super) async fn list(
    State(state): State<AppState>,
    admitted: Admitted,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let asked = ListQuery::of(pairs)?.asked()?;
    let page = state.list_seen(admitted, asked).await?;
    let workflows = page.value.rows.iter().map(WorkflowSummary::from).collect();
    let body = WorkflowPage { workflows, next_cursor: page.value.next, as_of: page.through };
    Ok(json(StatusCode::OK, &body))
}

impl ListQuery {
    /// Reads the parameters one by one, because one of them may stand several times.
    pub(in crate::resource) fn of(pairs: Vec<(String, String)>) -> Result<Self, Problem> {
        let mut query = Self::default();
        for (name, value) in pairs {
            let is_first = match name.as_str() {
                "status" => query.status.replace(value).is_none(),
                "name" => query.name.replace(value).is_none(),
                "label" => {
                    query.label.push(value);
                    true
                }
                "cursor" => query.cursor.replace(number(&name, &value)?).is_none(),
                "limit" => query.limit.replace(number(&name, &value)?).is_none(),
                _ => {
                    let detail = format!(
                        "there is no parameter {name}: the list has status, name, label, cursor, limit"
                    );
                    return Err(invalid(detail));
                }
            };
            if !is_first {
                return Err(invalid(format!("{name} stands more than once")));
            }
        }
        Ok(query)
    }

    pub(in crate::resource) fn asked(self) -> Result<run_list::Query, Problem> {
        let limit = limit(self.limit)?;
        let phase = self.status.as_deref().map(phase_named).transpose().map_err(invalid)?;
        let labels = self.label.iter().map(|written| label_of(written).map_err(invalid));
        let labels: Vec<FoundBy> = labels.collect::<Result<_, _>>()?;
        let found_by = narrowed(self.name, labels).map_err(invalid)?;
        Ok(run_list::Query { phase, found_by, before: self.cursor, limit })
    }
}

/// What workflows are to be found by, as far as that is bounded.
pub(super) fn narrowed(name: Option<String>, labels: Vec<FoundBy>) -> Result<Vec<FoundBy>, String> {
    if labels.len() > LABELS_MAX {
        return Err(format!("label: a workflow has at most {LABELS_MAX}"));
    }
    Ok(name.into_iter().map(FoundBy::Name).chain(labels).collect())
}

/// `region:eu`
fn label_of(written: &str) -> Result<FoundBy, String> {
    match written.split_once(':') {
        Some((name, value)) if is_id(name) => {
            Ok(FoundBy::Label { name: name.to_owned(), value: value.to_owned() })
        }
        _ => Err(format!(
            "label is NAME:VALUE, such as region:eu, with a name of a-z, 0-9, _ and -, and not {:?}",
            cut(written)
        )),
    }
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|_| invalid(format!("{name} is a whole number, in digits alone")))
}

fn invalid(detail: String) -> Problem {
    Problem::new(Code::InvalidQuery, detail)
}

/// Of which workflows a page is, where no index leads to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::resource) struct Only {
    /// Of one tenant.
    pub(in crate::resource) tenant: Option<String>,
    /// Of those who needed no credential.
    pub(in crate::resource) is_nobodys: bool,
}

impl Only {
    fn means(&self, tenant: &str, owner: &str) -> bool {
        self.tenant.as_ref().is_none_or(|only| only == tenant) && (!self.is_nobodys || owner.is_empty())
    }
}

impl AppState {
    /// A page of what somebody sees.
    pub(in crate::resource) async fn list_seen(
        &self,
        admitted: Admitted,
        asked: run_list::Query,
    ) -> Result<Answer<run_list::Page>, Problem> {
        self.list_seen_in(admitted, asked, Only::default()).await
    }

    /// A page of what somebody sees, of some or of all.
    pub(in crate::resource) async fn list_seen_in(
        &self,
        admitted: Admitted,
        asked: run_list::Query,
        only: Only,
    ) -> Result<Answer<run_list::Page>, Problem> {
        if admitted.grants.is_none() && only == Only::default() {
            return self.view(move |views| views.run_list(&asked)).await;
        }
        let mut sight = self.sight_of(&admitted);
        let place = Arc::clone(&self.reading).acquire_owned().await;
        self.view(move |views| {
            let _place = place;
            let mut is_seen = |row: &run_list::Summary| {
                let of = sight.tenant_of(row.principal).to_owned();
                only.means(&of, &row.owner) && sight.sees(&of)
            };
            let (mut rows, mut scanned, mut before) = (Vec::new(), 0, asked.before);
            loop {
                let wider = run_list::Query { before, limit: LIMIT_MAX, ..asked.clone() };
                let Answer { through, value: page } = views.run_list(&wider)?;
                for row in page.rows {
                    scanned += 1;
                    before = Some(row.began.sequence);
                    if is_seen(&row) {
                        rows.push(row);
                    }
                    if rows.len() == asked.limit || scanned == SCANNED_MAX {
                        return Ok(Answer { through, value: run_list::Page { rows, next: before } });
                    }
                }
                if page.next.is_none() {
                    return Ok(Answer { through, value: run_list::Page { rows, next: None } });
                }
            }
        })
        .await
    }
}

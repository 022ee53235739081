//! `POST /v1/bulk`: counts what is meant, and has it recorded that it is to be done.

use super::act::route_of;
use super::filter::Filter;
use super::wire::{Bulk, Found, Preview, action_named};
use crate::access::admitted::Admitted;
use crate::access::sight::About;
use crate::entropy;
use crate::http::answer::{json, recorded};
use crate::http::document::Document;
use crate::http::state::AppState;
use crate::wire::problem::{Code, Problem};
use crate::wire::words::{Word, Words};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use triad_decide::Input;
use triad_event::bulk::{Action, ActionRequested, Ask, Connection};
use triad_event::ids::StreamId;
use triad_policy::Circumstances;
use triad_projections::run_list;

/// Workflows that are counted at most, which takes some seconds. Beyond it only that there are more is told.
const COUNTED_MAX: u64 = 100_000;
/// Workflows that are shown of those that are meant.
const SHOWN: usize = 20;
/// Workflows that are counted at once.
const PAGE: usize = 1000;

/// What is to be done, and to which workflows.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkDocument {
    /// What is to be done to each: CANCEL, PAUSE, RESUME, or RETRY what failed.
    #[schemars(with = "Word<Action>")]
    action: String,
    /// Only those in that status, when their turn comes.
    #[serde(default)]
    status: Option<String>,
    /// Only those with that name, as it is.
    #[serde(default)]
    name: Option<String>,
    /// Only those with all of these labels, each as NAME:VALUE, such as region:eu.
    #[serde(default)]
    label: Vec<String>,
    /// Whether every workflow is meant, when nothing narrows it.
    #[serde(default)]
    all: bool,
    /// Why. Must be there when something is to be done.
    #[serde(default)]
    reason: String,
    /// Only workflows that were there at that sequence; all that are there now unless it is given.
    #[serde(default)]
    through: Option<u64>,
    /// Nothing is done when more are found than that.
    #[serde(default)]
    expected: Option<u64>,
    /// Whether it is only to be told which workflows are meant.
    #[serde(default)]
    dry_run: bool,
}

pub(super) async fn request(
    State(state): State<AppState>,
    admitted: Admitted,
    Document(document): Document<BulkDocument>,
) -> Result<Response, Problem> {
    let action = action_named(&document.action).map_err(invalid)?;
    let filter = document.filter()?;
    state.allow(&admitted, route_of(action), About::Home).await?;
    let newest = state.durable().next_sequence.saturating_sub(1);
    let through = document.through.unwrap_or(newest);
    if through > newest {
        let detail = format!("the log is durable up to sequence {newest}");
        return Err(Problem::new(Code::NotYetRecorded, detail));
    }
    let found = state.count_workflows(&admitted, &filter, through).await?;
    if document.dry_run {
        return Ok(json(StatusCode::OK, &Preview::of(action, filter, through, found)));
    }
    if document.reason.trim().is_empty() {
        return Err(invalid("the reason says nothing".to_owned()));
    }
    if document.expected.is_some_and(|expected| found.count > expected) {
        return Err(Problem::new(Code::MoreFound, format!("{} are found", found.words())));
    }
    let asked = ActionRequested {
        action,
        filter: filter.text(),
        through,
        expected: found.is_all.then_some(found.count),
        connection: connection(admitted.circumstances),
        reason: document.reason,
    };
    let id = StreamId(entropy::id());
    let answer = state.ask(admitted.asker, Input::of(id, Ask::from(asked))).await?;
    answer.reply?;
    state.bulk_asked.notify_one();
    let shown = state.bulk_action(&admitted, id).await?;
    Ok(recorded(StatusCode::ACCEPTED, &Bulk::from(&shown), answer.sequence))
}

impl BulkDocument {
    /// What finds the workflows, if all of it can be read.
    fn filter(&self) -> Result<Filter, Problem> {
        let filter =
            Filter { status: self.status.clone(), name: self.name.clone(), label: self.label.clone() };
        if filter.is_empty() && !self.all {
            let detail = "status, name or label say which workflows are meant, or all says that every one is";
            return Err(invalid(detail.to_owned()));
        }
        filter.checked().map_err(|problem| invalid(problem.text()))
    }
}

impl Found {
    pub(super) fn words(&self) -> String {
        format!("{}{}", if self.is_all { "" } else { "more than " }, self.count)
    }
}

impl AppState {
    /// Counts what a filter finds of what somebody sees.
    async fn count_workflows(
        &self,
        admitted: &Admitted,
        filter: &Filter,
        through: u64,
    ) -> Result<Found, Problem> {
        let mut found =
            Found { count: 0, is_all: true, by_status: BTreeMap::new(), first: Vec::with_capacity(SHOWN) };
        let mut cursor = Some(through.saturating_add(1));
        while let Some(before) = cursor {
            if found.count >= COUNTED_MAX {
                found.is_all = false;
                break;
            }
            let run_list::Page { rows, next } =
                self.find_workflows(admitted, filter.query(before, PAGE)?).await?.value;
            for row in &rows {
                found.count += 1;
                *found.by_status.entry(row.phase.word()).or_default() += 1;
                if found.first.len() < SHOWN {
                    found.first.push(row.into());
                }
            }
            cursor = next;
        }
        Ok(found)
    }
}

/// How somebody asked, as it is recorded.
pub(in crate::resource) fn connection(circumstances: Circumstances) -> Connection {
    match (circumstances.encrypted, circumstances.loopback) {
        (false, false) => Connection::Clear,
        (false, true) => Connection::ClearLocal,
        (true, false) => Connection::Encrypted,
        (true, true) => Connection::EncryptedLocal,
    }
}

/// What policies are told of how somebody asked.
pub(in crate::resource) fn circumstances(connection: Connection) -> Circumstances {
    let (encrypted, loopback) = match connection {
        Connection::Clear => (false, false),
        Connection::ClearLocal => (false, true),
        Connection::Encrypted => (true, false),
        Connection::EncryptedLocal => (true, true),
    };
    Circumstances { encrypted, loopback }
}

fn invalid(detail: String) -> Problem {
    Problem::new(Code::InvalidValue, detail)
}

//! How the server is.

use super::log::head::read_head;
use super::route::{Gives, Method, NOTHING, Need, Resource, Route};
use crate::access::admitted::Admitted;
use crate::http::answer::json;
use crate::http::state::{AppState, blocking};
use crate::messages;
use crate::wire::problem::Problem;
use crate::wire::words::{Word, words};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::on;
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::{ClockState, Source};

pub(super) const RESOURCE: Resource = Resource { name: "health", noun: None, routes: ROUTES };

const ROUTES: &[Route] = &[Route {
    method: Method::Get,
    path: "/v1/health",
    name: "show_health",
    summary: "how the server is",
    source: Source::Client,
    need: Need::Nothing,
    takes: NOTHING,
    gives: &[Gives::json::<Health>(StatusCode::OK), Gives::json::<Health>(StatusCode::SERVICE_UNAVAILABLE)],
    refuses: &[],
    handler: |method| on(method, health),
}];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Condition {
    Ok,
    /// Workflows run; something needs somebody, as `to_do` says.
    Degraded,
    Stopping,
    Failed,
}

words! {
    Condition as Condition:
    Ok = "ok",
    Degraded = "degraded",
    Stopping = "stopping",
    Failed = "failed",
}

/// How the server is. Whoever does not see the installation as a whole is told the status alone.
#[derive(Serialize, JsonSchema)]
struct Health {
    status: Word<Condition>,
    #[serde(flatten)]
    details: Option<Details>,
}

/// How the server is in detail.
#[derive(Serialize, JsonSchema)]
struct Details {
    version: &'static str,
    /// The newest sequence that is durable.
    durable_sequence: Option<u64>,
    /// The newest sequence that the views know.
    views_sequence: Option<u64>,
    /// None when the engine has failed, as for the next three.
    alive_workflows: Option<usize>,
    running_attempts: Option<usize>,
    /// Those of them that stand still while electricity is dear, and take no place.
    suspended_attempts: Option<usize>,
    /// Whether the machine's clock can be believed; GET /v1/clock says more.
    clock: Option<Word<ClockState>>,
    /// Whether no attempts are started.
    paused: bool,
    /// Streams that are set aside; GET /v1/streams lists them.
    quarantined_streams: usize,
    vault_failure: Option<String>,
    /// What waits for somebody, and by which command it is done.
    to_do: Vec<&'static str>,
    /// Messages of the server that were lost because nobody read them.
    messages_lost: u64,
    /// What the machine is short of, so that attempts wait.
    shortage: Option<String>,
    /// What protects the key.
    key_protection: &'static str,
    nv_counter: u64,
}

const QUARANTINED: &str =
    "streams are in quarantine: `triad stream list`, then `triad stream release ID` or `... close ID`";
const VAULT_FAILS: &str = "the vault fails: docs/recovery.md says for each of its files what helps";
const MACHINE_SHORT: &str =
    "attempts wait for what the machine is short of: docs/processes.md, or look at what else takes it";
const VIEWS_STAND: &str = "the views stand still: look at the server's messages and restart it";

/// What somebody must do about the clock.
fn about_the_clock(state: ClockState) -> Option<&'static str> {
    match state {
        // Nobody can hurry a clock that was accepted.
        ClockState::Steady | ClockState::Waiting => None,
        ClockState::Stepped => {
            Some("the machine's clock stepped: `triad clock show`, then `triad clock accept --reason TEXT`")
        }
    }
}

fn briefly(state: &AppState, is_failed: bool) -> Response {
    let (condition, code) = match (is_failed, *state.stopping.borrow()) {
        (true, _) => (Condition::Failed, StatusCode::SERVICE_UNAVAILABLE),
        (false, true) => (Condition::Stopping, StatusCode::SERVICE_UNAVAILABLE),
        (false, false) => (Condition::Ok, StatusCode::OK),
    };
    json(code, &Health { status: Word(condition), details: None })
}

async fn health(State(state): State<AppState>, admitted: Admitted) -> Result<Response, Problem> {
    let durable = state.durable();
    if !admitted.sees_everything() {
        // Whoever is told no more than this costs no more.
        return Ok(briefly(&state, durable.failed));
    }
    let status = state.engine.status().await.ok();
    let engine = state.views.engine_state();
    let reader = state.reader.clone();
    let head = blocking(move || read_head(&reader)).await?;
    let vault_failure = status.as_ref().and_then(|status| status.vault_failure.clone());
    let vault_failure = vault_failure.or_else(|| state.vault_failure.get().cloned());
    let shortage = status.as_ref().and_then(|status| status.shortage.clone());
    let to_do: Vec<&str> = [
        status.as_ref().and_then(|status| about_the_clock(status.clock_state)),
        (!engine.value.quarantined.is_empty()).then_some(QUARANTINED),
        vault_failure.is_some().then_some(VAULT_FAILS),
        shortage.is_some().then_some(MACHINE_SHORT),
        state.views.subscribe().has_changed().is_err().then_some(VIEWS_STAND),
    ]
    .into_iter()
    .flatten()
    .collect();
    let condition = if status.is_none() || durable.failed {
        Condition::Failed
    } else if *state.stopping.borrow() {
        Condition::Stopping
    } else if !to_do.is_empty() {
        Condition::Degraded
    } else {
        Condition::Ok
    };
    let code = if condition == Condition::Ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let details = Details {
        version: env!("CARGO_PKG_VERSION"),
        durable_sequence: durable.next_sequence.checked_sub(1),
        views_sequence: engine.through,
        alive_workflows: status.as_ref().map(|status| status.alive),
        running_attempts: status.as_ref().map(|status| status.attempts_running),
        suspended_attempts: status.as_ref().map(|status| status.attempts_suspended),
        clock: status.as_ref().map(|status| Word(status.clock_state)),
        // By the engine itself: the views may not know yet how it began. One that does not answer starts none.
        paused: status.as_ref().is_none_or(|status| status.is_paused),
        quarantined_streams: engine.value.quarantined.len(),
        vault_failure,
        to_do,
        messages_lost: messages::lost(),
        shortage,
        key_protection: head.protection,
        nv_counter: head.nv_counter,
    };
    Ok(json(code, &Health { status: Word(condition), details: Some(details) }))
}

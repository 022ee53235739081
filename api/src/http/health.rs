//! `GET /v1/health`

use super::door::{Door, blocking};
use super::json;
use crate::wire::problem::Problem;
use crate::wire::record::clock_state;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json as document;
use triad_event::governance::Phase;

pub(super) async fn health(State(door): State<Door>) -> Result<Response, Problem> {
    let durable = door.durable();
    let status = door.engine.status().await;
    let state = door.views.engine_state();
    let reader = door.reader.clone();
    let head = blocking(move || super::log::read_head(&reader)).await?;
    let status = status.ok();
    let vault_failure = status.as_ref().and_then(|status| status.vault_failure.as_ref());
    let vault_failure = vault_failure.or_else(|| door.vault_failure.get());
    let word = if status.is_none() || durable.failed {
        "failed"
    } else if *door.stopping.borrow() {
        "stopping"
    } else if door.views.subscribe().has_changed().is_err() || vault_failure.is_some() {
        // Workflows run; what is read of them stands still, or some content is not sealed, opened or erased.
        "degraded"
    } else {
        "ok"
    };
    let code = if word == "ok" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = document!({
        "status": word,
        "version": env!("CARGO_PKG_VERSION"),
        "durable_sequence": durable.next_sequence.checked_sub(1),
        "views_sequence": state.through,
        "alive_workflows": status.as_ref().map(|status| status.alive),
        "running_attempts": status.as_ref().map(|status| status.attempts_running),
        "paused": state.value.phase == Some(Phase::Paused),
        "clock": status.as_ref().map(|status| clock_state(status.clock_state.number())),
        "quarantined_streams": state.value.quarantined.len(),
        "vault_failure": vault_failure,
        "key_protection": head.protection,
        "nv_counter": head.nv_counter,
    });
    Ok(json(code, &body))
}

//! Lets a request in, or turns it away: what stands before every route.

use super::admitted::{Admitted, Shown};
use super::identify::{self, identify};
use super::judge::judge;
use super::note::{note_refusal, note_use};
use super::sight::About;
use super::turned::{Turned, turned};
use crate::clock::monotonic;
use crate::http::extract::{PathId, unknown};
use crate::http::state::AppState;
use crate::http::transport::Transport;
use crate::resource::route::{Method, Need, Route};
use crate::wire::problem::{Code, Problem};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use triad_event::Source;
use triad_event::access::Cause;
use triad_event::ids::WorkflowId;
use triad_policy::{Circumstances, Right};

/// What stands before a route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate {
    /// The name of the route, by which policies know it.
    action: &'static str,
    need: Need,
    source: Source,
    /// Whether it is asked to change something, as far as a browser can tell.
    changes: bool,
}

/// A gate and everything that it needs.
pub(crate) type Gated = (AppState, Gate);

impl Gate {
    pub(crate) fn of(route: &Route) -> Self {
        let changes = route.method != Method::Get;
        Self { action: route.name, need: route.need, source: route.source, changes }
    }
}

/// Lets a request in, or turns it away.
pub(crate) async fn admit(State((state, gate)): State<Gated>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match let_in(&state, gate, &mut parts).await {
        Ok(admitted) => {
            parts.extensions.insert(admitted);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => answer(*problem),
    }
}

/// Whether a right is of those whose use is recorded: it changes something, or hands out what lies in the log.
fn is_recorded(right: Right) -> bool {
    match right {
        Right::Read => false,
        Right::ReadContent
        | Right::Submit
        | Right::Control
        | Right::Operate
        | Right::Approve
        | Right::Audit
        | Right::Administer => true,
    }
}

async fn let_in(state: &AppState, gate: Gate, parts: &mut Parts) -> Result<Admitted, Box<Problem>> {
    let circumstances = circumstances(state, parts.extensions.get::<Transport>());
    if !state.door.knows() {
        // A server that has just begun reads the log first; one whose views stand still lets nobody in.
        state.views_know(state.durable().next_sequence).await?;
        state.door.learn(&state.views);
    }
    let identified =
        identify(state, &parts.headers, gate.source, circumstances.encrypted, gate.changes).await;
    let admitted = match identified.and_then(|admitted| someone(state, gate, admitted)) {
        Ok(admitted) => admitted,
        Err(turned) => return Err(refuse(state, gate, turned, "").await),
    };
    if let Err(turned) = take_turn(state, &admitted) {
        return Err(refuse(state, gate, turned, "").await);
    }
    let admitted = Admitted { circumstances, action: gate.action, ..admitted };
    let Need::Right(right, about) = gate.need else { return Ok(admitted) };
    if admitted.shown == Shown::Nothing {
        return Ok(admitted);
    }
    let tenant = match about {
        About::Installation => None,
        About::Home => Some(admitted.home().to_owned()),
        About::Workflow => Some(seen_tenant(state, gate, &admitted, parts).await?),
    };
    let place = tenant.as_deref().unwrap_or_default();
    let in_force = &state.door.known().in_force;
    match judge(in_force, &admitted, gate.action, tenant.as_deref(), circumstances) {
        Ok(verdict) => {
            if is_recorded(right) {
                note_use(state, &admitted, gate.action, place, &verdict, in_force).await?;
            }
            Ok(Admitted { place: place.to_owned(), ..admitted })
        }
        Err(turned) => Err(refuse(state, gate, turned, place).await),
    }
}

/// Whoever shows nothing is let in where nobody has to show anything.
fn someone(state: &AppState, gate: Gate, admitted: Option<Admitted>) -> Result<Admitted, Turned> {
    if let Some(admitted) = admitted {
        return Ok(admitted);
    }
    if state.door.is_open(&state.door.known().book) {
        return Ok(identify::anybody(gate.source));
    }
    match gate.need {
        Need::Nothing => Ok(identify::nobody(gate.source)),
        Need::Right(..) => Err(identify::not_identified(&state.door)),
    }
}

/// Holds a credential against how often it may ask.
fn take_turn(state: &AppState, admitted: &Admitted) -> Result<(), Turned> {
    let Some(per_minute) = admitted.grants.as_ref().and_then(|grants| grants.requests_per_minute) else {
        return Ok(());
    };
    let mut rates = state.door.rates.lock().expect("invariant: nothing panics while it is held");
    rates.take(admitted.principal(), per_minute, monotonic()).map_err(|seconds| {
        let detail = format!("{per_minute} requests a minute are allowed; one is free in {seconds} s");
        let problem = Problem::new(Code::AskedTooOften, detail).retry_after(seconds);
        turned(Cause::TooOften, Some(admitted.principal()), problem)
    })
}

/// The tenant of the workflow that is asked about.
async fn seen_tenant(
    state: &AppState,
    gate: Gate,
    admitted: &Admitted,
    parts: &mut Parts,
) -> Result<String, Box<Problem>> {
    // As the handler reads it, so that both mean the same one however it is written. What is no id goes no further.
    let PathId(workflow) = PathId::<WorkflowId>::from_request_parts(parts, state).await?;
    tenant_seen(state, gate.action, admitted, workflow).await
}

/// The tenant of a workflow, for who sees it. One that nobody knows and one of a tenant that they do not see are told in the
/// same words, at the same place.
pub(super) async fn tenant_seen(
    state: &AppState,
    action: &'static str,
    admitted: &Admitted,
    workflow: WorkflowId,
) -> Result<String, Box<Problem>> {
    match state.tenant_of_workflow(workflow).await? {
        Some(tenant) if admitted.sees(&tenant) => Ok(tenant),
        None if admitted.sees_everything() => Ok(admitted.home().to_owned()),
        found => {
            let problem = unknown(workflow);
            if found.is_some() {
                let turned = turned(Cause::OtherTenant, Some(admitted.principal()), problem.clone());
                let digest = state.door.known().in_force.digest;
                note_refusal(state, &turned, action, "", digest).await;
            }
            Err(Box::new(problem))
        }
    }
}

async fn refuse(state: &AppState, gate: Gate, turned: Turned, tenant: &str) -> Box<Problem> {
    let digest = state.door.known().in_force.digest;
    note_refusal(state, &turned, gate.action, tenant, digest).await;
    turned.problem
}

fn circumstances(state: &AppState, transport: Option<&Transport>) -> Circumstances {
    let encrypted = state.door.is_behind_proxy() || transport.is_some_and(|transport| transport.encrypted);
    // Behind a proxy everybody comes from there.
    let is_here = |transport: &Transport| transport.peer.ip().is_loopback();
    let loopback = !state.door.is_behind_proxy() && transport.is_some_and(is_here);
    Circumstances { encrypted, loopback }
}

fn answer(problem: Problem) -> Response {
    let is_unknown = problem.code == Code::NotIdentified;
    let mut response = problem.into_response();
    if is_unknown {
        response
            .headers_mut()
            .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"triad\""));
    }
    response
}

impl AppState {
    /// Whether somebody who was let in may do something besides, such as see content.
    pub(crate) async fn allow(
        &self,
        admitted: &Admitted,
        action: &'static str,
        about: About,
    ) -> Result<(), Problem> {
        if admitted.shown == Shown::Nothing && admitted.grants.is_none() {
            return Ok(());
        }
        let in_force = &self.door.known().in_force;
        let tenant = (about != About::Installation).then_some(admitted.place.as_str());
        let place = tenant.unwrap_or_default();
        match judge(in_force, admitted, action, tenant, admitted.circumstances) {
            Ok(verdict) => note_use(self, admitted, action, place, &verdict, in_force).await,
            Err(turned) => {
                note_refusal(self, &turned, action, place, in_force.digest).await;
                Err(*turned.problem)
            }
        }
    }
}

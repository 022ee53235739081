//! Ends what lasts, such as a stream of events, when whoever opened it would be let in no more.

use super::admitted::Admitted;
use super::identify::present_grants;
use super::judge::judge;
use crate::clock::now_us;
use crate::http::state::AppState;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use triad_event::quantity::Micros;

/// How often it is looked whether a credential has expired meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Comes back when somebody who was let in would be let in no more.
pub(crate) async fn ends(state: AppState, admitted: Admitted) {
    let mut changed = state.door.changed.subscribe();
    let expires = admitted.grants.as_ref().is_some_and(|grants| grants.expires.is_some());
    let is_bounded = expires || matches!(admitted.shown, super::admitted::Shown::Session(_));
    loop {
        if !may_still(&state, &admitted) {
            return;
        }
        let next = changed.changed();
        let is_gone = match is_bounded {
            true => tokio::time::timeout(LOOK_EVERY, next).await.is_ok_and(|changed| changed.is_err()),
            false => next.await.is_err(),
        };
        if is_gone {
            // The server ends, and what lasts with it.
            return std::future::pending().await;
        }
    }
}

/// Whether somebody who was let in would be let in to the same now: by what they may now, and the policies in force now.
fn may_still(state: &AppState, admitted: &Admitted) -> bool {
    let known = state.door.known();
    if admitted.grants.is_none() {
        return state.door.is_open(&known.book);
    }
    let Some(grants) = present_grants(&known.book, admitted, Micros(now_us())) else { return false };
    let present = Admitted { grants: Some(Arc::new(grants)), ..admitted.clone() };
    let tenant = Some(present.place.as_str()).filter(|place| !place.is_empty());
    let sees = tenant.is_none_or(|tenant| present.sees(tenant));
    sees && judge(&known.in_force, &present, present.action, tenant, present.circumstances).is_ok()
}

/// Learns whenever who may ask changes, from when the views have read up to a record for as long as they are kept.
pub(crate) async fn learn(state: AppState, through: u64) {
    let mut applied: watch::Receiver<u64> = state.views.subscribe();
    if state.views.reached(through).await.is_err() {
        return;
    }
    state.door.learn(&state.views);
    state.door.set_knows(true);
    while applied.changed().await.is_ok() {
        state.door.learn(&state.views);
    }
    state.door.set_knows(false);
}

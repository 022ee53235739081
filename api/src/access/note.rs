//! What is recorded of access: that a right was used, before what was asked is decided, and that somebody was refused.

use super::admitted::{ANONYMOUS, Admitted};
use super::judge::InForce;
use super::turned::Turned;
use crate::clock::now_us;
use crate::http::state::AppState;
use crate::wire::problem::Problem;
use triad_decide::Input;
use triad_event::Source;
use triad_event::access::{AccessRefused, Ask, Cause, RightUsed};
use triad_perform::Asker;
use triad_policy::Verdict;

/// Records that somebody is let do something, unless that was recorded within this hour.
pub(super) async fn note_use(
    state: &AppState,
    admitted: &Admitted,
    action: &'static str,
    tenant: &str,
    verdict: &Verdict,
    in_force: &InForce,
) -> Result<(), Problem> {
    let policy_set = in_force.digest;
    let changed = state.door.known().book.changed;
    let what = (admitted.principal(), action, tenant.to_owned(), policy_set, changed);
    let held = |state: &AppState| {
        let mut noted = state.door.noted.lock().expect("invariant: nothing panics while it is held");
        noted.holds_use(&what, now_us())
    };
    if held(state) {
        return Ok(());
    }
    let policies = verdict.policies.clone();
    let used = RightUsed { action: action.to_owned(), tenant: tenant.to_owned(), policies, policy_set };
    let answer = state.ask(admitted.asker, Input::from(Ask::from(used))).await?;
    answer.reply?;
    let mut noted = state.door.noted.lock().expect("invariant: nothing panics while it is held");
    noted.note_use(what);
    Ok(())
}

/// Records that somebody was refused, unless that was recorded within this minute. Whoever shows nothing at all where they must
/// leaves no trace: there is nothing to say of them.
pub(super) async fn note_refusal(
    state: &AppState,
    turned: &Turned,
    action: &'static str,
    tenant: &str,
    policy_set: [u8; 32],
) {
    if turned.cause == Cause::NotIdentified {
        return;
    }
    let principal = turned.principal.unwrap_or(ANONYMOUS);
    let what = (principal, action, turned.cause.number());
    let is_noted = {
        let mut noted = state.door.noted.lock().expect("invariant: nothing panics while it is held");
        noted.notes_refusal(what, now_us())
    };
    if is_noted {
        return;
    }
    let refused = AccessRefused {
        action: action.to_owned(),
        tenant: tenant.to_owned(),
        cause: turned.cause,
        policies: turned.policies.clone(),
        policy_set,
    };
    let asker = Asker { principal, source: Source::Client };
    if let Err(problem) = state.ask(asker, Input::from(Ask::from(refused))).await {
        tracing::warn!("a refusal could not be recorded: {}", problem.document()["detail"]);
    }
}

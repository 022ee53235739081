//! What is recorded of access: that a right was used, before what was asked is decided, and that somebody was refused.

use super::admitted::{Admitted, Turned};
use super::identify::ANONYMOUS;
use super::judge::InForce;
use crate::clock::now_us;
use crate::http::state::AppState;
use crate::wire::problem::Problem;
use std::collections::BTreeSet;
use triad_decide::Input;
use triad_event::Source;
use triad_event::access::{AccessRefused, Ask, Cause, RightUsed};
use triad_event::ids::PrincipalId;
use triad_perform::Asker;
use triad_policy::Verdict;

/// Microseconds in which a use of a right is recorded once.
const HOUR_US: i64 = 3_600_000_000;
/// Microseconds in which a refusal is.
const MINUTE_US: i64 = 60_000_000;
/// What is remembered of one span at most. The engine remembers as well: beyond it only a question is wasted.
const NOTED_MAX: usize = 20_000;

/// That somebody did something somewhere, under policies and credentials as they were at a record.
type Use = (PrincipalId, &'static str, String, [u8; 32], u64);

/// What this process has had recorded a moment ago, so that the engine is not asked about every request.
#[derive(Default)]
pub(super) struct Noted {
    hour: i64,
    used: BTreeSet<Use>,
    minute: i64,
    refused: BTreeSet<(PrincipalId, &'static str, u8)>,
}

impl Noted {
    fn holds_use(&mut self, what: &Use, now: i64) -> bool {
        let hour = now.div_euclid(HOUR_US);
        if self.hour != hour || self.used.len() >= NOTED_MAX {
            self.used.clear();
        }
        self.hour = hour;
        self.used.contains(what)
    }

    /// Notes a refusal; says whether it was noted already.
    fn notes_refusal(&mut self, what: (PrincipalId, &'static str, u8), now: i64) -> bool {
        let minute = now.div_euclid(MINUTE_US);
        if self.minute != minute || self.refused.len() >= NOTED_MAX {
            self.refused.clear();
        }
        self.minute = minute;
        !self.refused.insert(what)
    }
}

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
    let _is_new = noted.used.insert(what);
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

//! What all requests share of access: who has to say who they are, the policies in force, and what was recorded a moment ago.

use super::judge::InForce;
use super::note::Noted;
use super::rate::Rates;
use super::token::Tokens;
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::watch;
use triad_policy::{Action, Policies, Scope, Vocabulary};
use triad_projections::view::access_book::AccessBook;

/// Who has to say who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Nobody has to: whoever reaches the server is one anonymous principal that may do everything. Whoever shows a credential
    /// asks as that.
    Anybody,
    /// Nobody has to, as long as there is no key and no issuer of tokens; from then on everybody has to.
    UntilSomebodyIsKnown,
    /// Everybody has to.
    Known,
}

/// What all requests share of access.
pub(crate) struct Door {
    admission: Admission,
    /// Whether a proxy in front of this server ends TLS.
    is_behind_proxy: bool,
    pub(crate) vocabulary: Vocabulary,
    actions: Vec<Action>,
    in_force: RwLock<Arc<InForce>>,
    pub(super) noted: Mutex<Noted>,
    pub(super) rates: Mutex<Rates>,
    pub(super) tokens: Tokens,
    /// Sequence of the record that changed last who may ask.
    pub(crate) changed: watch::Sender<u64>,
}

impl Door {
    pub(crate) fn new(admission: Admission, is_behind_proxy: bool, actions: Vec<Action>) -> Self {
        let vocabulary = Vocabulary::new(&actions);
        let shipped = Arc::new(InForce::of(Policies::shipped(&vocabulary)));
        Self {
            admission,
            is_behind_proxy,
            vocabulary,
            actions,
            in_force: RwLock::new(shipped),
            noted: Mutex::default(),
            rates: Mutex::default(),
            tokens: Tokens::default(),
            changed: watch::Sender::new(0),
        }
    }

    /// Whether somebody may ask without saying who they are.
    pub(crate) fn is_open(&self, book: &AccessBook) -> bool {
        match self.admission {
            Admission::Anybody => true,
            Admission::UntilSomebodyIsKnown => book.keys.is_empty() && book.issuers.is_empty(),
            Admission::Known => false,
        }
    }

    /// Whether a proxy in front of this server ends TLS.
    pub(super) fn is_behind_proxy(&self) -> bool {
        self.is_behind_proxy
    }

    /// What an action is about; none when there is no such action.
    pub(crate) fn scope_of(&self, action: &str) -> Option<Scope> {
        self.actions.iter().find(|known| known.name == action).map(|known| known.scope)
    }

    /// Whether everybody has to say who they are, whatever there is.
    pub(crate) fn is_closed(&self) -> bool {
        self.admission == Admission::Known
    }

    /// The policies in force, which the book may know by another text than the one that was read last.
    pub(crate) fn in_force(&self, book: &AccessBook) -> Arc<InForce> {
        let held = Arc::clone(&self.in_force.read().expect("invariant: nothing panics while it is held"));
        let Some(policy) = &book.policy else { return held };
        if held.digest == policy.replaced.digest {
            return held;
        }
        let read = Arc::new(InForce::read(&policy.replaced.text, policy.replaced.digest, &self.vocabulary));
        *self.in_force.write().expect("invariant: nothing panics while it is held") = Arc::clone(&read);
        read
    }
}

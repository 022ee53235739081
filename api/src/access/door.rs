//! What all requests share of access: who has to say who they are, the policies in force, and what was recorded a moment ago.

use super::issuers::Tokens;
use super::judge::InForce;
use super::noted::Noted;
use super::rate::Rates;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use tokio::sync::watch;
use triad_policy::{Action, Policies, Scope, Vocabulary};
use triad_projections::Views;
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

/// Who may ask, and by which policies: what was recorded up to the last change of either.
pub(crate) struct Known {
    pub(crate) book: AccessBook,
    pub(crate) in_force: Arc<InForce>,
}

/// What all requests share of access.
pub(crate) struct Door {
    admission: Admission,
    /// Whether a proxy in front of this server ends TLS.
    is_behind_proxy: bool,
    pub(crate) vocabulary: Vocabulary,
    actions: Vec<Action>,
    known: RwLock<Arc<Known>>,
    /// Whether what is known is what is recorded. Until the views have read the log once, and when they stand still, it is not,
    /// and nobody is let in.
    knows: AtomicBool,
    pub(super) noted: Mutex<Noted>,
    pub(super) rates: Mutex<Rates>,
    pub(super) tokens: Tokens,
    /// Sequence of the record that changed last who may ask.
    pub(crate) changed: watch::Sender<u64>,
}

impl Door {
    pub(crate) fn new(admission: Admission, is_behind_proxy: bool, actions: Vec<Action>) -> Self {
        let vocabulary = Vocabulary::new(&actions);
        let in_force = Arc::new(InForce::of(Policies::shipped(&vocabulary)));
        let known = Known { book: AccessBook::default(), in_force };
        Self {
            admission,
            is_behind_proxy,
            vocabulary,
            actions,
            known: RwLock::new(Arc::new(known)),
            knows: AtomicBool::new(false),
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

    /// Who may ask, as far as that was learnt.
    pub(crate) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().expect("invariant: nothing panics while it is held"))
    }

    /// Whether what is known is what is recorded.
    pub(super) fn knows(&self) -> bool {
        self.knows.load(Ordering::Acquire)
    }

    /// What is known is what is recorded from here on, or is no more.
    pub(super) fn set_knows(&self, knows: bool) {
        self.knows.store(knows, Ordering::Release);
    }

    /// Learns what a view knows, and tells those who wait when it is something else.
    pub(crate) fn learn(&self, views: &Views) {
        let before = self.known();
        let is_news = |book: &AccessBook| (book.changed != before.book.changed).then(|| book.credentials());
        let Some(book) = views.access(is_news).value else { return };
        let in_force = match &book.policy {
            Some(policy) if policy.replaced.digest != before.in_force.digest => {
                let replaced = &policy.replaced;
                Arc::new(InForce::read(&replaced.text, replaced.digest, &self.vocabulary))
            }
            Some(_) | None => Arc::clone(&before.in_force),
        };
        let changed = book.changed;
        let mut known = self.known.write().expect("invariant: nothing panics while it is held");
        // Two may learn at once; the newer stays.
        if known.book.changed < changed {
            *known = Arc::new(Known { book, in_force });
        }
        drop(known);
        self.changed.send_replace(changed);
    }
}

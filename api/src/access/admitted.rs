//! Whoever was let in: what handlers know of them.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use std::convert::Infallible;
use std::sync::Arc;
use triad_event::access::{Grants, Reach};
use triad_event::ids::{PrincipalId, SessionId};
use triad_perform::Asker;
use triad_policy::Circumstances;

pub(crate) use triad_event::access::TENANT_DEFAULT;

/// Everybody, where nobody has to say who they are.
pub(crate) const ANONYMOUS: PrincipalId = PrincipalId(*b"anonymous client");

/// What was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Nothing, where nobody has to say who they are.
    Nothing,
    Key,
    Token,
    Session(SessionId),
}

/// Whoever was let in.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) asker: Asker,
    pub(crate) shown: Shown,
    /// What they may, as far as their credential says so itself; none for those who need none.
    pub(crate) grants: Option<Arc<Grants>>,
    /// What they ask: the name of the route.
    pub(crate) action: &'static str,
    /// The tenant of what they ask about; empty for the installation.
    pub(crate) place: String,
    /// How they ask.
    pub(crate) circumstances: Circumstances,
}

impl Admitted {
    /// Somebody of whom it is not known yet what they ask about.
    pub(crate) fn new(asker: Asker, shown: Shown, grants: Option<Arc<Grants>>) -> Self {
        let circumstances = Circumstances { encrypted: false, loopback: false };
        Self { asker, shown, grants, action: "", place: String::new(), circumstances }
    }

    /// Whether they see every tenant, and the installation as a whole.
    pub(crate) fn sees_everything(&self) -> bool {
        self.grants.as_ref().is_none_or(|grants| grants.reach == Reach::Installation)
    }

    /// Whether they see what belongs to a tenant.
    pub(crate) fn sees(&self, tenant: &str) -> bool {
        let Some(grants) = &self.grants else { return true };
        self.sees_everything()
            || grants.tenant == tenant
            || grants.further_tenants.iter().any(|further| further == tenant)
    }

    /// The tenant to which belongs what they submit.
    pub(crate) fn home(&self) -> &str {
        self.grants.as_ref().map_or(TENANT_DEFAULT, |grants| &grants.tenant)
    }

    /// Whether it is known who they are, or nobody is asked.
    pub(crate) fn is_somebody(&self) -> bool {
        self.shown != Shown::Nothing || self.grants.is_none()
    }

    pub(crate) fn principal(&self) -> PrincipalId {
        self.asker.principal
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admitted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let admitted = parts.extensions.get::<Self>();
        Ok(admitted.cloned().expect("invariant: every route lets in before it is answered"))
    }
}

//! What belongs to which tenant, and who sees it.

use super::admitted::{Admitted, TENANT_DEFAULT};
use super::door::Known;
use super::judge::judge;
use crate::http::state::AppState;
use crate::wire::problem::Problem;
use std::collections::BTreeMap;
use std::sync::Arc;
use triad_event::ids::{DataSubjectId, PrincipalId, WorkflowId};
use triad_projections::view::access_book::AccessBook;

/// What the digest is for by which a tenant names its data subjects, so that it coincides with no other.
const SUBJECT_CONTEXT: &str = "triad 2026-11 data subject of a tenant";

/// What the ids of data subjects of tenants begin with, so that nobody can name one as it is recorded.
const OF_A_TENANT: [u8; 4] = *b"tnt:";

/// What a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The installation as a whole.
    Installation,
    /// Whatever belongs to the tenant of whoever asks.
    Home,
    /// The workflow that the path names.
    Workflow,
}

/// The tenant to which belongs what a principal submitted.
pub(crate) fn tenant_of(book: &AccessBook, principal: PrincipalId) -> &str {
    book.grants(principal).map_or(TENANT_DEFAULT, |grants| &grants.tenant)
}

/// Which tenants somebody sees: those that their credential reaches and for which policies allow what they ask.
pub(crate) struct Sight {
    known: Arc<Known>,
    admitted: Admitted,
    judged: BTreeMap<String, bool>,
}

impl Sight {
    /// Whether they see what belongs to a tenant. Those who need no credential see everything.
    pub(crate) fn sees(&mut self, tenant: &str) -> bool {
        if self.admitted.grants.is_none() {
            return true;
        }
        if let Some(judged) = self.judged.get(tenant) {
            return *judged;
        }
        let Admitted { action, circumstances, .. } = self.admitted;
        let allowed = || judge(&self.known.in_force, &self.admitted, action, Some(tenant), circumstances);
        let is_seen = self.admitted.sees(tenant) && allowed().is_ok();
        self.judged.insert(tenant.to_owned(), is_seen);
        is_seen
    }

    /// Whether they see what a principal submitted.
    pub(crate) fn sees_of(&mut self, principal: PrincipalId) -> bool {
        let known = Arc::clone(&self.known);
        self.sees(tenant_of(&known.book, principal))
    }

    /// The tenant to which belongs what a principal submitted.
    pub(crate) fn tenant_of(&self, principal: PrincipalId) -> &str {
        tenant_of(&self.known.book, principal)
    }
}

impl AppState {
    /// Which tenants somebody sees.
    pub(crate) fn sight_of(&self, admitted: &Admitted) -> Sight {
        Sight { known: self.door.known(), admitted: admitted.clone(), judged: BTreeMap::new() }
    }

    /// The tenant of a workflow; none when there is no such workflow.
    pub(crate) async fn tenant_of_workflow(&self, workflow: WorkflowId) -> Result<Option<String>, Problem> {
        let summary = self.view(move |views| views.summary(workflow)).await?.value;
        let known = self.door.known();
        Ok(summary.map(|summary| tenant_of(&known.book, summary.principal).to_owned()))
    }
}

/// The data subject that a tenant means by an id. The tenant that was there before there were tenants means the id itself; any
/// other one that nobody else can name, so that no tenant has a say in what is erased, held or refused for another.
pub(crate) fn subject_of(admitted: &Admitted, named: DataSubjectId) -> DataSubjectId {
    let tenant = admitted.home();
    if tenant == TENANT_DEFAULT && !named.0.starts_with(&OF_A_TENANT) {
        return named;
    }
    let digest =
        blake3::Hasher::new_derive_key(SUBJECT_CONTEXT).update(tenant.as_bytes()).update(&named.0).finalize();
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_bytes()[..16]);
    id[..OF_A_TENANT.len()].copy_from_slice(&OF_A_TENANT);
    DataSubjectId(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::admitted::Shown;
    use triad_event::Source;
    use triad_event::access::Grants;
    use triad_perform::Asker;

    fn of(tenant: &str) -> Admitted {
        let asker = Asker { principal: PrincipalId([1; 16]), source: Source::Client };
        let mut nobody = super::super::identify::nobody(Source::Client);
        let grants = Grants { tenant: tenant.to_owned(), ..(*nobody.grants.take().expect("some")).clone() };
        Admitted::new(asker, Shown::Key, Some(Arc::new(grants)))
    }

    #[test]
    fn no_two_tenants_mean_the_same_data_subject() {
        let named = DataSubjectId([5; 16]);
        assert_eq!(subject_of(&of(TENANT_DEFAULT), named), named);
        let [acme, other] = ["acme", "other"].map(|tenant| subject_of(&of(tenant), named));
        assert_ne!(acme, named);
        assert_ne!(acme, other);
        assert_eq!(subject_of(&of("acme"), named), acme);
        for tenant in [TENANT_DEFAULT, "acme", "other"] {
            assert_ne!(subject_of(&of(tenant), acme), acme, "{tenant}");
        }
    }
}

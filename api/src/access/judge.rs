//! Whether a policy lets somebody do something.

use super::admitted::{Admitted, Shown};
use super::turned::Turned;
use crate::wire::problem::{Code, Problem};
use triad_event::access::{Cause, Grants, Reach};
use triad_policy::{
    Asked, Circumstances, Credential, CredentialKind, Policies, Tenants, Verdict, Vocabulary,
};

/// The policies in force. Those that cannot be read by this program let nobody do anything but what it takes to replace them.
pub(crate) struct InForce {
    pub(crate) policies: Policies,
    pub(crate) digest: [u8; 32],
}

impl InForce {
    pub(crate) fn of(policies: Policies) -> Self {
        let digest = policies.digest();
        Self { policies, digest }
    }

    /// Policies that were recorded. They were read before they were, by a program that may have known other actions; where
    /// this one cannot read them, nobody may do anything but replace them.
    pub(crate) fn read(text: &str, digest: [u8; 32], vocabulary: &Vocabulary) -> Self {
        let policies = Policies::read(text, vocabulary).unwrap_or_else(|faults| {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            tracing::error!(
                "the recorded policies cannot be read, so only an admin may do something: {first}"
            );
            Policies::read(UNREADABLE, vocabulary)
                .expect("invariant: these name nothing that a vocabulary may lack")
        });
        Self { policies, digest }
    }
}

/// What counts while the recorded policies cannot be read.
const UNREADABLE: &str = r#"
@id("unreadable")
@says("The recorded policies cannot be read: only an admin may do something, and that is to replace them.")
permit (principal in Role::"admin", action in Action::"Administer", resource is Installation)
when { principal.everywhere };
"#;

/// What a policy is asked about somebody.
pub(crate) fn credential(admitted: &Admitted) -> Option<Credential> {
    let kind = match admitted.shown {
        Shown::Nothing => CredentialKind::Anonymous,
        Shown::Key => CredentialKind::Key,
        Shown::Token => CredentialKind::Token,
        Shown::Session(_) => CredentialKind::Session,
    };
    Some(credential_of(admitted.principal().0, kind, admitted.grants.as_deref()?))
}

/// A credential as policies see it.
pub(crate) fn credential_of(id: [u8; 16], kind: CredentialKind, grants: &Grants) -> Credential {
    let tenants = match grants.reach {
        Reach::Installation => Tenants::All,
        Reach::Tenants => {
            let further = grants.further_tenants.iter().cloned();
            Tenants::These(std::iter::once(grants.tenant.clone()).chain(further).collect())
        }
    };
    Credential {
        id,
        roles: grants.roles.clone(),
        tenants,
        owner: grants.owner.clone(),
        kind,
        zones: grants.zones.clone(),
        classes: grants.classes.clone(),
    }
}

/// Asks the policies. Those who need no credential are not judged by policies: nothing is known of them.
pub(crate) fn judge(
    in_force: &InForce,
    admitted: &Admitted,
    action: &str,
    tenant: Option<&str>,
    circumstances: Circumstances,
) -> Result<Verdict, Turned> {
    let Some(credential) = credential(admitted) else {
        return Ok(Verdict { allowed: true, policies: Vec::new(), errors: Vec::new() });
    };
    let asked = Asked { credential: &credential, action, tenant, circumstances };
    let verdict = in_force.policies.decide(&asked);
    if verdict.allowed {
        return Ok(verdict);
    }
    let (cause, why) = if verdict.policies.is_empty() {
        (Cause::NotAllowed, format!("none of its roles ({}) allows it", credential.roles.join(", ")))
    } else {
        (Cause::Forbidden, format!("forbidden by {}", verdict.policies.join(", ")))
    };
    let place = tenant.map_or_else(|| "the installation".to_owned(), |tenant| format!("tenant {tenant}"));
    let problem = Problem::new(Code::NotAllowed, format!("{action} in {place}: {why}"))
        .with("action", action)
        .with("policies", verdict.policies.clone());
    let principal = Some(admitted.principal());
    Err(Turned { cause, principal, policies: verdict.policies, problem: Box::new(problem) })
}

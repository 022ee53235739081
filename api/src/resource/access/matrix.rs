//! Who may do what by the shipped policies: every route of the resource table against every role.

use crate::access::admitted::TENANT_DEFAULT;
use crate::access::sight::About;
use crate::resource::route::{Need, Route};
use crate::resource::{FURTHER_ACTIONS, RESOURCES, actions};
use triad_policy::{Asked, Circumstances, Credential, CredentialKind, Policies, Tenants, Vocabulary};

/// What a role may do about one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Whoever has it, within its tenants.
    Tenant,
    /// Only whoever has it for the whole installation.
    Installation,
    /// Nobody who has nothing else.
    No,
}

/// The roles that the shipped policies name, in the order in which people meet them.
pub(crate) const ROLES: [&str; 5] = ["submitter", "operator", "approver", "auditor", "admin"];

/// What a role may do about an action of some tenant, or of the installation.
pub(crate) fn reach(policies: &Policies, role: &str, action: &str, about: About) -> Reach {
    let tenant = (about != About::Installation).then_some(TENANT_DEFAULT);
    let may = |tenants: Tenants| {
        let credential = Credential {
            id: [1; 16],
            roles: vec![role.to_owned()],
            tenants,
            owner: TENANT_DEFAULT.to_owned(),
            kind: CredentialKind::Key,
            zones: Vec::new(),
            classes: Vec::new(),
        };
        let circumstances = Circumstances { encrypted: true, loopback: false };
        policies.decide(&Asked { credential: &credential, action, tenant, circumstances }).allowed
    };
    if may(Tenants::These(vec![TENANT_DEFAULT.to_owned()])) {
        Reach::Tenant
    } else if may(Tenants::All) {
        Reach::Installation
    } else {
        Reach::No
    }
}

/// The table as Markdown.
pub(crate) fn matrix() -> String {
    let policies = Policies::shipped(&Vocabulary::new(&actions()));
    let mut lines = vec![
        format!("| action | address | nobody | {} | expired | another tenant |", ROLES.join(" | ")),
        format!("|---|---|---|{}---|---|", "---|".repeat(ROLES.len())),
    ];
    for route in RESOURCES.iter().flat_map(|resource| resource.routes) {
        lines.push(row(&policies, route));
    }
    for further in FURTHER_ACTIONS {
        let cells = cells(&policies, further.name, About::Workflow);
        lines.push(format!(
            "| `{}` | `?content=true` of the above | 401 | {cells} | 401 | 404 |",
            further.name
        ));
    }
    lines.join("\n") + "\n"
}

fn row(policies: &Policies, route: &Route) -> String {
    let begin = format!("| `{}` | {} `{}` |", route.name, route.method.name(), route.path);
    match route.need {
        Need::Nothing => format!("{begin} yes | {}401 | yes |", "yes | ".repeat(ROLES.len())),
        Need::Right(_, about) => {
            let other = if about == About::Workflow { "404" } else { "nothing of it" };
            format!("{begin} 401 | {} | 401 | {other} |", cells(policies, route.name, about))
        }
    }
}

fn cells(policies: &Policies, action: &str, about: About) -> String {
    let cell = |role: &&str| match reach(policies, role, action, about) {
        Reach::Tenant => "yes",
        Reach::Installation => "installation",
        Reach::No => "403",
    };
    ROLES.iter().map(cell).collect::<Vec<_>>().join(" | ")
}

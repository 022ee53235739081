//! Whether what is granted makes sense.

use triad_event::access::Grants;
use triad_event::quantity::Micros;

use super::refusal::Refusal;
use crate::limits::{GRANTS_LISTED_MAX, is_id};

/// Whether it counts no more at a moment.
pub(crate) fn is_expired(grants: &Grants, at: Micros) -> bool {
    grants.expires.is_some_and(|expires| expires <= at)
}

pub(crate) fn check(grants: &Grants, at: Micros) -> Result<(), Refusal> {
    named("owner", &grants.owner)?;
    named("tenant", &grants.tenant)?;
    listed("roles", &grants.roles)?;
    listed("further_tenants", &grants.further_tenants)?;
    listed("zones", &grants.zones)?;
    listed("classes", &grants.classes)?;
    for (field, number) in [
        ("requests_per_minute", grants.requests_per_minute),
        ("workflows_alive_max", grants.workflows_alive_max),
    ] {
        if number == Some(0) {
            return Err(Refusal::Zero { field });
        }
    }
    if is_expired(grants, at) { Err(Refusal::ExpiresInThePast) } else { Ok(()) }
}

fn listed(field: &'static str, names: &[String]) -> Result<(), Refusal> {
    if names.len() > GRANTS_LISTED_MAX {
        return Err(Refusal::TooManyNames { field });
    }
    names.iter().try_for_each(|name| named(field, name))
}

fn named(field: &'static str, name: &str) -> Result<(), Refusal> {
    if is_id(name) { Ok(()) } else { Err(Refusal::NotAnId { field, name: name.to_owned() }) }
}

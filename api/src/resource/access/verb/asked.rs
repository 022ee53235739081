//! What a credential is to be granted, as the command line says it.

use clap::Args;
use serde_json::{Value, json};

/// What a key may.
#[derive(Debug, Clone, Args)]
pub(in crate::resource::access) struct GrantsOptions {
    /// A role that it has; several times for several. `triad access role` lists those that policies name.
    #[arg(long = "role", value_name = "ROLE")]
    pub(super) roles: Vec<String>,
    /// It sees all tenants, and the installation as a whole.
    #[arg(long)]
    pub(super) installation: bool,
    /// The tenant to which belongs what it submits: `default`, unless this is given, and for ever.
    #[arg(long, value_name = "TENANT")]
    pub(super) tenant: Option<String>,
    /// A tenant that it sees besides; several times for several.
    #[arg(long = "sees", value_name = "TENANT")]
    pub(super) further_tenants: Vec<String>,
    /// Whose it is in accounts and budgets; its tenant, unless this is given.
    #[arg(long, value_name = "OWNER")]
    pub(super) owner: Option<String>,
    /// A zone in which its work may run; several times for several, none for all.
    #[arg(long = "zone", value_name = "ZONE")]
    pub(super) zones: Vec<String>,
    /// A privacy class that it may name; several times for several, none for all.
    #[arg(long = "class", value_name = "CLASS")]
    pub(super) classes: Vec<String>,
    /// Requests that it may make in a minute.
    #[arg(long, value_name = "COUNT")]
    pub(super) requests_per_minute: Option<u32>,
    /// Workflows of it that may be alive at once.
    #[arg(long, value_name = "COUNT")]
    pub(super) workflows_alive_max: Option<u32>,
    /// When it counts no more, as in 2027-01-31T00:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(super) expires: Option<String>,
}

impl GrantsOptions {
    /// `tenant` is the one where none is given.
    pub(super) fn document(&self, tenant: &str) -> Value {
        let tenant = self.tenant.as_deref().unwrap_or(tenant);
        json!({
            "roles": self.roles, "installation": self.installation, "tenant": tenant,
            "further_tenants": self.further_tenants, "owner": self.owner, "zones": self.zones,
            "classes": self.classes, "requests_per_minute": self.requests_per_minute,
            "workflows_alive_max": self.workflows_alive_max, "expires": self.expires,
        })
    }
}

//! What could be different about who asks, and how.

use std::fmt;

/// One thing that could be different.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is asked over an encrypted connection.
    Encrypted,
    /// The credential is given the tenant.
    Tenant(String),
    /// The credential is given a role.
    Role(String),
    /// The credential is given every tenant.
    Everywhere,
}

impl fmt::Display for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encrypted => write!(formatter, "ask over an encrypted connection"),
            Self::Tenant(tenant) => write!(formatter, "give it the tenant {tenant}"),
            Self::Role(role) => write!(formatter, "give it the role {role}"),
            Self::Everywhere => write!(formatter, "give it every tenant"),
        }
    }
}

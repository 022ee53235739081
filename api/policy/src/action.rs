//! What can be asked for: an action for each route of the resource table, and the groups that policies name.

/// One thing that can be asked for. A name that comes twice is one action with both rights, about both
/// scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// The name of the route. No right has the same name.
    pub name: &'static str,
    /// The group that it is in.
    pub right: Right,
    /// What it is about.
    pub scope: Scope,
}

/// A group of actions. Policies name these more often than single actions, so that a new route needs no new
/// policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Seeing that something is there and how it stands.
    Read,
    /// Seeing what the vault holds. That it is read is recorded.
    ReadContent,
    /// Handing in work.
    Submit,
    /// Cancelling, pausing and resuming work.
    Control,
    /// What keeps the installation going: alerts, streams that were set aside, the engine.
    Operate,
    /// Deciding what waits for a person.
    Approve,
    /// Seeing what proves what happened: records, proofs, who may do what.
    Audit,
    /// Changing what others may do, and what is kept.
    Administer,
}

impl Right {
    /// Every right, in the order of the schema.
    pub const ALL: [Self; 8] = [
        Self::Read,
        Self::ReadContent,
        Self::Submit,
        Self::Control,
        Self::Operate,
        Self::Approve,
        Self::Audit,
        Self::Administer,
    ];

    /// How policies write it, as in `Action::"ReadContent"`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::ReadContent => "ReadContent",
            Self::Submit => "Submit",
            Self::Control => "Control",
            Self::Operate => "Operate",
            Self::Approve => "Approve",
            Self::Audit => "Audit",
            Self::Administer => "Administer",
        }
    }
}

/// What an action is about: the resource of a Cedar request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The whole installation.
    Installation,
    /// One tenant.
    Tenant,
}

impl Scope {
    /// How policies write it, as in `resource is Tenant`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Installation => "Installation",
            Self::Tenant => "Tenant",
        }
    }
}

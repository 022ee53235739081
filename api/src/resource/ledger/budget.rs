//! Budgets: what an owner, a tenant or a workflow may use, and what is left of it.

pub(super) mod route;
pub(super) mod verb;
mod wire;

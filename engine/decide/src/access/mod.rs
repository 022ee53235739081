//! Decides which credentials there are, and what is recorded of their use. Whether a policy allows something is found out at the
//! door; that it did stands in a record.

mod administrator;
pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
mod grants;
mod known;
pub(crate) mod refusal;
pub(crate) mod roles;
mod session;
pub(crate) mod state;

pub use administrator::{ADMINISTRATOR, administers};
pub use refusal::Refusal;
pub use triad_event::access::Ask;

#[cfg(test)]
mod tests;

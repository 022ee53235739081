//! Decides what is done by itself about tasks that failed: a fix of a closed set, within the policy of the task and the limits
//! of the
//! operator; or nothing, which people are told of. What a fix follows from is a diagnosis that stands in the log.

pub(crate) mod coupling;
pub(crate) mod cure;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod learned;
pub(crate) mod patients;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod state;
pub(crate) mod treatment;

pub use learned::Learned;
pub use refusal::Refusal;
pub use state::{Known, OperatorRules};
pub use triad_event::healing::Ask;

#[cfg(test)]
mod tests;

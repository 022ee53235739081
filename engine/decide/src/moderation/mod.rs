//! Decides which rules of moderation hold steps. Whether a rule matches is found outside, before a step is begun, and what
//! follows is a gate of its task: here the rules themselves are kept.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use state::ModerationRules;
pub use triad_event::moderation::Ask;

#[cfg(test)]
mod tests;

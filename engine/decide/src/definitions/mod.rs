//! Decides which named definitions there are, in which versions, and which version an alias means. What a definition says is
//! read at the
//! door: here it is a sealed text with a digest.

pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::definitions::Ask;

#[cfg(test)]
mod tests;

//! Decides whose content may come in, be read and be erased.

pub(crate) mod admission;
pub(crate) mod coupling;
pub(crate) mod decide;
pub(crate) mod facts;
pub(crate) mod refusal;
pub(crate) mod state;

pub use refusal::Refusal;
pub use triad_event::subjects::Ask;

#[cfg(test)]
mod tests;

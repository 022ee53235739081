//! Decides whose content may be accepted, kept and erased, and who is known to have read it.
//!
//! The core sees no content. It knows which data subjects are in use, which are under legal hold, and whose key is
//! to be destroyed; what the vault knows of others comes inside the input.

mod decide;
mod input;
mod reads;
mod refusal;
mod state;

pub(crate) use decide::{Facts, admit, decide};
pub use input::Input;
pub(crate) use reads::Reads;
pub use refusal::Refusal;
pub(crate) use state::{Erasing, State, Use};

#[cfg(test)]
mod tests;

//! Decides where prices and carbon intensity of electricity come from, and which tasks wait for them. What a task waits for
//! is decided by
//! `triad-deferral`, from what was recorded before.

pub(crate) mod again;
mod check;
pub(crate) mod costs;
pub(crate) mod coupling;
mod curve;
pub(crate) mod decide;
pub(crate) mod facts;
mod let_go;
mod question;
mod recorded;
mod running;
mod runs;
mod weighing;
pub(crate) mod reaction;
pub(crate) mod refusal;
pub(crate) mod series;
pub(crate) mod state;

pub use refusal::Refusal;
pub use series::{Known, Source};
pub use triad_deferral::{Piece, PriceCurve};
pub use triad_event::prices::Ask;

#[cfg(test)]
mod tests;

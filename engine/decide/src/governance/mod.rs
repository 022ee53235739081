//! Decides how decisions are made: settings, pauses, the engine's lives, the clock, quarantine, timers.

mod decide;
mod input;
mod refusal;
mod settings;
mod state;

pub(crate) use decide::{Facts, decide};
pub use input::Input;
pub use refusal::Refusal;
pub use settings::Settings;
pub(crate) use state::{Parked, State};

#[cfg(test)]
mod tests;

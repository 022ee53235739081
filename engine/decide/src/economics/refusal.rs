//! Why economics says no: never, because nothing is asked of it.

use thiserror::Error;

/// Why economics says no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {}

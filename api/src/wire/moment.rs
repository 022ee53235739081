//! When something was recorded.

use crate::clock;
use schemars::JsonSchema;
use serde::Serialize;

/// When something was recorded.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Moment {
    /// The sequence of its record.
    sequence: u64,
    /// RFC 3339, in UTC.
    time: String,
}

impl From<triad_projections::Moment> for Moment {
    fn from(moment: triad_projections::Moment) -> Self {
        Self { sequence: moment.sequence, time: clock::show(moment.at.0) }
    }
}

//! The clock as JSON.

use crate::clock;
use crate::wire::moment::Moment;
use crate::wire::words::Word;
use schemars::JsonSchema;
use serde::Serialize;
use triad_event::ClockState;
use triad_event::governance::ClockStepped;
use triad_perform::Status;

/// The machine's clock, and the time that the engine goes by.
#[derive(Serialize, JsonSchema)]
pub(super) struct Clock {
    state: Word<ClockState>,
    /// What the machine's clock shows.
    wall_time: String,
    /// What a record that was written now would bear.
    engine_time: String,
    /// How far the machine's clock is ahead of that; negative when it is behind.
    wall_ahead_ms: i64,
    /// The step that waits for an operator.
    step: Option<Step>,
    /// What to do; none when there is nothing to do.
    fix: Option<&'static str>,
}

/// A step of the machine's clock that nobody has accepted.
#[derive(Serialize, JsonSchema)]
struct Step {
    since: Moment,
    /// What the machine's clock should have shown.
    expected: String,
    /// What it showed.
    found: String,
}

/// What to do about a clock that was accepted behind the last record.
const WAITING: &str =
    "Nothing: records repeat engine_time until the machine's clock has caught up with it. Spans go on.";
/// What to do about a clock that stepped.
const STEPPED: &str = "Compare wall_time with a clock that is right. Set the machine's clock if it is wrong; then accept it: \
                       `triad clock accept --reason TEXT`, or POST /v1/clock/accept.";

impl Clock {
    pub(super) fn of(
        status: &Status,
        wall_us: i64,
        step: Option<&(triad_projections::Moment, ClockStepped)>,
    ) -> Self {
        let engine_us = status.time.0;
        Self {
            state: Word(status.clock_state),
            wall_time: clock::show(wall_us),
            engine_time: clock::show(engine_us),
            wall_ahead_ms: wall_us.saturating_sub(engine_us) / 1000,
            step: step.map(|(since, step)| Step {
                since: (*since).into(),
                expected: clock::show(step.expected.0),
                found: clock::show(step.found.0),
            }),
            fix: match status.clock_state {
                ClockState::Steady => None,
                ClockState::Waiting => Some(WAITING),
                ClockState::Stepped => Some(STEPPED),
            },
        }
    }
}

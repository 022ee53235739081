//! Schedules: which moments an expression names, within an interval of UTC.
//!
//! An expression is cron with five or six fields, a nickname such as `@daily`, or `@every 15m`. It is matched against the
//! clock on a wall in a time zone, and what happens when that clock is put forward or back is stated by [`Rules`].
//! docs/schedules.md is the whole of the language and of the rules.
//!
//! Every function here is pure: no clock, no chance, no disk. The time zones are those that were built in
//! ([`ZONES_VERSION`]), never those of the machine, so that the same arguments give the same moments everywhere.
//!
//! Moments are milliseconds since 1970-01-01T00:00:00Z without leap seconds, always whole seconds, and lie between
//! [`EARLIEST_MS`] and [`LATEST_MS`]. Intervals are open at their first end and closed at the other: what comes after
//! one moment, up to another and with it. [`Timing::backfill`] alone is the other way round, as people name ranges.

mod timing;
mod stretch;
mod cron;
mod days;
mod field;
mod written;
mod every;
mod wall;
mod zone;
mod catch_up;
mod jitter;
mod fault;

pub use catch_up::{CatchUp, Chosen, LeftOut};
pub use fault::{Fault, Field, Problem};
pub use jitter::jitter_ms;
pub use stretch::{Fold, Gap, Rules};
pub use timing::{Firings, Timing};
pub use wall::{Wall, Walls};
pub use zone::ZONES_VERSION;

/// Longest expression, in bytes. Recorded facts hold it, and every minute of an hour written out takes 169.
pub const TEXT_BYTES_MAX: usize = 256;

/// No moment before this one is given: 1970-01-01T00:00:00Z.
pub const EARLIEST_MS: i64 = 0;

/// No moment after this one is given: 9999-01-01T00:00:00Z, below what dates can be computed for.
pub const LATEST_MS: i64 = 253_370_764_800_000;

/// How far one search looks, in years. What fires at all does so within 40: a 29 February on one weekday takes 28, and
/// 40 across a year such as 2100. Only what [`Gap::Skip`] takes away every time is searched for in vain.
pub const SEARCH_YEARS: i64 = 100;

/// Most moments that one answer lists. Those beyond are left out, and counted.
pub const CHOSEN_MAX: usize = 10_000;

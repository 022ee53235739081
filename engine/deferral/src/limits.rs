//! What prices and plans may take, each with its reason.

/// The shortest step of a price, and the finest grain of a plan: the market time unit of European day-ahead prices.
pub const QUARTER_MS: i64 = 15 * 60 * 1000;
/// One day, in UTC, where every day is as long as the others.
pub const DAY_MS: i64 = 96 * QUARTER_MS;
/// One week.
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// The last moment of the year 9999, which is also the last moment that a record can bear.
pub const TIME_MS_MAX: i64 = 253_402_300_799_999;
/// Steps of a curve: more than a year of quarters. The oldest are forgotten first.
pub const STEPS_MAX: usize = 40_000;
/// How far a plan looks. Nothing is known of prices a month ahead, and a plan must end soon.
pub const OUTLOOK_MS_MAX: i64 = 31 * DAY_MS;
/// Cells of an interruptible plan: a week of quarters. Its work grows with their square; longer windows get longer cells.
pub const CELLS_MAX: i64 = 672;

/// Weeks whose same hour says what is usual. Measured with 4 and 8 (`docs/deferral.md`): the difference is small.
pub const WEEKS_USUAL: i64 = 8;

/// Slots of a threshold policy: ten days of quarters. Finding thresholds takes a fraction of a second then.
pub const SLOTS_MAX: u32 = 1_000;
/// Upper bound over lower bound of a price. A ratio beyond it promises nothing.
pub const SPREAD_MAX: i64 = 1_000_000;

/// Runs of a task that are remembered: a month of daily ones.
pub const RUNS_MAX: usize = 32;

/// One, in parts per million.
pub const MILLION: u64 = 1_000_000;

const _: () = assert!(OUTLOOK_MS_MAX / QUARTER_MS < STEPS_MAX as i64);
const _: () = assert!(WEEKS_USUAL * WEEK_MS / QUARTER_MS < STEPS_MAX as i64);

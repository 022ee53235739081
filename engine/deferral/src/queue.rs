//! Who is next when places are short.

use crate::limits::MILLION;

/// How urgent people say that a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// It never waits for a price, and goes before all others.
    Critical,
    /// Before what is normal.
    High,
    /// What says nothing else.
    Normal,
    /// After what is normal.
    Low,
}

/// What a task is worth, and what it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worth {
    /// `negentropy_value_score`: what it is worth, from none to a million.
    pub value_score_ppm: u64,
    /// `market_multiplier`: how much more or less that is worth at the time.
    pub market_multiplier_ppm: u64,
    /// How much energy it is thought to take, in milliwatt hours.
    pub energy_mwh: u64,
}

const HOUR_US: i64 = 3_600_000_000;

/// What value per energy is worth at most: less than it, whatever the value. Among tasks of one priority that came together
/// it alone decides, and it never makes up for a day of waiting.
pub const VALUE_LEAD_US: i64 = 24 * HOUR_US;
/// From one priority to the next. With it, value never overtakes a priority among tasks that came together.
const PRIORITY_LEAD_US: i64 = VALUE_LEAD_US;
/// Before the first of the others. After a week and more a task that waits goes before a critical one that has just come.
const CRITICAL_LEAD_US: i64 = 7 * 24 * HOUR_US;
/// The longest time by which one task can be put before another: whoever has waited for so long is overtaken by none that
/// comes.
pub const LEAD_US_MAX: i64 = 3 * PRIORITY_LEAD_US + CRITICAL_LEAD_US + VALUE_LEAD_US;

/// Where a task stands that waits since a moment: the least is next. It never changes, because all tasks age alike, so a queue
/// is sorted once.
///
/// No task starves: one that comes can only go before one that waits if it comes within [`LEAD_US_MAX`] after it, since
/// no lead is longer. With `n` tasks there when one comes and at most `m` coming in that time, it is served after at most
/// `n + m` others.
pub fn standing_us(since_us: i64, priority: Priority, value_lead_us: i64) -> i64 {
    let priority_us = match priority {
        Priority::Critical => 3 * PRIORITY_LEAD_US + CRITICAL_LEAD_US,
        Priority::High => 2 * PRIORITY_LEAD_US,
        Priority::Normal => PRIORITY_LEAD_US,
        Priority::Low => 0,
    };
    since_us.saturating_sub(priority_us).saturating_sub(value_lead_us)
}

/// How far its value per energy puts a task ahead: a day times `v / (v + 1)`, where `v = score · multiplier / kWh`. It grows with
/// `v` and never gets there. Rounded down to microseconds.
pub fn value_lead_us(worth: &Worth) -> i64 {
    // A thousand times the usual worth is enough for any market, and keeps the product within 128 bits.
    let multiplier_ppm = worth.market_multiplier_ppm.min(1_000_000_000);
    let value = i128::from(worth.value_score_ppm.min(MILLION)) * i128::from(multiplier_ppm);
    // What takes no energy is not worth more than what takes a milliwatt hour.
    let energy = i128::from(worth.energy_mwh.max(1)) * i128::from(MILLION);
    let lead_us = i128::from(VALUE_LEAD_US) * value / (value + energy);
    i64::try_from(lead_us).unwrap_or(VALUE_LEAD_US)
}

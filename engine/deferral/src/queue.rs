//! Who is next when places are short.

use std::cmp::Reverse;

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

/// A task that waits for a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// How urgent it is.
    pub priority: Priority,
    /// `negentropy_value_score`: what it is worth, from none to a million.
    pub value_score_ppm: u64,
    /// `market_multiplier`: how much more or less that is worth at the time.
    pub market_multiplier_ppm: u64,
    /// How much energy it is thought to take, in milliwatt hours.
    pub energy_mwh: u64,
    /// For how long it has waited.
    pub waiting_ms: u64,
}

/// Where a task stands in the queue: the least is next. Keys of one moment are compared; later ones of the same tasks
/// compare alike, because all of them age alike, so a queue is sorted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct QueueKey {
    /// How long it has waited, and by how much its priority and its worth put it before others, in nanoseconds.
    age_ns: Reverse<u128>,
    /// Of two that stand alike the one that has waited longer.
    waiting_ms: Reverse<u64>,
}

const HOUR_NS: u128 = 3_600_000_000_000;

/// What value per energy is worth at most: less than it, whatever the value. Among tasks of one priority that came together
/// it alone decides, and it never makes up for a day of waiting.
pub const VALUE_LEAD_NS: u128 = 24 * HOUR_NS;
/// From one priority to the next. With it, value never overtakes a priority among tasks that came together.
const PRIORITY_LEAD_NS: u128 = VALUE_LEAD_NS;
/// Before the first of the others. After a week and more a task that waits goes before a critical one that has just come.
const CRITICAL_LEAD_NS: u128 = 7 * 24 * HOUR_NS;
/// The longest time by which one task can be put before another: whoever has waited for so long is overtaken by none that
/// comes.
pub const LEAD_MS_MAX: u64 = (3 * PRIORITY_LEAD_NS + CRITICAL_LEAD_NS + VALUE_LEAD_NS) as u64 / 1_000_000;

/// Where a task stands in the queue.
///
/// Value per energy is `v = score · multiplier / kWh`, and puts a task ahead by a day times `v / (v + 1)`, which grows
/// with `v` and never gets there. It is added to the time that the task has waited, as is what its priority is worth.
///
/// No task starves: one that comes can only go before one that waits if it comes within [`LEAD_MS_MAX`] after it, since
/// both age alike and no lead is longer. With `n` tasks there when one comes and at most `m` coming in that time, it is
/// served after at most `n + m` others.
pub fn queue_key(task: &Waiting) -> QueueKey {
    let priority_ns = match task.priority {
        Priority::Critical => 3 * PRIORITY_LEAD_NS + CRITICAL_LEAD_NS,
        Priority::High => 2 * PRIORITY_LEAD_NS,
        Priority::Normal => PRIORITY_LEAD_NS,
        Priority::Low => 0,
    };
    let waiting_ns = u128::from(task.waiting_ms) * 1_000_000;
    QueueKey {
        age_ns: Reverse(waiting_ns + priority_ns + value_lead_ns(task)),
        waiting_ms: Reverse(task.waiting_ms),
    }
}

/// A day times `v / (v + 1)`, with value and energy in millionths.
fn value_lead_ns(task: &Waiting) -> u128 {
    // A thousand times the usual worth is enough for any market, and keeps the product within 128 bits.
    let multiplier_ppm = task.market_multiplier_ppm.min(1_000_000_000);
    let value = u128::from(task.value_score_ppm.min(1_000_000)) * u128::from(multiplier_ppm);
    // What takes no energy is not worth more than what takes a milliwatt hour.
    let energy = u128::from(task.energy_mwh.max(1)) * 1_000_000;
    VALUE_LEAD_NS * value / (value + energy)
}

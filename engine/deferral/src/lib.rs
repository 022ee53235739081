//! When a task should run, given prices of electricity: as cheaply as what is known allows, and never after its last safe
//! start.
//!
//! [`decide`] is the one question. It is asked when a task becomes ready, and again when its answer says so or prices
//! change. Prices come as a [`PriceCurve`], durations from the task's own [`History`], the order of those that may run
//! from [`standing_us`], and afterwards [`Account`] says what it saved. `docs/deferral.md` has the rules, their sources, and
//! what was measured.
//!
//! Nothing here has a clock, chance, a disk or a number that is not an integer: the same arguments give the same answer on
//! every machine, so a log is decided again to the same end. Times are milliseconds since 1970 in UTC, prices are
//! millionths of the currency per kilowatt hour, energy is in milliwatt hours.

mod decide;
mod decision;
mod task;
mod plan;
mod curve;
mod outlook;
mod contiguous;
mod interruptible;
mod threshold;
mod bounds;
mod window;
mod queue;
mod estimate;
mod saving;
pub mod limits;

pub use bounds::Bounds;
pub use contiguous::{Start, cheapest_start};
pub use curve::{Piece, PriceCurve, Step, StepLength, StepRefused};
pub use decide::{decide, decide_by};
pub use decision::{Decision, DeferReason, ExecuteReason, Price, Source, Verdict};
pub use estimate::{Estimate, History, PLAN_PPM, Run, SAFE_PPM, Stated};
pub use interruptible::{Schedule, Window, cheapest_schedule};
pub use outlook::{Outlook, Segment};
pub use plan::{Planning, planning};
pub use queue::{LEAD_US_MAX, Priority, VALUE_LEAD_US, Worth, standing_us, value_lead_us};
pub use saving::{Account, Ran, cost_micro};
pub use task::{Aim, Form, Method, Missing, Rules, Task, start_area};
pub use threshold::{Standing, Threshold};
pub use window::WindowCost;

//! What measurements share: the limits that figures are compared with, the load that they are measured under, and a
//! clock.

pub mod durable_log;
pub mod group_commit;
pub mod plain_log;
pub mod process;
pub mod producers;
pub mod stopwatch;
pub mod sync_probe;
pub mod workload;

//! What measurements share: the limits that figures are compared with, the load that they are measured under, and a
//! clock.

pub mod directory;
pub mod plain_log;
pub mod process;
pub mod producers;
pub mod statistics;
pub mod stopwatch;
pub mod sync_probe;
pub mod workload;

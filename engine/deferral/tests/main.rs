//! Deferral: decisions as a table, plans against every other plan, promises over many windows, and deadlines.

mod generated;
mod script;
mod decisions;
mod deadlines;
mod publication;
mod curves;
mod plans;
mod thresholds;
mod places;
mod estimates;
mod savings;
mod hostile;

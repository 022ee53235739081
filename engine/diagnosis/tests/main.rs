//! Diagnosis: rules by their own examples, cleaning as a table, whole failures, choosing, models, and hostile output.

mod rules;
mod cleaning;
mod failures;
mod choosing;
mod model;
mod hostile;

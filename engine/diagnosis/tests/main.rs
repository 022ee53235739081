//! Diagnosis: rules by their own examples, cleaning as a table, whole failures, hostile input, and what always holds.

mod rules;
mod failures;

//! Tests of the vocabulary as a whole.

mod priced;
mod ruled;
mod newer;
mod samples;
pub(crate) use samples::samples;

mod documents;
mod golden;
mod healed;
mod held;
mod grammar;
mod round_trip;

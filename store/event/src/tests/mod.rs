//! Tests of the vocabulary as a whole.

mod samples;

mod documents;
mod golden;
mod grammar;
mod round_trip;

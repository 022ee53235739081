//! What the tests of this package share with its long proofs; the tests themselves stand in `tests/`.

pub mod entropy;
pub mod simulation;
pub mod stopwatch;

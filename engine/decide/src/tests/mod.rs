//! Tests of the core as a whole.
//!
//! Every test goes through one door ([`door`]), which after each input also folds the records into a second
//! world, decides the group again from its first record, takes a snapshot and reads it back, and checks every
//! invariant. So each test, whatever it is about, is also a test of these.

mod budgeted;
mod charged;
pub(crate) mod door;
mod drive;
mod graphs;
mod invariants;
mod joins;
mod priced;
mod render;
mod reported;
pub(crate) mod scheduled;
mod script;
mod shapes;
mod tasks;

mod groups;
mod healed;
mod hostile;
mod random;

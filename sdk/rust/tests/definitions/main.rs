//! Definitions as programs write them: the JSON that comes out, what is found wrong, and what the published schema knows.

mod faults;
mod naive;
mod schema;
mod written;

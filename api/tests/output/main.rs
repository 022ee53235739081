//! What becomes of output that is not read, or cannot be written: of results, of messages, and of a stream that is appended.

#[expect(dead_code, reason = "the tests of keys need more of it")]
#[path = "../keys/program.rs"]
mod program;

mod appended;
mod endings;
mod messages;
mod results;

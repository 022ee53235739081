//! What an expression and its evaluation may take, each with its reason.

use std::time::Duration;

/// Length of an expression, in bytes. What is longer is a program, and belongs into a task.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Brackets within brackets. Parser, syntax tree and evaluation descend by calls, on stacks of 2 MiB at the door.
pub const BRACKETS_MAX: usize = 24;
/// Depth of the syntax tree, as estimated from brackets and chained operators before it is made.
pub const DEPTH_MAX: usize = 192;
/// Loops (`map`, `filter`, `all`, `exists`, `exists_one`) within loops: each one multiplies the work.
pub const LOOPS_MAX: usize = 2;

/// Entries of a list.
pub const ENTRIES_MAX: usize = 100_000;
/// Size of a list, as JSON text.
pub const LIST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Size of one entry of a list, as JSON text.
pub const ENTRY_BYTES_MAX: usize = 64 * 1024;
/// Lists and objects within each other, in inputs and entries. Below what the reader of JSON takes (128), so that whatever was
/// let in can be read on the other side of the pipe, where it lies within something else.
pub const VALUE_DEPTH_MAX: usize = 100;

/// Size of a question as it is handed to the process, in which outputs are four thirds of their length.
pub const QUESTION_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Size of an answer: a list as large as it may be, and what is written around it.
pub const ANSWER_BYTES_MAX: usize = LIST_BYTES_MAX + 1024;
/// Processor time of an evaluation, in seconds.
pub const PROCESSOR_SECONDS_MAX: u64 = 2;
/// Addresses of the process that evaluates, in bytes: the program itself, the question, and all that it becomes.
pub const ADDRESSES_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// What callers give an evaluation, by the clock on the wall. A busy machine is no fault of it, so that is many times its
/// processor time: with four at once on one processor each has used that up within 8 s.
pub const DEADLINE: Duration = Duration::from_secs(30);

const _: () = assert!(ENTRY_BYTES_MAX < LIST_BYTES_MAX && LIST_BYTES_MAX < QUESTION_BYTES_MAX);
const _: () = assert!((QUESTION_BYTES_MAX as u64) < ADDRESSES_BYTES_MAX);
const _: () = assert!(VALUE_DEPTH_MAX + 8 < 128);

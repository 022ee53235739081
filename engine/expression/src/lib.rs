//! Expressions of the workflow language: whether a task runs (`when`), and over what it repeats (`for_each`).
//!
//! They are written in CEL (docs/expressions.md). At the door [`check`] says whether a text is one, and which outputs,
//! statuses and inputs it names. Later [`ask`] has it evaluated, once, by a process of its own that can be ended, because
//! the language has no limit on time or memory. What it answered is for the caller to record: nothing evaluates it again.
//!
//! The same language says of which events people are told ([`check_filter`], [`ask_filter`]).
//!
//! Nothing here knows a log, a record or an event; a clock and chance are not reachable from an expression.

mod answer;
mod apart;
mod filter;
mod kind;
pub mod limits;
mod names;
mod question;
mod shape;
mod tree;
mod value;
mod why;
mod written;

pub use answer::answer;
pub use apart::{NoAnswer, VERB, ask, run};
pub use filter::{ask_filter, check_filter};
pub use names::Used;
pub use question::{Answer, ListOf, Question, TaskFacts, Unanswered};
pub use value::check_list;
pub use written::{Fault, Known, Wants, check};

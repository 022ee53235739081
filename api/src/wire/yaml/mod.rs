//! YAML as it comes: the safe part of version 1.2, written as JSON with a table of where each value stood, so that one
//! reader and one set of rules serve both languages.
//!
//! What two readers of YAML may understand differently is refused with its place, and never guessed: anchors and aliases,
//! tags, merge keys, directives, several documents, tabs that indent. Plain scalars are read by [`scalar`].

mod characters;
mod input;
mod lines;
mod marks;
mod scalar;
mod words;
mod write;

pub(super) use marks::Marks;
pub(super) use write::to_json;

//! Golden logs: the bytes that format version 1 has for good, read by this crate and by a reader that knows only the
//! format document.

mod agreement;
mod draws;
mod kept;
mod mutations;
mod payloads;
mod proofs;
mod resigned;
pub(crate) mod second_reader;
mod stated;

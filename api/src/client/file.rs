//! Files that people name on the command line.

use crate::failure::Failure;
use std::path::Path;

/// What a file has.
pub(crate) fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file)
        .map_err(|error| Failure::machine(format!("{} cannot be read: {error}", file.display())))
}

/// The text that a file has.
pub(crate) fn text(file: &Path) -> Result<String, Failure> {
    String::from_utf8(bytes(file)?)
        .map_err(|_| Failure::usage(format!("{} is no text in UTF-8", file.display())))
}

//! What no YAML document of ours holds, whatever it means: other bytes than UTF-8, a byte order mark, control characters.

use crate::wire::json::Malformed;
use crate::wire::place::Cursor;

/// The text of the document.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    let refuse = |at: usize, what: &'static str| {
        let before = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
        Err(Cursor::new(before).advance(at).malformed(what))
    };
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return refuse(0, "a byte order mark has no place in YAML: save the file without one");
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return refuse(error.valid_up_to(), "the bytes are not UTF-8"),
    };
    match text.char_indices().find(|(at, character)| is_refused(&bytes[*at..], *character)) {
        Some((at, '\r')) => refuse(at, "a carriage return has no place in YAML but at the end of a line"),
        Some((at, _)) => {
            refuse(at, "a control character has no place in YAML: write it as an escape, in double quotes")
        }
        None => Ok(text),
    }
}

fn is_refused(rest: &[u8], character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\r' => !rest.starts_with(b"\r\n"),
        _ => character.is_control(),
    }
}

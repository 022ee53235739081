//! Text that a server sent, and text that goes into an address.

use crate::failure::Failure;
use serde_json::Value;
use triad_event::plain::escaped;

/// Text of a server on one line, without anything that a terminal obeys or that people do not see.
pub(crate) fn plain(text: &str) -> String {
    escaped(text).to_string()
}

/// The text that a document holds, or a dash.
pub(crate) fn text(value: &Value) -> String {
    plain(value.as_str().unwrap_or("-"))
}

/// A text as the value of a parameter in an address.
pub(crate) fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let shown = |byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(shown).collect()
}

/// Ids stand in addresses, so nothing else may.
pub(crate) fn checked(id: &str) -> Result<&str, Failure> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    // Those of parts have dots between them, and never one alone, which would lead elsewhere.
    let is_id = id.split('.').all(|part| !part.is_empty() && part.bytes().all(is_plain));
    if is_id { Ok(id) } else { Err(Failure::usage(format!("{id:?} is no id"))) }
}

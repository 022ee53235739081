//! What is too long or too deep is refused before it is parsed: Cedar's parser would overflow the stack,
//! which ends the process.
//!
//! Measured with Cedar 4.14 and the 2 MiB of a thread: a level of brackets takes 16 KiB of it, an `if` in the
//! `else` of another 2 KiB, everything else that can follow itself much less. These bounds leave half of it.

use crate::fault::Fault;

/// More faults at once help nobody.
pub(crate) const FAULTS_MAX: usize = 100;
/// Of a whole text.
pub(crate) const TEXT_BYTES_MAX: usize = 1 << 20;
/// Of one policy, with its annotations and the comments before it.
pub(crate) const POLICY_BYTES_MAX: usize = 8 << 10;
/// Brackets of any kind in each other.
pub(crate) const NESTING_MAX: usize = 24;

/// The first thing of a text that is beyond a bound.
pub(crate) fn check(text: &str) -> Result<(), Fault> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("the text has {} bytes, at most {TEXT_BYTES_MAX} are read", text.len());
        return Err(Fault::at(text, 0, None, message));
    }
    let (mut at, mut start, mut nesting) = (0, 0, 0_usize);
    while at < text.len() {
        let token = &text.as_bytes()[at..];
        match token[0] {
            b'(' | b'[' | b'{' => nesting += 1,
            b')' | b']' | b'}' => nesting = nesting.saturating_sub(1),
            b';' => (start, nesting) = (at + 1, 0),
            _ => {}
        }
        if nesting > NESTING_MAX {
            let message = format!("more than {NESTING_MAX} brackets in each other");
            return Err(Fault::at(text, at, None, message));
        }
        at += token_length(token);
        if at - start > POLICY_BYTES_MAX {
            let message = format!("a policy of more than {POLICY_BYTES_MAX} bytes");
            return Err(Fault::at(text, start, None, message));
        }
    }
    Ok(())
}

/// The length of the string or comment at the beginning, in which nothing counts; one byte of everything
/// else.
fn token_length(token: &[u8]) -> usize {
    match token {
        [b'/', b'/', ..] => token.iter().position(|byte| b"\n\r".contains(byte)).unwrap_or(token.len()),
        [b'"', ..] => {
            let mut at = 1;
            while at < token.len() && token[at] != b'"' {
                at += if token[at] == b'\\' { 2 } else { 1 };
            }
            (at + 1).min(token.len())
        }
        _ => 1,
    }
}

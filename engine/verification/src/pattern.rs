//! `pattern`: a regular expression over the output, or over one line of it.

use crate::fault::{Faults, kind};
use crate::limits::{PATTERN_COMPILED_BYTES_MAX, PATTERN_GROUPS_MAX, WRITTEN_BYTES_MAX};
use crate::verdict::Lack;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

/// A regular expression that is found somewhere in the text it is for. Matching takes time in proportion to the output.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    regex: Regex,
    /// 1 is the first line, -1 the last; the whole output without.
    line: Option<i64>,
}

impl Pattern {
    /// A text, or an object with `regex` and `line`.
    pub(crate) fn read(faults: &mut Faults, value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Some(Self { regex: compiled(faults, text)?, line: None });
        }
        if !value.is_object() {
            faults.add(format!(
                "is {}: write a regular expression, or an object with `regex` and `line`",
                kind(value)
            ));
            return None;
        }
        let members = faults.members(value, &["regex", "line"])?;
        let line = match members.get("line") {
            None => Some(None),
            Some(line) => faults.member("line", |faults| {
                let line = line.as_i64().filter(|line| *line != 0);
                if line.is_none() {
                    faults.add("is no line: write 1 for the first, 2 for the second, -1 for the last");
                }
                line.map(Some)
            }),
        };
        let Some(regex) = members.get("regex") else {
            faults.add("has no `regex`: write a regular expression, such as \"^ok$\"");
            return None;
        };
        let regex = faults.member("regex", |faults| match regex.as_str() {
            Some(text) => compiled(faults, text),
            None => {
                faults.add(format!("is {}: write a regular expression, such as \"^ok$\"", kind(regex)));
                None
            }
        });
        Some(Self { regex: regex?, line: line? })
    }

    pub(crate) fn check(&self, output: &[u8]) -> Result<(), Lack> {
        let (text, what) = match self.line {
            None => (output, "the output".to_owned()),
            Some(line) => {
                let none = || Lack::differs(format!("the output has no line {line}"));
                (line_of(output, line).ok_or_else(none)?, format!("line {line} of the output"))
            }
        };
        let text = str::from_utf8(text)
            .map_err(|error| Lack::differs(format!("{what} is no UTF-8 at byte {}", error.valid_up_to())))?;
        if self.regex.is_match(text) {
            return Ok(());
        }
        Err(Lack::differs(format!("{what} does not match `{}`", self.regex.as_str())))
    }
}

/// Lines end with a line feed, and a carriage return before it is no part of one. What follows the last line feed is a line only
/// if it is something.
fn line_of(output: &[u8], line: i64) -> Option<&[u8]> {
    let output = output.strip_suffix(b"\n").unwrap_or(output);
    let position = usize::try_from(line.unsigned_abs() - 1).ok()?;
    let mut lines = output.split(|byte| *byte == b'\n');
    let found = if line > 0 { lines.nth(position) } else { lines.nth_back(position) }?;
    Some(found.strip_suffix(b"\r").unwrap_or(found))
}

fn compiled(faults: &mut Faults, text: &str) -> Option<Regex> {
    if text.is_empty() || text.len() > WRITTEN_BYTES_MAX {
        faults
            .add(format!("has {} bytes: write a regular expression of 1 to {WRITTEN_BYTES_MAX}", text.len()));
        return None;
    }
    let mut builder = RegexBuilder::new(text);
    builder.size_limit(PATTERN_COMPILED_BYTES_MAX).dfa_size_limit(PATTERN_COMPILED_BYTES_MAX);
    match builder.nest_limit(PATTERN_GROUPS_MAX).build() {
        Ok(regex) => Some(regex),
        Err(regex::Error::CompiledTooBig(most)) => {
            faults.add(format!(
                "takes more than {most} bytes when it is compiled: repeat less, such as x{{1,100}}"
            ));
            None
        }
        Err(error) => {
            // Its text draws the place over several lines; the last of them says what is wrong.
            let message = error.to_string();
            let last = message.lines().next_back().unwrap_or_default();
            faults.add(format!("is no regular expression: {}", last.trim_start_matches("error: ")));
            None
        }
    }
}

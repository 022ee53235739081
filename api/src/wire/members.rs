//! The members of an object as they come in: what is expected of each, and a fault for each that is otherwise.

use super::budget::Budget;
use super::fault::{Faults, cut};
use super::json::{Kind, Malformed, Reader};
use super::spot::Spot;
use serde_json::Value;
use triad_event::plain::HIDDEN;

/// What stands in place of a text that is none, so that only the one fault is told.
pub(super) const PLACEHOLDER: &str = "?";

/// Text of plain characters, as a regular expression of JSON Schema. Of tags and other characters beyond U+FFFF it says
/// nothing: no escape of them is the same in all dialects.
pub(super) fn plain_line() -> String {
    let escapes = HIDDEN.iter().map(|(first, last)| (u32::from(*first), u32::from(*last)));
    let written = escapes.filter(|(_, last)| *last <= 0xffff);
    let written: String = written.map(|(first, last)| format!("\\u{first:04x}-\\u{last:04x}")).collect();
    format!("^[^{written}]*$")
}

/// One member that an object may have.
pub(super) struct Row<T> {
    pub(super) name: &'static str,
    /// Reads its value into what the object comes to.
    pub(super) read: fn(&mut T, &mut Members<'_>, &mut Reader<'_>) -> Result<(), Malformed>,
    /// Its JSON Schema, with what it means.
    pub(super) schema: fn() -> Value,
}

/// The members of the definition, or of one task of it.
pub(super) struct Members<'a> {
    pub(super) faults: &'a mut Faults,
    pub(super) budget: &'a mut Budget,
    /// Where the task is written; none when they are those of the definition as a whole.
    pub(super) task: Option<Spot>,
    /// Where a fault would be: at the value that was looked at last.
    pub(super) at: usize,
}

/// Which members stood already.
#[derive(Default)]
pub(super) struct Seen(Vec<&'static str>);

impl Seen {
    /// Whether it stands for the first time.
    pub(super) fn first(&mut self, name: &'static str) -> bool {
        let is_first = !self.has(name);
        self.0.push(name);
        is_first
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }
}

/// Members of the specification that a later version understands. They are refused by name rather than ignored,
/// because a workflow that ran without its deadline or its zone would look as if it had kept to them.
const LATER: &[&str] = &["budget", "context", "max_tokens", "model", "privacy_class", "prompt", "zones"];

impl Members<'_> {
    pub(super) fn fault(&mut self, path: &str, problem: impl FnOnce() -> String) {
        self.faults.add(self.task, self.at, || path.to_owned(), problem);
    }

    /// Whether the value that stands here is of a kind; reads over it and says so when not.
    pub(super) fn expect(
        &mut self,
        reader: &mut Reader<'_>,
        path: &str,
        expected: Kind,
    ) -> Result<bool, Malformed> {
        let found = reader.kind()?;
        self.at = reader.place();
        if found == expected && reader.is_plain_json() {
            return Ok(true);
        }
        let unquoted = reader.unquoted();
        reader.skip()?;
        self.fault(path, || unlike(path, expected, found, unquoted));
        Ok(false)
    }

    /// The text that stands here.
    pub(super) fn text(&mut self, reader: &mut Reader<'_>, path: &str) -> Result<Option<String>, Malformed> {
        if self.expect(reader, path, Kind::Text)? { Ok(Some(reader.text()?.into_owned())) } else { Ok(None) }
    }

    /// A member that stood before. Which of the two was meant cannot be known.
    pub(super) fn refuse_repeated(&mut self, reader: &mut Reader<'_>, path: &str) -> Result<(), Malformed> {
        self.at = reader.key_place();
        self.fault(path, || "stands more than once".to_owned());
        reader.skip()
    }

    /// A member that nothing is known of, or not yet.
    pub(super) fn refuse_unknown(
        &mut self,
        reader: &mut Reader<'_>,
        key: &str,
        known: impl FnOnce() -> String,
    ) -> Result<(), Malformed> {
        self.at = reader.key_place();
        self.fault(&shown_key(key), || match key {
            _ if LATER.contains(&key) => "is not supported yet: leave it out".to_owned(),
            _ => format!("is unknown: {}", known()),
        });
        reader.skip()
    }
}

/// That a value is of another kind than it should be; where quotes would mend that, how they are put.
fn unlike(path: &str, expected: Kind, found: Kind, unquoted: Option<&str>) -> String {
    let unlike = format!("must be {expected}, not {found}");
    match (expected, unquoted) {
        (_, None) => unlike,
        (Kind::Text, Some(text)) => {
            let name = path.rsplit('.').next().filter(|name| !name.contains(['[', '"']));
            let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
            format!("{unlike}: write {name}\"{}\"", cut(text))
        }
        (_, Some("")) => format!("must be {expected}, and nothing is written here"),
        (Kind::Number, Some(text)) if found == Kind::Number => {
            format!("must be in digits alone such as 30, not {}", cut(text))
        }
        (Kind::Boolean, Some(text)) if found == Kind::Boolean => {
            format!("must be true or false, not {}", cut(text))
        }
        (_, Some(_)) => unlike,
    }
}

/// A key that a client chose, as it may stand in a path.
pub(super) fn shown_key(key: &str) -> String {
    let plain = !key.is_empty()
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if plain { cut(key).to_owned() } else { format!("{:?}", cut(key)) }
}

/// Names one after another: `a, b and c`.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => names.concat(),
    }
}

//! Events in words, as people read them: the template that a kind declares, with the fields of one event filled in.
//!
//! `{field}` stands for a field: a task by its name, a tag as words, text with what a terminal would obey escaped, and
//! `{field:span}` for a span of time in a readable unit. What is in `[brackets]` is left out when a field in it is
//! absent or empty. The fields of what was asked count as the event's own; `{field.inner}` is a field of a field.

use crate::event::{Description, Event};
use crate::value::Value;

/// Fields that hold the position of a task, which people know by its name.
const TASKS: [&str; 2] = ["task", "because"];

impl Event {
    /// The event as a sentence without a full stop. `task` says how a task is called.
    pub fn words(&self, task: impl Fn(u32) -> String) -> String {
        let Value::Fields(fields) = self.value() else { unreachable!("invariant: a payload is a struct") };
        of_kind(self.kind().description(), |name| field_of(&fields, name), task)
    }
}

/// The same for who has the fields otherwise, such as from a document.
pub fn of_kind(
    description: &Description,
    field: impl Fn(&str) -> Option<Value>,
    task: impl Fn(u32) -> String,
) -> String {
    let shown = |placeholder: &str| {
        let (name, unit) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        let Some((outer, inner)) = name.split_once('.') else {
            return show(&field(name)?, name, unit, &task);
        };
        let Value::Fields(fields) = field(outer)? else { return None };
        show(&field_of(&fields, inner)?, inner, unit, &task)
    };
    let mut out = String::new();
    for (text, is_optional) in parts(description.says) {
        match fill(text, &shown) {
            Some(filled) => out.push_str(&filled),
            None if is_optional => {}
            None => out.push_str(text),
        }
    }
    out
}

/// A field of the payload, or of what was asked, which a payload may hold as a whole.
fn field_of(fields: &[(&str, Value)], name: &str) -> Option<Value> {
    let named = |wanted: &str| fields.iter().find(|(field, _)| *field == wanted).map(|(_, value)| value);
    match (named(name), named("asked")) {
        (Some(value), _) => Some(value.clone()),
        (None, Some(Value::Fields(asked))) => field_of(asked, name),
        (None, _) => None,
    }
}

/// The template cut into what always stands and what is optional.
fn parts(template: &str) -> impl Iterator<Item = (&str, bool)> {
    template.split(['[', ']']).enumerate().map(|(place, text)| (text, place % 2 == 1))
}

/// A text with its placeholders filled in; none when one has nothing to stand for it.
fn fill(text: &str, shown: &impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    for (place, piece) in text.split(['{', '}']).enumerate() {
        if place % 2 == 0 {
            out.push_str(piece);
        } else {
            out.push_str(&shown(piece)?);
        }
    }
    Some(out)
}

fn show(value: &Value, name: &str, unit: &str, task: &impl Fn(u32) -> String) -> Option<String> {
    match value {
        Value::Absent => None,
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) => Some(text.escape_debug().to_string()),
        Value::Tag(tag) => Some(spelled(tag)),
        Value::Unsigned(number) if TASKS.contains(&name) => Some(task(u32::try_from(*number).ok()?)),
        Value::Signed(span) if unit == "span" => Some(span_of(*span)),
        Value::Unsigned(_) | Value::Signed(_) | Value::Id(_) | Value::Bytes(_) => Some(value.to_string()),
        Value::List(values) => Some(values.len().to_string()),
        Value::Fields(fields) => match fields.first() {
            Some(("id", id)) => Some(id.to_string()),
            Some(_) | None => Some(counts(fields)),
        },
    }
}

/// A tag as words: `TimedOut` is `timed out`.
fn spelled(tag: &str) -> String {
    let mut out = String::new();
    for (place, character) in tag.chars().enumerate() {
        if place > 0 && character.is_uppercase() {
            out.push(' ');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

/// Counts of several things, those that there are none of left out.
fn counts(fields: &[(&str, Value)]) -> String {
    let there = fields.iter().filter(|(_, value)| *value != Value::Unsigned(0));
    let shown: Vec<String> = there.map(|(name, value)| format!("{value} {name}")).collect();
    if shown.is_empty() { "nothing".to_owned() } else { shown.join(", ") }
}

/// Microseconds in the largest unit that leaves at least one whole.
fn span_of(us: i64) -> String {
    match us {
        ..1_000 => format!("{us} us"),
        1_000..1_000_000 => format!("{} ms", us / 1_000),
        1_000_000.. => format!("{}.{:03} s", us / 1_000_000, us / 1_000 % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;
    use crate::shape::{Field, Type};
    use crate::tests::samples;

    #[expect(clippy::wildcard_enum_match_arm, reason = "other words name a field")]
    fn has_field(fields: &[Field], name: &str) -> bool {
        if let Some((outer, inner)) = name.split_once('.') {
            return fields.iter().any(|field| match field.type_ {
                Type::Optional(Type::Struct(within)) if field.name == outer => {
                    has_field(within.fields, inner)
                }
                Type::Struct(within) if field.name == outer => has_field(within.fields, inner),
                _ => false,
            });
        }
        fields.iter().any(|field| match field.type_ {
            Type::Struct(asked) if field.name == "asked" => has_field(asked.fields, name),
            _ => field.name == name,
        })
    }

    #[test]
    fn every_template_names_fields_of_its_kind_and_says_something() {
        for description in Kind::ALL.iter().map(|kind| kind.description()) {
            let says = description.says;
            assert!(!says.is_empty(), "{} says nothing", description.name);
            let count = |character| says.matches(character).count();
            assert_eq!((count('{'), count('[')), (count('}'), count(']')), "{}: {says}", description.name);
            for (place, piece) in says.split(['{', '}']).enumerate().filter(|(place, _)| place % 2 == 1) {
                let name = piece.split(':').next().expect("split gives one at least");
                let is_field = has_field(description.fields, name);
                assert!(is_field, "{}: `{piece}`, piece {place}, is no field", description.name);
            }
        }
    }

    #[test]
    fn every_sample_is_filled_in() {
        for event in samples() {
            let words = event.words(|task| format!("task {task}"));
            assert!(!words.contains(['{', '}', '[', ']']), "{}: {words}", event.kind());
        }
    }

    #[test]
    fn what_is_absent_is_left_out_and_what_a_terminal_obeys_is_escaped() {
        let task = |task: u32| format!("t{task}");
        let paused = |reason: &str| Event::from(crate::dag::WorkflowPaused { reason: reason.to_owned() });
        assert_eq!(paused("").words(task), "paused");
        assert_eq!(paused("lunch\u{1b}").words(task), "paused: lunch\\u{1b}");
        let skipped = Event::from(crate::dag::TaskSkipped { task: 3, because: 1 });
        assert_eq!(skipped.words(task), "t3 was skipped because of t1");
    }

    #[test]
    fn spans_have_a_readable_unit() {
        assert_eq!([999, 1_500, 61_234_567].map(span_of), ["999 us", "1 ms", "61.234 s"]);
    }
}

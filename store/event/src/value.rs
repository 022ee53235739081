//! Payloads as a tree of named values: what is shown to people, sent as JSON, and compared field by field.

/// A value of a payload field, without its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, where something might be.
    Absent,
    /// A number that cannot be negative.
    Unsigned(u64),
    /// A number that can.
    Signed(i64),
    /// Text.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// An id, as it is shown everywhere.
    Id(String),
    /// The name of one of a numbered set.
    Tag(&'static str),
    /// Values one after another.
    List(Vec<Value>),
    /// Named values in their order.
    Fields(Vec<(&'static str, Value)>),
}

impl Value {
    /// The first place at which two values differ, as a path of field names and positions, with the two
    /// values there.
    pub fn first_difference<'a>(&'a self, other: &'a Self) -> Option<(String, &'a Self, &'a Self)> {
        match (self, other) {
            (Self::Fields(ours), Self::Fields(theirs)) if same_names(ours, theirs) => {
                let pairs = ours.iter().zip(theirs);
                pairs
                    .into_iter()
                    .find_map(|((name, ours), (_, theirs))| within(name, ours.first_difference(theirs)))
            }
            (Self::List(ours), Self::List(theirs)) if ours.len() == theirs.len() => {
                let pairs = ours.iter().zip(theirs).enumerate();
                pairs.into_iter().find_map(|(place, (ours, theirs))| {
                    within(&format!("[{place}]"), ours.first_difference(theirs))
                })
            }
            _ => (self != other).then(|| (String::new(), self, other)),
        }
    }
}

fn same_names(ours: &[(&str, Value)], theirs: &[(&str, Value)]) -> bool {
    ours.iter().map(|(name, _)| name).eq(theirs.iter().map(|(name, _)| name))
}

fn within<'a>(
    name: &str,
    difference: Option<(String, &'a Value, &'a Value)>,
) -> Option<(String, &'a Value, &'a Value)> {
    let (path, ours, theirs) = difference?;
    let joint = if path.is_empty() || path.starts_with('[') { "" } else { "." };
    Some((format!("{name}{joint}{path}"), ours, theirs))
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Absent => f.write_str("none"),
            Self::Unsigned(number) => write!(f, "{number}"),
            Self::Signed(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => write!(f, "{text:?}"),
                Err(_) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            },
            Self::Id(text) => f.write_str(text),
            Self::Tag(name) => f.write_str(name),
            Self::List(values) => {
                f.write_str("[")?;
                separated(f, values, |f, value| write!(f, "{value}"))?;
                f.write_str("]")
            }
            Self::Fields(fields) => separated(f, fields, |f, (name, value)| write!(f, "{name}: {value}")),
        }
    }
}

fn separated<T>(
    f: &mut std::fmt::Formatter<'_>,
    items: &[T],
    show: impl Fn(&mut std::fmt::Formatter<'_>, &T) -> std::fmt::Result,
) -> std::fmt::Result {
    items.iter().enumerate().try_for_each(|(place, item)| {
        if place > 0 {
            f.write_str(", ")?;
        }
        show(f, item)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(inner: u64) -> Value {
        let list =
            Value::List(vec![Value::Unsigned(1), Value::Fields(vec![("deep", Value::Unsigned(inner))])]);
        Value::Fields(vec![("same", Value::Absent), ("list", list)])
    }

    #[test]
    fn the_first_difference_is_named_by_its_path() {
        let (ours, theirs) = (fields(2), fields(3));
        let (path, a, b) = ours.first_difference(&theirs).expect("they differ");
        assert_eq!((path.as_str(), a, b), ("list[1].deep", &Value::Unsigned(2), &Value::Unsigned(3)));
        assert_eq!(ours.first_difference(&fields(2)), None);
    }

    #[test]
    fn values_are_shown_without_anything_that_a_terminal_obeys() {
        assert_eq!(Value::Text("\u{1b}[31m\n".into()).to_string(), "\"\\u{1b}[31m\\n\"");
        assert_eq!(fields(2).to_string(), "same: none, list: [1, deep: 2]");
    }
}

//! Which characters people see as they are: names have no others.

/// First and last of each range of characters that nobody sees, or that change how others are shown, ascending.
const HIDDEN: &[(char, char)] = &[
    ('\u{0000}', '\u{001f}'),
    ('\u{007f}', '\u{009f}'),
    ('\u{00ad}', '\u{00ad}'),
    ('\u{034f}', '\u{034f}'),
    ('\u{061c}', '\u{061c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// The first character of a text that people do not see as it is.
pub(crate) fn hidden(text: &str) -> Option<char> {
    text.chars().find(|character| HIDDEN.iter().any(|(first, last)| (first..=last).contains(&character)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::fmt::Write;

    /// Beyond U+FFFF the schema says nothing; the tests of the server hold those ranges against its own.
    #[test]
    fn the_ranges_are_those_of_the_published_schema() {
        let schema: Value = serde_json::from_str(include_str!("../../../docs/format/workflow.schema.json"))
            .expect("the schema is JSON");
        let mut pattern = "^[^".to_owned();
        for (first, last) in HIDDEN.iter().filter(|(_, last)| u32::from(*last) <= 0xffff) {
            write!(pattern, "\\u{:04x}-\\u{:04x}", u32::from(*first), u32::from(*last)).expect("memory");
        }
        assert_eq!(schema["properties"]["name"]["pattern"], format!("{pattern}]*$"));
    }
}

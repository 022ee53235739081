//! Which characters people see as they are. Names have no others, and nothing else reaches a terminal unescaped.
//!
//! Plain is what is neither a control character (Cc), nor a line or paragraph separator (Zl, Zp), nor invisible by Unicode's own
//! word (`Default_Ignorable_Code_Point`: zero-width and joining characters, tags, variation selectors, fillers), nor changes
//! the direction of what stands beside it (`Bidi_Control`), nor belongs to an annotation of other text. Two names that
//! look the same can still differ, as Latin and Cyrillic letters do: which scripts a name mixes is nobody's affair here.
//!
//! The ranges stand here, and come from no table of another version of Unicode, because decisions follow from them: what was
//! accepted once must be accepted whenever it is decided again. They include all code points that Unicode has set
//! aside for invisible characters to come.

use std::fmt::{self, Write};

/// First and last of each range of characters that are not plain, ascending.
pub const HIDDEN: &[(char, char)] = &[
    ('\u{0000}', '\u{001f}'),   // controls
    ('\u{007f}', '\u{009f}'),   // controls
    ('\u{00ad}', '\u{00ad}'),   // soft hyphen
    ('\u{034f}', '\u{034f}'),   // combining grapheme joiner
    ('\u{061c}', '\u{061c}'),   // Arabic letter mark
    ('\u{115f}', '\u{1160}'),   // Hangul fillers
    ('\u{17b4}', '\u{17b5}'),   // Khmer inherent vowels
    ('\u{180b}', '\u{180f}'),   // Mongolian variation selectors and vowel separator
    ('\u{200b}', '\u{200f}'),   // zero-width characters, direction marks
    ('\u{2028}', '\u{202e}'),   // line and paragraph separators, direction embeddings and overrides
    ('\u{2060}', '\u{206f}'),   // word joiner, invisible operators, direction isolates
    ('\u{3164}', '\u{3164}'),   // Hangul filler
    ('\u{fe00}', '\u{fe0f}'),   // variation selectors
    ('\u{feff}', '\u{feff}'),   // zero-width no-break space
    ('\u{ffa0}', '\u{ffa0}'),   // halfwidth Hangul filler
    ('\u{fff0}', '\u{fffb}'),   // to come, and annotations
    ('\u{1bca0}', '\u{1bca3}'), // shorthand format controls
    ('\u{1d173}', '\u{1d17a}'), // musical format controls
    ('\u{e0000}', '\u{e0fff}'), // tags, variation selectors, to come
];

/// Whether a character is one that people see as it is.
pub const fn is_plain(character: char) -> bool {
    let mut place = 0;
    while place < HIDDEN.len() {
        let (first, last) = HIDDEN[place];
        if character < first {
            return true;
        }
        if character <= last {
            return false;
        }
        place += 1;
    }
    true
}

/// A text on one line: what is not plain in it is escaped, as in `\n` and `\u{202e}`.
pub fn escaped(text: &str) -> impl fmt::Display + '_ {
    Escaped { text, kept: &[] }
}

/// The same with its lines and tabs.
pub fn escaped_lines(text: &str) -> impl fmt::Display + '_ {
    Escaped { text, kept: &['\n', '\t'] }
}

/// A JSON document that says the same, and in which what is not plain is escaped as JSON escapes it.
pub fn escaped_json(document: &str) -> impl fmt::Display + '_ {
    EscapedJson(document)
}

struct Escaped<'a> {
    text: &'a str,
    kept: &'static [char],
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_kept = |character: char| is_plain(character) || self.kept.contains(&character);
        pieces(f, self.text, is_kept, |f, character| write!(f, "{}", character.escape_default()))
    }
}

struct EscapedJson<'a>(&'a str);

impl fmt::Display for EscapedJson<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whitespace between the members of a document is no part of a text.
        let is_kept = |character: char| is_plain(character) || character.is_ascii_control();
        pieces(f, self.0, is_kept, |f, character| {
            character.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(f, "\\u{unit:04x}"))
        })
    }
}

/// Writes a text with what is not kept of it written otherwise.
fn pieces(
    f: &mut fmt::Formatter<'_>,
    text: &str,
    is_kept: impl Fn(char) -> bool,
    other: impl Fn(&mut fmt::Formatter<'_>, char) -> fmt::Result,
) -> fmt::Result {
    text.chars().try_for_each(
        |character| {
            if is_kept(character) { f.write_char(character) } else { other(f, character) }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_ascend() {
        assert!(HIDDEN.iter().all(|(first, last)| first <= last));
        assert!(HIDDEN.windows(2).all(|pair| pair[0].1 < pair[1].0));
    }

    /// Of the current version of Unicode, as others keep its tables.
    #[test]
    fn the_ranges_are_what_unicode_says() {
        use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory};
        use icu_properties::{CodePointMapData, CodePointSetData};
        let invisible = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        let turning = CodePointSetData::new::<BidiControl>();
        let category = CodePointMapData::<GeneralCategory>::new();
        for character in '\0'..=char::MAX {
            let is_control = matches!(
                category.get(character),
                GeneralCategory::Control
                    | GeneralCategory::LineSeparator
                    | GeneralCategory::ParagraphSeparator
            );
            let is_annotation = ('\u{fff9}'..='\u{fffb}').contains(&character);
            let is_hidden =
                is_control || is_annotation || invisible.contains(character) || turning.contains(character);
            assert_eq!(!is_plain(character), is_hidden, "{character:?}");
        }
    }

    #[test]
    fn letters_of_every_script_are_plain_and_what_nobody_sees_is_not() {
        for text in ["nightly 7", "Grüße, 東京　都", "מחיר", "السعر", "हिन्दी", "e\u{301}", "☀", "🚀"]
        {
            assert!(text.chars().all(is_plain), "{text}");
        }
        let hidden =
            ['\0', '\n', '\u{1b}', '\u{9b}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e0041}'];
        for character in hidden {
            assert!(!is_plain(character), "{character:?}");
        }
    }

    #[test]
    fn what_is_not_plain_is_escaped_and_json_stays_the_same_document() {
        let text = "a\u{202e}b\n\tc\u{1b}[31m\u{e0041}";
        assert_eq!(escaped(text).to_string(), "a\\u{202e}b\\n\\tc\\u{1b}[31m\\u{e0041}");
        assert_eq!(escaped_lines("a\n\tb\r").to_string(), "a\n\tb\\r");
        assert_eq!(
            escaped_json("{\n \"a\": \"\u{202e}\u{e0041}é\"}").to_string(),
            "{\n \"a\": \"\\u202e\\udb40\\udc41é\"}"
        );
    }
}

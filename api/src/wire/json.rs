//! Reads JSON as it comes: nothing is merged, rounded or kept, so that whoever reads can tell every fault.
//!
//! A document is walked once, front to back. Keys that stand twice are handed over twice, numbers as they are
//! written, and what nobody wants is skipped without being stored, so that a hostile document costs no more
//! memory than its bytes.

use super::yaml::Marks;
use std::borrow::Cow;
use std::fmt;

/// Lists and objects within each other. A definition needs five; what lies deeper is an attack on the stack.
pub(super) const DEPTH_MAX: u32 = 32;

/// What a value begins as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
    /// In YAML: text that other readers take for a date or a time.
    Moment,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "text",
            Self::List => "a list",
            Self::Object => "an object",
            Self::Moment => "a date or a time",
        })
    }
}

/// The bytes are not of the language that they should be of, or more of it than is read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub(crate) struct Malformed {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    pub(crate) what: Cow<'static, str>,
}

/// A place in a document.
#[derive(Clone)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    depth: u32,
    /// Where the newest key begins.
    key_at: usize,
    /// What the writer of the document saw, where that was YAML.
    marks: Option<&'a Marks>,
}

type Done<T> = Result<T, Malformed>;

impl<'a> Reader<'a> {
    /// Begins at the first byte.
    pub(crate) fn new(bytes: &'a [u8]) -> Done<Self> {
        let begun = |text| Self { bytes, text, at: 0, depth: 0, key_at: 0, marks: None };
        if bytes.starts_with(b"\xef\xbb\xbf") {
            return Err(
                begun("").malformed("a byte order mark has no place in JSON: save the file without one")
            );
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::of_json(text)),
            Err(error) => {
                Err(Self { at: error.valid_up_to(), ..begun("") }.malformed("the bytes are not UTF-8"))
            }
        }
    }

    /// Begins at the first character of JSON that was written from YAML.
    pub(super) fn of_yaml(text: &'a str, marks: &'a Marks) -> Self {
        Self { marks: Some(marks), ..Self::of_json(text) }
    }

    /// Begins at the first character.
    pub(super) fn of_json(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), text, at: 0, depth: 0, key_at: 0, marks: None }
    }

    /// The whole text that is read.
    pub(super) fn whole(&self) -> &'a str {
        self.text
    }

    /// Where the next key or value begins, in bytes.
    pub(super) fn place(&mut self) -> usize {
        self.peek();
        self.at
    }

    /// Where the newest key that was read begins, in bytes.
    pub(super) fn key_place(&self) -> usize {
        self.key_at
    }

    /// What the next value is, or what others may take it for.
    pub(crate) fn kind(&mut self) -> Done<Kind> {
        let written = self.json_kind()?;
        let mark = self.marks.filter(|_| written == Kind::Text);
        Ok(mark.and_then(|marks| marks.resembles(self.at)).unwrap_or(written))
    }

    /// What stands here in YAML without quotes and would be text in quotes.
    pub(super) fn unquoted(&mut self) -> Option<&'a str> {
        self.marks?;
        let (json, seen) = (self.json_kind().ok()?, self.kind().ok()?);
        let rest = &self.text[self.at..];
        match json {
            Kind::Text if seen != Kind::Text => rest[1..].split('"').next(),
            Kind::Null | Kind::Boolean | Kind::Number => rest.split([',', ']', '}']).next(),
            Kind::Text | Kind::List | Kind::Object | Kind::Moment => None,
        }
    }

    /// Whether the next value is in JSON what it is taken for.
    pub(super) fn is_plain_json(&mut self) -> bool {
        self.json_kind().ok() == self.kind().ok()
    }

    fn json_kind(&mut self) -> Done<Kind> {
        match self.peek() {
            Some(b'n') => Ok(Kind::Null),
            Some(b't' | b'f') => Ok(Kind::Boolean),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b'"') => Ok(Kind::Text),
            Some(b'[') => Ok(Kind::List),
            Some(b'{') => Ok(Kind::Object),
            Some(_) => Err(self.malformed("a value was expected")),
            None => Err(self.malformed("the document ends here, in the middle")),
        }
    }

    /// The text that stands here.
    pub(crate) fn text(&mut self) -> Done<Cow<'a, str>> {
        self.expect(b'"', "text was expected")?;
        let start = self.at;
        let plain = self.plain_text()?;
        if self.bytes[self.at] == b'"' {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut unescaped = String::from(plain);
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(unescaped));
                }
                Some(b'\\') => unescaped.push(self.escape()?),
                Some(_) => unescaped.push_str(self.plain_text()?),
                None => return Err(self.malformed_at(start, "this text does not end")),
            }
        }
    }

    /// The number that stands here, as it is written.
    pub(crate) fn number(&mut self) -> Done<&'a str> {
        self.peek();
        let start = self.at;
        self.take(b'-');
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.malformed("a number was expected")),
        }
        if self.take(b'.') {
            self.some_digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _sign = self.take(b'+') || self.take(b'-');
            self.some_digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// Hands over each entry of the list that stands here; `each` must read exactly one value.
    pub(crate) fn list(&mut self, mut each: impl FnMut(&mut Self) -> Done<()>) -> Done<()> {
        self.open(b'[', "a list was expected")?;
        let mut is_first = true;
        while !self.closes(b']', is_first)? {
            is_first = false;
            each(self)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Hands over each key of the object that stands here; `each` must read exactly one value.
    pub(crate) fn object(&mut self, mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Done<()>) -> Done<()> {
        self.open(b'{', "an object was expected")?;
        let mut is_first = true;
        while !self.closes(b'}', is_first)? {
            is_first = false;
            self.key_at = self.place();
            let key = self.text()?;
            self.expect(b':', "a colon was expected after the key")?;
            each(self, key)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads over the value that stands here, and gives it as it is written.
    pub(super) fn raw(&mut self) -> Done<&'a str> {
        let begins = self.place();
        self.skip()?;
        Ok(&self.text[begins..self.at])
    }

    /// Reads over the value that stands here.
    pub(crate) fn skip(&mut self) -> Done<()> {
        match self.json_kind()? {
            Kind::Null | Kind::Boolean => self.word(),
            Kind::Number => self.number().map(|_| ()),
            Kind::Text | Kind::Moment => self.text().map(|_| ()),
            Kind::List => self.list(Self::skip),
            Kind::Object => self.object(|reader, _| reader.skip()),
        }
    }

    /// Nothing may follow the one value.
    pub(crate) fn end(mut self) -> Done<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.malformed("something follows after the end of the document")),
        }
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = &self.bytes[self.at..];
        let space = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
        self.at += space.unwrap_or(rest.len());
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, otherwise: &'static str) -> Done<()> {
        self.peek();
        if self.take(byte) { Ok(()) } else { Err(self.malformed(otherwise)) }
    }

    fn open(&mut self, bracket: u8, otherwise: &'static str) -> Done<()> {
        self.expect(bracket, otherwise)?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.malformed("more than 32 lists and objects lie within each other"));
        }
        Ok(())
    }

    fn closes(&mut self, bracket: u8, is_first: bool) -> Done<bool> {
        self.peek();
        if self.take(bracket) {
            return Ok(true);
        }
        if !is_first {
            self.expect(b',', "a comma or the closing bracket was expected")?;
        }
        Ok(false)
    }

    fn word(&mut self) -> Done<()> {
        for word in ["null", "true", "false"] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(());
            }
        }
        Err(self.malformed("a value was expected"))
    }

    fn digits(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
    }

    fn some_digits(&mut self) -> Done<()> {
        let start = self.at;
        self.digits();
        if self.at > start { Ok(()) } else { Err(self.malformed("a digit was expected")) }
    }

    /// Up to the next quote or escape.
    fn plain_text(&mut self) -> Done<&'a str> {
        let start = self.at;
        let rest = &self.bytes[start..];
        let Some(length) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) else {
            return Err(self.malformed_at(start, "this text does not end"));
        };
        self.at += length;
        if self.bytes[self.at] < 0x20 {
            return Err(self.malformed("a control character in text must be written as an escape"));
        }
        Ok(&self.text[start..self.at])
    }

    fn escape(&mut self) -> Done<char> {
        let start = self.at;
        self.at += 2;
        let plain = match self.bytes.get(start + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(*same),
            Some(b'u') => return self.unicode_escape(start),
            _ => return Err(self.malformed_at(start, "there is no such escape")),
        };
        Ok(plain)
    }

    fn unicode_escape(&mut self, start: usize) -> Done<char> {
        let lone = "half of a surrogate pair stands alone";
        let high = self.four_digits(start)?;
        let code = match high {
            0xd800..0xdc00 => {
                if !(self.take(b'\\') && self.take(b'u')) {
                    return Err(self.malformed_at(start, lone));
                }
                let low = self.four_digits(start)?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(self.malformed_at(start, lone));
                }
                0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
            }
            _ => high,
        };
        char::from_u32(code).ok_or_else(|| self.malformed_at(start, lone))
    }

    fn four_digits(&mut self, start: usize) -> Done<u32> {
        let digits = self.bytes.get(self.at..self.at + 4);
        let value = digits.and_then(|digits| {
            digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
        });
        self.at += 4;
        value.ok_or_else(|| self.malformed_at(start, "four hexadecimal digits were expected"))
    }

    fn malformed(&self, what: &'static str) -> Malformed {
        self.malformed_at(self.at, what)
    }

    fn malformed_at(&self, at: usize, what: &'static str) -> Malformed {
        let before = &self.bytes[..at.min(self.bytes.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        Malformed { line, column, what: what.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document written again without spaces, with a doubled key doubled.
    fn rewritten(reader: &mut Reader<'_>, out: &mut String) -> Done<()> {
        match reader.kind()? {
            Kind::Null | Kind::Boolean => {
                let start = reader.at;
                reader.skip()?;
                out.push_str(&reader.text[start..reader.at]);
            }
            Kind::Moment => unreachable!("JSON has none"),
            Kind::Number => out.push_str(reader.number()?),
            Kind::Text => out.push_str(&serde_json::Value::from(&*reader.text()?).to_string()),
            Kind::List => {
                out.push('[');
                reader.list(|reader| rewritten(reader, out).map(|()| out.push(',')))?;
                out.push(']');
            }
            Kind::Object => {
                out.push('{');
                reader.object(|reader, key| {
                    out.push_str(&format!("{}:", serde_json::Value::from(&*key)));
                    rewritten(reader, out).map(|()| out.push(','))
                })?;
                out.push('}');
            }
        }
        Ok(())
    }

    fn check(text: &[u8]) -> Result<String, String> {
        let read = || {
            let mut reader = Reader::new(text)?;
            let mut out = String::new();
            rewritten(&mut reader, &mut out)?;
            reader.end().map(|()| out)
        };
        read().map_err(|malformed| malformed.to_string())
    }

    #[test]
    fn what_is_json_is_handed_over_as_it_is_written() {
        let rows: [(&str, &str); 7] = [
            (" {\"a\" : 1.0 , \"a\":-0}\n", "{\"a\":1.0,\"a\":-0,}"),
            ("[1e400, true,\tnull , false]", "[1e400,true,null,false,]"),
            (r#""\u00e9\ud83d\ude00\n\/\u0000""#, "\"\u{e9}\u{1f600}\\n/\\u0000\""),
            ("\"\u{feff}\"", "\"\u{feff}\""),
            ("[]", "[]"),
            ("{}", "{}"),
            ("18446744073709551616", "18446744073709551616"),
        ];
        for (text, expected) in rows {
            assert_eq!(check(text.as_bytes()).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        let deep = "[".repeat(40);
        let rows: [(&[u8], &str); 16] = [
            (b"", "line 1, column 1: the document ends here, in the middle"),
            (b"{\n \"a\" 1}", "line 2, column 6: a colon was expected after the key"),
            (b"[1 2]", "line 1, column 4: a comma or the closing bracket was expected"),
            (b"[1,]", "line 1, column 4: a value was expected"),
            (b"{\"a\":1,}", "line 1, column 8: text was expected"),
            (b"01", "line 1, column 2: something follows after the end of the document"),
            (b"1.", "line 1, column 3: a digit was expected"),
            (b"+1", "line 1, column 1: a value was expected"),
            (b"NaN", "line 1, column 1: a value was expected"),
            (b"\"\\ud800\"", "line 1, column 2: half of a surrogate pair stands alone"),
            (b"\"\\udc00\"", "line 1, column 2: half of a surrogate pair stands alone"),
            (b"\"\\x\"", "line 1, column 2: there is no such escape"),
            (b"\"a\nb\"", "line 1, column 3: a control character in text must be written as an escape"),
            (b"\"\xff\"", "line 1, column 2: the bytes are not UTF-8"),
            (
                b"\xef\xbb\xbf{}",
                "line 1, column 1: a byte order mark has no place in JSON: save the file without one",
            ),
            (deep.as_bytes(), "line 1, column 34: more than 32 lists and objects lie within each other"),
        ];
        for (text, expected) in rows {
            assert_eq!(check(text), Err(expected.to_owned()), "{}", String::from_utf8_lossy(text));
        }
    }

    /// Every prefix and every changed byte of a document is read or refused as another reader does, and none panics.
    #[test]
    fn another_reader_of_json_agrees() {
        let document = br#"{"a":[1,-2.5e+3,"\u00e9\\\ud83d\ude00x",{"b":null,"c":[true,false]}],"d":{}}"#;
        let agrees = |bytes: &[u8]| {
            let theirs = serde_json::from_slice::<serde_json::Value>(bytes).is_ok();
            assert_eq!(check(bytes).is_ok(), theirs, "{}", String::from_utf8_lossy(bytes));
        };
        for end in 0..=document.len() {
            agrees(&document[..end]);
        }
        for place in 0..document.len() {
            for byte in 0..=u8::MAX {
                let mut changed = document.to_vec();
                changed[place] = byte;
                agrees(&changed);
            }
        }
    }
}

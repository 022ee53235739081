//! What people would see of an output: without escapes, progress bars and what hides or turns text around.

use std::ops::Range;

use crate::limits::LINE_BYTES_MAX;

/// One line as it is seen.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Line {
    /// Where it lies in [`Cleaned::text`], without its line feed.
    pub at: Range<usize>,
    /// Where it lay in the bytes that were cleaned.
    pub raw: Range<usize>,
    /// How often it stood there one below the other; at least 1.
    pub times: u32,
}

/// Text that was cleaned: lines that are not blank, each ended by a line feed.
///
/// Gone are escape sequences of terminals, control characters, characters that turn the direction of text or have no width,
/// blanks at the end of lines, blank lines, and all states of a line that a carriage return overwrote. A line that is
/// repeated stands once. Longer ones than [`LINE_BYTES_MAX`] are cut into pieces. What is no UTF-8 is U+FFFD,
/// and quotation marks of typography are those of ASCII.
/// Cleaning what was cleaned changes nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Cleaned {
    /// All lines.
    pub text: String,
    /// Where they are.
    pub lines: Vec<Line>,
}

impl Cleaned {
    /// Cleans `bytes`, in one pass and memory in proportion to them.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Cleaned {
        let mut cleaned = Cleaned { text: String::with_capacity(bytes.len() + 1), lines: Vec::new() };
        let mut from = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let end = from + line.len();
            cleaned.take(bytes, from..end - usize::from(line.ends_with(b"\n")));
            from = end;
        }
        cleaned
    }

    /// The text of a line.
    #[must_use]
    pub fn line(&self, index: usize) -> &str {
        self.lines.get(index).map_or("", |line| &self.text[line.at.clone()])
    }

    fn take(&mut self, bytes: &[u8], raw: Range<usize>) {
        let line = &bytes[raw.clone()];
        if line.len() <= LINE_BYTES_MAX && line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
            let start = self.text.len();
            // INVARIANT: these bytes are ASCII, as was just seen.
            self.text.push_str(str::from_utf8(line).expect("printable ASCII is UTF-8"));
            self.end_line(start, raw);
        } else {
            Pen { into: self, start: None, raw_end: raw.start, pending: None }.write(bytes, raw);
        }
    }

    /// Makes a line of what stands behind `start`, unless it is blank or the one before.
    fn end_line(&mut self, start: usize, raw: Range<usize>) {
        let length = self.text[start..].trim_end_matches(' ').len();
        self.text.truncate(start + length);
        if length == 0 {
            return;
        }
        if let Some(last) = self.lines.last_mut()
            && self.text[last.at.clone()] == self.text[start..]
        {
            last.times = last.times.saturating_add(1);
            self.text.truncate(start);
            return;
        }
        self.lines.push(Line { at: start..start + length, raw, times: 1 });
        self.text.push('\n');
    }
}

/// Writes one raw line that has more in it than letters.
struct Pen<'a> {
    into: &'a mut Cleaned,
    /// Where the piece that is written begins: in the text, and in the bytes.
    start: Option<(usize, usize)>,
    raw_end: usize,
    /// Where the text was when a carriage return came: what follows it replaces what stood before, if anything does.
    pending: Option<usize>,
}

impl Pen<'_> {
    fn write(mut self, bytes: &[u8], raw: Range<usize>) {
        let mut at = raw.start;
        while at < raw.end {
            let rest = &bytes[at..raw.end];
            at += match rest[0] {
                b'\x1b' => self.escape(rest, 1),
                b'\r' => self.carriage_return(1),
                b' '..=b'~' => self.put(char::from(rest[0]), at, 1),
                b'\t' => self.put(' ', at, 1),
                ..=b'\x1f' | b'\x7f' => 1,
                _ => self.wide(rest, at),
            };
        }
        self.finish();
    }

    fn finish(&mut self) {
        if let Some((start, raw_start)) = self.start.take() {
            self.into.end_line(start, raw_start..self.raw_end);
        }
    }

    fn put(&mut self, character: char, at: usize, length: usize) -> usize {
        if character != ' ' {
            self.overwrite();
        }
        let full = |start: usize| self.into.text.len() + character.len_utf8() - start > LINE_BYTES_MAX;
        if self.start.is_some_and(|(start, _)| full(start)) {
            self.pending = None;
            self.finish();
        }
        if self.start.is_none() {
            self.start = Some((self.into.text.len(), at));
        }
        self.into.text.push(character);
        self.raw_end = at + length;
        length
    }

    /// What is visible has come behind a carriage return, so what stood before it is gone.
    fn overwrite(&mut self) {
        if self.pending.take().is_some()
            && let Some((start, _)) = self.start.take()
        {
            self.into.text.truncate(start);
        }
    }

    fn carriage_return(&mut self, length: usize) -> usize {
        if let Some((start, _)) = self.start {
            let kept = self.pending.unwrap_or(self.into.text.len()).max(start);
            self.into.text.truncate(kept);
            self.pending = Some(kept);
        }
        length
    }

    /// A sequence that begins at the escape, whose introducer has `introducer` bytes. Answers how long it is.
    fn escape(&mut self, rest: &[u8], introducer: usize) -> usize {
        match rest.get(introducer) {
            Some(b'[') => self.control_sequence(rest, introducer + 1),
            Some(b']' | b'P' | b'X' | b'^' | b'_') => string_sequence(rest, introducer + 1),
            Some(b' '..=b'/') => {
                let more = rest[introducer..].iter().take_while(|byte| matches!(byte, b' '..=b'/')).count();
                let end = introducer + more;
                end + usize::from(rest.get(end).is_some_and(|byte| matches!(byte, b'0'..=b'~')))
            }
            Some(b'0'..=b'~') => introducer + 1,
            _ => introducer,
        }
    }

    /// Colours and movements, from behind `ESC [`. To the first column is what a carriage return is.
    fn control_sequence(&mut self, rest: &[u8], from: usize) -> usize {
        let parameters = rest[from..].iter().take_while(|byte| matches!(byte, b' '..=b'?')).count();
        let end = from + parameters;
        match rest.get(end) {
            Some(b'G') if matches!(&rest[from..end], b"" | b"0" | b"1") => self.carriage_return(end + 1),
            Some(b'@'..=b'~') => end + 1,
            _ => end,
        }
    }

    /// A character beyond ASCII, or a byte that is none.
    fn wide(&mut self, rest: &[u8], at: usize) -> usize {
        let Some(character) = first_character(rest) else {
            let bad = rest[1..].iter().take_while(|byte| matches!(byte, 0x80..=0xbf)).take(2).count();
            return self.put('\u{fffd}', at, 1 + bad);
        };
        let length = character.len_utf8();
        match character {
            '\u{9b}' => self.control_sequence(rest, length),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => string_sequence(rest, length),
            '\u{80}'..='\u{9f}' => length,
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{3000}' => {
                self.put(' ', at, length)
            }
            '\u{2018}'..='\u{201b}' => self.put('\'', at, length),
            '\u{201c}'..='\u{201f}' => self.put('"', at, length),
            _ if is_hidden(character) => length,
            _ => self.put(character, at, length),
        }
    }
}

fn first_character(rest: &[u8]) -> Option<char> {
    let length = match rest.first()? {
        ..=0x7f => 1,
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    str::from_utf8(rest.get(..length)?).ok()?.chars().next()
}

/// Has no width, or turns the direction of what stands around it.
fn is_hidden(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A title, a link or another text for the terminal, up to its end mark. One that does not end in this line is taken to
/// be its introducer alone, so that a stray byte hides nothing.
fn string_sequence(rest: &[u8], from: usize) -> usize {
    let end = rest[from..].iter().position(|byte| matches!(byte, b'\x07' | b'\x1b'));
    match end.map(|end| from + end) {
        Some(end) if rest[end] == b'\x07' => end + 1,
        Some(end) if rest.get(end + 1) == Some(&b'\\') => end + 2,
        _ => from,
    }
}

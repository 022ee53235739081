//! Walks the events of a YAML document once and writes the JSON that means the same.

use super::characters;
use super::input::{Allowance, Bounded, HELD_BACK_MAX};
use super::lines::Lines;
use super::marks::{MARKS_MAX, Marks};
use super::scalar;
use super::words::{self, ALIAS, DEEP, DIRECTIVE, DOCUMENTS, TAB, TAG};
use crate::wire::json::{DEPTH_MAX, Kind, Malformed};
use crate::wire::place::Place;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span};

/// The JSON that means the same as a YAML document, and where each key and value of it stood.
pub(in crate::wire) fn to_json(bytes: &[u8]) -> Result<(String, Marks), Malformed> {
    let text = characters::text(bytes)?;
    let allowance = Allowance::new();
    let mut parser = Parser::new(Bounded::new(text, &allowance));
    let mut writer = Writer::new(text);
    loop {
        let next = parser.next_event();
        if allowance.is_over() {
            return Err(writer.last.malformed(format!(
                "this list or object in brackets has more than {HELD_BACK_MAX} commas, colons and brackets: write it in \
                 lines, or as JSON"
            )));
        }
        allowance.renew();
        match next {
            Some(Ok((event, span))) => writer.take(event, span)?,
            Some(Err(error)) => return Err(writer.refused(&error)),
            None => return writer.finish(),
        }
    }
}

/// A list or an object that has begun and not ended.
struct Open {
    is_object: bool,
    is_empty: bool,
    /// A key was written, and its value comes next.
    has_key: bool,
}

struct Writer<'a> {
    lines: Lines<'a>,
    json: Vec<u8>,
    marks: Marks,
    open: Vec<Open>,
    is_begun: bool,
    /// Where what was written last stood.
    last: Place,
}

impl<'a> Writer<'a> {
    fn new(text: &'a str) -> Self {
        let (json, open) = (Vec::with_capacity(text.len()), Vec::new());
        let last = Place { line: 1, column: 1 };
        Self { lines: Lines::new(text), json, marks: Marks::default(), open, is_begun: false, last }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Malformed> {
        let at = place(span.start);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.begin(at),
            Event::Alias(_) => Err(at.malformed(ALIAS)),
            Event::Scalar(_, _, 1.., _) | Event::SequenceStart(1.., _) | Event::MappingStart(1.., _) => {
                Err(at.malformed(ALIAS))
            }
            Event::Scalar(_, _, _, Some(_))
            | Event::SequenceStart(_, Some(_))
            | Event::MappingStart(_, Some(_)) => Err(at.malformed(TAG)),
            Event::Scalar(text, style, ..) => {
                self.check_indentation(at)?;
                self.scalar(&text, style == ScalarStyle::Plain, at)
            }
            Event::SequenceStart(..) => {
                let at = self.lines.of_dash(at);
                self.open(false, at)
            }
            Event::MappingStart(..) => self.open(true, at),
            Event::SequenceEnd => self.close(b']', at),
            Event::MappingEnd => self.close(b'}', at),
        }
    }

    fn begin(&mut self, at: Place) -> Result<(), Malformed> {
        if std::mem::replace(&mut self.is_begun, true) {
            return Err(at.malformed(DOCUMENTS));
        }
        match self.lines.directive_before(at) {
            Some(directive) => Err(directive.malformed(DIRECTIVE)),
            None => Ok(()),
        }
    }

    fn scalar(&mut self, text: &str, is_plain: bool, at: Place) -> Result<(), Malformed> {
        let kind = if is_plain { scalar::kind(text) } else { Kind::Text };
        if self.is_at_key() {
            check_key(text, is_plain, kind, at)?;
            self.value(at, None)?;
            self.text(text);
            self.json.push(b':');
            return Ok(());
        }
        let is_json = scalar::is_json(text, kind);
        self.value(at, Some(kind).filter(|kind| *kind != Kind::Text && !is_json))?;
        if is_json {
            self.json.extend_from_slice(text.as_bytes());
        } else {
            self.text(text);
        }
        Ok(())
    }

    fn open(&mut self, is_object: bool, at: Place) -> Result<(), Malformed> {
        if self.is_at_key() {
            let what = if is_object { Kind::Object } else { Kind::List };
            return Err(at.malformed(format!(
                "a key is text, not {what}: put a text that begins with a bracket in quotes"
            )));
        }
        self.check_indentation(at)?;
        self.value(at, None)?;
        self.json.push(if is_object { b'{' } else { b'[' });
        self.open.push(Open { is_object, is_empty: true, has_key: false });
        if self.open.len() > DEPTH_MAX as usize { Err(at.malformed(DEEP)) } else { Ok(()) }
    }

    fn close(&mut self, bracket: u8, at: Place) -> Result<(), Malformed> {
        self.json.push(bracket);
        match self.open.pop() {
            Some(_) => Ok(()),
            None => Err(at.malformed("there is nothing that ends here")),
        }
    }

    /// Whether what comes next is the key of an object.
    fn is_at_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_object && !open.has_key)
    }

    /// Notes that a key or a value begins here, behind the comma that it needs.
    fn value(&mut self, at: Place, resembles: Option<Kind>) -> Result<(), Malformed> {
        if let Some(open) = self.open.last_mut() {
            if !open.has_key && !open.is_empty {
                self.json.push(b',');
            }
            open.is_empty = false;
            open.has_key = open.is_object && !open.has_key;
        }
        self.last = at;
        let added = self.marks.add(self.json.len(), at, resembles);
        added.ok_or_else(|| at.malformed(format!("the document has more than {MARKS_MAX} keys and values")))
    }

    fn text(&mut self, text: &str) {
        serde_json::to_writer(&mut self.json, text).expect("invariant: memory takes every text");
    }

    /// Indentation in tabs is as wide as somebody's editor makes it.
    fn check_indentation(&mut self, at: Place) -> Result<(), Malformed> {
        self.lines.tab_before(at).map_or(Ok(()), |tab| Err(tab.malformed(TAB)))
    }

    /// What the parser refuses, in our words.
    fn refused(&mut self, error: &ScanError) -> Malformed {
        let (at, what) = (place(*error.marker()), words::plain(error.info()));
        let tab = self.lines.tab_before(at);
        let tab = tab.or_else(|| if what == TAB { self.lines.next_tab(at.line) } else { None });
        match tab {
            Some(tab) => tab.malformed(TAB),
            None => at.malformed(what),
        }
    }

    fn finish(self) -> Result<(String, Marks), Malformed> {
        if self.json.is_empty() {
            return Err(self.last.malformed("there is nothing in the document"));
        }
        let json = String::from_utf8(self.json).expect("invariant: only text was written");
        Ok((json, self.marks))
    }
}

/// Keys are text, and the same text to everybody who reads them.
fn check_key(text: &str, is_plain: bool, kind: Kind, at: Place) -> Result<(), Malformed> {
    if is_plain && text.is_empty() {
        return Err(at.malformed("a key is missing in front of this colon"));
    }
    if is_plain && text == "<<" {
        return Err(at.malformed("merge keys are not read: write the members out"));
    }
    if kind != Kind::Text {
        return Err(at.malformed(format!("a key is text, not {kind}: write \"{text}\":")));
    }
    Ok(())
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

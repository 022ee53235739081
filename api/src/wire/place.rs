//! Where in a document something stands: lines and columns, and what stands at a path.

use super::json::{Kind, Malformed, Reader};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A line and a column, both from 1; columns are counted in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Place {
    /// What is wrong here, so that no more can be read.
    pub(super) fn malformed(self, what: impl Into<Cow<'static, str>>) -> Malformed {
        Malformed { line: self.line, column: self.column, what: what.into() }
    }
}

/// Goes through a text from its beginning and counts lines.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    place: Place,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, place: Place { line: 1, column: 1 } }
    }

    /// Goes on to an offset in bytes, which is never before the last.
    pub(super) fn advance(&mut self, to: usize) -> Place {
        let passed = self.text.get(self.at..to).unwrap_or_default();
        match passed.rfind('\n') {
            Some(end) => {
                self.place.line += passed.bytes().filter(|byte| *byte == b'\n').count();
                self.place.column = 1 + passed[end + 1..].chars().count();
            }
            None => self.place.column += passed.chars().count(),
        }
        self.at += passed.len();
        self.place
    }
}

/// A step from a value to one within it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step<'a> {
    Key(Cow<'a, str>),
    Index(u64),
    /// The last entry of a list, or the last key of an object, that is this text.
    Entry(Cow<'a, str>),
}

/// The way from the whole document to a value.
pub(crate) type Path<'a> = Vec<Step<'a>>;

/// The offsets of what stands at these paths, or of the nearest around it that is there.
pub(super) fn find(mut reader: Reader<'_>, paths: &[Path<'_>]) -> Vec<usize> {
    let mut found = vec![0; paths.len()];
    let wanted = paths.iter().enumerate().map(|(number, path)| (number, path.as_slice())).collect();
    // What was read once is read again without a fault.
    let _read = walk(&mut reader, wanted, &mut found).is_ok();
    found
}

type Wanted<'p> = Vec<(usize, &'p [Step<'p>])>;

fn walk(reader: &mut Reader<'_>, wanted: Wanted<'_>, found: &mut [usize]) -> Result<(), Malformed> {
    let here = reader.place();
    let mut next: BTreeMap<&Step<'_>, Wanted<'_>> = BTreeMap::new();
    for (number, path) in wanted {
        found[number] = here;
        if let Some((first, rest)) = path.split_first() {
            next.entry(first).or_default().push((number, rest));
        }
    }
    if next.is_empty() {
        return reader.skip();
    }
    match reader.kind()? {
        Kind::Object => reader.object(|reader, key| {
            let key_at = reader.key_place();
            mark(&next, Step::Entry(Cow::Borrowed(&*key)), key_at, found);
            go_on(reader, &next, &Step::Key(Cow::Borrowed(&*key)), found)
        }),
        Kind::List => {
            let mut position = 0;
            reader.list(|reader| {
                if reader.kind()? == Kind::Text {
                    let at = reader.place();
                    let text = reader.clone().text()?;
                    mark(&next, Step::Entry(text), at, found);
                }
                position += 1;
                go_on(reader, &next, &Step::Index(position - 1), found)
            })
        }
        Kind::Null | Kind::Boolean | Kind::Number | Kind::Text | Kind::Moment => reader.skip(),
    }
}

/// Notes where an entry is.
fn mark(next: &BTreeMap<&Step<'_>, Wanted<'_>>, entry: Step<'_>, at: usize, found: &mut [usize]) {
    for (number, _) in next.get(&entry).into_iter().flatten() {
        found[*number] = at;
    }
}

fn go_on(
    reader: &mut Reader<'_>,
    next: &BTreeMap<&Step<'_>, Wanted<'_>>,
    step: &Step<'_>,
    found: &mut [usize],
) -> Result<(), Malformed> {
    match next.get(step) {
        Some(wanted) => walk(reader, wanted.clone(), found),
        None => reader.skip(),
    }
}

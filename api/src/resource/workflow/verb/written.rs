//! A definition in a file, and what is wrong with it as people are shown it: the place, the line and a caret.

use crate::client::CallError;
use crate::client::text::plain;
use crate::failure::Failure;
use crate::http::body::SUBMISSION_BYTES_MAX;
use crate::wire::place::Place;
use crate::wire::source::Language;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Characters of a line that are shown around a caret.
const LINE_SHOWN: usize = 100;
/// Of these, how many stand before it at most.
const BEFORE_CARET: usize = 70;

/// A definition as it was written.
pub(in crate::resource) struct Written {
    /// As whoever asks called it.
    pub(super) file: String,
    pub(in crate::resource) bytes: Vec<u8>,
    pub(in crate::resource) language: Language,
}

/// One thing that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Remark {
    pub(super) place: Option<Place>,
    pub(super) text: String,
}

impl Written {
    /// Reads a file, or standard input when it is called `-`.
    pub(in crate::resource) fn read(file: &str) -> Result<Self, Failure> {
        let mut bytes = Vec::new();
        let limit = SUBMISSION_BYTES_MAX as u64 + 1;
        if file == "-" {
            io::stdin().take(limit).read_to_end(&mut bytes).map_err(Failure::machine)?;
        } else {
            let failed = |error| Failure::file("failed to read", Path::new(file))(error);
            File::open(file).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
        }
        if bytes.len() > SUBMISSION_BYTES_MAX {
            let text = format!("{file}: a definition has at most {SUBMISSION_BYTES_MAX} bytes");
            return Err(Failure::refused(text));
        }
        let language = Language::of_file(file, &bytes);
        Ok(Self { file: file.to_owned(), bytes, language })
    }

    /// What is wrong, in the order of the places.
    pub(super) fn show(&self, remarks: &[Remark]) -> String {
        let mut remarks: Vec<&Remark> = remarks.iter().collect();
        remarks.sort_by_key(|remark| {
            let place = remark.place.map(|place| (place.line, place.column));
            (place.is_none(), place)
        });
        let lines = self.lines(&remarks);
        let shown = remarks.into_iter().map(|remark| self.show_one(remark, &lines));
        shown.collect::<Vec<_>>().join("\n")
    }

    /// A refusal of the server, shown against what was sent.
    pub(in crate::resource) fn refused(&self, error: CallError) -> Failure {
        let remarks = match &error {
            CallError::Refused(refused) => remarks(&refused.problem),
            CallError::Unreachable { .. } | CallError::Distrusted { .. } => Vec::new(),
        };
        match &error {
            CallError::Refused(refused) if !remarks.is_empty() => {
                let fix = refused.problem["fix"].as_str().map(|fix| format!("\n{}", plain(fix)));
                let text = format!("{}{}", self.show(&remarks), fix.unwrap_or_default());
                let problem = refused.problem.clone();
                Failure::from(error).saying(text).with_document(problem)
            }
            CallError::Refused(_) | CallError::Unreachable { .. } | CallError::Distrusted { .. } => {
                error.into()
            }
        }
    }

    fn show_one(&self, remark: &Remark, lines: &BTreeMap<usize, String>) -> String {
        let Remark { place, text } = remark;
        let Some(Place { line, column }) = place else { return format!("{}: {text}", self.file) };
        let head = format!("{}:{line}:{column}: {text}", self.file);
        match lines.get(line) {
            Some(shown) => format!("{head}\n{}", pointed(*line, *column, shown)),
            None => head,
        }
    }

    /// The lines that are pointed at. Those of a file that is no text are not there.
    fn lines(&self, remarks: &[&Remark]) -> BTreeMap<usize, String> {
        let places = remarks.iter().filter_map(|remark| remark.place);
        let mut wanted: BTreeMap<usize, String> = places.map(|place| (place.line, String::new())).collect();
        for (line, bytes) in self.bytes.split(|byte| *byte == b'\n').enumerate() {
            if let Some(text) = wanted.get_mut(&(line + 1)) {
                *text = String::from_utf8_lossy(bytes).trim_end_matches('\r').to_owned();
            }
        }
        wanted
    }
}

/// A line, with its number, and a caret under one of its columns.
fn pointed(number: usize, column: usize, line: &str) -> String {
    let hidden = column.saturating_sub(1 + BEFORE_CARET);
    let visible = |character: char| if character == '\t' { ' ' } else { character };
    let shown: String = line.chars().skip(hidden).take(LINE_SHOWN).map(visible).collect();
    // As it is printed: a character that nobody would see takes the place of its escape.
    let before: String = shown.chars().take(column - 1 - hidden).collect();
    let indent = " ".repeat(plain(&before).chars().count());
    format!("{number:>6} | {}\n       | {indent}^", plain(&shown))
}

/// What the problem document of a server says of a definition.
fn remarks(problem: &Value) -> Vec<Remark> {
    let text = |value: &Value| plain(value.as_str().unwrap_or_default());
    let faults = problem["faults"].as_array().into_iter().flatten();
    let mut remarks: Vec<Remark> = faults
        .map(|fault| {
            let text = format!("{}: {}", text(&fault["path"]), text(&fault["problem"]));
            Remark { place: place(fault), text }
        })
        .collect();
    let total = problem["fault_count"].as_u64().unwrap_or(0);
    let unlisted = total.saturating_sub(remarks.len() as u64);
    if remarks.is_empty() && problem["line"].is_u64() {
        remarks.push(Remark { place: place(problem), text: text(&problem["detail"]) });
    } else if unlisted > 0 {
        remarks.push(Remark { place: None, text: format!("{unlisted} more faults are not listed") });
    }
    remarks
}

fn place(document: &Value) -> Option<Place> {
    let number = |name: &str| usize::try_from(document[name].as_u64()?).ok().filter(|number| *number > 0);
    Some(Place { line: number("line")?, column: number("column")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_stands_under_what_is_wrong() {
        let written = Written {
            file: "bad.yaml".to_owned(),
            bytes: "tasks:\n  - id: b\n    command: echo hello\n\tx\n".as_bytes().to_vec(),
            language: Language::Yaml,
        };
        let remark =
            |line, column, text: &str| Remark { place: Some(Place { line, column }), text: text.to_owned() };
        let remarks = [
            remark(4, 2, "second"),
            remark(3, 14, "tasks[0].command: must be a list, not text"),
            Remark { place: None, text: "somewhere".to_owned() },
        ];
        let expected = [
            "bad.yaml:3:14: tasks[0].command: must be a list, not text",
            "     3 |     command: echo hello",
            "       |              ^",
            "bad.yaml:4:2: second",
            "     4 |  x",
            "       |  ^",
            "bad.yaml: somewhere",
        ];
        assert_eq!(written.show(&remarks), expected.join("\n"));
    }

    #[test]
    fn of_a_long_line_what_is_around_the_caret_is_shown() {
        let line = "x".repeat(5000);
        let shown = pointed(1, 4000, &line);
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines[0].len(), "     1 | ".len() + LINE_SHOWN);
        assert_eq!(lines[1], format!("       | {}^", " ".repeat(BEFORE_CARET)));
    }
}

//! What stands in front of a place on its line.

use crate::wire::place::Place;

/// Prefixes of a line that are looked at for a dash: longer ones are no indentation.
const DASH_COLUMN_MAX: usize = 256;

/// Goes through the lines of a text from the first.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// From 1; the line that begins at `start`.
    line: usize,
    start: usize,
    /// Spaces and tabs at its beginning.
    indentation: &'a str,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, line: 1, start: 0, indentation: indentation(text) }
    }

    /// The tab before what stands here, when that is the first on its line.
    pub(super) fn tab_before(&mut self, at: Place) -> Option<Place> {
        if !self.go_to(at.line) {
            return None;
        }
        // Each space and each tab is one byte and one character.
        let before = self.indentation.get(..at.column.saturating_sub(1))?;
        Some(Place { column: before.find('\t')? + 1, ..at })
    }

    /// The first tab in front of a line, from this line on.
    pub(super) fn next_tab(&mut self, line: usize) -> Option<Place> {
        let mut line = line;
        while self.go_to(line) {
            if let Some(before) = self.indentation.find('\t') {
                return Some(Place { line, column: before + 1 });
            }
            line += 1;
        }
        None
    }

    /// Where the dash stands of a list whose first entry stands here: the parser says it of some lists only.
    pub(super) fn of_dash(&mut self, at: Place) -> Place {
        if !self.go_to(at.line) || at.column > DASH_COLUMN_MAX {
            return at;
        }
        let line = &self.text[self.start..];
        let end = line.char_indices().nth(at.column - 1).map_or(line.len(), |(offset, _)| offset);
        let (before, behind) = line.split_at(end);
        let is_here = behind.starts_with(['-', '[']);
        match before.trim_end_matches([' ', '\t']).strip_suffix('-') {
            Some(indentation) if !is_here && indentation.trim_start_matches(' ').is_empty() => {
                Place { column: indentation.chars().count() + 1, ..at }
            }
            Some(_) | None => at,
        }
    }

    /// The directive that stands in front of the first document.
    pub(super) fn directive_before(&self, at: Place) -> Option<Place> {
        let mut lines = self.text.lines().zip(1..).take_while(|(_, line)| *line <= at.line);
        let (_, line) = lines.find(|(text, _)| text.starts_with('%'))?;
        Some(Place { line, column: 1 })
    }

    /// Goes on to a line; false when it lies behind already.
    fn go_to(&mut self, line: usize) -> bool {
        while self.line < line {
            let rest = &self.text[self.start..];
            let Some(end) = rest.find('\n') else { return false };
            self.start += end + 1;
            self.line += 1;
            self.indentation = indentation(&self.text[self.start..]);
        }
        self.line == line
    }
}

fn indentation(line: &str) -> &str {
    let end = line.find(|character| character != ' ' && character != '\t');
    &line[..end.unwrap_or(line.len())]
}

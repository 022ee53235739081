//! Where each key and value of a YAML document stood, by its place in the JSON that was written from it.

use crate::wire::json::Kind;
use crate::wire::place::Place;

/// One key or value: 12 bytes, because a hostile document consists of nothing else.
struct Mark {
    /// Offset in the JSON.
    at: u32,
    line: u32,
    /// In its highest bits what others may take the text for.
    column: u32,
}

/// All keys and values, in the order in which they stand.
#[derive(Default)]
pub(in crate::wire) struct Marks(Vec<Mark>);

/// Keys and values of one document. No definition within the other limits comes near.
pub(super) const MARKS_MAX: usize = 8_000_000;
/// Bits of a column; one that is greater, on a line of many megabytes, is shown as the greatest.
const COLUMN_BITS: u32 = 29;
const COLUMN_MAX: u32 = (1 << COLUMN_BITS) - 1;
/// What a text without quotes may be taken for; its number stands in the mark, and 0 for text.
const RESEMBLED: [Kind; 4] = [Kind::Null, Kind::Boolean, Kind::Number, Kind::Moment];

impl Marks {
    /// Adds the next one; none when there are as many as may be.
    pub(super) fn add(&mut self, at: usize, place: Place, resembles: Option<Kind>) -> Option<()> {
        let known = |kind| RESEMBLED.iter().position(|one| *one == kind);
        let number = resembles.and_then(known).map_or(0, |position| position + 1);
        let column = u32::try_from(place.column).unwrap_or(COLUMN_MAX).min(COLUMN_MAX);
        let column = column | (u32::try_from(number).ok()? << COLUMN_BITS);
        let mark = Mark { at: u32::try_from(at).ok()?, line: u32::try_from(place.line).ok()?, column };
        (self.0.len() < MARKS_MAX).then(|| self.0.push(mark))
    }

    /// What the text at an offset may be taken for, when it had no quotes.
    pub(in crate::wire) fn resembles(&self, at: usize) -> Option<Kind> {
        let found = self.0.binary_search_by_key(&at, |mark| mark.at as usize).ok()?;
        let number = (self.0[found].column >> COLUMN_BITS) as usize;
        RESEMBLED.get(number.checked_sub(1)?).copied()
    }

    /// Where what is written at an offset stood.
    pub(in crate::wire) fn place(&self, at: usize) -> Place {
        let behind = self.0.partition_point(|mark| mark.at as usize <= at);
        let mark = behind.checked_sub(1).map(|last| &self.0[last]);
        mark.map_or(Place { line: 1, column: 1 }, |mark| Place {
            line: mark.line as usize,
            column: (mark.column & COLUMN_MAX) as usize,
        })
    }
}

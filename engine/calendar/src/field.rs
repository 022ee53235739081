//! One field of cron: lists of values, ranges and steps, as a set of bits.

use crate::fault::{Fault, Field, Problem};
use crate::written::Word;

/// The values of a field, and how they are written.
pub(crate) struct Range {
    pub(crate) field: Field,
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// Names of the values from `first_name` on.
    names: &'static [&'static str],
    first_name: u32,
    /// What it takes, as advice.
    taken: &'static str,
    /// What somebody probably means who writes `max + 1`.
    beyond: &'static str,
}

impl Range {
    pub(crate) const SECOND: Range = Range {
        field: Field::Second,
        min: 0,
        max: 59,
        names: &[],
        first_name: 0,
        taken: "write 0 to 59, as in `0`, `*`, `10-20`, `*/5` or `0,30`",
        beyond: "; the full minute is 0",
    };
    pub(crate) const MINUTE: Range =
        Range { field: Field::Minute, beyond: "; the full hour is 0", ..Range::SECOND };
    pub(crate) const HOUR: Range = Range {
        field: Field::Hour,
        max: 23,
        taken: "write 0 to 23, as in `6`, `*`, `9-17`, `*/2` or `6,18`",
        beyond: "; midnight is 0",
        ..Range::SECOND
    };
    pub(crate) const DAY_OF_MONTH: Range = Range {
        field: Field::DayOfMonth,
        min: 1,
        max: 31,
        taken: "write 1 to 31, `*`, `L` (the last), `15W` (the working day nearest to it) or `LW`",
        beyond: "; the last day is `L`",
        ..Range::SECOND
    };
    pub(crate) const MONTH: Range = Range {
        field: Field::Month,
        min: 1,
        max: 12,
        names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
        first_name: 1,
        taken: "write 1 to 12 or JAN to DEC",
        beyond: "; January is 1",
    };
    pub(crate) const DAY_OF_WEEK: Range = Range {
        field: Field::DayOfWeek,
        min: 0,
        max: 7,
        names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
        first_name: 0,
        taken: "write 0 to 7 or SUN to SAT (0 and 7 are Sunday), `FRI#2` (the second) or `FRIL` (the last)",
        beyond: "; Sunday is 0 or 7",
    };

    pub(crate) fn fault(&self, at: usize, problem: Problem) -> Fault {
        Fault::at(self.field, at, problem)
    }

    pub(crate) fn form(&self, word: &Word<'_>) -> Fault {
        self.fault(word.at, Problem::Form { found: word.text.to_owned(), taken: self.taken })
    }

    fn missing(&self, side: &'static str, beside: char) -> Problem {
        Problem::Missing { side, beside, taken: self.taken }
    }

    fn character(&self, found: char, at: usize) -> Fault {
        self.fault(
            at,
            if found == '?' {
                Problem::QuestionMark
            } else {
                Problem::Character { found, taken: self.taken }
            },
        )
    }
}

/// The values of a field that takes nothing but values, as bits, and whether a `*` stands in it.
pub(crate) fn numbers(word: &Word<'_>, range: &Range) -> Result<(u64, bool), Fault> {
    let (mut bits, mut stars) = (0, false);
    for item in items(word, range)? {
        let (more, star) = values(&item, range)?;
        bits |= more;
        stars |= star;
    }
    Ok((bits, stars))
}

/// What stands between commas. Nothing may be missing, and `*` alone stands alone.
pub(crate) fn items<'a>(word: &Word<'a>, range: &Range) -> Result<Vec<Word<'a>>, Fault> {
    let mut at = word.at;
    let mut items = Vec::new();
    for text in word.text.split(',') {
        items.push(Word { text, at });
        at += text.len() + 1;
    }
    if let Some(empty) = items.iter().find(|item| item.text.is_empty()) {
        // Where the comma is: before an empty item, unless it is the first.
        return Err(range.fault(empty.at.saturating_sub(1).max(word.at), Problem::EmptyItem));
    }
    match items.iter().find(|item| item.text == "*") {
        Some(star) if items.len() > 1 => Err(range.fault(star.at, Problem::StarInList)),
        _ => Ok(items),
    }
}

/// One item without `L`, `W` and `#`: a value, a range, `*`, and perhaps a step.
pub(crate) fn values(item: &Word<'_>, range: &Range) -> Result<(u64, bool), Fault> {
    let (base, step) = match item.text.split_once('/') {
        Some((base, step)) => (base, Some(Word { text: step, at: item.at + base.len() + 1 })),
        None => (item.text, None),
    };
    let base = Word { text: base, at: item.at };
    if base.text.is_empty() {
        return Err(range.fault(item.at, range.missing("before", '/')));
    }
    let star = base.text == "*";
    let (from, to) = match star {
        // In a field where the first and the last value are the same day, every value is there once.
        true => (range.min, range.max - u32::from(range.field == Field::DayOfWeek)),
        false => span(&base, range)?,
    };
    let Some(step_word) = step else {
        return Ok((bits(from, to, 1), star));
    };
    let step = step_of(&step_word, range)?;
    if !star && !base.text.contains('-') {
        let instead = format!("{}-{}/{}", base.text, range.max, step_word.text);
        return Err(range.fault(item.at, Problem::StepWithoutRange { instead }));
    }
    let count = to - from + 1;
    if step >= count {
        return Err(range.fault(step_word.at, Problem::StepTooLong { step, count, first: from }));
    }
    Ok((bits(from, to, step), star))
}

fn step_of(word: &Word<'_>, range: &Range) -> Result<u32, Fault> {
    if word.text.is_empty() {
        return Err(range.fault(
            word.at - 1,
            Problem::Missing { side: "after", beside: '/', taken: "write how far to step, as in `*/5`" },
        ));
    }
    if let Some((at, found)) = word.text.char_indices().find(|(_, character)| !character.is_ascii_digit()) {
        let taken = "a step is a whole number, as in `*/5`";
        return Err(range.fault(word.at + at, Problem::Character { found, taken }));
    }
    match word.text.parse().unwrap_or(u32::MAX) {
        0 => Err(range.fault(word.at, Problem::StepZero)),
        step => Ok(step),
    }
}

fn bits(from: u32, to: u32, step: u32) -> u64 {
    (from..=to).step_by(step as usize).map(|value| 1 << value).sum()
}

/// A value, or two with a hyphen between them.
fn span(base: &Word<'_>, range: &Range) -> Result<(u32, u32), Fault> {
    let Some((from_text, to_text)) = base.text.split_once('-') else {
        let value = value(base, range)?;
        return Ok((value, value));
    };
    let from_word = Word { text: from_text, at: base.at };
    let to_word = Word { text: to_text, at: base.at + from_text.len() + 1 };
    if from_text.is_empty() {
        return Err(range.fault(base.at, range.missing("before", '-')));
    }
    if to_text.is_empty() {
        return Err(range.fault(to_word.at - 1, range.missing("after", '-')));
    }
    let (from, mut to) = (value(&from_word, range)?, value(&to_word, range)?);
    if range.field == Field::DayOfWeek && to == 0 && from > 0 {
        to = 7;
    }
    if from > to {
        return Err(range.fault(base.at, backwards(&from_word, &to_word, to, range)));
    }
    Ok((from, to))
}

/// The same range across the end of the field: `22-2` is `22-23,0-2`.
fn backwards(from: &Word<'_>, to: &Word<'_>, to_value: u32, range: &Range) -> Problem {
    let last = match range.names {
        [] => range.max.to_string(),
        names => names[names.len() - 1].to_owned(),
    };
    let first = match range.names.first() {
        Some(name) => (*name).to_owned(),
        None => range.min.to_string(),
    };
    let one = |a: &str, b: &str, same: bool| if same { b.to_owned() } else { format!("{a}-{b}") };
    let start = one(from.text, &last, from.text == last);
    let end = one(&first, to.text, to_value == range.min);
    Problem::Backwards { found: format!("{}-{}", from.text, to.text), instead: format!("{start},{end}") }
}

/// A single value, as a number or a name.
pub(crate) fn value(word: &Word<'_>, range: &Range) -> Result<u32, Fault> {
    let text = word.text;
    if text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return name(word, range);
    }
    if let Some((at, found)) = text.char_indices().find(|(_, character)| !character.is_ascii_digit()) {
        return Err(range.character(found, word.at + at));
    }
    match text.parse() {
        Ok(value) if (range.min..=range.max).contains(&value) => Ok(value),
        beyond => {
            let hint = if beyond == Ok(range.max + 1) { range.beyond } else { "" };
            let found = text.to_owned();
            Err(range.fault(word.at, Problem::OutOfRange { found, min: range.min, max: range.max, hint }))
        }
    }
}

fn name(word: &Word<'_>, range: &Range) -> Result<u32, Fault> {
    let end = word.text.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(word.text.len());
    let (letters, rest) = word.text.split_at(end);
    let found =
        range.names.iter().zip(range.first_name..).find(|(name, _)| name.eq_ignore_ascii_case(letters));
    match (found, rest.chars().next()) {
        (Some((_, value)), None) => Ok(value),
        (Some(_), Some(after)) => Err(range.character(after, word.at + end)),
        (None, _) => {
            let start: String = letters.chars().take(3).collect();
            let meant = range.names.iter().find(|name| name.eq_ignore_ascii_case(&start));
            let taken = meant.map_or(range.taken.to_owned(), |name| format!("write `{name}`"));
            Err(range.fault(word.at, Problem::UnknownName { found: letters.to_owned(), taken }))
        }
    }
}

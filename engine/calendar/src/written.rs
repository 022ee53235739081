//! An expression as it is written: words with their places, and what all of them together say.

use crate::cron::Cron;
use crate::days::Days;
use crate::every::Every;
use crate::fault::{Fault, Field, Problem};
use crate::field::{self, Range};
use crate::{TEXT_BYTES_MAX, every};

/// What an expression says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Cron(Cron),
    Every(Every),
}

pub(crate) fn parse(text: &str) -> Result<Meaning, Fault> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Fault::at(Field::Expression, TEXT_BYTES_MAX, Problem::TooLong { bytes: text.len() }));
    }
    let words = words(text);
    let Some(first) = words.first() else {
        return Err(Fault::at(Field::Expression, 0, Problem::Empty));
    };
    if first.text.starts_with('@') {
        return nickname(first, &words[1..]);
    }
    if ["TZ=", "CRON_TZ="].iter().any(|start| first.text.starts_with(start)) {
        return Err(first.fault(Problem::ZoneInside { found: first.text.to_owned() }));
    }
    let (second, rest) = match words.len() {
        5 => (None, &words[..]),
        6 => (Some(first), &words[1..]),
        0..=4 => {
            let end = text.trim_end_matches(BLANK).len();
            return Err(Fault::at(Field::Expression, end, Problem::Fields { count: words.len() }));
        }
        _ => return Err(words[6].fault(Problem::Year { found: words[6].text.to_owned() })),
    };
    cron(second, rest).map(Meaning::Cron)
}

/// A part of the text without blanks.
#[derive(Clone, Copy)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    /// Offset in bytes.
    pub(crate) at: usize,
}

impl Word<'_> {
    fn fault(&self, problem: Problem) -> Fault {
        Fault::at(Field::Expression, self.at, problem)
    }
}

const BLANK: [char; 2] = [' ', '\t'];

fn words(text: &str) -> Vec<Word<'_>> {
    let mut at = 0;
    let mut words = Vec::new();
    for part in text.split(BLANK) {
        words.extend((!part.is_empty()).then_some(Word { text: part, at }));
        at += part.len() + 1;
    }
    words
}

const NICKNAMES: [(&str, &str); 8] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
    ("@every", ""),
];

fn nickname(name: &Word<'_>, rest: &[Word<'_>]) -> Result<Meaning, Fault> {
    let known = NICKNAMES.iter().find(|nickname| nickname.0.eq_ignore_ascii_case(name.text));
    let Some((nickname, stands_for)) = known else {
        if name.text.eq_ignore_ascii_case("@reboot") {
            return Err(name.fault(Problem::Reboot));
        }
        return Err(name.fault(Problem::UnknownNickname {
            found: name.text.to_owned(),
            nearest: nearest_nickname(name.text),
        }));
    };
    let expected = usize::from(stands_for.is_empty());
    if let Some(extra) = rest.get(expected) {
        let nickname = (*nickname).to_owned();
        return Err(extra.fault(Problem::AfterNickname { nickname, found: extra.text.to_owned() }));
    }
    if stands_for.is_empty() {
        let nothing = Word { text: "", at: name.at + name.text.len() };
        return every::parse(rest.first().unwrap_or(&nothing)).map(Meaning::Every);
    }
    parse(stands_for)
}

fn nearest_nickname(found: &str) -> String {
    let found = found.to_ascii_lowercase();
    let near = |name: &&str| strsim::jaro_winkler(&found, name);
    let names = NICKNAMES.iter().map(|nickname| nickname.0);
    let nearest = names.clone().max_by(|a, b| near(a).total_cmp(&near(b)));
    match nearest.filter(|name| near(name) > 0.85) {
        Some(name) => format!("write `{name}`"),
        None => format!("there are {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}

fn cron(second: Option<&Word<'_>>, rest: &[Word<'_>]) -> Result<Cron, Fault> {
    let (seconds, second_stars) = match second {
        Some(word) => field::numbers(word, &Range::SECOND)?,
        None => (1, false),
    };
    let (minutes, minute_stars) = field::numbers(&rest[0], &Range::MINUTE)?;
    let (hours, hour_stars) = field::numbers(&rest[1], &Range::HOUR)?;
    let days = Days::parse(&rest[2], &rest[3], &rest[4])?;
    Ok(Cron { seconds, minutes, hours, days, repeats: second_stars || minute_stars || hour_stars })
}

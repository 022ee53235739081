//! How urgent something is, and when it must have ended.

use serde::Serialize;

/// Who gets the next free place: what is more urgent goes first, what is equally urgent takes turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Priority {
    /// After everything else, for as long as there is anything else.
    Low,
    /// What nobody says anything of.
    Normal,
    /// Before most.
    High,
    /// Before everything else.
    Critical,
}

impl Priority {
    /// Each of them, the least urgent first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Critical];
}

/// When something must have ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Deadline {
    /// After the workflow was accepted.
    Seconds(u64),
    /// A moment with its offset.
    At(String),
}

/// Whether a text is a moment with its offset, as RFC 3339 has it.
pub(crate) fn is_moment(text: &str) -> bool {
    let Some((date, time)) = text.split_at_checked(10) else { return false };
    let Some(time) = time.strip_prefix(['T', 't', ' ']) else { return false };
    let Some((clock, rest)) = time.split_at_checked(8) else { return false };
    is_date(date) && is_clock(clock) && is_offset(without_fraction(rest))
}

fn is_date(date: &str) -> bool {
    let Some([year, month, day]) = numbers(date, '-', [4, 2, 2]) else { return false };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    };
    (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// A leap second is one.
fn is_clock(clock: &str) -> bool {
    numbers(clock, ':', [2, 2, 2])
        .is_some_and(|[hour, minute, second]| hour < 24 && minute < 60 && second <= 60)
}

/// What follows up to nine digits behind a dot; all of it where there is no such fraction.
fn without_fraction(text: &str) -> &str {
    let Some(digits) = text.strip_prefix('.') else { return text };
    let rest = digits.trim_start_matches(|digit: char| digit.is_ascii_digit());
    if (1..=9).contains(&(digits.len() - rest.len())) { rest } else { text }
}

fn is_offset(offset: &str) -> bool {
    let away = offset.strip_prefix(['+', '-']).and_then(|away| numbers(away, ':', [2, 2]));
    matches!(offset, "Z" | "z") || away.is_some_and(|[hours, minutes]| hours < 24 && minutes < 60)
}

/// Numbers of so many digits each, with a sign between two.
fn numbers<const COUNT: usize>(text: &str, between: char, digits: [usize; COUNT]) -> Option<[u32; COUNT]> {
    let mut parts = text.split(between);
    let mut found = [0; COUNT];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts
            .next()
            .filter(|part| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_date_its_time_and_its_offset() {
        for text in [
            "2026-12-24T18:00:00Z",
            "2026-12-24t18:00:00z",
            "2026-12-24 18:00:00.123456789+23:59",
            "2024-02-29T23:59:60-05:00",
            "2000-02-29T00:00:00Z",
        ] {
            assert!(is_moment(text), "{text}");
        }
        for text in [
            "",
            "3600",
            "2026-12-24",
            "2026-12-24T18:00:00",
            "2026-12-24T18:00Z",
            "2026-12-24T24:00:00Z",
            "2026-12-24T18:60:00Z",
            "2026-12-24T18:00:61Z",
            "2026-12-24T18:00:00.Z",
            "2026-12-24T18:00:00.1234567890Z",
            "2026-12-24T18:00:00+24:00",
            "2026-12-24T18:00:00+0100",
            "2026-12-24T18:00:00ZZ",
            "2026-13-24T18:00:00Z",
            "2026-00-24T18:00:00Z",
            "2026-12-00T18:00:00Z",
            "2026-04-31T18:00:00Z",
            "2026-02-29T18:00:00Z",
            "1900-02-29T18:00:00Z",
            "26-12-24T18:00:00Z",
            "2026-12-2\u{e9}T18:00:00Z",
        ] {
            assert!(!is_moment(text), "{text}");
        }
    }
}

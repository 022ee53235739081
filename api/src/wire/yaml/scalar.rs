//! What a scalar without quotes is, and what others may take it for.
//!
//! By the core schema of YAML 1.2 `no` is text and `012` is twelve; by YAML 1.1, which many programs still read, `no` is
//! false and `012` is ten. A text that any of them takes for something else must stand in quotes.

use crate::wire::json::Kind;

/// What a scalar without quotes is or may be taken for; [`Kind::Text`] when all readers agree that it is text.
pub(super) fn kind(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        _ if is_boolean(text) => Kind::Boolean,
        _ if is_number(text) => Kind::Number,
        _ if is_moment(text) => Kind::Moment,
        _ => Kind::Text,
    }
}

/// Whether a scalar stands in JSON as it is written.
pub(super) fn is_json(text: &str, kind: Kind) -> bool {
    match kind {
        Kind::Null => text == "null",
        Kind::Boolean => matches!(text, "true" | "false"),
        Kind::Number => is_json_number(text),
        Kind::Text | Kind::List | Kind::Object | Kind::Moment => false,
    }
}

/// In small letters, in capitals, or with one capital: no other is one to anybody.
fn is_boolean(text: &str) -> bool {
    let small = text.to_ascii_lowercase();
    let is_capitalised = text.get(1..) == small.get(1..);
    let is_usual = is_capitalised || text == small.to_ascii_uppercase();
    is_usual && matches!(&*small, "true" | "false" | "yes" | "no" | "on" | "off")
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let digits = |rest: &str, is_digit: fn(&u8) -> bool| {
        rest.bytes().any(|byte| is_digit(&byte)) && rest.bytes().all(|byte| byte == b'_' || is_digit(&byte))
    };
    match unsigned.as_bytes() {
        [b'0', b'x' | b'X', ..] => digits(&unsigned[2..], u8::is_ascii_hexdigit),
        [b'0', b'o' | b'O' | b'b' | b'B', ..] => digits(&unsigned[2..], u8::is_ascii_digit),
        [b'0'..=b'9', ..] | [b'.', b'0'..=b'9', ..] => is_decimal(unsigned),
        _ => false,
    }
}

/// Digits with underscores, perhaps a fraction, perhaps an exponent.
fn is_decimal(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix(['-', '+']).unwrap_or(exponent)),
        None => (unsigned, "0"),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit());
    is_digits(whole) && is_digits(fraction) && !exponent.is_empty() && is_digits(exponent)
}

fn is_json_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, _) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, ""));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_plain = !text.starts_with('+') && !text.contains('_') && is_decimal(unsigned);
    is_plain && !fraction.is_empty() && (whole == "0" || !whole.starts_with('0')) && !whole.is_empty()
}

/// `2024-01-01`, alone or with a time behind it, and `12:30`, which YAML 1.1 reads as a number in base 60.
fn is_moment(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    is_date(text) || is_base_60(unsigned)
}

fn is_date(text: &str) -> bool {
    let day_end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let parts: Vec<&str> = text[..day_end].splitn(4, '-').collect();
    let is_part = |part: &&str, lengths: &[usize]| {
        lengths.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let [year, month, day] = parts.as_slice() else { return false };
    let is_day = is_part(year, &[4]) && is_part(month, &[1, 2]) && is_part(day, &[1, 2]);
    let time = text[day_end..].trim_start_matches(['T', 't', ' ']);
    is_day && time.bytes().all(|byte| byte.is_ascii_digit() || b":.+-Zz ".contains(&byte))
}

fn is_base_60(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let mut parts = whole.split(':');
    let is_led =
        parts.next().is_some_and(|first| first.starts_with(|c: char| c.is_ascii_digit()) && is_digits(first));
    let mut rest = parts.peekable();
    is_led && rest.peek().is_some() && is_digits(fraction) && rest.all(is_sixtieth)
}

fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [unit] => unit.is_ascii_digit(),
        [ten, unit] => (b'0'..=b'5').contains(ten) && unit.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [(Kind, &str); 5] = [
        (Kind::Null, "~ null Null NULL"),
        (Kind::Boolean, "true True FALSE yes Yes NO no on On off OFF"),
        (
            Kind::Number,
            "0 -0 7 +5 012 -012 0o14 0x1F 0X1f 0b101 1_000 1e3 1E+3 1. .5 -.5 1.50 12e03 .inf -.INF +.Inf .nan 0.1_0 \
             18446744073709551616",
        ),
        (Kind::Moment, "2024-01-01 2024-1-1 2024-01-01T12:00:00Z 12:30 1:2:3 -12:30:45.5 190:20:30"),
        (
            Kind::Text,
            "none nO tRUE y n 1.2.3 10.0.0.1 1-2 10s 5m 0x 0xg e3 1e - -- . .. _1 8080:80 12:3a a:30 2024-01 2024-01-01-02 \
             2024-01-01x 20240101T \u{661} é 12: /bin/true -y nan inf NOOP",
        ),
    ];

    #[test]
    fn what_any_reader_takes_for_something_else_is_no_text() {
        for (expected, texts) in ROWS {
            for text in texts.split_whitespace() {
                assert_eq!(kind(text), expected, "{text:?}");
            }
        }
        assert_eq!(kind(""), Kind::Null);
        assert_eq!(kind("1 2"), Kind::Text);
        assert_eq!(kind("2024-01-01 12:00:00.5 +02:00"), Kind::Moment);
    }

    #[test]
    fn what_stands_in_json_as_it_is_another_reader_of_json_reads() {
        let texts = [
            "0",
            "-0",
            "7",
            "+5",
            "012",
            "-012",
            "1_0",
            "1e3",
            "1E+3",
            "1.",
            ".5",
            "-.5",
            "1.50",
            "-1.5e-7",
            "00",
            "0.0",
            "0e1",
            "01.5",
            "-",
            "1e",
            "null",
            "~",
            "true",
            "True",
            "yes",
            "2024-01-01",
            "0x1F",
        ];
        for text in texts {
            let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(is_json(text, kind(text)), theirs, "{text}");
        }
    }
}

//! A series as a file: `FROM,MINUTES,PER_KWH`, a line a step.

use crate::failure::Failure;
use serde_json::{Value, json};
use std::fs;
use std::io;
use std::path::Path;

/// What the last column holds.
pub(in crate::resource) struct Column {
    /// The member that it becomes.
    pub(in crate::resource) member: &'static str,
    pub(in crate::resource) read: fn(&str) -> Result<i64, String>,
    pub(in crate::resource) example: &'static str,
}

/// Prices, in the currency of the source.
pub(super) const PRICES: Column = Column { member: "micro_per_kwh", read: micro_usd, example: "0.1812" };

/// Reads the steps of a file, or of standard input where it is `-`.
pub(in crate::resource) fn read(file: &Path, of: &Column) -> Result<Vec<Value>, Failure> {
    let read =
        if file.as_os_str() == "-" { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = read.map_err(|error| Failure::machine(format!("{}: {error}", file.display())))?;
    steps(&text, of).map_err(|what| Failure::refused(format!("{}: {what}", file.display())))
}

/// Reads the steps of a text, or says what is wrong with which line.
fn steps(text: &str, of: &Column) -> Result<Vec<Value>, String> {
    let mut steps = Vec::new();
    // Spreadsheets begin a file with a mark of the order of its bytes.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (line, number) in text.lines().zip(1_usize..) {
        let line = line.trim();
        // The line that names the columns.
        let is_head = number == 1 && line.to_ascii_lowercase().starts_with("from");
        if line.is_empty() || line.starts_with('#') || is_head {
            continue;
        }
        steps.push(step(line, of).map_err(|what| format!("line {number}: {what}"))?);
    }
    Ok(steps)
}

fn step(line: &str, of: &Column) -> Result<Value, String> {
    let cells: Vec<&str> = line.split(',').map(str::trim).collect();
    let [from, minutes, amount] = cells[..] else {
        return Err(format!(
            "a step is FROM,MINUTES,PER_KWH, such as 2026-12-24T18:00:00Z,60,{}",
            of.example
        ));
    };
    let minutes: u32 = minutes.parse().map_err(|_| format!("{minutes:?} is no number of minutes"))?;
    Ok(json!({ "from": from, "minutes": minutes, of.member: (of.read)(amount)? }))
}

/// Dollars, or units of another currency, as millionths of them, exactly.
pub(in crate::resource) fn micro_usd(written: &str) -> Result<i64, String> {
    let wrong = || format!("{written:?} is no price with at most six digits behind the point");
    scaled(written, 6).ok_or_else(wrong)
}

/// A number with so many digits behind the point at most, in units of the last of them, exactly.
pub(in crate::resource) fn scaled(written: &str, digits: usize) -> Option<i64> {
    let unsigned = written.strip_prefix('-').unwrap_or(written);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_number = [whole, fraction].iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_number || whole.is_empty() || fraction.len() > digits {
        return None;
    }
    let units: i64 = format!("{whole}{fraction:0<digits$}").parse().ok()?;
    Some(if written.starts_with('-') { -units } else { units })
}

/// Millionths of a dollar as dollars.
pub(in crate::resource) fn usd(micro: i64) -> String {
    let (sign, micro) = (if micro < 0 { "-" } else { "" }, micro.unsigned_abs());
    let text = format!("{sign}{}.{:06}", micro / 1_000_000, micro % 1_000_000);
    // Cents at least.
    let digits = text.trim_end_matches('0').len().max(text.len() - 4);
    text[..digits].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_and_written_exactly() {
        let rows = [
            ("0.1812", Some(181_200), "0.1812"),
            ("-0.005", Some(-5_000), "-0.005"),
            ("1", Some(1_000_000), "1.00"),
            ("0.000001", Some(1), "0.000001"),
            ("0.0000001", None, ""),
            ("1e3", None, ""),
            ("", None, ""),
            (".5", None, ""),
            ("--1", None, ""),
            ("99999999999999999999", None, ""),
        ];
        for (written, micro, shown) in rows {
            assert_eq!(micro_usd(written).ok(), micro, "{written}");
            micro.into_iter().for_each(|micro| assert_eq!(usd(micro), shown));
        }
    }

    #[test]
    fn a_file_is_read_line_by_line_and_what_is_wrong_is_told_by_line() {
        let found =
            steps("\u{feff}from,minutes,usd_per_kwh\n# night\n\n2026-12-24T00:00:00Z, 15, -0.01\n", &PRICES);
        assert_eq!(
            found,
            Ok(vec![json!({ "from": "2026-12-24T00:00:00Z", "minutes": 15, "micro_per_kwh": -10_000 })])
        );
        for (text, line) in
            [("a,60", "line 1"), ("\na,b,1", "line 2"), ("a,60,1,5", "line 1"), ("x", "line 1")]
        {
            assert!(steps(text, &PRICES).is_err_and(|what| what.starts_with(line)), "{text}");
        }
    }
}

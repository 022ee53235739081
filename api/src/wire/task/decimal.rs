//! Numbers with digits behind the point, read exactly.

use crate::wire::fault::cut;
use crate::wire::json::{Kind, Malformed, Reader};
use crate::wire::members::Members;

/// A number with so many digits behind the point, as a whole number of the smallest of them.
pub(super) fn decimal(
    members: &mut Members<'_>,
    reader: &mut Reader<'_>,
    path: &str,
    digits: usize,
    most: u64,
) -> Result<Option<u64>, Malformed> {
    if !members.expect(reader, path, Kind::Number)? {
        return Ok(None);
    }
    let written = reader.number()?;
    let found = scaled(written, digits).filter(|number| *number <= most);
    if found.is_none() {
        let greatest = most / 10_u64.pow(u32::try_from(digits).unwrap_or_default());
        let problem = || {
            format!(
                "must lie between 0 and {greatest}, with at most {digits} digits behind the point and no exponent, not {}",
                cut(written)
            )
        };
        members.fault(path, problem);
    }
    Ok(found)
}

/// `1.5` with two digits is 150.
fn scaled(written: &str, digits: usize) -> Option<u64> {
    let (whole, fraction) = written.split_once('.').unwrap_or((written, ""));
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > digits {
        return None;
    }
    format!("{whole}{fraction:0<digits$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::scaled;

    #[test]
    fn decimals_are_read_exactly() {
        let rows = [
            ("5.5", Some(5_500_000)),
            ("0.95", Some(950_000)),
            ("0", Some(0)),
            ("1", Some(1_000_000)),
            ("0.0000010", Some(1)),
            ("0.0000001", None),
            ("-1", None),
            ("1e3", None),
            ("99999999999999999999", None),
        ];
        for (written, expected) in rows {
            assert_eq!(scaled(written, 6), expected, "{written}");
        }
    }
}

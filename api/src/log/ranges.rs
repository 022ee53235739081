//! Sequences as people write them: `3,10-20`.

/// Ascending, disjoint, inclusive ranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranges(Vec<(u64, u64)>);

/// Reads `3,10-20`.
pub(crate) fn parse(text: &str) -> Result<Ranges, String> {
    let mut ranges = text.split(',').map(parse_range).collect::<Result<Vec<_>, _>>()?;
    ranges.sort_unstable();
    let mut merged: Vec<(u64, u64)> = Vec::new();
    for (first, last) in ranges {
        match merged.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    Ok(Ranges(merged))
}

fn parse_range(text: &str) -> Result<(u64, u64), String> {
    let (first, last) = text.trim().split_once('-').unwrap_or((text.trim(), text.trim()));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if first <= last => Ok((first, last)),
        _ => Err(format!("`{text}` is neither a sequence nor a range such as 10-20")),
    }
}

impl Ranges {
    pub(crate) fn contains(&self, sequence: u64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= sequence);
        after > 0 && self.0[after - 1].1 >= sequence
    }

    pub(crate) fn last(&self) -> Option<u64> {
        self.0.last().map(|(_, last)| *last)
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.iter().map(|(first, last)| last - first + 1).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_merged_and_tested_for_membership() {
        let ranges = parse("10-20, 3,4, 15-25").expect("well-formed");
        assert_eq!(ranges, Ranges(vec![(3, 4), (10, 25)]));
        let inside: Vec<u64> = (0..30).filter(|sequence| ranges.contains(*sequence)).collect();
        assert_eq!(inside, [vec![3, 4], (10..=25).collect()].concat());
        assert_eq!((ranges.count(), ranges.last()), (18, Some(25)));
    }

    #[test]
    fn what_is_no_range_is_refused_by_name() {
        for text in ["", "x", "5-3", "1-", "1,,2"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

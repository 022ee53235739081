//! What is recorded once in a span of time, however often it happens.

use std::collections::BTreeSet;

use triad_event::quantity::Micros;

use crate::image::{Image, Source, Unreadable, shape_within};

/// What was seen in the newest span that has anything, which is `SPAN_US` microseconds long; at most `KEPT_MAX` of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Once<T, const SPAN_US: i64, const KEPT_MAX: usize> {
    span: i64,
    pub(crate) seen: BTreeSet<T>,
}

impl<T, const SPAN_US: i64, const KEPT_MAX: usize> Default for Once<T, SPAN_US, KEPT_MAX> {
    fn default() -> Self {
        Self { span: 0, seen: BTreeSet::new() }
    }
}

impl<T: Ord, const SPAN_US: i64, const KEPT_MAX: usize> Once<T, SPAN_US, KEPT_MAX> {
    /// Whether it is recorded already in the span of that moment.
    pub(crate) fn holds(&self, elapsed: Micros, what: &T) -> bool {
        self.span == Self::span_of(elapsed) && self.seen.contains(what)
    }

    /// It was recorded. When there is too much the rest is forgotten: then it is recorded once more, and never left out.
    pub(crate) fn note(&mut self, elapsed: Micros, what: T) {
        let span = Self::span_of(elapsed);
        if self.span != span || self.seen.len() >= KEPT_MAX {
            self.seen.clear();
        }
        self.span = span;
        self.seen.insert(what);
    }

    /// Everything is to be recorded again.
    pub(crate) fn forget(&mut self) {
        self.seen.clear();
    }

    fn span_of(elapsed: Micros) -> i64 {
        elapsed.0.div_euclid(SPAN_US)
    }
}

impl<T: Image + Ord, const SPAN_US: i64, const KEPT_MAX: usize> Image for Once<T, SPAN_US, KEPT_MAX> {
    fn put(&self, out: &mut Vec<u8>) {
        let Self { span, seen } = self;
        span.put(out);
        seen.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        Ok(Self { span: Image::take(source)?, seen: Image::take(source)? })
    }

    fn shape(out: &mut String) {
        shape_within(&format!("once in {SPAN_US}"), &[T::shape], out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;
    type Seen = Once<u64, MINUTE, 100>;

    #[test]
    fn a_minute_before_the_epoch_is_a_minute_too() {
        let mut seen = Seen::default();
        seen.note(Micros(-1), 1);
        assert!(seen.holds(Micros(-MINUTE), &1));
        assert!(!seen.holds(Micros(0), &1));
    }

    #[test]
    fn more_than_is_kept_is_forgotten_and_not_left_out() {
        let mut seen = Seen::default();
        (0..100).for_each(|number| seen.note(Micros(0), number));
        assert!(seen.holds(Micros(0), &0));
        seen.note(Micros(0), u64::MAX);
        assert_eq!(seen.seen.len(), 1);
        assert!(!seen.holds(Micros(0), &0));
    }
}

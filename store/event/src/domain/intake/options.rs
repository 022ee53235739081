//! The options of a task: every number that a definition may state about it, one row each.
//!
//! From its row come the recorded field with its place in the layout and in the definition's digest, the default, the
//! check with its fault, and, at the door, the JSON that is read and its schema.

use super::kind::TaskKind;
use crate::quantity::Millis;

/// Declares the table. A row is `Name => field: Type = default, "path" of scale, from least to greatest;`, and ends with
/// `for Kind` when only tasks of that kind have the option. The path says where it stands in a definition as clients
/// write it; what is written there times the scale is what is recorded. Bounds are those of what is recorded.
macro_rules! options {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident => $field:ident: $type:ty = $default:expr, $path:literal of $scale:literal,
            from $least:literal to $greatest:literal $(, for $kind:ident)?;
    )+) => {
        structure! {
            /// What a definition may state about one of its tasks. What it does not state has its default.
            TaskOptions {
                $( $(#[doc = $doc])+ $field: $type, )+
            }
        }

        impl Default for TaskOptions {
            fn default() -> Self {
                Self { $( $field: $default, )+ }
            }
        }

        impl TaskOptions {
            /// Hands over each option with its value, in recorded units.
            pub fn each(&self, mut each: impl FnMut(TaskOption, Option<i64>)) {
                $( each(TaskOption::$name, self.$field.number()); )+
            }

            /// The value of one option, in recorded units.
            pub fn get(&self, option: TaskOption) -> Option<i64> {
                match option { $( TaskOption::$name => self.$field.number(), )+ }
            }

            /// Gives one option a value, in recorded units: the nearest that can be recorded.
            pub fn set(&mut self, option: TaskOption, value: i64) {
                match option { $( TaskOption::$name => self.$field = Number::nearest(value), )+ }
            }
        }

        /// One option of a task.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum TaskOption {
            $( $(#[doc = $doc])+ $name, )+
        }

        impl TaskOption {
            /// All options, in the order of their rows.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// Where it stands in a task as clients write it: a field, or after a dot a field of an object.
            pub const fn path(self) -> &'static str {
                match self { $( Self::$name => $path, )+ }
            }

            /// What one of the written unit is in the recorded unit.
            pub const fn scale(self) -> i64 {
                match self { $( Self::$name => $scale, )+ }
            }

            /// The least and the greatest value, in recorded units.
            pub const fn bounds(self) -> (i64, i64) {
                match self { $( Self::$name => ($least, $greatest), )+ }
            }

            /// The one kind of task that has it; none when all have.
            pub const fn kind(self) -> Option<TaskKind> {
                match self { $( Self::$name => options!(@kind $($kind)?), )+ }
            }

            /// What it asks for.
            pub const fn doc(self) -> &'static str {
                match self { $( Self::$name => concat!($($doc, "\n"),+), )+ }
            }
        }
    };
    (@kind) => { None };
    (@kind $kind:ident) => { Some(TaskKind::$kind) };
}

options! {
    // At most 30 days and an hour, the same as the bounds of the settings that stand for what is not stated.
    /// How long one attempt may take.
    Timeout => timeout: Option<Millis> = None, "timeout_seconds" of 1_000, from 1 to 2_592_000_000, for Process;
    // More is a loop, not a retry.
    /// How many attempts it has in all: one without a retry, three in a retry that does not say.
    AttemptsMax => attempts_max: u32 = 1, "retry.attempts" of 1, from 1 to 100;
    /// Base of the delay before a retry.
    RetryBase => retry_base: Option<Millis> = None, "retry.base_ms" of 1, from 1 to 3_600_000;
}

impl TaskOption {
    /// Whether a value lies within the bounds.
    pub const fn admits(self, value: i64) -> bool {
        let (least, greatest) = self.bounds();
        least <= value && value <= greatest
    }

    /// The least and the greatest value, as clients write them.
    pub const fn written_bounds(self) -> (i64, i64) {
        let ((least, greatest), scale) = (self.bounds(), self.scale());
        (-(-least).div_euclid(scale), greatest.div_euclid(scale))
    }
}

/// A type that an option can have.
trait Number {
    /// The value, if there is one.
    fn number(&self) -> Option<i64>;

    /// The value that is nearest to a number.
    fn nearest(number: i64) -> Self;
}

impl Number for u32 {
    fn number(&self) -> Option<i64> {
        Some(i64::from(*self))
    }

    fn nearest(number: i64) -> Self {
        Self::try_from(number.max(0)).unwrap_or(Self::MAX)
    }
}

impl Number for Millis {
    fn number(&self) -> Option<i64> {
        Some(i64::try_from(self.0).unwrap_or(i64::MAX))
    }

    fn nearest(number: i64) -> Self {
        Self(number.max(0).unsigned_abs())
    }
}

impl<T: Number> Number for Option<T> {
    fn number(&self) -> Option<i64> {
        self.as_ref().and_then(T::number)
    }

    fn nearest(number: i64) -> Self {
        Some(T::nearest(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_admitted_and_every_value_comes_back() {
        for option in TaskOption::ALL.iter().copied() {
            let mut options = TaskOptions::default();
            assert!(options.get(option).is_none_or(|value| option.admits(value)), "{option:?}");
            // So that a task of another kind can be without it.
            assert!(option.kind().is_none() || options.get(option).is_none(), "{option:?}");
            let (least, greatest) = option.bounds();
            for value in [least, greatest] {
                options.set(option, value);
                assert_eq!(options.get(option), Some(value), "{option:?}");
            }
        }
    }

    /// Else a number that is far out of bounds would be taken for one that is not.
    #[test]
    fn the_nearest_number_of_what_is_out_of_bounds_is_out_of_bounds() {
        for option in TaskOption::ALL.iter().copied() {
            // Where nothing below zero is admitted, nothing below zero is read.
            let lowest = if option.bounds().0 < 0 { i64::MIN } else { 0 };
            for value in [lowest, i64::MAX].into_iter().filter(|value| !option.admits(*value)) {
                let mut options = TaskOptions::default();
                options.set(option, value);
                assert!(options.get(option).is_some_and(|value| !option.admits(value)), "{option:?}");
            }
        }
    }

    #[test]
    fn paths_are_distinct_and_bounds_are_written_in_their_unit() {
        let mut paths: Vec<&str> = TaskOption::ALL.iter().map(|option| option.path()).collect();
        paths.sort_unstable();
        paths.dedup();
        assert_eq!(paths.len(), TaskOption::ALL.len());
        assert_eq!(TaskOption::Timeout.written_bounds(), (1, 2_592_000));
        assert_eq!(TaskOption::RetryBase.written_bounds(), (1, 3_600_000));
    }
}

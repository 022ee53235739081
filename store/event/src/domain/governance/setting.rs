//! The settings: every number that changes a decision and that an operator may change.

use std::fmt;

use rkyv::primitive::ArchivedU16;
use rkyv::rancor::{Fallible, Source, fail};
use rkyv::{Archive, Deserialize, Place, Serialize};

use super::{ChangeSetting, SettingChanged};
use crate::shape::{Named, Shape, Type};
use crate::value::Value;

/// Declares the table: numbers are given by hand and never reused, and a default never changes once released,
/// because logs written before a setting existed are decided with it.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $number:literal => $name:ident, $text:literal, $unit:literal, $default:literal in $low:literal..=$high:literal;
    )+) => {
        /// A number that changes decisions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Setting {
            $( $(#[doc = $doc])+ $name = $number, )+
        }

        impl Setting {
            /// All settings, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The setting with that number.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number {
                    $( $number => Some(Self::$name), )+
                    _ => None,
                }
            }

            /// The name under which it is shown and set.
            pub const fn name(self) -> &'static str {
                match self { $( Self::$name => $text, )+ }
            }

            /// The unit of its value.
            pub const fn unit(self) -> &'static str {
                match self { $( Self::$name => $unit, )+ }
            }

            /// The value until one is recorded.
            pub const fn default_value(self) -> i64 {
                match self { $( Self::$name => $default, )+ }
            }

            /// The least and the greatest value that it may have.
            pub const fn bounds(self) -> (i64, i64) {
                match self { $( Self::$name => ($low, $high), )+ }
            }

            /// What it does.
            pub const fn doc(self) -> &'static str {
                match self { $( Self::$name => concat!($($doc),+), )+ }
            }
        }
    };
}

settings! {
    /// How long an idempotency key is honoured after its workflow was accepted.
    1 => IdempotencyExpiry, "idempotency_expiry", "ms", 86_400_000 in 60_000..=31_536_000_000;
    /// Tasks that one workflow may have.
    2 => TasksPerWorkflowMax, "tasks_per_workflow_max", "tasks", 100_000 in 1..=100_000;
    /// Dependencies that one workflow may have in all.
    3 => DependenciesPerWorkflowMax, "dependencies_per_workflow_max", "dependencies", 1_000_000 in 1..=1_000_000;
    /// Workflows and uploads that may be alive at once.
    4 => WorkflowsAliveMax, "workflows_alive_max", "workflows", 100_000 in 1..=1_000_000;
    /// Attempts that may run at once.
    5 => AttemptsRunningMax, "attempts_running_max", "attempts", 256 in 1..=65_536;
    /// Timeout of an attempt whose task names none.
    6 => TimeoutDefault, "timeout_default", "ms", 3_600_000 in 1..=2_592_000_000;
    /// Base of the retry delay of a task that names none.
    7 => RetryBaseDefault, "retry_base_default", "ms", 100 in 1..=3_600_000;
    /// Longest delay before a retry, however many failed before.
    8 => RetryDelayMax, "retry_delay_max", "ms", 300_000 in 1..=86_400_000;
    /// How long an attempt may take to end after it was asked to, before it is given up as lost.
    9 => CancelGrace, "cancel_grace", "ms", 30_000 in 1_000..=3_600_000;
    /// How long a running process may be silent before a stall is recorded.
    10 => StallAfter, "stall_after", "ms", 60_000 in 1_000..=86_400_000;
    /// How long an unfinished upload is kept after its last chunk.
    11 => UploadExpiry, "upload_expiry", "ms", 3_600_000 in 10_000..=86_400_000;
    /// How far the wall clock may go away from the clock that counts suspension before it counts as stepped.
    12 => ClockStepMax, "clock_step_max", "ms", 5_000 in 100..=3_600_000;
    /// Memory that one process may have.
    13 => ProcessMemoryMax, "process_memory_max", "bytes", 2_147_483_648 in 1_048_576..=1_099_511_627_776;
    /// How long content is kept at least: a data subject cannot be erased before that has passed since content was
    /// last accepted for it.
    14 => RetentionMin, "retention_min", "ms", 0 in 0..=3_155_760_000_000;
    /// How long a task that has no deadline waits for a price, at most.
    20 => DeferralMax, "deferral_max", "ms", 86_400_000 in 1_000..=31_622_400_000;
    /// Power that one busy processor core takes: by it the processor time of attempts is energy.
    30 => CorePower, "core_power", "mW", 12_000 in 1..=1_000_000;
    /// Fixes that may be applied to one task.
    40 => FixesPerTaskMax, "fixes_per_task_max", "fixes", 3 in 0..=100;
    /// Fixes that may be applied to the tasks of one workflow.
    41 => FixesPerWorkflowMax, "fixes_per_workflow_max", "fixes", 20 in 0..=10_000;
    /// Fixes that may be applied within an hour, in all workflows.
    42 => FixesPerHourMax, "fixes_per_hour_max", "fixes", 100 in 0..=10_000;
    /// How sure a diagnosis must be, with what came of its fixes before, for a fix to follow from it.
    43 => FixConfidenceMin, "fix_confidence_min", "per mille", 600 in 0..=1_000;
    /// Timeout that a fix raises to, at most.
    44 => FixTimeoutMax, "fix_timeout_max", "ms", 14_400_000 in 1..=2_592_000_000;
    /// Memory of one process that a fix raises to, at most.
    45 => FixMemoryMax, "fix_memory_max", "bytes", 8_589_934_592 in 1_048_576..=1_099_511_627_776;
    /// How long the first fix that waits does so; each further one of a task twice as long, up to the longest delay of a retry.
    46 => FixWait, "fix_wait", "ms", 30_000 in 1..=86_400_000;
    /// How long a fix waits for approval.
    47 => FixExpiry, "fix_expiry", "ms", 604_800_000 in 1_000..=31_536_000_000;
    /// How long the condition of an alert must have ended before the alert is resolved, where subscriptions tell of alerts. What
    /// returns before is the same alert.
    52 => AlertQuiet, "alert_quiet", "ms", 600_000 in 0..=86_400_000;
}

impl Setting {
    /// The number.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The setting with that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|setting| setting.name() == name)
    }

    /// Whether a value lies within the bounds.
    pub const fn admits(self, value: i64) -> bool {
        let (low, high) = self.bounds();
        low <= value && value <= high
    }

    /// What is recorded of every setting when a log begins.
    pub fn initial() -> impl Iterator<Item = SettingChanged> {
        Self::ALL.iter().map(|&setting| SettingChanged {
            asked: ChangeSetting {
                setting,
                scope: String::new(),
                value: setting.default_value(),
                reason: "initial".to_owned(),
            },
            previous: None,
        })
    }
}

/// A record names a setting that this program does not know, so it cannot decide as the writer did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownSetting(pub u16);

impl fmt::Display for UnknownSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "setting {} is unknown to this version", self.0)
    }
}

impl std::error::Error for UnknownSetting {}

// By hand, because derived tags have one byte and there will be more than 256 settings.
impl Archive for Setting {
    type Archived = ArchivedU16;
    type Resolver = ();

    fn resolve(&self, (): (), out: Place<ArchivedU16>) {
        out.write(ArchivedU16::from_native(self.number()));
    }
}

impl<S: Fallible + ?Sized> Serialize<S> for Setting {
    fn serialize(&self, _: &mut S) -> Result<(), S::Error> {
        Ok(())
    }
}

impl<D: Fallible<Error: Source> + ?Sized> Deserialize<Setting, D> for ArchivedU16 {
    fn deserialize(&self, _: &mut D) -> Result<Setting, D::Error> {
        let number = self.to_native();
        match Setting::from_number(number) {
            Some(setting) => Ok(setting),
            None => fail!(UnknownSetting(number)),
        }
    }
}

impl Shape for Setting {
    const TYPE: Type = Type::Named(&Named {
        name: "Setting",
        doc: " The number of a setting, from the table of settings.",
        inner: &Type::U16,
    });

    fn value(&self) -> Value {
        Value::Tag(self.name())
    }

    fn put(&self, out: &mut Vec<u8>) {
        self.number().put(out);
    }

    fn take(source: &mut &[u8]) -> Option<Self> {
        Self::from_number(u16::take(source)?)
    }

    fn outlying_bytes(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_lies_within_its_bounds() {
        for setting in Setting::ALL {
            assert!(setting.admits(setting.default_value()), "{}", setting.name());
        }
    }

    #[test]
    fn names_and_numbers_are_distinct_and_found_again() {
        for setting in Setting::ALL {
            assert_eq!(Setting::from_name(setting.name()), Some(*setting));
            assert_eq!(Setting::from_number(setting.number()), Some(*setting));
        }
    }
}

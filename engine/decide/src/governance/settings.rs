//! The settings in force: a fold of the changes, with the table's values where none was recorded.

use triad_event::governance::Setting;
use triad_event::quantity::{Bytes, Millis};

/// The settings in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings(pub(crate) Vec<Option<i64>>);

impl Settings {
    /// Nothing recorded yet.
    pub(crate) fn new() -> Self {
        let greatest = Setting::ALL.last().map_or(0, |setting| setting.number());
        Self(vec![None; usize::from(greatest) + 1])
    }

    /// The value in force, in the unit of the setting.
    pub fn value(&self, setting: Setting) -> i64 {
        self.recorded(setting).unwrap_or(setting.default_value())
    }

    /// The value that was recorded last, if one was.
    pub fn recorded(&self, setting: Setting) -> Option<i64> {
        self.0.get(usize::from(setting.number())).copied().flatten()
    }

    /// The value of a setting that counts something. Bounds keep settings from being negative.
    pub fn count(&self, setting: Setting) -> usize {
        usize::try_from(self.value(setting)).unwrap_or(0)
    }

    /// The value of a setting that is a span of time.
    pub fn span(&self, setting: Setting) -> Millis {
        Millis(self.value(setting).unsigned_abs())
    }

    /// The value of a setting that is a size.
    pub fn size(&self, setting: Setting) -> Bytes {
        Bytes(self.value(setting).unsigned_abs())
    }

    pub(crate) fn set(&mut self, setting: Setting, value: i64) {
        self.0[usize::from(setting.number())] = Some(value);
    }
}

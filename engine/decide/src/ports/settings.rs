//! The settings in force: a fold of the changes, with the table's values where none was recorded.

use std::collections::BTreeMap;

use triad_event::governance::Setting;
use triad_event::quantity::{Bytes, Millis};

use crate::image::{Image, Source, Unreadable};

/// The settings in force, by name and scope. What has no value of its own in a scope has the value of the empty scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// By the number of the setting and the scope.
    recorded: BTreeMap<(u16, String), i64>,
    /// Values of the empty scope by number, for speed. Follows from the rest.
    everywhere: Vec<Option<i64>>,
}

impl Settings {
    /// The value in force everywhere that has none of its own, in the unit of the setting.
    pub fn value(&self, setting: Setting) -> i64 {
        let recorded = self.everywhere.get(usize::from(setting.number())).copied().flatten();
        recorded.unwrap_or(setting.default_value())
    }

    /// The value in force in a scope.
    pub fn value_in(&self, setting: Setting, scope: &str) -> i64 {
        self.recorded(setting, scope).unwrap_or_else(|| self.value(setting))
    }

    /// The value that was recorded last for just this scope, if one was.
    pub fn recorded(&self, setting: Setting, scope: &str) -> Option<i64> {
        self.recorded.get(&(setting.number(), scope.to_owned())).copied()
    }

    /// Every recorded value with its setting and scope; those of settings that this version does not know are left out.
    pub fn all_recorded(&self) -> impl Iterator<Item = (Setting, &str, i64)> {
        let recorded = self.recorded.iter();
        recorded.filter_map(|((number, scope), value)| {
            Some((Setting::from_number(*number)?, scope.as_str(), *value))
        })
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

    pub(crate) fn set(&mut self, setting: Setting, scope: &str, value: i64) {
        self.keep(setting.number(), scope.to_owned(), value);
    }

    fn keep(&mut self, number: u16, scope: String, value: i64) {
        if scope.is_empty() {
            let index = usize::from(number);
            self.everywhere.resize(self.everywhere.len().max(index + 1), None);
            self.everywhere[index] = Some(value);
        }
        self.recorded.insert((number, scope), value);
    }
}

impl Image for Settings {
    fn put(&self, out: &mut Vec<u8>) {
        self.recorded.put(out);
    }

    fn take(source: &mut Source<'_>) -> Result<Self, Unreadable> {
        let mut settings = Self::default();
        for ((number, scope), value) in BTreeMap::<(u16, String), i64>::take(source)? {
            settings.keep(number, scope, value);
        }
        Ok(settings)
    }

    fn shape(out: &mut String) {
        BTreeMap::<(u16, String), i64>::shape(out);
    }
}

//! Settings as JSON.

use schemars::JsonSchema;
use serde::Serialize;
use triad_decide::Settings;
use triad_event::governance::Setting;

/// A number that changes decisions: what it is now, what it was made with, and what it may be.
#[derive(Serialize, JsonSchema)]
pub(super) struct SettingValue {
    name: &'static str,
    /// The id of what has the value; empty for everything that has none of its own.
    scope: String,
    value: i64,
    unit: &'static str,
    default: i64,
    least: i64,
    greatest: i64,
    /// What it does.
    doc: &'static str,
}

/// Every setting: what is in force everywhere, then what is in force in single scopes.
#[derive(Serialize, JsonSchema)]
pub(super) struct SettingList {
    settings: Vec<SettingValue>,
}

impl SettingValue {
    /// What is in force in a scope.
    pub(super) fn of(setting: Setting, scope: &str, settings: &Settings) -> Self {
        let (least, greatest) = setting.bounds();
        Self {
            name: setting.name(),
            scope: scope.to_owned(),
            value: settings.value_in(setting, scope),
            unit: setting.unit(),
            default: setting.default_value(),
            least,
            greatest,
            doc: setting.doc().trim(),
        }
    }
}

impl SettingList {
    pub(super) fn of(settings: &Settings) -> Self {
        let everywhere = Setting::ALL.iter().map(|setting| (*setting, ""));
        let scoped = settings.all_recorded().map(|(setting, scope, _)| (setting, scope));
        let all = everywhere.chain(scoped.filter(|(_, scope)| !scope.is_empty()));
        Self { settings: all.map(|(setting, scope)| SettingValue::of(setting, scope, settings)).collect() }
    }
}

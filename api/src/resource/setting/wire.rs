//! Settings as JSON.

use schemars::JsonSchema;
use serde::Serialize;
use triad_decide::Settings;
use triad_event::governance::Setting;

/// A number that changes decisions: what it is now, what it was made with, and what it may be.
#[derive(Serialize, JsonSchema)]
pub(super) struct SettingValue {
    name: &'static str,
    value: i64,
    unit: &'static str,
    default: i64,
    least: i64,
    greatest: i64,
    /// What it does.
    doc: &'static str,
}

/// Every setting.
#[derive(Serialize, JsonSchema)]
pub(super) struct SettingList {
    settings: Vec<SettingValue>,
}

impl SettingValue {
    pub(super) fn of(setting: Setting, settings: &Settings) -> Self {
        let (least, greatest) = setting.bounds();
        Self {
            name: setting.name(),
            value: settings.value(setting),
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
        Self { settings: Setting::ALL.iter().map(|setting| SettingValue::of(*setting, settings)).collect() }
    }
}

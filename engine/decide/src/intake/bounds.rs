//! How large a definition may be.

use triad_event::governance::Setting;

use crate::ports::settings::Settings;

/// How large a definition may be, from the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Tasks.
    pub tasks_max: usize,
    /// Dependencies in all.
    pub dependencies_max: usize,
}

impl Bounds {
    /// What the settings allow.
    pub fn from_settings(settings: &Settings) -> Self {
        Self {
            tasks_max: settings.count(Setting::TasksPerWorkflowMax),
            dependencies_max: settings.count(Setting::DependenciesPerWorkflowMax),
        }
    }
}

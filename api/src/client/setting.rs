//! `triad setting`

use super::api::Api;
use super::show::{checked, text};
use crate::cli::SettingVerb;
use crate::failure::Failure;
use crate::output::Output;
use serde_json::{Value, json};

/// Runs one verb.
pub(crate) fn run(verb: SettingVerb, output: &Output) -> Result<(), Failure> {
    match verb {
        SettingVerb::List { at } => {
            let found = Api::new(&at.server)?.get("/v1/settings")?;
            for setting in found["settings"].as_array().into_iter().flatten() {
                output.result(|| describe(setting), || setting.clone());
            }
        }
        SettingVerb::Set { at, name, value, why } => {
            let body = json!({ "value": value, "reason": why.reason }).to_string();
            let path = format!("/v1/settings/{}", checked(&name)?);
            let setting = Api::new(&at.server)?.post(&path, body.as_bytes(), None)?;
            output.result(|| describe(&setting), || setting.clone());
        }
    }
    Ok(())
}

fn describe(setting: &Value) -> String {
    format!(
        "{:<30} {:>15} {:<12}  {} to {}\n    {}",
        text(&setting["name"]),
        setting["value"],
        text(&setting["unit"]),
        setting["least"],
        setting["greatest"],
        text(&setting["doc"]),
    )
}

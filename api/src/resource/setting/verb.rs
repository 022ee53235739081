//! `triad setting`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};

/// The recorded numbers that change decisions of a running server: list, set.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  triad setting list")]
pub(super) enum Setting {
    /// List the settings: value, unit, bounds, and what each does.
    #[command(after_help = "Examples:\n  triad setting list\n  triad setting list -o json")]
    List {
        #[command(flatten)]
        at: ServerOption,
    },
    /// Change a setting. The change is recorded, and decisions from there on follow it.
    #[command(
        after_help = "Example:\n  triad setting set retention_min 2592000000 --reason \"30 days, policy 4\""
    )]
    Set {
        #[command(flatten)]
        at: ServerOption,
        /// The setting.
        #[arg(value_name = "NAME")]
        name: String,
        /// Its value, in its unit.
        #[arg(value_name = "VALUE", allow_negative_numbers = true)]
        value: i64,
        /// The id of what is to have the value; without it, everything that has none of its own.
        #[arg(long, default_value = "", value_name = "ID")]
        scope: String,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Setting {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::List { at } => {
                let found = Api::of(&at)?.get("/v1/settings")?;
                let mut settings = found["settings"].as_array().into_iter().flatten();
                settings.try_for_each(|setting| output.result(|| describe(setting), || setting.clone()))
            }
            Self::Set { at, name, value, scope, why } => {
                let body = json!({ "value": value, "scope": scope, "reason": why.reason }).to_string();
                let path = format!("/v1/settings/{}", checked(&name)?);
                let setting = Api::of(&at)?.post(&path, body.as_bytes(), None)?;
                output.result(|| describe(&setting), || setting.clone())
            }
        }
    }
}

fn describe(setting: &Value) -> String {
    let scope = match setting["scope"].as_str() {
        Some("") | None => String::new(),
        Some(scope) => format!(" of {}", plain(scope)),
    };
    format!(
        "{:<30} {:>15} {:<12}  {} to {}\n    {}",
        format!("{}{scope}", text(&setting["name"])),
        setting["value"],
        text(&setting["unit"]),
        setting["least"],
        setting["greatest"],
        text(&setting["doc"]),
    )
}

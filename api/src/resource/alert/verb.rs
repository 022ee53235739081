//! `triad alert`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};

/// What people must know of a running server: list, acknowledge.
#[derive(Debug, Subcommand)]
#[command(after_help = "Example:\n  triad alert list")]
pub(super) enum Alert {
    /// List what is the matter: one alert for each condition, for as long as it stands.
    #[command(after_help = "Examples:\n  triad alert list\n  triad alert list --resolved -o json")]
    List {
        #[command(flatten)]
        at: ServerOption,
        /// List what stands no longer, too.
        #[arg(long)]
        resolved: bool,
    },
    /// Say that somebody has seen an alert. It stays open until its condition ends.
    #[command(after_help = "Example:\n  triad alert acknowledge 6e0f... --reason \"on it\"")]
    Acknowledge {
        #[command(flatten)]
        at: ServerOption,
        /// The alert.
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Alert {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::List { at, resolved } => {
                let found = Api::of(&at)?.get(&format!("/v1/alerts?resolved={resolved}"))?;
                let alerts = found["alerts"].as_array().cloned().unwrap_or_default();
                if alerts.is_empty() {
                    output.note("nothing is the matter");
                }
                alerts.iter().try_for_each(|alert| output.result(|| describe(alert), || alert.clone()))
            }
            Self::Acknowledge { at, id, why } => {
                let path = format!("/v1/alerts/{}/acknowledge", checked(&id)?);
                let body = json!({ "reason": why.reason }).to_string();
                let alert = Api::of(&at)?.post(&path, body.as_bytes(), None)?;
                output.result(|| describe(&alert), || alert.clone())
            }
        }
    }
}

fn describe(alert: &Value) -> String {
    let about = alert["about"].as_str().map(|about| format!(" of {}", plain(about))).unwrap_or_default();
    let returns = alert["returns"].as_u64().filter(|returns| *returns > 0);
    let returns = returns.map(|returns| format!(", returned {returns} times")).unwrap_or_default();
    let moment = |what: &str, name: &str| {
        alert[name]["time"].as_str().map(|time| format!(", {what} {}", plain(time))).unwrap_or_default()
    };
    let course = [returns, moment("ended for now", "subsided"), moment("escalated", "escalated")].concat();
    format!(
        "{}  {:<12} {}{about}: {}\n    raised {} (sequence {}){course}, {} deliveries{}",
        text(&alert["alert_id"]),
        text(&alert["status"]),
        text(&alert["kind"]),
        text(&alert["detail"]),
        text(&alert["raised"]["time"]),
        alert["raised"]["sequence"],
        alert["deliveries"],
        alert["last_delivery"].as_str().map(|how| format!(", the last {}", plain(how))).unwrap_or_default(),
    )
}

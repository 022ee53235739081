//! `triad approval`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// What waits for people on a running server: list, show, approve, decline.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad approval list\n  triad approval approve 6e0f... release --reason \"tests are green\""
)]
pub(super) enum Approval {
    /// List what waits for people, the longest waiting first.
    #[command(after_help = "Examples:\n  triad approval list\n  triad approval list -o json")]
    List {
        #[command(flatten)]
        at: ServerOption,
        /// How many at most.
        #[arg(long, default_value_t = 100, value_name = "COUNT")]
        limit: u32,
        /// Where the page before ended.
        #[arg(long, value_name = "CURSOR")]
        cursor: Option<u64>,
    },
    /// Show one, with what you are asked. That it was read is recorded.
    #[command(after_help = "Example:\n  triad approval show 6e0f... release")]
    Show(OneApproval),
    /// Approve. Whoever submitted the workflow cannot.
    #[command(after_help = "Example:\n  triad approval approve 6e0f... release --reason \"tests are green\"")]
    Approve {
        #[command(flatten)]
        of: OneApproval,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Decline, which ends the task as failed. Whoever submitted the workflow cannot: they cancel it.
    #[command(after_help = "Example:\n  triad approval decline 6e0f... release --reason \"not on a Friday\"")]
    Decline {
        #[command(flatten)]
        of: OneApproval,
        #[command(flatten)]
        why: ReasonOption,
    },
}

/// The approval that is meant.
#[derive(Debug, Args)]
pub(super) struct OneApproval {
    #[command(flatten)]
    at: ServerOption,
    /// The workflow.
    #[arg(value_name = "ID")]
    id: String,
    /// The task that waits.
    #[arg(value_name = "TASK")]
    task: String,
}

impl OneApproval {
    fn path(&self) -> Result<String, Failure> {
        Ok(format!("/v1/workflows/{}/approvals/{}", checked(&self.id)?, checked(&self.task)?))
    }

    fn decide(&self, verdict: &str, why: &ReasonOption) -> Result<Value, Failure> {
        let body = json!({ "verdict": verdict, "reason": why.reason }).to_string();
        Ok(Api::of(&self.at)?.post(&self.path()?, body.as_bytes(), None)?)
    }
}

impl Verb for Approval {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let found = match self {
            Self::List { at, limit, cursor } => return list(&Api::of(&at)?, limit, cursor, output),
            Self::Show(of) => Api::of(&of.at)?.get(&of.path()?)?,
            Self::Approve { of, why } => of.decide("APPROVE", &why)?,
            Self::Decline { of, why } => of.decide("DECLINE", &why)?,
        };
        output.result(|| describe(&found), || found.clone())
    }
}

fn list(api: &Api, limit: u32, cursor: Option<u64>, output: &Output) -> Result<(), Failure> {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let page = api.get(&format!("/v1/approvals?limit={limit}{cursor}"))?;
    let approvals = page["approvals"].as_array().cloned().unwrap_or_default();
    if approvals.is_empty() {
        output.note("nothing waits for people");
    }
    approvals.iter().try_for_each(|approval| output.result(|| describe(approval), || approval.clone()))?;
    if let Some(next) = page["next_cursor"].as_u64() {
        output.note(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}

fn describe(approval: &Value) -> String {
    let roles: Vec<String> = approval["roles"].as_array().into_iter().flatten().map(text).collect();
    let verdicts = approval["verdicts"].as_array().cloned().unwrap_or_default();
    let approved = verdicts.iter().filter(|verdict| verdict["verdict"] == "APPROVE").count();
    let wants = match approval["held"]["rule"].as_str() {
        Some(rule) => {
            format!("held by rule {} for its {}", plain(rule), text(&approval["held"]["part"]).to_lowercase())
        }
        None => format!("{approved} of {} approvals", approval["needed"]),
    };
    let mut lines = vec![format!(
        "{}  {}  {:<9} {wants}, by {}  ({}){}",
        text(&approval["workflow_id"]),
        text(&approval["task_id"]),
        text(&approval["status"]),
        roles.join(", "),
        text(&approval["workflow_name"]),
        approval["due"].as_str().map(|due| format!(", until {}", plain(due))).unwrap_or_default(),
    )];
    lines.extend(verdicts.iter().map(verdict));
    let message = &approval["message"];
    // What a step would run.
    if message["command"].is_array() {
        lines.push(format!("    {}", plain(&message["command"].to_string())));
    }
    if let Some(asked) = message["text"].as_str().or_else(|| message["detail"].as_str()) {
        lines.push(format!("    {}", plain(asked)));
    }
    lines.join("\n")
}

fn verdict(verdict: &Value) -> String {
    let by = verdict["by"].as_str().unwrap_or("somebody");
    let reason = text(&verdict["reason"]);
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    format!(
        "    {} by {} at {}{reason}",
        text(&verdict["verdict"]),
        plain(by),
        text(&verdict["given"]["time"])
    )
}

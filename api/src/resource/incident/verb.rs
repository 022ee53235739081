//! `triad incident`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::resource::workflow::healing::fix_in_words;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Tasks that failed and need a person: list, show, approve, decline.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad incident list\n  triad incident show 6e0f... fetch\n  triad incident approve 6e0f... fetch --reason \"the key was rotated\""
)]
pub(super) enum Incident {
    /// List tasks that failed and need a person, the newest first.
    #[command(after_help = "Examples:\n  triad incident list\n  triad incident list -o json")]
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
    /// Show the fix that is proposed for a task, as a difference, with what it follows from.
    #[command(after_help = "Example:\n  triad incident show 6e0f... fetch")]
    Show(OneFix),
    /// Approve the fix: the task is tried again with it. Whoever submitted the workflow cannot.
    #[command(
        after_help = "Example:\n  triad incident approve 6e0f... fetch --reason \"the key was rotated\""
    )]
    Approve {
        #[command(flatten)]
        of: OneFix,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Decline the fix: the task fails for good. Whoever submitted the workflow cannot: they cancel it.
    #[command(
        after_help = "Example:\n  triad incident decline 6e0f... fetch --reason \"the service is gone\""
    )]
    Decline {
        #[command(flatten)]
        of: OneFix,
        #[command(flatten)]
        why: ReasonOption,
    },
}

/// The fix that is meant.
#[derive(Debug, Args)]
pub(super) struct OneFix {
    #[command(flatten)]
    at: ServerOption,
    /// The workflow.
    #[arg(value_name = "ID")]
    id: String,
    /// The task that failed.
    #[arg(value_name = "TASK")]
    task: String,
}

impl OneFix {
    fn path(&self) -> Result<String, Failure> {
        Ok(format!("/v1/workflows/{}/fixes/{}", checked(&self.id)?, checked(&self.task)?))
    }

    fn decide(&self, verdict: &str, why: &ReasonOption) -> Result<Value, Failure> {
        let body = json!({ "verdict": verdict, "reason": why.reason }).to_string();
        Ok(Api::of(&self.at)?.post(&self.path()?, body.as_bytes(), None)?)
    }
}

impl Verb for Incident {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let found = match self {
            Self::List { at, limit, cursor } => return list(&Api::of(&at)?, limit, cursor, output),
            Self::Show(of) => Api::of(&of.at)?.get(&of.path()?)?,
            Self::Approve { of, why } => of.decide("APPROVE", &why)?,
            Self::Decline { of, why } => of.decide("DECLINE", &why)?,
        };
        output.result(|| describe_fix(&found), || found.clone())
    }
}

fn list(api: &Api, limit: u32, cursor: Option<u64>, output: &Output) -> Result<(), Failure> {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let page = api.get(&format!("/v1/incidents?limit={limit}{cursor}"))?;
    let incidents = page["incidents"].as_array().cloned().unwrap_or_default();
    if incidents.is_empty() {
        output.note("no task needs a person");
    }
    incidents.iter().try_for_each(|incident| output.result(|| describe(incident), || incident.clone()))?;
    if let Some(next) = page["next_cursor"].as_u64() {
        output.note(&format!("there are more: --cursor {next}"));
    }
    Ok(())
}

fn describe(incident: &Value) -> String {
    let what = match incident["fix"].as_str() {
        Some(fix) => format!("fix {} waits until {}", plain(fix), text(&incident["due"])),
        None => text(&incident["why"]),
    };
    format!(
        "{}  {}  {:<12} {:<23} {what}  ({}, since {})",
        text(&incident["workflow_id"]),
        text(&incident["task_id"]),
        text(&incident["status"]),
        text(&incident["class"]),
        text(&incident["workflow_name"]),
        text(&incident["since"]["time"]),
    )
}

fn describe_fix(fix: &Value) -> String {
    let grounds = &fix["grounds"];
    let mut lines = vec![
        format!("workflow  {} ({})", text(&fix["workflow_id"]), text(&fix["workflow_name"])),
        format!("task      {}", text(&fix["task_id"])),
        format!(
            "why       {}, by rule {} ({} of 1000 sure; {} with what came of its fixes: {} succeeded, {} failed)",
            text(&grounds["class"]),
            text(&grounds["rule"]),
            grounds["confidence_pm"],
            grounds["learned_pm"],
            grounds["succeeded"],
            grounds["failed"],
        ),
        "fix".to_owned(),
    ];
    lines.extend(difference(fix));
    lines.push(match fix["verdict"].as_str() {
        None => format!("waits     until {}", text(&fix["due"])),
        Some(verdict) => {
            let by = fix["by"].as_str().unwrap_or("somebody");
            format!("verdict   {} by {}{}", plain(verdict), plain(by), reason(fix))
        }
    });
    lines.join("\n")
}

fn reason(fix: &Value) -> String {
    fix["reason"]
        .as_str()
        .filter(|why| !why.is_empty())
        .map_or(String::new(), |why| format!(": {}", plain(why)))
}

/// The fix as a difference of what the task says.
fn difference(fix: &Value) -> Vec<String> {
    let variables = fix["variables"].as_array().into_iter().flatten();
    let mut lines: Vec<String> = variables
        .map(|name| format!("  + env.{}: (from the operator's configuration)", text(name)))
        .collect();
    for (member, field) in [("timeout_ms", "timeout_ms"), ("memory_bytes", "memory_bytes")] {
        if fix[member].is_object() {
            lines.push(format!("  - {field}: {}", fix[member]["from"]));
            lines.push(format!("  + {field}: {}", fix[member]["to"]));
        }
    }
    if lines.is_empty() {
        lines.push(format!("  {}", fix_in_words(fix)));
    }
    lines
}

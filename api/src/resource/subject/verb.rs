//! `triad subject`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Data subjects of a running server, whose content is erased together: show, erase, hold, release.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad subject show 6e0f...\n  triad subject erase 6e0f... --reason \"request 2211\""
)]
pub(super) enum Subject {
    /// Show where a data subject stands: its holds, its erasure, how often its content was read.
    #[command(
        after_help = "Examples:\n  triad subject show 6e0f...    (a workflow is a data subject by itself)\n  triad subject show 6e0f... -o json"
    )]
    Show {
        #[command(flatten)]
        of: SubjectOptions,
    },
    /// Destroy the key of a data subject: what was sealed for it can be read by nobody any more, wherever copies lie.
    #[command(
        after_help = "Examples:\n  triad subject erase 6e0f... --reason \"request 2211\"\n  triad workflow submit job.json    (with \"data_subject\": 32 hex digits, several workflows share one)\n\nRefused, and the refusal recorded, while a legal hold is on it, while a workflow uses it, and before the setting\nretention_min allows it. There is no way back."
    )]
    Erase {
        #[command(flatten)]
        of: SubjectOptions,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Place a legal hold: nothing of the data subject is erased until every hold on it is released.
    #[command(
        after_help = "Example:\n  triad subject hold 6e0f... --name case-17 --reason \"preservation order\""
    )]
    Hold {
        #[command(flatten)]
        of: SubjectOptions,
        /// A name for the hold, unique on the data subject: 1 to 64 of a-z, 0-9, _ and -.
        #[arg(long, value_name = "NAME")]
        name: String,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Release a legal hold.
    #[command(
        after_help = "Example:\n  triad subject release 6e0f... --name case-17 --reason \"case closed\""
    )]
    Release {
        #[command(flatten)]
        of: SubjectOptions,
        /// The name of the hold.
        #[arg(long, value_name = "NAME")]
        name: String,
        #[command(flatten)]
        why: ReasonOption,
    },
}

/// The data subject that is meant.
#[derive(Debug, Args)]
pub(super) struct SubjectOptions {
    #[command(flatten)]
    at: ServerOption,
    /// The data subject; the id of a workflow names the one that it is by itself.
    #[arg(value_name = "ID")]
    id: String,
}

impl Verb for Subject {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Show { of } => Api::of(&of.at)?.get(&path(&of, "")?)?,
            Self::Erase { of, why } => erase(&of, &why, output)?,
            Self::Hold { of, name, why } => {
                let body = json!({ "name": name, "reason": why.reason }).to_string();
                Api::of(&of.at)?.post(&path(&of, "/holds")?, body.as_bytes(), None)?
            }
            Self::Release { of, name, why } => {
                let place = format!("/holds/{}", checked(&name)?);
                Api::of(&of.at)?.delete(&path(&of, &place)?, body(&why).as_bytes())?
            }
        };
        output.result(|| describe(&shown), || shown.clone())
    }
}

fn erase(of: &SubjectOptions, why: &ReasonOption, output: &Output) -> Result<Value, Failure> {
    let path = path(of, "/erase")?;
    let shown = Api::of(&of.at)?.post(&path, body(why).as_bytes(), None)?;
    if shown["state"] != "ERASED" {
        output.note("the erasure is under way: `triad subject show` says when its key is destroyed");
    }
    Ok(shown)
}

fn path(of: &SubjectOptions, rest: &str) -> Result<String, Failure> {
    Ok(format!("/v1/subjects/{}{rest}", checked(&of.id)?))
}

fn body(why: &ReasonOption) -> String {
    json!({ "reason": why.reason }).to_string()
}

fn describe(shown: &Value) -> String {
    let mut lines = vec![
        format!("data subject   {}", text(&shown["subject_id"])),
        format!("state          {}", text(&shown["state"])),
    ];
    let mut told = |name: &str, moment: &Value, more: &str| {
        if !moment.is_null() {
            let (time, sequence) = (text(&moment["time"]), &moment["sequence"]);
            lines.push(format!("{name:<15}{time} (sequence {sequence}){more}"));
        }
    };
    told("requested", &shown["erasure_requested"], "");
    told("erased", &shown["erased"], "");
    let refused = &shown["last_refusal"];
    let because = format!(": {}, {} in all", text(&refused["because"]), shown["refusals"]);
    told("last refused", &refused["at"], &because);
    told("last read", &shown["last_read"], &format!(", {} in all", shown["reads"]));
    if let Some(accepted) = shown["last_accepted"].as_str() {
        lines.push(format!("last accepted  {}", plain(accepted)));
    }
    lines.extend(shown["holds"].as_array().into_iter().flatten().map(hold));
    lines.join("\n")
}

fn hold(hold: &Value) -> String {
    let reason = match hold["reason"].as_str() {
        Some("") | None => String::new(),
        Some(reason) => format!(": {}", plain(reason)),
    };
    format!("hold           {} since {}{reason}", text(&hold["name"]), text(&hold["since"]["time"]))
}

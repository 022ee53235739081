//! `triad bulk`

mod ask;
mod follow;

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption, StatedReasonOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::resource::workflow::Narrowed;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Do something to every workflow that a filter finds: cancel, pause, resume, retry; look at what came of it.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad bulk cancel --label region=eu --status RUNNING --reason \"wrong input\"\n  triad bulk retry --label region=eu --reason \"disk replaced\" --follow\n  triad bulk items 6e0f... --undone\n\nHow many are found is shown first, and whether to go on is asked, unless --yes is there. Workflows that are submitted after that are\nnot touched. With --follow, exit code 6 when it was not done to all."
)]
pub(super) enum Bulk {
    /// Cancel every workflow that is found.
    #[command(
        after_help = "Examples:\n  triad bulk cancel --label region=eu --status RUNNING --reason \"wrong input\"\n  triad bulk cancel --name nightly --reason \"ticket 11\" --yes --follow\n  triad bulk cancel --all --reason \"move to another machine\" --dry-run"
    )]
    Cancel(Asked),
    /// Start no more attempts of any workflow that is found.
    #[command(
        after_help = "Example:\n  triad bulk pause --label team=search --status RUNNING --reason \"disk is full\""
    )]
    Pause(Asked),
    /// Start attempts of every workflow again that is found: of those that are paused, unless --status says otherwise.
    #[command(
        after_help = "Example:\n  triad bulk resume --label team=search --reason \"disk is free again\""
    )]
    Resume(Asked),
    /// Retry what failed of every workflow that is found: of those that failed, unless --status says otherwise.
    #[command(
        after_help = "Example:\n  triad bulk retry --label region=eu --reason \"disk replaced\" --follow\n\nEach becomes a new workflow, in which what has completed stands. `triad bulk items ID` names them."
    )]
    Retry(Asked),
    /// List what is under way, and what ended lately.
    #[command(after_help = "Examples:\n  triad bulk list\n  triad bulk list --open -o json")]
    List {
        #[command(flatten)]
        at: ServerOption,
        /// Only those that are under way.
        #[arg(long)]
        open: bool,
        /// How many.
        #[arg(long, default_value_t = 50, value_name = "COUNT")]
        limit: u32,
    },
    /// Show one, and how far it got.
    #[command(after_help = "Examples:\n  triad bulk show 6e0f...\n  triad bulk show 6e0f... --follow")]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// The bulk action.
        #[arg(value_name = "ID")]
        id: String,
        /// Follow it to its end.
        #[arg(long)]
        follow: bool,
    },
    /// List what came of each workflow.
    #[command(
        after_help = "Examples:\n  triad bulk items 6e0f...\n  triad bulk items 6e0f... --undone -o json"
    )]
    Items {
        #[command(flatten)]
        at: ServerOption,
        /// The bulk action.
        #[arg(value_name = "ID")]
        id: String,
        /// Only those to which it was not done.
        #[arg(long)]
        undone: bool,
    },
    /// Do nothing more of one. What was done stays done.
    #[command(after_help = "Example:\n  triad bulk stop 6e0f... --reason \"wrong label\"")]
    Stop {
        #[command(flatten)]
        at: ServerOption,
        /// The bulk action.
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        why: ReasonOption,
    },
}

/// Which workflows are meant, why, and whether to wait for it.
#[derive(Debug, Args)]
pub(super) struct Asked {
    #[command(flatten)]
    at: ServerOption,
    #[command(flatten)]
    narrowed: Narrowed,
    /// Every workflow, when nothing else says which.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    why: StatedReasonOption,
    /// Only say which workflows are meant.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask whether to go on.
    #[arg(long, short)]
    yes: bool,
    /// Follow it to its end.
    #[arg(long)]
    follow: bool,
}

impl Verb for Bulk {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Cancel(asked) => ask::run("CANCEL", None, asked, output),
            Self::Pause(asked) => ask::run("PAUSE", None, asked, output),
            Self::Resume(asked) => ask::run("RESUME", Some("PAUSED"), asked, output),
            Self::Retry(asked) => ask::run("RETRY", Some("FAILED"), asked, output),
            Self::List { at, open, limit } => list(&Api::of(&at)?, open, limit, output),
            Self::Show { at, id, follow: false } => {
                let found = Api::of(&at)?.get(&format!("/v1/bulk/{}", checked(&id)?))?;
                output.result(|| line(&found), || found.clone())
            }
            Self::Show { at, id, follow: true } => follow::run(&Api::of(&at)?, checked(&id)?, output),
            Self::Items { at, id, undone } => items(&Api::of(&at)?, checked(&id)?, undone, output),
            Self::Stop { at, id, why } => {
                let body = json!({ "reason": why.reason }).to_string();
                let path = format!("/v1/bulk/{}/stop", checked(&id)?);
                let found = Api::of(&at)?.post(&path, body.as_bytes(), None)?;
                output.result(|| line(&found), || found.clone())
            }
        }
    }
}

fn list(api: &Api, open: bool, limit: u32, output: &Output) -> Result<(), Failure> {
    let open = if open { "&open=true" } else { "" };
    let found = api.get(&format!("/v1/bulk?limit={limit}{open}"))?;
    let actions = found["actions"].as_array().cloned().unwrap_or_default();
    if actions.is_empty() {
        output.note("no bulk actions");
    }
    actions.iter().try_for_each(|action| output.result(|| line(action), || action.clone()))
}

fn items(api: &Api, id: &str, undone: bool, output: &Output) -> Result<(), Failure> {
    let done = if undone { "done=false&" } else { "" };
    let mut cursor = 1;
    loop {
        let page = api.get(&format!("/v1/bulk/{id}/items?{done}cursor={cursor}"))?;
        for item in page["items"].as_array().into_iter().flatten() {
            output.result(|| item_line(item), || item.clone())?;
        }
        match page["next_cursor"].as_u64() {
            Some(next) => cursor = next,
            None if page["is_complete"] == true => return Ok(()),
            None => {
                output.note("it is under way: there may be more");
                return Ok(());
            }
        }
    }
}

fn item_line(item: &Value) -> String {
    let retried_by = item["retried_by"].as_str().map(|id| format!("  retried by {}", plain(id)));
    format!(
        "{}  {:<14}  {}{}",
        text(&item["workflow_id"]),
        text(&item["outcome"]),
        text(&item["name"]),
        retried_by.unwrap_or_default()
    )
}

/// A bulk action on one line.
fn line(action: &Value) -> String {
    let expected = action["expected"].as_u64().map_or_else(|| "many".to_owned(), |count| count.to_string());
    format!(
        "{}  {:<6}  {:<10}  {} done, {} not, of {expected}  {}  {}: {}",
        text(&action["bulk_id"]),
        text(&action["action"]),
        text(&action["status"]),
        action["done"],
        action["refused"],
        text(&action["requested"]["time"]),
        filter(&action["filter"]),
        text(&action["reason"]),
    )
}

/// What finds the workflows, as the options say it.
fn filter(filter: &Value) -> String {
    if filter.is_null() {
        return "by a filter that this version cannot read".to_owned();
    }
    let named = |name: &str| filter[name].as_str().map(|value| format!("--{name} {}", plain(value)));
    let labels = filter["label"].as_array().into_iter().flatten();
    let labels = labels.map(|label| format!("--label {}", text(label).replacen(':', "=", 1)));
    let parts: Vec<String> = named("status").into_iter().chain(named("name")).chain(labels).collect();
    if parts.is_empty() { "--all".to_owned() } else { parts.join(" ") }
}

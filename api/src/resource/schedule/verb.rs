//! `triad schedule`

mod next;
mod set;
mod shown;

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};
pub(in crate::resource) use shown::describe;
use shown::line;

/// Schedules of a running server: set, list, show, pause, resume, fill back, delete; and what an expression means.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  echo 'workflow: nightly@prod' | triad schedule set nightly - --at \"30 2 * * *\" --zone Europe/Berlin\n  triad schedule next \"0 30 2 * * *\" --zone Europe/Berlin     (without a server)\n  triad schedule pause nightly --reason \"disk is full\"\n  triad schedule backfill nightly --from 2026-10-01T00:00:00Z --until 2026-11-01T00:00:00Z\n\ndocs/schedules.md has the language of expressions."
)]
pub(super) enum Schedule {
    /// Set a schedule: a new one, or in place of the one with that name.
    #[command(
        after_help = "Examples:\n  echo 'workflow: nightly@prod' | triad schedule set nightly - --at \"30 2 * * *\" --zone Europe/Berlin\n  triad schedule set poll poll.yaml --at \"@every 5m\" --overlap skip --catch-up none\n  triad schedule set import import.yaml --at \"0 0 6 * * MON-FRI\" --catch-up all --catch-up-count 5\n  triad schedule set nightly nightly.yaml --at @daily --dry-run\n  triad schedule set report report.yaml --after schedule:nightly\n  triad schedule set mop-up mop-up.yaml --after definition:etl --on failure\n\nThe file is what `triad workflow submit` takes; it is sealed, and read again for each firing. What is submitted has the labels\nschedule and schedule_moment, and an input schedule_moment where the definition has one of that name;\nafter a run also follows, which names it. It is submitted for whoever set the schedule: with a key, as long as that counts."
    )]
    Set(set::SetOptions),
    /// Show the next moments of an expression, without a server.
    #[command(
        after_help = "Examples:\n  triad schedule next \"30 2 * * *\" --zone Europe/Berlin\n  triad schedule next \"0 0 12 LW * ?\" --count 24\n  triad schedule next \"30 2 * * *\" --zone Europe/Berlin --after 2026-10-24T00:00:00Z --fold last"
    )]
    Next(next::NextOptions),
    /// List the schedules by name.
    #[command(after_help = "Example:\n  triad schedule list")]
    List {
        #[command(flatten)]
        at: ServerOption,
        /// How many.
        #[arg(long, default_value_t = 50, value_name = "COUNT")]
        limit: u32,
        /// Begin behind that name.
        #[arg(long, value_name = "NAME")]
        after: Option<String>,
    },
    /// Show a schedule: when it fires next, what it fired lately, how far a backfill is.
    #[command(
        after_help = "Examples:\n  triad schedule show nightly\n  triad schedule show nightly --text > nightly.yaml\n\nThe text lies sealed in the vault: each read is recorded before anything is shown."
    )]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
        /// Only the text that is submitted.
        #[arg(long = "text")]
        is_text: bool,
    },
    /// Let nothing of a schedule fire until it is resumed.
    #[command(after_help = "Example:\n  triad schedule pause nightly --reason \"disk is full\"")]
    Pause(Changed),
    /// Let a schedule fire again. What passed in between is left out.
    #[command(after_help = "Example:\n  triad schedule resume nightly --reason \"disk is free again\"")]
    Resume(Changed),
    /// Let the moments of a past range fire, the oldest first, whether or not they fired then.
    #[command(
        after_help = "Example:\n  triad schedule backfill nightly --from 2026-10-01T00:00:00+02:00 --until 2026-11-01T00:00:00+01:00\n\nOne run at a time, or eight where the schedule lets runs overlap. `triad schedule show NAME` says how far it is."
    )]
    Backfill {
        #[command(flatten)]
        of: Changed,
        /// Moments from this one on, with its offset.
        #[arg(long, value_name = "TIME")]
        from: String,
        /// Moments before this one.
        #[arg(long, value_name = "TIME")]
        until: String,
    },
    /// Begin no more workflows of a backfill. What was begun goes on.
    #[command(after_help = "Example:\n  triad schedule stop nightly")]
    Stop(Changed),
    /// Let a schedule be no more. What it began goes on.
    #[command(after_help = "Example:\n  triad schedule delete nightly --reason \"moved to the warehouse\"")]
    Delete(Changed),
}

/// Which schedule is meant, and why.
#[derive(Debug, clap::Args)]
pub(super) struct Changed {
    #[command(flatten)]
    at: ServerOption,
    /// The name.
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    why: ReasonOption,
}

impl Verb for Schedule {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Set(options) => set::run(options, output),
            Self::Next(options) => next::run(&options, output),
            Self::List { at, limit, after } => list(&Api::of(&at)?, limit, after.as_deref(), output),
            Self::Show { at, name, is_text: false } => {
                let found = Api::of(&at)?.get(&path(&name, "")?)?;
                output.result(|| describe(&found), || found.clone())
            }
            Self::Show { at, name, is_text: true } => show_text(&Api::of(&at)?, &name, output),
            Self::Pause(changed) => change(&changed, "/pause", json!({}), output),
            Self::Resume(changed) => change(&changed, "/resume", json!({}), output),
            Self::Backfill { of, from, until } => {
                change(&of, "/backfill", json!({ "from": from, "until": until }), output)
            }
            Self::Stop(changed) => change(&changed, "/backfill/stop", json!({}), output),
            Self::Delete(changed) => {
                let body = json!({ "reason": changed.why.reason }).to_string();
                let found = Api::of(&changed.at)?.delete(&path(&changed.name, "")?, body.as_bytes())?;
                output.result(|| format!("{} is deleted", changed.name), || found.clone())
            }
        }
    }
}

fn path(name: &str, more: &str) -> Result<String, Failure> {
    Ok(format!("/v1/schedules/{}{more}", checked(name)?))
}

fn change(changed: &Changed, more: &str, mut body: Value, output: &Output) -> Result<(), Failure> {
    body["reason"] = changed.why.reason.clone().into();
    let path = path(&changed.name, more)?;
    let found = Api::of(&changed.at)?.post(&path, body.to_string().as_bytes(), None)?;
    output.result(|| describe(&found), || found.clone())
}

fn list(api: &Api, limit: u32, after: Option<&str>, output: &Output) -> Result<(), Failure> {
    let after = after.map(checked).transpose()?.map(|after| format!("&after={after}")).unwrap_or_default();
    let page = api.get(&format!("/v1/schedules?limit={limit}{after}"))?;
    let schedules = page["schedules"].as_array().cloned().unwrap_or_default();
    if schedules.is_empty() {
        output.note("no schedules");
    }
    schedules.iter().try_for_each(|schedule| output.result(|| line(schedule), || schedule.clone()))?;
    if let Some(next) = page["next_after"].as_str() {
        output.note(&format!("there are more: --after {}", plain(next)));
    }
    Ok(())
}

fn show_text(api: &Api, name: &str, output: &Output) -> Result<(), Failure> {
    let found = api.get(&format!("{}?content=true", path(name, "")?))?;
    match found["text"].as_str() {
        // As it was written: it is to be read again as a document.
        Some(written) => output.result(|| written.trim_end_matches('\n').to_owned(), || found.clone()),
        None => Err(Failure::refused(text(&found["detail"])).with_document(found.clone())),
    }
}

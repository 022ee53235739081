//! `triad schedule set`: reads file and expression here, and has the server record them.

use super::next::TimingOptions;
use super::shown::{columns, describe, follows_next};
use crate::client::Api;
use crate::client::text::{checked, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::workflow::Written;
use crate::wire::source::Language;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

#[derive(Debug, Args)]
pub(in crate::resource::schedule) struct SetOptions {
    #[command(flatten)]
    server: ServerOption,
    /// The name.
    #[arg(value_name = "NAME")]
    name: String,
    /// What is submitted, in YAML or JSON; - reads standard input.
    #[arg(value_name = "FILE")]
    file: String,
    /// When: cron with five or six fields, @daily and the like, or "@every 15m". Without it, when `schedule` of a task says so.
    #[arg(long, value_name = "EXPRESSION")]
    at: Option<String>,
    /// Instead of a calendar, after each run of that schedule, or of that definition: schedule:NAME or definition:NAME.
    #[arg(long, value_name = "WHOSE", value_parser = Whose::read, conflicts_with_all = ["at", "zone", "gap", "fold"])]
    after: Option<Whose>,
    /// With --after: which of the runs.
    #[arg(long, value_enum, default_value_t = OnOption::Success, requires = "after")]
    on: OnOption,
    #[command(flatten)]
    timing: TimingOptions,
    /// For a moment while the run of an earlier one goes on.
    #[arg(long, value_enum, default_value_t = OverlapOption::Skip)]
    overlap: OverlapOption,
    /// Which moments fire that passed while no server ran.
    #[arg(long, value_enum, default_value_t = CatchUpOption::Last)]
    catch_up: CatchUpOption,
    /// With --catch-up all: at most so many, the newest.
    #[arg(long, value_name = "COUNT")]
    catch_up_count: Option<u32>,
    /// With --catch-up all: none that lies further back.
    #[arg(long, value_name = "SECONDS")]
    catch_up_age: Option<u64>,
    /// Each firing is later than its moment by less than this, by an amount that is always the same.
    #[arg(long, value_name = "SECONDS")]
    jitter: Option<u64>,
    #[command(flatten)]
    why: ReasonOption,
    /// Only show when it would fire, once the server has read all of it.
    #[arg(long)]
    dry_run: bool,
}

/// Whose runs are followed.
#[derive(Debug, Clone)]
struct Whose {
    /// As the interface calls it: `schedule` or `definition`.
    kind: &'static str,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnOption {
    /// Those that completed.
    Success,
    /// Those that failed.
    Failure,
    /// All, also those that somebody cancelled.
    Any,
}

impl Whose {
    fn read(text: &str) -> Result<Self, String> {
        let kinds = ["schedule", "definition"].into_iter();
        let mut read = kinds.filter_map(|kind| Some((kind, text.strip_prefix(kind)?.strip_prefix(':')?)));
        match read.next() {
            Some((kind, name)) if !name.is_empty() => Ok(Self { kind, name: name.to_owned() }),
            Some(_) | None => Err("write schedule:NAME or definition:NAME".to_owned()),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OverlapOption {
    /// It is left out.
    Skip,
    /// It fires when that run has ended.
    Queue,
    /// It fires all the same.
    Allow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CatchUpOption {
    /// None of them.
    None,
    /// The last of them.
    Last,
    /// All, within limits.
    All,
}

pub(super) fn run(options: SetOptions, output: &Output) -> Result<(), Failure> {
    // What is wrong with the expression is shown before anybody is asked.
    options.at.as_deref().map(|at| options.timing.read(at)).transpose()?;
    checked(&options.name)?;
    let written = Written::read(&options.file)?;
    let body = document(&options, &written)?;
    let answer = Api::of(&options.server)?.post("/v1/schedules", body.to_string().as_bytes(), None);
    let found = answer.map_err(|error| written.refused(error))?;
    if options.dry_run {
        return output.result(|| previewed(&found), || found.clone());
    }
    output.result(|| describe(&found), || found.clone())
}

fn document(options: &SetOptions, written: &Written) -> Result<Value, Failure> {
    let definition = std::str::from_utf8(&written.bytes);
    let definition = definition.map_err(|_| Failure::refused(format!("{} is no UTF-8", options.file)))?;
    let language = match written.language {
        Language::Json => "JSON",
        Language::Yaml => "YAML",
    };
    let mut body = json!({
        "name": options.name,
        "at": options.at,
        "zone": options.timing.zone,
        "gap": word(options.timing.gap),
        "fold": word(options.timing.fold),
        "overlap": word(options.overlap),
        "catch_up": word(options.catch_up),
        "definition": definition,
        "language": language,
        "reason": options.why.reason,
        "dry_run": options.dry_run,
    });
    let numbers = [
        ("catch_up_count_max", options.catch_up_count.map(u64::from)),
        ("catch_up_age_seconds", options.catch_up_age),
        ("jitter_seconds", options.jitter),
    ];
    if let Some(Whose { kind, name }) = &options.after {
        let members = body.as_object_mut().expect("invariant: it was made as an object");
        members.retain(|member, _| !["at", "zone", "gap", "fold"].contains(&member.as_str()));
        body["after"] = json!({ *kind: name, "on": word(options.on) });
    }
    for (name, number) in numbers {
        if let Some(number) = number {
            body[name] = number.into();
        }
    }
    Ok(body)
}

/// The word of an option, which is that of the interface in small letters.
fn word(option: impl ValueEnum) -> Option<String> {
    option.to_possible_value().map(|value| value.get_name().to_uppercase())
}

fn previewed(found: &Value) -> String {
    let mut lines = vec![format!("{} would submit {} tasks", text(&found["name"]), found["tasks"])];
    lines.extend(follows_next(&found["after"]));
    let next = found["next"].as_array().into_iter().flatten();
    lines
        .extend(next.map(|one| format!("  next   {}", columns(&text(&one["moment"]), &text(&one["local"])))));
    lines.join("\n")
}

//! `triad moderation`

use crate::client::text::text;
use crate::client::{Api, file};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use triad_moderation::{Hold, Part, Rules, Step};

/// Rules that hold steps until somebody has reviewed them: show, try, set, remove.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad moderation show\n  triad moderation try rules.toml -- psql -c 'DROP TABLE users'\n  triad moderation set rules.toml --reason \"nothing is dropped unseen\"\n\nWhat is held waits as an approval: triad approval list"
)]
pub(super) enum Moderation {
    /// Show the rules in force.
    #[command(after_help = "Example:\n  triad moderation show -o json")]
    Show {
        #[command(flatten)]
        at: ServerOption,
    },
    /// Say whether rules would hold a command, on this machine, without a server.
    #[command(
        after_help = "Examples:\n  triad moderation try rules.toml -- psql -c 'DROP TABLE users'\n  triad moderation try rules.toml --input dump.sql -- psql"
    )]
    Try {
        /// The rules, in TOML.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What the command would read from standard input.
        #[arg(long, value_name = "FILE")]
        input: Option<PathBuf>,
        /// Values of its environment.
        #[arg(long = "env", value_name = "VALUE")]
        environment: Vec<String>,
        /// The command.
        #[arg(last = true, value_name = "COMMAND", required = true)]
        command: Vec<String>,
    },
    /// Set the rules, in TOML, in place of those set before. They are checked before they are taken.
    #[command(
        after_help = "Example:\n  triad moderation set rules.toml --reason \"nothing is dropped unseen\""
    )]
    Set {
        #[command(flatten)]
        at: ServerOption,
        /// The rules.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Remove the rules: no step is held from here on. Those that are held still wait.
    #[command(after_help = "Example:\n  triad moderation remove --reason \"the migration is over\"")]
    Remove {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Moderation {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let found = match self {
            Self::Show { at } => Api::of(&at)?.get("/v1/moderation")?,
            Self::Try { file, input, environment, command } => {
                return try_on(&file, input.as_deref(), &environment, &command, output);
            }
            Self::Set { at, file, why } => {
                let body = json!({ "document": file::text(&file)?, "reason": why.reason }).to_string();
                Api::of(&at)?.post("/v1/moderation", body.as_bytes(), None)?
            }
            Self::Remove { at, why } => {
                let body = json!({ "reason": why.reason }).to_string();
                Api::of(&at)?.delete("/v1/moderation", body.as_bytes())?
            }
        };
        output.result(|| describe(&found), || found.clone())
    }
}

fn describe(found: &Value) -> String {
    let rules = found["rules"].as_array().cloned().unwrap_or_default();
    if found["is_active"] != true {
        return "no rules of moderation are set: no step is held".to_owned();
    }
    let last = &found["changes"][0];
    let first = format!(
        "{} rules of moderation hold steps, since {}: {}",
        rules.len(),
        text(&last["changed"]["time"]),
        text(&last["reason"])
    );
    let line = |rule: &Value| format!("  {:<24} {}", text(&rule["id"]), text(&rule["reason"]));
    std::iter::once(first).chain(rules.iter().map(line)).collect::<Vec<_>>().join("\n")
}

fn try_on(
    file: &Path,
    input: Option<&Path>,
    environment: &[String],
    command: &[String],
    output: &Output,
) -> Result<(), Failure> {
    let rules = Rules::read(&file::text(file)?)
        .map_err(|fault| Failure::refused(format!("{}: {fault}", file.display())))?;
    let input = input.map(file::bytes).transpose()?;
    let held = rules.hold(&Step { command, environment, input: input.as_deref() });
    let words = match held {
        Some(Hold { rule, reason, part }) => format!("held by rule {rule}, for its {}: {reason}", word(part)),
        None => "not held".to_owned(),
    };
    let found = json!({
        "is_held": held.is_some(),
        "rule": held.map(|held| held.rule), "reason": held.map(|held| held.reason), "part": held.map(|held| word(held.part)),
    });
    output.result(|| words.clone(), || found.clone())
}

const fn word(part: Part) -> &'static str {
    match part {
        Part::Command => "command",
        Part::Environment => "environment",
        Part::Input => "input",
    }
}

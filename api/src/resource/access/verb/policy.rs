//! `triad access policy`

use crate::client::Api;
use crate::client::text::{plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

/// The policies that say which role may do what, in the Cedar language.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad access policy show --text > policies.cedar\n  triad access policy replace policies.cedar --reason \"ticket 7\""
)]
pub(in crate::resource::access) enum PolicyVerb {
    /// Show the policies in force.
    #[command(
        after_help = "Examples:\n  triad access policy show\n  triad access policy show --text > policies.cedar"
    )]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// Show their text, as `replace` takes it.
        #[arg(long)]
        text: bool,
        /// Show the schema: every action, what it is about, and what is known of whoever asks.
        #[arg(long, conflicts_with = "text")]
        schema: bool,
    },
    /// Look whether policies could be put in force, and put nothing in force.
    #[command(after_help = "Example:\n  triad access policy try policies.cedar")]
    Try {
        #[command(flatten)]
        at: ServerOption,
        /// All policies.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Put policies in force, all of them at once. From then on they count for every request.
    #[command(after_help = "Example:\n  triad access policy replace policies.cedar --reason \"ticket 7\"")]
    Replace {
        #[command(flatten)]
        at: ServerOption,
        /// All policies.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Put those in force that the program came with.
    #[command(after_help = "Example:\n  triad access policy reset --reason \"as shipped\"")]
    Reset {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: ReasonOption,
    },
}

const PATH: &str = "/v1/access/policy";

impl Verb for PolicyVerb {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Show { at, text: true, .. } => {
                let found = Api::of(&at)?.get(PATH)?;
                return output.result(|| verbatim(&found["text"]), || found.clone());
            }
            Self::Show { at, schema: true, .. } => {
                let found = Api::of(&at)?.get(PATH)?;
                return output.result(|| verbatim(&found["schema"]), || found.clone());
            }
            Self::Show { at, .. } => Api::of(&at)?.get(PATH)?,
            Self::Try { at, file } => post(&at, &json!({ "text": read(&file)?, "dry_run": true }))?,
            Self::Replace { at, file, why } => {
                post(&at, &json!({ "text": read(&file)?, "reason": why.reason }))?
            }
            Self::Reset { at, why } => post(&at, &json!({ "reason": why.reason }))?,
        };
        output.result(|| describe(&shown), || shown.clone())
    }
}

fn post(at: &ServerOption, body: &Value) -> Result<Value, Failure> {
    Ok(Api::of(at)?.post(PATH, body.to_string().as_bytes(), None)?)
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::machine(format!("{}: {error}", path.display())))
}

/// Text of several lines, without anything that a terminal obeys.
fn verbatim(text: &Value) -> String {
    triad_event::plain::escaped_lines(text.as_str().unwrap_or_default()).to_string()
}

fn describe(shown: &Value) -> String {
    let mut lines = vec![format!("policies {}", text(&shown["digest"]))];
    if let Some(shipped) = shown["shipped"].as_bool() {
        lines[0] += if shipped { ", as the program came with them" } else { ", written here" };
    }
    for policy in shown["policies"].as_array().into_iter().flatten() {
        let says = policy["says"].as_str().map(plain).unwrap_or_default();
        lines.push(format!("  {:<7} {:<20} {says}", text(&policy["effect"]), text(&policy["id"])));
    }
    for warning in shown["warnings"].as_array().into_iter().flatten() {
        lines.push(format!("  warning: {}", text(warning)));
    }
    lines.join("\n")
}

//! `triad definition`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::resource::workflow::Written;
use clap::Subcommand;
use serde_json::{Value, json};

/// Named definitions of a running server: publish, list, show, alias, retire.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad definition publish nightly nightly.yaml\n  triad definition alias nightly prod 3\n  echo 'workflow: nightly@prod' | triad run - --input region=eu"
)]
pub(super) enum Definition {
    /// Keep a definition under a name, as its next version.
    #[command(
        after_help = "Example:\n  triad definition publish nightly nightly.yaml\n\nThe same text as the newest version is that version."
    )]
    Publish {
        #[command(flatten)]
        at: ServerOption,
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The definition, in YAML or JSON; - reads standard input.
        #[arg(value_name = "FILE")]
        file: String,
    },
    /// List definitions by name.
    #[command(after_help = "Example:\n  triad definition list")]
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
    /// Show a definition, or the text of one of its versions.
    #[command(
        after_help = "Examples:\n  triad definition show nightly\n  triad definition show nightly --text 3\n  triad definition show nightly --text prod > nightly.yaml\n\nThe text lies sealed in the vault: each read is recorded before anything is shown."
    )]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
        /// Only the text of a version, by its number or an alias.
        #[arg(long, value_name = "VERSION|ALIAS")]
        text: Option<String>,
    },
    /// Let an alias mean a version.
    #[command(after_help = "Example:\n  triad definition alias nightly prod 3")]
    Alias {
        #[command(flatten)]
        at: ServerOption,
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The alias.
        #[arg(value_name = "ALIAS")]
        alias: String,
        /// The version.
        // `version` is the id of `--version`.
        #[arg(id = "number", value_name = "VERSION")]
        version: u32,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Begin a version no more. Workflows that were made of it go on.
    #[command(after_help = "Example:\n  triad definition retire nightly 2 --reason \"wrong region\"")]
    Retire {
        #[command(flatten)]
        at: ServerOption,
        /// The name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The version.
        // `version` is the id of `--version`.
        #[arg(id = "number", value_name = "VERSION")]
        version: u32,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Definition {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Publish { at, name, file } => publish(&Api::of(&at)?, &name, &file, output),
            Self::List { at, limit, after } => list(&Api::of(&at)?, limit, after.as_deref(), output),
            Self::Show { at, name, text: None } => {
                let found = Api::of(&at)?.get(&format!("/v1/definitions/{}", checked(&name)?))?;
                output.result(|| describe(&found), || found.clone())
            }
            Self::Show { at, name, text: Some(which) } => show_text(&Api::of(&at)?, &name, &which, output),
            Self::Alias { at, name, alias, version, why } => {
                let path = format!("/v1/definitions/{}/aliases/{}", checked(&name)?, checked(&alias)?);
                let body = json!({ "version": version, "reason": why.reason }).to_string();
                let found = Api::of(&at)?.post(&path, body.as_bytes(), None)?;
                output.result(|| describe(&found), || found.clone())
            }
            Self::Retire { at, name, version, why } => {
                let path = format!("/v1/definitions/{}/versions/{version}/retire", checked(&name)?);
                let body = json!({ "reason": why.reason }).to_string();
                let found = Api::of(&at)?.post(&path, body.as_bytes(), None)?;
                output.result(|| describe(&found), || found.clone())
            }
        }
    }
}

fn publish(api: &Api, name: &str, file: &str, output: &Output) -> Result<(), Failure> {
    let written = Written::read(file)?;
    let path = format!("/v1/definitions/{}", checked(name)?);
    let answer = api.post_as(written.language.media_type(), &path, &written.bytes, None);
    let version = answer.map_err(|error| written.refused(error))?;
    output.result(|| format!("{}@{}", text(&version["name"]), version["version"]), || version.clone())
}

fn list(api: &Api, limit: u32, after: Option<&str>, output: &Output) -> Result<(), Failure> {
    let after = after.map(checked).transpose()?.map(|after| format!("&after={after}")).unwrap_or_default();
    let page = api.get(&format!("/v1/definitions?limit={limit}{after}"))?;
    let definitions = page["definitions"].as_array().cloned().unwrap_or_default();
    if definitions.is_empty() {
        output.note("there are no definitions");
    }
    definitions.iter().try_for_each(|one| output.result(|| summary(one), || one.clone()))?;
    if let Some(next) = page["next_after"].as_str() {
        output.note(&format!("there are more: --after {}", plain(next)));
    }
    Ok(())
}

fn show_text(api: &Api, name: &str, which: &str, output: &Output) -> Result<(), Failure> {
    let path = format!("/v1/definitions/{}/versions/{}?content=true", checked(name)?, checked(which)?);
    let version = api.get(&path)?;
    match version["text"].as_str() {
        // As it was written: it is to be read again as a definition.
        Some(written) => output.result(|| written.trim_end_matches('\n').to_owned(), || version.clone()),
        None => Err(Failure::refused(text(&version["detail"])).with_document(version.clone())),
    }
}

fn summary(one: &Value) -> String {
    let aliases = one["aliases"].as_object().into_iter().flatten();
    let aliases: String = aliases.map(|(alias, version)| format!("  {}={version}", plain(alias))).collect();
    let newest =
        one["newest"].as_u64().map_or_else(|| "all retired".to_owned(), |newest| format!("@{newest}"));
    format!("{:<24} {newest:<8} {} versions{aliases}", text(&one["name"]), one["versions"])
}

fn describe(one: &Value) -> String {
    let mut lines = vec![summary(one)];
    for version in one["all"].as_array().into_iter().flatten() {
        let retired = version["retired"]["time"].as_str().map(|at| format!(", retired {}", plain(at)));
        lines.push(format!(
            "  {:>5}  {}  {} tasks, {} bytes{}",
            version["version"],
            text(&version["published"]["time"]),
            version["tasks"],
            version["length_bytes"],
            retired.unwrap_or_default(),
        ));
    }
    lines.join("\n")
}

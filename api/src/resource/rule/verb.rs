//! `triad rule`

use crate::client::text::{plain, text};
use crate::client::{Api, file};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use triad_diagnosis::{Candidate, Facts, Rules, diagnose};

/// Rules that say why tasks failed: list, set, remove; and try them on a file.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad rule list\n  triad rule try stderr.txt\n  triad rule try stderr.txt --rules own.toml\n  triad rule set own.toml --reason \"our queue says it otherwise\""
)]
pub(super) enum Rule {
    /// List what came of fixes, by rule; with --all every rule.
    #[command(after_help = "Examples:\n  triad rule list\n  triad rule list --all")]
    List {
        #[command(flatten)]
        at: ServerOption,
        /// Every rule and its class, too.
        #[arg(long)]
        all: bool,
    },
    /// Diagnose what a program wrote to standard error, on this machine, without a server.
    #[command(
        after_help = "Examples:\n  triad rule try stderr.txt --exit 1\n  triad rule try stderr.txt --rules own.toml"
    )]
    Try {
        /// What a program wrote to standard error.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// How it exited.
        #[arg(long, value_name = "CODE", default_value_t = 1)]
        exit: i32,
        /// An operator's rules, beside those that are built in.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
    },
    /// Set the operator's rules, in TOML, in place of those set before. They are checked before they are taken.
    #[command(after_help = "Example:\n  triad rule set own.toml --reason \"our queue says it otherwise\"")]
    Set {
        #[command(flatten)]
        at: ServerOption,
        /// The rules.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Remove the operator's rules: only those that are built in diagnose.
    #[command(after_help = "Example:\n  triad rule remove --reason \"they were for the old queue\"")]
    Remove {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Rule {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let found = match self {
            Self::List { at, all } => Api::of(&at)?.get(&format!("/v1/rules?all={all}"))?,
            Self::Try { file, exit, rules } => return try_on(&file, exit, rules.as_deref(), output),
            Self::Set { at, file, why } => {
                let body = json!({ "document": file::text(&file)?, "reason": why.reason }).to_string();
                Api::of(&at)?.post("/v1/rules", body.as_bytes(), None)?
            }
            Self::Remove { at, why } => {
                let body = json!({ "reason": why.reason }).to_string();
                Api::of(&at)?.delete("/v1/rules", body.as_bytes())?
            }
        };
        output.result(|| describe(&found), || found.clone())
    }
}

fn describe(list: &Value) -> String {
    let operator = list["operator_version"].as_u64();
    let operator = operator
        .map_or("none of an operator".to_owned(), |version| format!("an operator's of version {version}"));
    let offered: Vec<String> = list["offered_variables"].as_array().into_iter().flatten().map(text).collect();
    let offered = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
    let mut lines = vec![
        format!("rules     {}: those built in of version {}, {operator}", list["count"], list["version"]),
        format!("fixes set {offered}"),
    ];
    let learned = list["learned"].as_array().into_iter().flatten();
    lines.extend(learned.map(|one| {
        let (rule, fix) = (text(&one["rule"]), text(&one["fix"]));
        format!(
            "{rule}  {fix} of {}: {} succeeded, {} failed",
            text(&one["tenant"]),
            one["succeeded"],
            one["failed"]
        )
    }));
    let rules = list["rules"].as_array().into_iter().flatten();
    lines.extend(rules.map(|rule| format!("{:<23} {}", text(&rule["class"]), text(&rule["id"]))));
    lines.join("\n")
}

fn try_on(file: &Path, exit: i32, rules: Option<&Path>, output: &Output) -> Result<(), Failure> {
    let stderr = file::bytes(file)?;
    let own = rules
        .map(|rules| Ok::<_, Failure>(String::from_utf8_lossy(&file::bytes(rules)?).into_owned()))
        .transpose()?;
    let own = own.map(|document| {
        let rules = Rules::with(&document).map_err(|fault| Failure::refused(format!("--rules: {fault}")))?;
        match rules.faults().into_iter().next() {
            Some(fault) => Err(Failure::refused(format!("--rules: {fault}"))),
            None => Ok(rules),
        }
    });
    let own = own.transpose()?;
    let facts = Facts { stderr: &stderr, exit: Some(exit), ..Facts::default() };
    let diagnosis = diagnose(own.as_ref().unwrap_or_else(|| Rules::built_in()), &facts);
    let causes: Vec<Value> = diagnosis.cause.iter().chain(&diagnosis.others).map(document).collect();
    let found = json!({
        "class": diagnosis.class.word().to_ascii_uppercase(), "confidence_pm": diagnosis.confidence_pm, "causes": causes,
    });
    output.result(|| told(&found), || found.clone())
}

fn document(cause: &Candidate) -> Value {
    let subjects: Vec<Value> = cause
        .subjects
        .iter()
        .map(|subject| json!({ "kind": subject.kind.word(), "name": subject.name }))
        .collect();
    json!({
        "class": cause.class.word().to_ascii_uppercase(), "confidence_pm": cause.confidence_pm, "rule": cause.rule,
        "line": cause.evidence.as_ref().map(|evidence| evidence.line.clone()), "subjects": subjects,
    })
}

fn told(found: &Value) -> String {
    let mut lines = vec![format!("{} ({} of 1000 sure)", text(&found["class"]), found["confidence_pm"])];
    for cause in found["causes"].as_array().into_iter().flatten() {
        lines.push(format!(
            "  {} by rule {} ({} of 1000)",
            text(&cause["class"]),
            text(&cause["rule"]),
            cause["confidence_pm"]
        ));
        lines.extend(cause["line"].as_str().map(|line| format!("    {}", plain(line))));
        let subjects = cause["subjects"].as_array().into_iter().flatten();
        lines.extend(subjects.map(|of| format!("    {}: {}", text(&of["kind"]), text(&of["name"]))));
    }
    lines.join("\n")
}

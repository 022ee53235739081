//! `triad carbon`

use crate::client::Api;
use crate::client::text::{encoded, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use crate::resource::price::file::{self, Column};
use crate::resource::price::{area_of, word, written};
use clap::Subcommand;
use serde_json::{Value, json};
use std::path::PathBuf;
use triad_event::prices::{EstimatedBy, MissingPrice};

/// Carbon intensity of electricity, for less of which tasks with `optimise: carbon` wait: show, set, publish, remove.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Example:\n  triad carbon set --area DE-LU --reason \"ticket 14\"\n  triad carbon publish forecast.csv"
)]
pub(super) enum Carbon {
    /// Show where it comes from and what it is.
    #[command(
        after_help = "Examples:\n  triad carbon show\n  triad carbon show --from 2026-12-24T00:00:00Z --limit 96 -o json"
    )]
    Show {
        #[command(flatten)]
        at: ServerOption,
        /// The moment from which on it is shown; now unless it is said.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// How many steps.
        #[arg(long, default_value_t = 48, value_name = "N")]
        limit: usize,
    },
    /// Say where it comes from. From then on tasks that say so wait for less of it, unless they are critical.
    #[command(after_help = "Example:\n  triad carbon set --area DE-LU --missing last-known\n\n\
            It is published: `triad carbon publish FILE.csv`.")]
    Set {
        #[command(flatten)]
        at: ServerOption,
        /// The part of the grid that it is for; what it was before, unless it is said. What was published for another one is
        /// forgotten.
        #[arg(long, value_name = "TEXT")]
        area: Option<String>,
        /// What happens to tasks while none is known.
        #[arg(long, default_value = "wait", value_name = "POLICY", value_parser = written::<MissingPrice>())]
        missing: String,
        /// How many seconds ago it may have been published; without it, it holds for its time.
        #[arg(long, value_name = "SECONDS")]
        age_max: Option<u64>,
        /// By what it is estimated how long a task takes.
        #[arg(long, default_value = "runs", value_name = "BY", value_parser = written::<EstimatedBy>())]
        estimates: String,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Publish it from a file of lines FROM,MINUTES,GRAMS_PER_KWH. They replace those of the same time.
    #[command(
        after_help = "Example:\n  triad carbon publish forecast.csv\n\nA line of it: 2026-12-24T18:00:00Z,60,430"
    )]
    Publish {
        #[command(flatten)]
        at: ServerOption,
        /// The file; - reads standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// When it was published; now unless it is said.
        #[arg(long, value_name = "TIME")]
        published: Option<String>,
    },
    /// Let it come from nowhere. No task waits for less of it any more.
    #[command(after_help = "Example:\n  triad carbon remove --reason \"contract ended\"")]
    Remove {
        #[command(flatten)]
        at: ServerOption,
        #[command(flatten)]
        why: ReasonOption,
    },
}

/// Grams, of which a step has three digits behind the point at most.
const GRAMS: Column = Column { member: "mg_per_kwh", read: milligrams, example: "430" };

impl Verb for Carbon {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let shown = match self {
            Self::Show { at, from, limit } => {
                let from = from.map(|from| format!("&from={}", encoded(&from))).unwrap_or_default();
                Api::of(&at)?.get(&format!("/v1/carbon?limit={limit}{from}"))?
            }
            Self::Set { at, area, missing, age_max, estimates, why } => {
                let api = Api::of(&at)?;
                let body = json!({
                    "area": area_of(&api, "/v1/carbon", area)?,
                    "missing": word(&missing),
                    "age_max_seconds": age_max,
                    "estimates": word(&estimates),
                    "reason": why.reason,
                });
                api.post("/v1/carbon/source", body.to_string().as_bytes(), None)?
            }
            Self::Publish { at, file, published } => {
                let body = json!({ "published": published, "steps": file::read(&file, &GRAMS)? });
                Api::of(&at)?.post("/v1/carbon", body.to_string().as_bytes(), None)?
            }
            Self::Remove { at, why } => {
                let body = json!({ "reason": why.reason }).to_string();
                Api::of(&at)?.delete("/v1/carbon/source", body.as_bytes())?
            }
        };
        output.result(|| describe(&shown), || shown.clone())
    }
}

fn milligrams(written: &str) -> Result<i64, String> {
    let wrong = || format!("{written:?} is no number of grams with at most three digits behind the point");
    file::scaled(written, 3).ok_or_else(wrong)
}

/// Milligrams as grams.
pub(in crate::resource) fn grams(milligrams: i64) -> String {
    let (whole, rest) = (milligrams / 1000, milligrams.rem_euclid(1000));
    let text = format!("{whole}.{rest:03}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn describe(shown: &Value) -> String {
    let source = &shown["source"];
    if source.is_null() {
        return "carbon intensity comes from nowhere: tasks wait for less of none".to_owned();
    }
    let area = source["area"].as_str().filter(|area| !area.is_empty());
    let now = shown["now"]["mg_per_kwh"].as_i64().map(|now| format!("{} g CO2e/kWh", grams(now)));
    let mut lines = vec![
        format!(
            "source     published{}",
            area.map(|area| format!(" for {}", plain(area))).unwrap_or_default()
        ),
        format!("missing    {}", text(&source["missing"])),
        format!("now        {}", now.unwrap_or_else(|| "not known".to_owned())),
        format!("published  {}", text(&shown["published"])),
        format!("waiting    {} tasks", shown["waiting"]),
    ];
    if let Some(age_ms) = source["age_max_ms"].as_u64() {
        lines.insert(2, format!("age        at most {} s", age_ms / 1000));
    }
    lines.extend(shown["steps"].as_array().into_iter().flatten().map(|step| {
        let carbon = step["mg_per_kwh"].as_i64().map(grams).unwrap_or_default();
        format!("  {}  {}  {carbon:>10}", text(&step["from"]), text(&step["until"]))
    }));
    if let Some(next) = shown["next_from"].as_str() {
        lines.push(format!("... more: --from {}", plain(next)));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_are_read_and_written_exactly() {
        for (written, read, shown) in [
            ("430", Some(430_000), "430"),
            ("0.5", Some(500), "0.5"),
            ("120.125", Some(120_125), "120.125"),
            ("0", Some(0), "0"),
            ("-1", Some(-1000), "-1"),
            ("0.0001", None, ""),
            ("1e3", None, ""),
        ] {
            assert_eq!(milligrams(written).ok(), read, "{written}");
            read.into_iter().for_each(|read| assert_eq!(grams(read), shown));
        }
    }
}

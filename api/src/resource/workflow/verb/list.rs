//! `triad workflow list`, and the options that say which workflows are meant.

use crate::client::Api;
use crate::client::text::{encoded, plain};
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::Output;
use clap::Args;
use serde_json::Value;

/// Which page of the list is asked for.
#[derive(Debug, Args)]
pub(in crate::resource::workflow) struct ListOptions {
    #[command(flatten)]
    at: ServerOption,
    #[command(flatten)]
    narrowed: Narrowed,
    /// How many.
    #[arg(long, default_value_t = 20, value_name = "COUNT")]
    limit: u32,
    /// Go on where the page before ended.
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<u64>,
}

/// Which workflows are meant: those of which all of it holds.
#[derive(Debug, Default, Args)]
pub(in crate::resource) struct Narrowed {
    /// Only those in that status.
    #[arg(long, value_name = "STATUS")]
    pub(in crate::resource) status: Option<String>,
    /// Only those with that name.
    #[arg(long, value_name = "NAME")]
    pub(in crate::resource) name: Option<String>,
    /// Only those with that label. May be stated several times.
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub(in crate::resource) labels: Vec<(String, String)>,
}

/// `region=eu`
fn label(written: &str) -> Result<(String, String), String> {
    let parted = written.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = parted.ok_or("a label is NAME=VALUE, such as region=eu")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub(super) fn run(options: ListOptions, output: &Output) -> Result<(), Failure> {
    let ListOptions { at, narrowed, limit, cursor } = options;
    let mut path = format!("/v1/workflows?limit={limit}");
    for (parameter, value) in [("status", narrowed.status), ("name", narrowed.name)] {
        if let Some(value) = value {
            path.push_str(&format!("&{parameter}={}", encoded(&value)));
        }
    }
    for (name, value) in narrowed.labels {
        path.push_str(&format!("&label={}", encoded(&format!("{name}:{value}"))));
    }
    if let Some(cursor) = cursor {
        path.push_str(&format!("&cursor={cursor}"));
    }
    let page = Api::of(&at)?.get(&path)?;
    let rows = page["workflows"].as_array().cloned().unwrap_or_default();
    if rows.is_empty() {
        output.note("no workflows");
    }
    for row in rows {
        output.result(|| line(&row), || row.clone())?;
    }
    if let Some(next) = page["next_cursor"].as_u64() {
        output.note(&format!("more: --cursor {next}"));
    }
    Ok(())
}

fn line(row: &Value) -> String {
    let text = |value: &Value| plain(value.as_str().unwrap_or("-"));
    format!(
        "{}  {:<10}  {:>7}/{:<7}  {:<27}  {}{}",
        text(&row["workflow_id"]),
        text(&row["status"]),
        row["counts"]["completed"],
        row["task_count"],
        text(&row["began"]["time"]),
        text(&row["name"]),
        labels(row).map(|labels| format!("  {labels}")).unwrap_or_default(),
    )
}

/// The labels of a workflow on one line; none when it has none.
pub(super) fn labels(row: &Value) -> Option<String> {
    let labels = row["labels"].as_object().filter(|labels| !labels.is_empty())?;
    let one = |(name, value): (&String, &Value)| {
        format!("{}={}", plain(name), plain(value.as_str().unwrap_or_default()))
    };
    Some(labels.iter().map(one).collect::<Vec<_>>().join(" "))
}

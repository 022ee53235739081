//! `triad workflow list`

use crate::client::Api;
use crate::client::text::plain;
use crate::failure::Failure;
use crate::output::Output;
use serde_json::Value;

pub(super) fn run(
    api: &Api,
    status: Option<&str>,
    limit: u32,
    cursor: Option<u64>,
    output: &Output,
) -> Result<(), Failure> {
    let mut path = format!("/v1/workflows?limit={limit}");
    if let Some(status) = status {
        if !status.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(Failure::usage(format!("{status:?} is no status")));
        }
        path.push_str(&format!("&status={status}"));
    }
    if let Some(cursor) = cursor {
        path.push_str(&format!("&cursor={cursor}"));
    }
    let page = api.get(&path)?;
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
        "{}  {:<10}  {:>7}/{:<7}  {:<27}  {}",
        text(&row["workflow_id"]),
        text(&row["status"]),
        row["counts"]["completed"],
        row["task_count"],
        text(&row["began"]["time"]),
        text(&row["name"]),
    )
}

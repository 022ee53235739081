//! `triad bulk cancel`, `pause`, `resume` and `retry`: says what is meant, asks whether to go on, has it done.

use super::{Asked, filter, follow, line};
use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::output::Output;
use crate::prompt;
use serde_json::{Value, json};

/// Has it done to what is found, in a status of which it is meant unless another is named.
pub(super) fn run(action: &str, status: Option<&str>, asked: Asked, output: &Output) -> Result<(), Failure> {
    let api = Api::of(&asked.at)?;
    let mut body = document(action, status, &asked);
    body["dry_run"] = true.into();
    let found = api.post("/v1/bulk", body.to_string().as_bytes(), None)?;
    if asked.dry_run {
        return output.result(|| described(&found), || found.clone());
    }
    if found["count"] == 0 {
        output.note(&format!("no workflow is found by {}", filter(&found["filter"])));
        return Ok(());
    }
    if !asked.yes {
        output.note(&described(&found));
        confirm(action, &found)?;
    }
    body["dry_run"] = false.into();
    // What was shown is what is meant: those that came later are not.
    body["through"] = found["through"].clone();
    if found["is_all"] == true {
        body["expected"] = found["count"].clone();
    }
    let begun = api.post("/v1/bulk", body.to_string().as_bytes(), None)?;
    let id = begun["bulk_id"].as_str().unwrap_or_default();
    if asked.follow {
        output.note(&line(&begun));
        return follow::run(&api, checked(id)?, output);
    }
    output.result(|| line(&begun), || begun.clone())
}

/// Whether a person at the terminal says yes.
fn confirm(action: &str, found: &Value) -> Result<(), Failure> {
    let question = format!("{} {}? [y/N] ", action.to_lowercase(), counted(found));
    match prompt::is_agreed(&question).map_err(Failure::machine)? {
        Some(true) => Ok(()),
        Some(false) => Err(Failure::refused("nothing was done")),
        None => Err(Failure::usage("there is no terminal to ask at: say --yes, or look with --dry-run")),
    }
}

fn document(action: &str, status: Option<&str>, asked: &Asked) -> Value {
    let narrowed = &asked.narrowed;
    let labels = narrowed.labels.iter().map(|(name, value)| format!("{name}:{value}"));
    json!({
        "action": action,
        "status": narrowed.status.as_deref().or(status),
        "name": narrowed.name,
        "label": labels.collect::<Vec<_>>(),
        "all": asked.all,
        "reason": asked.why.reason,
    })
}

/// What is meant: how many in which status, and the newest of them.
fn described(found: &Value) -> String {
    let statuses = found["by_status"].as_object().into_iter().flatten();
    let statuses: Vec<String> =
        statuses.map(|(status, count)| format!("{count} {}", plain(status))).collect();
    let mut lines = vec![format!("{} found: {}", counted(found), statuses.join(", "))];
    for row in found["first"].as_array().into_iter().flatten() {
        lines.push(format!(
            "  {}  {:<10}  {}",
            text(&row["workflow_id"]),
            text(&row["status"]),
            text(&row["name"])
        ));
    }
    lines.join("\n")
}

fn counted(found: &Value) -> String {
    let more = if found["is_all"] == true { "" } else { "more than " };
    let plural = if found["count"] == 1 { "workflow" } else { "workflows" };
    format!("{more}{} {plural}", found["count"])
}

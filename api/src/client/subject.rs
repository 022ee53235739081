//! `triad subject`

use super::api::{Api, plain};
use super::show::{checked, text};
use crate::cli::{SubjectVerb, Whose, Why};
use crate::failure::Failure;
use crate::output::Output;
use serde_json::{Value, json};

/// Runs one verb.
pub(crate) fn run(verb: SubjectVerb, output: &Output) -> Result<(), Failure> {
    let shown = match verb {
        SubjectVerb::Show { whose } => Api::new(&whose.at.server)?.get(&path(&whose, "")?)?,
        SubjectVerb::Erase { whose, why } => erase(&whose, &why, output)?,
        SubjectVerb::Hold { whose, name, why } => {
            let body = json!({ "name": name, "reason": why.reason }).to_string();
            Api::new(&whose.at.server)?.post(&path(&whose, "/holds")?, body.as_bytes(), None)?
        }
        SubjectVerb::Release { whose, name, why } => {
            let place = format!("/holds/{}", checked(&name)?);
            Api::new(&whose.at.server)?.delete(&path(&whose, &place)?, body(&why).as_bytes())?
        }
    };
    output.result(|| describe(&shown), || shown.clone());
    Ok(())
}

fn erase(whose: &Whose, why: &Why, output: &Output) -> Result<Value, Failure> {
    let path = path(whose, "/erase")?;
    let shown = Api::new(&whose.at.server)?.post(&path, body(why).as_bytes(), None)?;
    if shown["state"] != "ERASED" {
        output.note("the erasure is under way: `triad subject show` says when its key is destroyed");
    }
    Ok(shown)
}

fn path(whose: &Whose, rest: &str) -> Result<String, Failure> {
    Ok(format!("/v1/subjects/{}{rest}", checked(&whose.id)?))
}

fn body(why: &Why) -> String {
    json!({ "reason": why.reason }).to_string()
}

fn describe(shown: &Value) -> String {
    let mut lines = vec![
        format!("data subject   {}", text(&shown["subject_id"])),
        format!("state          {}", text(&shown["state"])),
    ];
    let mut told = |name: &str, moment: &Value, more: &str| {
        if !moment.is_null() {
            let (time, sequence) = (text(&moment["time"]), &moment["sequence"]);
            lines.push(format!("{name:<15}{time} (sequence {sequence}){more}"));
        }
    };
    told("requested", &shown["erasure_requested"], "");
    told("erased", &shown["erased"], "");
    let refused = &shown["last_refusal"];
    let because = format!(": {}, {} in all", text(&refused["because"]), shown["refusals"]);
    told("last refused", &refused["at"], &because);
    told("last read", &shown["last_read"], &format!(", {} in all", shown["reads"]));
    if let Some(accepted) = shown["last_accepted"].as_str() {
        lines.push(format!("last accepted  {}", plain(accepted)));
    }
    lines.extend(shown["holds"].as_array().into_iter().flatten().map(hold));
    lines.join("\n")
}

fn hold(hold: &Value) -> String {
    let reason = match hold["reason"].as_str() {
        Some("") | None => String::new(),
        Some(reason) => format!(": {}", plain(reason)),
    };
    format!("hold           {} since {}{reason}", text(&hold["name"]), text(&hold["since"]["time"]))
}

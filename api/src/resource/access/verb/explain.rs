//! `triad access me`, `explain`, `who`, `role` and `review`

use super::shown::{joined, key};
use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::Output;
use clap::Args;
use serde_json::{Value, json};

pub(super) fn me(at: &ServerOption, output: &Output) -> Result<(), Failure> {
    let found = Api::of(at)?.get("/v1/access/me")?;
    let describe = || {
        let grants = &found["grants"];
        let what = match grants.is_null() {
            true => "nobody has to say who they are here: everything is allowed".to_owned(),
            false => format!("roles: {}; tenant: {}", joined(&grants["roles"]), text(&grants["tenant"])),
        };
        let label = found["label"].as_str().map(|label| format!(" ({})", plain(label))).unwrap_or_default();
        format!("{}{label}, by {}; {what}", text(&found["principal"]), text(&found["shown"]))
    };
    output.result(describe, || found.clone())
}

/// Why somebody may do something or not.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct Explain {
    #[command(flatten)]
    at: ServerOption,
    /// The key of whom it is asked; the one that is shown, unless this is given.
    #[arg(long, value_name = "ID")]
    key: Option<String>,
    /// The action, as `triad access policy show --schema` lists them.
    #[arg(long, value_name = "ACTION")]
    action: String,
    /// The tenant; that of the key, unless this is given.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
}

impl Explain {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let mut path = format!("/v1/access/explain?action={}", checked(&self.action)?);
        for (name, value) in [("key", &self.key), ("tenant", &self.tenant)] {
            if let Some(value) = value {
                path += &format!("&{name}={}", checked(value)?);
            }
        }
        let found = Api::of(&self.at)?.get(&path)?;
        output.result(|| describe(&found), || found.clone())
    }
}

fn describe(found: &Value) -> String {
    let place = found["tenant"]
        .as_str()
        .map_or("the installation".to_owned(), |one| format!("tenant {}", plain(one)));
    let verdict = if found["allowed"] == true { "may" } else { "may not" };
    let mut lines =
        vec![format!("{} {verdict} {} in {place}", text(&found["key_id"]), text(&found["action"]))];
    for (field, word) in [("because", "allowed by"), ("against", "forbidden by")] {
        for reason in found[field].as_array().into_iter().flatten() {
            let says = reason["says"].as_str().map(|says| format!(": {}", plain(says))).unwrap_or_default();
            lines.push(format!("  {word} {}{says}", text(&reason["policy"])));
        }
    }
    let remedies = found["remedies"].as_array().cloned().unwrap_or_default();
    if found["allowed"] != true && found["against"].as_array().is_none_or(Vec::is_empty) {
        lines.push("  no policy allows it".to_owned());
    }
    for remedy in remedies {
        lines.push(format!("  it would be allowed: {}", joined(&remedy)));
    }
    lines.join("\n")
}

/// Which keys may do something.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct Who {
    #[command(flatten)]
    at: ServerOption,
    /// The action, as `triad access policy show --schema` lists them.
    #[arg(long, value_name = "ACTION")]
    action: String,
    /// The tenant; each key's own, unless this is given.
    #[arg(long, value_name = "TENANT")]
    tenant: Option<String>,
}

impl Who {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let tenant = self.tenant.as_deref().map(checked).transpose()?;
        let tenant = tenant.map(|tenant| format!("&tenant={tenant}")).unwrap_or_default();
        let found =
            Api::of(&self.at)?.get(&format!("/v1/access/who?action={}{tenant}", checked(&self.action)?))?;
        let keys = found["keys"].as_array().cloned().unwrap_or_default();
        if keys.is_empty() {
            output.note("no key may");
        }
        let describe = |one: &Value| {
            let place = one["tenant"].as_str().map_or("the installation".to_owned(), plain);
            let (id, label) = (text(&one["key_id"]), text(&one["label"]));
            format!("{id}  {label} in {place}, by {}", joined(&one["policies"]))
        };
        keys.iter().try_for_each(|one| output.result(|| describe(one), || one.clone()))
    }
}

/// The roles that keys have.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct Role {
    #[command(flatten)]
    at: ServerOption,
}

impl Role {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let api = Api::of(&self.at)?;
        let policy = api.get("/v1/access/policy")?;
        let keys = api.get("/v1/access/keys")?;
        let keys = keys["keys"].as_array().cloned().unwrap_or_default();
        for role in policy["roles"].as_array().into_iter().flatten() {
            let has = |key: &&Value| {
                let roles = key["grants"]["roles"].as_array().into_iter().flatten();
                key["status"] == "ACTIVE" && roles.into_iter().any(|one| one == role)
            };
            let holders: Vec<Value> = keys.iter().filter(has).map(|key| key["label"].clone()).collect();
            let document = json!({ "role": role, "keys": holders });
            output.result(
                || format!("{:<12} {}", text(role), joined(&document["keys"])),
                || document.clone(),
            )?;
        }
        Ok(())
    }
}

/// The access review.
#[derive(Debug, Args)]
pub(in crate::resource::access) struct Review {
    #[command(flatten)]
    at: ServerOption,
    /// As it was when the record with that sequence had been written; now, unless this is given.
    #[arg(long = "at", value_name = "SEQUENCE")]
    sequence: Option<u64>,
}

impl Review {
    pub(super) fn run(self, output: &Output) -> Result<(), Failure> {
        let at = self.sequence.map(|sequence| format!("?at={sequence}")).unwrap_or_default();
        let found = Api::of(&self.at)?.get(&format!("/v1/access/review{at}"))?;
        output.result(|| describe_review(&found), || found.clone())
    }
}

fn describe_review(found: &Value) -> String {
    let rows = |name: &str| found[name].as_array().cloned().unwrap_or_default();
    let mut lines = vec![format!("through record {}", found["at"])];
    lines.push(format!("keys ({})", rows("keys").len()));
    lines.extend(rows("keys").iter().map(|one| format!("  {}", key(one))));
    lines.push(format!("what was done ({})", rows("uses").len()));
    for one in rows("uses") {
        let place = one["tenant"].as_str().map_or("the installation".to_owned(), plain);
        lines.push(format!(
            "  {}  {} in {place}: first {}, last {}, in {} hours, by {}",
            text(&one["principal"]),
            text(&one["action"]),
            text(&one["first"]["time"]),
            text(&one["last"]["time"]),
            one["hours"],
            joined(&one["policies"]),
        ));
    }
    lines.push(format!("refused ({})", rows("refusals").len()));
    for one in rows("refusals") {
        lines.push(format!(
            "  {}  {}: {} at {}",
            text(&one["principal"]),
            text(&one["action"]),
            text(&one["cause"]),
            text(&one["at"]["time"]),
        ));
    }
    lines.join("\n")
}

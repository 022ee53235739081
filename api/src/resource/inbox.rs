//! The inbox: everything that waits for a person, in one list. It has no route of its own: it is what the routes of approvals,
//! incidents and alerts answer to whoever asks.

use super::noun::{Noun, Verb};
use super::route::Resource;
use crate::client::text::{plain, text};
use crate::client::{Api, CallError};
use crate::failure::Failure;
use crate::options::ServerOption;
use crate::output::Output;
use clap::Subcommand;
use serde_json::{Value, json};

pub(super) const RESOURCE: Resource =
    Resource { name: "inbox", noun: Some(Noun::of::<Inbox>("inbox")), routes: &[] };

/// What waits for a person: approvals, steps held for review, fixes, tasks that nothing heals, alerts.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  triad inbox list\n  triad inbox list -o json")]
pub(super) enum Inbox {
    /// List what waits for a person, the longest waiting first, each with the command that acts on it.
    #[command(after_help = "Examples:\n  triad inbox list\n  triad inbox list -o json --limit 20")]
    List {
        #[command(flatten)]
        at: ServerOption,
        /// How many at most.
        #[arg(long, default_value_t = 100, value_name = "COUNT")]
        limit: usize,
    },
}

/// The most that a route answers at once.
const PAGE_MAX: usize = 1000;

impl Verb for Inbox {
    fn run(self, output: &Output) -> Result<(), Failure> {
        let Self::List { at, limit } = self;
        let api = Api::of(&at)?;
        let limit = limit.clamp(1, PAGE_MAX);
        let mut items = Vec::new();
        for part in &PARTS {
            match api.get(&(part.path)(limit)) {
                Ok(page) => items.extend(page[part.list].as_array().into_iter().flatten().map(part.item)),
                Err(CallError::Refused(refused)) if refused.status == 403 => {
                    output.note(&format!("you may not see {}", part.list))
                }
                Err(problem) => return Err(problem.into()),
            }
        }
        items.sort_by_key(|item| item["since"]["sequence"].as_u64());
        if items.is_empty() {
            output.note("nothing waits for you");
        }
        if items.len() > limit {
            output.note(&format!("there are more than these {limit}: --limit shows more"));
            items.truncate(limit);
        }
        items.iter().try_for_each(|item| output.result(|| describe(item), || item.clone()))
    }
}

/// One of the lists of which it consists.
struct Part {
    list: &'static str,
    path: fn(usize) -> String,
    item: fn(&Value) -> Value,
}

const PARTS: [Part; 3] = [
    Part { list: "approvals", path: |limit| format!("/v1/approvals?limit={limit}"), item: approval },
    Part { list: "incidents", path: |limit| format!("/v1/incidents?limit={limit}"), item: incident },
    Part { list: "alerts", path: |_| "/v1/alerts".to_owned(), item: alert },
];

fn approval(of: &Value) -> Value {
    let (kind, what) = match of["held"]["rule"].as_str() {
        Some(rule) => ("REVIEW", format!("the rule {} holds its step", plain(rule))),
        None => ("APPROVAL", "its workflow asks for approval".to_owned()),
    };
    let act = format!("triad approval show {} {}", text(&of["workflow_id"]), text(&of["task_id"]));
    let about = format!("{} of {}", text(&of["task_id"]), text(&of["workflow_name"]));
    json!({ "kind": kind, "about": about, "what": what, "since": of["since"], "act": act })
}

fn incident(of: &Value) -> Value {
    let class = text(&of["class"]).to_lowercase().replace('_', " ");
    let named = format!("{} {}", text(&of["workflow_id"]), text(&of["task_id"]));
    let (kind, act) = match of["fix"].is_null() {
        false => ("FIX", format!("triad incident show {named}")),
        true => ("NOT_HEALED", format!("triad workflow explain {}", text(&of["workflow_id"]))),
    };
    let what = match of["fix"].as_str() {
        Some(fix) => format!("{class}; a fix waits: {}", plain(fix).to_lowercase().replace('_', " ")),
        None => format!("{class}; nothing heals it by itself"),
    };
    let about = format!("{} of {}", text(&of["task_id"]), text(&of["workflow_name"]));
    json!({ "kind": kind, "about": about, "what": what, "since": of["since"], "act": act })
}

fn alert(of: &Value) -> Value {
    let about = of["about"].as_str().map_or_else(|| "the installation".to_owned(), plain);
    let act = format!("triad alert acknowledge {} --reason \"...\"", text(&of["alert_id"]));
    json!({ "kind": "ALERT", "about": about, "what": format!("{}: {}", text(&of["kind"]), text(&of["detail"])),
        "since": of["raised"], "act": act })
}

fn describe(item: &Value) -> String {
    format!(
        "{:<10} {}  {}: {}\n           {}",
        text(&item["kind"]),
        text(&item["since"]["time"]),
        text(&item["about"]),
        text(&item["what"]),
        text(&item["act"])
    )
}

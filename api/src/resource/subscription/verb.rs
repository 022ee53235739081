//! `triad subscription`

use crate::client::Api;
use crate::client::text::{checked, plain, text};
use crate::failure::Failure;
use crate::options::{ReasonOption, ServerOption};
use crate::output::Output;
use crate::resource::noun::Verb;
use clap::Subcommand;
use serde_json::{Value, json};

/// Of which events which channel is told: set, list, try, remove; and the messages that were not taken.
#[derive(Debug, Subcommand)]
#[command(
    after_help = "Examples:\n  triad subscription set failures --channel ops --kind dag.task_failed --reason \"on call\"\n  triad subscription list\n  triad subscription dead-letters"
)]
pub(super) enum Subscription {
    /// Have a channel told of events. One of that name that is there is replaced.
    #[command(
        after_help = "Examples:\n  triad subscription set failures --channel ops --kind dag.task_failed\n  triad subscription set night --channel mail --kind 'alerts.*' --filter \"event.payload.alert == 'VaultDegraded'\"\n  triad subscription set ops --channel mail --kind alerts.alert_raised --escalate-to phone --escalate-after-seconds 900"
    )]
    Set {
        #[command(flatten)]
        at: ServerOption,
        /// Its name: up to 64 of a-z, 0-9, - and _.
        #[arg(value_name = "NAME")]
        name: String,
        /// The channel that is told, of those that the server was started with.
        #[arg(long, value_name = "CHANNEL")]
        channel: String,
        /// A kind of events, such as dag.task_failed, or all of a domain, such as alerts.*; may be repeated.
        #[arg(long = "kind", value_name = "KIND", required = true)]
        kinds: Vec<String>,
        /// What must hold of an event besides, in CEL over `event`.
        #[arg(long, value_name = "CEL")]
        filter: Option<String>,
        /// Messages within one minute; events beyond that come in one message.
        #[arg(long, value_name = "COUNT")]
        per_minute: Option<u32>,
        /// The channel that is told of alerts which nobody acknowledges.
        #[arg(long, value_name = "CHANNEL", requires = "escalate_after_seconds")]
        escalate_to: Option<String>,
        /// How long after the message about the alert.
        #[arg(long, value_name = "SECONDS", requires = "escalate_to")]
        escalate_after_seconds: Option<u32>,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// List subscriptions, and how their messages fare.
    #[command(after_help = "Example:\n  triad subscription list -o json")]
    List {
        #[command(flatten)]
        at: ServerOption,
    },
    /// List the channels that the server was started with.
    #[command(after_help = "Example:\n  triad subscription channels")]
    Channels {
        #[command(flatten)]
        at: ServerOption,
    },
    /// Send nothing more for a subscription, and nothing that waited.
    #[command(after_help = "Example:\n  triad subscription remove night --reason \"nobody reads it\"")]
    Remove {
        #[command(flatten)]
        at: ServerOption,
        /// Its name.
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        why: ReasonOption,
    },
    /// Send a message that says that somebody tries it.
    #[command(after_help = "Example:\n  triad subscription test ops")]
    Test {
        #[command(flatten)]
        at: ServerOption,
        /// Its name.
        #[arg(value_name = "NAME")]
        name: String,
    },
    /// List messages that were given up; with --all those that are tried, too.
    #[command(after_help = "Example:\n  triad subscription dead-letters --all")]
    DeadLetters {
        #[command(flatten)]
        at: ServerOption,
        /// Those that are tried, too.
        #[arg(long)]
        all: bool,
    },
    /// Send a message that was given up once more, with the same id.
    #[command(
        after_help = "Example:\n  triad subscription redeliver 4711 --reason \"the mail server is back\""
    )]
    Redeliver {
        #[command(flatten)]
        at: ServerOption,
        /// The message, as dead-letters lists it.
        #[arg(value_name = "MESSAGE")]
        message: u64,
        #[command(flatten)]
        why: ReasonOption,
    },
}

impl Verb for Subscription {
    fn run(self, output: &Output) -> Result<(), Failure> {
        match self {
            Self::Set {
                at,
                name,
                channel,
                kinds,
                filter,
                per_minute,
                escalate_to,
                escalate_after_seconds,
                why,
            } => {
                let escalation = escalate_to
                    .map(|channel| json!({ "channel": channel, "after_seconds": escalate_after_seconds }));
                let body = json!({
                    "name": name, "channel": channel, "kinds": kinds, "filter": filter, "per_minute": per_minute,
                    "escalation": escalation, "reason": why.reason,
                });
                let set = Api::of(&at)?.post("/v1/subscriptions", body.to_string().as_bytes(), None)?;
                output.result(|| describe(&set), || set.clone())
            }
            Self::List { at } => {
                let found = Api::of(&at)?.get("/v1/subscriptions")?;
                each(
                    output,
                    &found["subscriptions"],
                    "nobody is told of anything: alerts lie in the inbox",
                    describe,
                )
            }
            Self::Channels { at } => {
                let found = Api::of(&at)?.get("/v1/subscriptions")?;
                let describe =
                    |channel: &Value| format!("{}  {}", text(&channel["name"]), text(&channel["kind"]));
                each(output, &found["channels"], "the server was started without channels", describe)
            }
            Self::Remove { at, name, why } => {
                let body = json!({ "reason": why.reason }).to_string();
                let left = Api::of(&at)?
                    .delete(&format!("/v1/subscriptions/{}", checked(&name)?), body.as_bytes())?;
                output.result(|| format!("{} is removed", plain(&name)), || left.clone())
            }
            Self::Test { at, name } => {
                let path = format!("/v1/subscriptions/{}/test", checked(&name)?);
                let trial = Api::of(&at)?.post(&path, b"", None)?;
                output.result(|| described_trial(&trial), || trial.clone())
            }
            Self::DeadLetters { at, all } => {
                let found = Api::of(&at)?.get(&format!("/v1/messages?given_up={}", !all))?;
                each(output, &found["messages"], "every message was taken", describe_message)
            }
            Self::Redeliver { at, message, why } => {
                let body = json!({ "message": message, "reason": why.reason }).to_string();
                let sent = Api::of(&at)?.post("/v1/messages/redeliver", body.as_bytes(), None)?;
                output.result(|| describe_message(&sent), || sent.clone())
            }
        }
    }
}

fn each(
    output: &Output,
    found: &Value,
    none: &str,
    describe: impl Fn(&Value) -> String,
) -> Result<(), Failure> {
    let all = found.as_array().cloned().unwrap_or_default();
    if all.is_empty() {
        output.note(none);
    }
    all.iter().try_for_each(|one| output.result(|| describe(one), || one.clone()))
}

fn described_trial(trial: &Value) -> String {
    let status = trial["status"].as_u64().map(|status| format!(", status {status}")).unwrap_or_default();
    format!("{}: {}{status}", text(&trial["channel"]), text(&trial["delivery"]))
}

fn describe(one: &Value) -> String {
    let kinds: Vec<String> = one["kinds"].as_array().into_iter().flatten().map(text).collect();
    let filter = one["filter"].as_str().map(|filter| format!(" where {}", plain(filter))).unwrap_or_default();
    let escalation = &one["escalation"];
    let escalates = escalation["channel"].as_str().map(|channel| {
        format!("\n    after {} s without acknowledgement: {}", escalation["after_seconds"], plain(channel))
    });
    format!(
        "{} -> {}: {}{filter}{}\n    {} messages, {} taken, {} waiting, {} given up; at most {} a minute",
        text(&one["name"]),
        text(&one["channel"]),
        kinds.join(", "),
        escalates.unwrap_or_default(),
        one["made"],
        one["taken"],
        one["waiting"],
        one["given_up"],
        one["per_minute"],
    )
}

fn describe_message(one: &Value) -> String {
    let status = one["status"].as_u64().map(|status| format!(" (status {status})")).unwrap_or_default();
    let course = match one["given_up"]["time"].as_str() {
        Some(time) => format!("given up {}", plain(time)),
        None => "is tried".to_owned(),
    };
    format!(
        "{}  {} -> {}: {} events from {} to {}\n    made {}, {} attempts, the last {}{status}; {course}",
        one["message"],
        text(&one["subscription"]),
        text(&one["channel"]),
        one["events"],
        one["first"],
        one["last"],
        text(&one["made"]["time"]),
        one["attempts"],
        text(&one["last_delivery"]),
    )
}

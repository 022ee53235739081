//! The command line: nouns, verbs, options, and the examples that `--help` shows.

mod key;
mod log;
mod setting;
mod subject;
mod receipt;
mod workflow;

pub(crate) use key::{KeepOptions, KeyVerb, Protection, UnlockOptions};
pub(crate) use log::LogVerb;
pub(crate) use receipt::ReceiptVerb;
pub(crate) use setting::SettingVerb;
pub(crate) use subject::{SubjectVerb, Whose, Why};
pub(crate) use workflow::{Named, Stream, WorkflowVerb};

use crate::failure::Failure;
use crate::http::Exposure;
use crate::serve::Listen;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;

const SERVE_HELP: &str = "\
Examples:
  triad log init --dir ./triad-data
  triad serve --dir ./triad-data
  curl http://127.0.0.1:8420/v1/health

Addresses:
  POST /v1/workflows                   submit a definition; Idempotency-Key makes it safe to repeat
  GET  /v1/workflows                   list; ?status= ?limit= ?cursor=
  GET  /v1/workflows/ID                summary and tasks; ?as_of=SEQUENCE ?tasks_from= ?limit=
  GET  /v1/workflows/ID/graph          all tasks and what depends on what; ?as_of=SEQUENCE
  GET  /v1/workflows/ID/timeline       what happened, in order; ?cursor= ?limit=
  GET  /v1/workflows/ID/attempts       of one task; ?task=TASK ?content=true opens what they wrote
  GET  /v1/workflows/ID/inputs         of one task; ?task=TASK ?content=true opens it
  GET  /v1/workflows/ID/output         every byte that was kept; ?task=TASK ?attempt= ?stream=stdout
  GET  /v1/workflows/ID/events         every record as server-sent events; Last-Event-ID or ?after= resumes
  GET  /v1/workflows/ID/receipt        proof that its acceptance is in the log; ?sequence= for another of its records
  POST /v1/workflows/ID/cancel         also pause, resume; {\"reason\": \"...\"} if you like
  GET  /v1/subjects/ID                 a data subject: its holds, its erasure, reads of its content
  POST /v1/subjects/ID/erase           destroy its key; {\"reason\": \"...\"} if you like
  POST /v1/subjects/ID/holds           place a legal hold; {\"name\": \"...\"}
  DELETE /v1/subjects/ID/holds/NAME    release it
  GET  /v1/settings                    the numbers that change decisions
  POST /v1/settings/NAME               change one; {\"value\": NUMBER}
  POST /v1/engine/pause                also resume
  GET  /v1/health                      how the server is
  GET  /v1/events                      what every kind of event means
  GET  /v1/log/head                    the signed checkpoint and the key
  GET  /v1/log/copy                    the whole log as a .triadlog file

Reads of content are recorded before it leaves: once per reader, workflow and minute.
A signal (ctrl-c, SIGTERM) lets requests in progress end and closes the log; what runs goes on at the next start.
Nobody has to say who they are yet: whoever reaches the address can run commands on this machine.";

/// Runs AI and compute workflows for people who must later prove what ran.
#[derive(Debug, Parser)]
#[command(
    name = "triad",
    version,
    propagate_version = true,
    max_term_width = 100,
    after_help = "Examples:\n  triad dev                                    (a server to try things on)\n  triad workflow submit nightly.json --watch   (in another terminal)"
)]
pub(crate) struct Arguments {
    /// How results are printed; messages and progress go to standard error either way.
    #[arg(short, long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    #[command(subcommand)]
    pub(crate) noun: Noun,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON document, or one per line where there are many.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Noun {
    /// Make a log if there is none, serve it, and say what to do next.
    #[command(
        after_help = "Examples:\n  triad dev\n  triad dev --dir /tmp/try --listen 127.0.0.1:9000\n  triad dev --protection tpm    (a new log whose key this machine's TPM keeps)\n\nThen, in another terminal: triad workflow submit FILE --watch"
    )]
    Dev {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        listen: ListenOptions,
        #[command(flatten)]
        keep: KeepOptions,
        #[command(flatten)]
        unlock: UnlockOptions,
    },
    /// Serve a log: run its workflows and answer over HTTP.
    #[command(after_help = SERVE_HELP)]
    Serve {
        #[command(flatten)]
        at: Directory,
        #[command(flatten)]
        listen: ListenOptions,
        #[command(flatten)]
        unlock: UnlockOptions,
    },
    /// Workflows of a running server: submit, list, show, watch, cancel, pause, resume.
    #[command(
        subcommand,
        after_help = "Examples:\n  triad workflow submit nightly.json --watch\n  triad workflow list --status failed"
    )]
    Workflow(WorkflowVerb),
    /// Data subjects of a running server, whose content is erased together: show, erase, hold, release.
    #[command(
        subcommand,
        after_help = "Examples:\n  triad subject show 6e0f...\n  triad subject erase 6e0f... --reason \"request 2211\""
    )]
    Subject(SubjectVerb),
    /// The recorded numbers that change decisions of a running server: list, set.
    #[command(subcommand, after_help = "Example:\n  triad setting list")]
    Setting(SettingVerb),
    /// Receipts of a running server: proof that what it accepted is in its log.
    #[command(subcommand, after_help = "Example:\n  triad receipt get 6e0f... --out night.tlog-proof")]
    Receipt(ReceiptVerb),
    /// The tamper-evident log: create, append, verify, copy, prove, repair.
    #[command(
        subcommand,
        after_help = "Examples:\n  triad log init\n  triad log verify copy.triadlog --key \"$(cat log.vkey)\""
    )]
    Log(LogVerb),
    /// The keys that sign a log: make a recovery key, show, rotate, recover.
    #[command(subcommand, after_help = "Examples:\n  triad key show\n  triad key rotate --protection tpm")]
    Key(KeyVerb),
}

#[derive(Debug, Args)]
pub(crate) struct Directory {
    /// The log's directory.
    #[arg(short, long, default_value = "triad-data", env = "TRIAD_DIR", value_name = "DIR")]
    pub(crate) dir: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ListenOptions {
    /// The address to listen on; port 0 takes any that is free.
    #[arg(long, default_value = "127.0.0.1:8420", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// Let the network in, although nobody has to say who they are yet: whoever reaches the address can run
    /// commands on this machine.
    #[arg(long)]
    expose: bool,
}

impl ListenOptions {
    pub(crate) fn checked(&self) -> Result<Listen, Failure> {
        if !self.expose && !self.listen.ip().is_loopback() {
            return Err(Failure::usage(format!(
                "{} can be reached over the network, and nobody has to say who they are yet: whoever reaches it can \
                 run commands on this machine. Listen on 127.0.0.1, or say --expose if that is what you want",
                self.listen
            )));
        }
        let exposure = if self.expose { Exposure::Network } else { Exposure::Loopback };
        Ok(Listen { address: self.listen, exposure })
    }
}
